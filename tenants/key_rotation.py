"""Exchanging a key's secret without a gap: the new one opens at once, the one of before until a chosen end.

Two secrets at most open a key. While the one of before still does, another exchange is refused: it would end a secret
that some system may still use, unasked. Whoever must, ends it first (`end_old_secret`) and then exchanges. Which of
both is used is noted apart, so that it can be seen when every system has the new one.
"""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from ebelge.core.errors import DomainError, InvalidRequest
from tenants.api_keys import SETUP, NewKey, ended, hashed, locked, new_secret, note, token
from tenants.audit.entries import Actor
from tenants.models import ApiKey

OVERLAP_DAYS_MAX = 30


class KeyEnded(DomainError):
    """The key is revoked or expired; its secret is not exchanged any more."""

    code, http_status = "key_ended", 409
    title_tr, title_en = "Anahtar artık geçerli değil", "The key is not valid any more"


class RotationUnderWay(DomainError):
    """The secret of before still opens the key."""

    code, http_status = "rotation_under_way", 409
    title_tr, title_en = "Eski anahtar hâlâ geçerli", "The old secret is still valid"


def rotate(
    session: Session,
    *,
    tenant_id: UUID,
    mode: Literal["live", "test"],
    key_id: str,
    overlap_days: int,
    at: datetime,
    actor: Actor = SETUP,
) -> NewKey:
    """Give a key a new secret, returned here and never again; the one of before opens it for `overlap_days` more (0:
    it ends now). Name, scopes, addresses and expiry stay.

    :raises NotFound: not this tenant's. :raises InvalidRequest: not 0 to 30 days. :raises KeyEnded: see there.
    :raises RotationUnderWay: see there.
    """
    if not 0 <= overlap_days <= OVERLAP_DAYS_MAX:
        raise InvalidRequest(
            f"Eski anahtar en çok {OVERLAP_DAYS_MAX} gün daha geçerli kalabilir.",
            f"The old secret can stay valid for {OVERLAP_DAYS_MAX} days at most.",
        )
    key = locked(session, tenant_id=tenant_id, key_id=key_id)
    if ended(key, at=at):
        raise KeyEnded("Yeni bir anahtar oluşturun.", "Make a new key.")
    if old_opens(key, at=at):
        raise RotationUnderWay(
            "Hiçbir şey değişmedi. Önce eski anahtarı sonlandırın ya da süresinin dolmasını bekleyin.",
            "Nothing was changed. End the old secret first, or wait until its time is over.",
            old_ends_at=key.old_ends_at.isoformat() if key.old_ends_at else None,
        )
    secret = new_secret()
    if overlap_days:
        key.old_secret_sha256, key.old_ends_at = key.secret_sha256, at + timedelta(days=overlap_days)
    else:
        key.old_secret_sha256, key.old_ends_at = None, None
    key.old_last_used_at, key.old_last_used_from = key.last_used_at, key.last_used_from
    key.secret_sha256, key.rotated_at = hashed(secret), at
    key.last_used_at, key.last_used_from = None, None
    session.flush()
    note(session, key, "key.rotated", actor=actor, at=at, overlap_until=key.old_ends_at)
    return NewKey(key_id, token(mode, key_id, secret))


def end_old_secret(session: Session, *, tenant_id: UUID, key_id: str, at: datetime, actor: Actor = SETUP) -> None:
    """End the secret of before at once; nothing happens where none opens. :raises NotFound: not this tenant's."""
    key = locked(session, tenant_id=tenant_id, key_id=key_id)
    if old_opens(key, at=at):
        key.old_secret_sha256, key.old_ends_at = None, None
        session.flush()
        note(session, key, "key.old_secret_ended", actor=actor, at=at)


def old_opens(key: ApiKey, *, at: datetime) -> bool:
    """Whether the secret of before a rotation still opens the key."""
    return key.old_ends_at is not None and at < key.old_ends_at and not ended(key, at=at)
