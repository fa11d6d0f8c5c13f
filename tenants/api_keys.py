"""API keys: `eb_live_<id>_<secret>`. The id is public; of the secret (256 random bits) only the SHA-256 is kept."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ebelge.core.db import fetch
from ebelge.core.errors import DomainError, InvalidRequest, NotFound
from tenants.models import ApiKey

SCOPES: dict[str, tuple[str, str]] = {
    "documents:read": ("Belgeleri görür ve indirir", "Sees and downloads documents"),
    "documents:write": ("Belge gönderir, düzeltir, geri çeker", "Sends, corrects and withdraws documents"),
    "billing:read": ("Kontör bakiyesini ve hareketlerini görür", "Sees the kontör balance and its entries"),
    "billing:write": ("Kontör sipariş eder", "Orders kontör"),
}
LAST_USED_EVERY = timedelta(minutes=1)
_FORM = re.compile(r"eb_(live|test)_([0-9a-f]{16})_([0-9a-f]{64})")


class Unauthenticated(DomainError):
    """No key, or none that is valid: which of the two, and why, is not told."""

    code, http_status = "unauthenticated", 401
    title_tr, title_en = "API anahtarı gerekli", "An API key is needed"

    def __init__(self) -> None:
        super().__init__(
            "Authorization başlığında geçerli bir anahtar gönderin: Bearer eb_live_…",
            "Send a valid key in the Authorization header: Bearer eb_live_…",
        )


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key at its birth: the only time its secret is known."""

    key_id: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom a valid key stands for and what it may do. `stale_use`: its last use was noted over a minute ago."""

    key_id: str
    tenant_id: UUID
    mode: str
    tenant_state: str
    scopes: frozenset[str]
    stale_use: bool


def create(
    session: Session,
    *,
    tenant_id: UUID,
    mode: str,
    name: str,
    at: datetime,
    scopes: Collection[str] = tuple(SCOPES),
    expires_at: datetime | None = None,
) -> NewKey:
    """Make a key of the session's tenant; its token is returned here and never again.

    :raises InvalidRequest: a scope that does not exist, none at all, or an expiry in the past.
    """
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes or (expires_at is not None and expires_at <= at):
        raise InvalidRequest(
            "Anahtarın yetkileri ya da son günü geçersiz.",
            f"The key's scopes or expiry are invalid; scopes: {', '.join(SCOPES)}.",
        )
    key_id, secret = secrets.token_hex(8), secrets.token_hex(32)
    session.add(
        ApiKey(
            key_id=key_id,
            tenant_id=tenant_id,
            name=name,
            secret_sha256=_hashed(secret),
            scopes=sorted(set(scopes)),
            created_at=at,
            expires_at=expires_at,
        )
    )
    session.flush()
    return NewKey(key_id, f"eb_{mode}_{key_id}_{secret}")


def revoke(session: Session, *, tenant_id: UUID, key_id: str, at: datetime) -> None:
    """End a key at once. A key that is revoked already stays as it is. :raises NotFound: not this tenant's."""
    key = session.scalars(select(ApiKey).where(ApiKey.tenant_id == tenant_id, ApiKey.key_id == key_id)).one_or_none()
    if key is None:
        raise NotFound()
    key.revoked_at = key.revoked_at or at


def keys(session: Session, *, tenant_id: UUID) -> Sequence[ApiKey]:
    """The tenant's keys, newest first (without their secrets: nobody has those)."""
    return session.scalars(
        select(ApiKey).where(ApiKey.tenant_id == tenant_id).order_by(ApiKey.created_at.desc(), ApiKey.key_id)
    ).all()


def authenticate(session: Session, *, token: str, at: datetime) -> Bearer:
    """Whom a token stands for. The session needs no tenant.

    :raises Unauthenticated: wrong form, unknown, wrong secret, wrong mode, expired or revoked.
    """
    form = _FORM.fullmatch(token)
    if form is None:
        raise Unauthenticated()
    mode, key_id, secret = form.groups()
    row = next(iter(fetch(session, "SELECT * FROM api_key_of(%s)", key_id)), None)
    # compared in constant time, also when there is nothing to compare with
    same = hmac.compare_digest(_hashed(secret), bytes(row.secret_sha256) if row is not None else bytes(32))
    if row is None or not same or row.mode != mode:
        raise Unauthenticated()
    if row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= at):
        raise Unauthenticated()
    return Bearer(
        key_id=key_id,
        tenant_id=row.tenant_id,
        mode=row.mode,
        tenant_state=row.tenant_state,
        scopes=frozenset(row.scopes),
        stale_use=row.last_used_at is None or row.last_used_at <= at - LAST_USED_EVERY,
    )


def note_use(session: Session, *, tenant_id: UUID, key_id: str, at: datetime) -> None:
    """Note that a key was used, at most once a minute; the edge calls this after its answer is out."""
    fetch(session, _NOTE_USE, at, tenant_id, key_id, at - LAST_USED_EVERY)


_NOTE_USE = (
    "UPDATE api_key SET last_used_at = greatest(last_used_at, %s) WHERE tenant_id = %s AND key_id = %s "
    "AND (last_used_at IS NULL OR last_used_at <= %s) RETURNING key_id"
)


def _hashed(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
