"""API keys: `eb_live_<id>_<secret>`. The id is public; of the secret (256 random bits) only the SHA-256 is kept.

How a secret is exchanged: `key_rotation`. A test key belongs to the tenant's sandbox, which is a tenant of its own.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select, text
from sqlalchemy.orm import Session

from ebelge.core.db import fetch
from ebelge.core.errors import DomainError, InvalidRequest, NotFound
from tenants import accounts
from tenants.addresses import Address, allowed, networks
from tenants.audit import entries
from tenants.audit.entries import Actor
from tenants.models import ApiKey

SCOPES: dict[str, tuple[str, str]] = {
    "documents:read": ("Belgeleri görür ve indirir", "Sees and downloads documents"),
    "documents:write": ("Belge gönderir, düzeltir, geri çeker", "Sends, corrects and withdraws documents"),
    "billing:read": ("Kontör bakiyesini ve hareketlerini görür", "Sees the kontör balance and its entries"),
    "billing:write": ("Kontör sipariş eder", "Orders kontör"),
    "company:read": ("Şirket bilgilerini ve ayarlarını görür", "Sees the company's data and settings"),
    "company:write": ("Şirket, şube, seri ve hizmet ayarlarını yapar", "Sets up company, branches, series, services"),
    "archive:read": ("Arşivde arar, dosyaları indirir", "Searches the archive and downloads its files"),
    "archive:write": ("Arşive dosya koyar, etiketler", "Puts files into the archive, hangs tags on entries"),
    "audit:read": ("Denetim kaydını görür", "Sees the audit log"),
}
# What only keys of resellers may do; `scopes_of` says which scopes a key can have.
RESELLER_SCOPES: dict[str, tuple[str, str]] = {
    "customers:read": ("Bayinin müşterilerini görür", "Sees the reseller's customers"),
    "customers:write": ("Müşteri ekler", "Onboards customers"),
}
# A key that is made with its account, by seeds and benchmarks.
SETUP = entries.system("setup")
LAST_USED_EVERY = timedelta(minutes=1)
NAME_MAX = 60
# Keys that open something, and keys at all: those that ended stay, because the audit log names them.
ACTIVE_MAX, KEPT_MAX = 50, 1000
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


class AddressNotAllowed(DomainError):
    """The key is valid, but may not be used from this address."""

    code, http_status = "address_not_allowed", 403
    title_tr, title_en = "Bu anahtar bu adresten kullanılamaz", "This key may not be used from this address"


class TooManyKeys(DomainError):
    """The account has as many keys as it may have."""

    code, http_status = "too_many_keys", 409
    title_tr, title_en = "Anahtar sayısı sınırda", "There are as many keys as there may be"


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key at its birth: the only time its secret is known."""

    key_id: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom a valid key stands for and what it may do.

    `old_secret`: it came with the secret of before a rotation. `stale_use`: the secret's last use was noted over a
    minute ago.
    """

    key_id: str
    name: str
    tenant_id: UUID
    mode: str
    tenant_state: str
    scopes: frozenset[str]
    old_secret: bool
    stale_use: bool


def create(
    session: Session,
    *,
    tenant_id: UUID,
    mode: str,
    name: str,
    at: datetime,
    scopes: Collection[str] | None = None,
    expires_at: datetime | None = None,
    addresses: Sequence[str] = (),
    actor: Actor = SETUP,
) -> NewKey:
    """Make a key of the session's tenant; its token is returned here and never again.

    `scopes`: all that a key of this tenant can have, unless named. `addresses`: networks
    that it may be used from (none: from everywhere). `actor`: who makes it, for the audit log.

    :raises InvalidRequest: a scope that does not exist, none at all, an expiry in the past, a network that is none, a
        name that cannot be shown.
    :raises TooManyKeys: see there.
    """
    named = name.strip()
    if not 0 < len(named) <= NAME_MAX or not named.isprintable():
        raise InvalidRequest(
            f"Anahtara 1-{NAME_MAX} harflik bir ad verin.", f"Give the key a name of 1 to {NAME_MAX} letters."
        )
    possible = scopes_of(accounts.get(session, tenant_id=tenant_id).kind)
    scopes = tuple(possible) if scopes is None else scopes
    unknown = sorted(set(scopes) - set(possible))
    if unknown or not scopes or (expires_at is not None and expires_at <= at):
        raise InvalidRequest(
            "Anahtarın yetkileri ya da son günü geçersiz.",
            f"The key's scopes or expiry are invalid; scopes: {', '.join(possible)}.",
        )
    _refuse_too_many(session, tenant_id, at)
    key_id, secret = secrets.token_hex(8), new_secret()
    key = ApiKey(
        key_id=key_id,
        tenant_id=tenant_id,
        name=named,
        secret_sha256=hashed(secret),
        scopes=sorted(set(scopes)),
        created_at=at,
        created_by=f"{actor.kind}:{actor.id}",
        expires_at=expires_at,
        addresses=networks(addresses),
    )
    session.add(key)
    session.flush()
    told = {"scopes": key.scopes, "expires_at": expires_at, "allowed_networks": key.addresses, "mode": mode}
    note(session, key, "key.created", actor=actor, at=at, **told)
    return NewKey(key_id, token(mode, key_id, secret))


def scopes_of(tenant_kind: str) -> dict[str, tuple[str, str]]:
    """What a key of a tenant of this kind may do."""
    return SCOPES | (RESELLER_SCOPES if tenant_kind == "reseller" else {})


def revoke(session: Session, *, tenant_id: UUID, key_id: str, at: datetime, actor: Actor = SETUP) -> None:
    """End a key at once. A key that is revoked already stays as it is. :raises NotFound: not this tenant's."""
    key = locked(session, tenant_id=tenant_id, key_id=key_id)
    if key.revoked_at is None:
        key.revoked_at = at
        session.flush()
        note(session, key, "key.revoked", actor=actor, at=at)


def locked(session: Session, *, tenant_id: UUID, key_id: str) -> ApiKey:
    """A key, locked and freshly read. :raises NotFound: not this tenant's."""
    key = session.scalars(
        select(ApiKey)
        .where(ApiKey.tenant_id == tenant_id, ApiKey.key_id == key_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if key is None:
        raise NotFound()
    return key


def note(session: Session, key: ApiKey, action: str, *, actor: Actor, at: datetime, **told: object) -> None:
    """Note in the audit log what became of a key."""
    entries.note(
        session,
        tenant_id=key.tenant_id,
        actor=actor,
        action=action,
        object_kind="api_key",
        object_id=key.key_id,
        after={"name": key.name, **told},
        at=at,
    )


def ended(key: ApiKey, *, at: datetime) -> bool:
    """Whether a key opens nothing any more: revoked, or past its last instant."""
    return key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= at)


def keys(session: Session, *, tenant_id: UUID) -> Sequence[ApiKey]:
    """The tenant's keys, newest first (without their secrets: nobody has those)."""
    return session.scalars(
        select(ApiKey).where(ApiKey.tenant_id == tenant_id).order_by(ApiKey.created_at.desc(), ApiKey.key_id)
    ).all()


def authenticate(session: Session, *, token: str, address: Address | None, at: datetime) -> Bearer:
    """Whom a token that comes from `address` stands for: one round trip. The session needs no tenant.

    :raises Unauthenticated: wrong form, unknown, wrong secret, wrong mode, expired or revoked.
    :raises AddressNotAllowed: the secret is right, the address is not one of the key's.
    """
    form = _FORM.fullmatch(token)
    if form is None:
        raise Unauthenticated()
    mode, key_id, secret = form.groups()
    row = next(iter(fetch(session, "SELECT * FROM api_key_of(%s)", key_id)), None)
    # compared in constant time, also when there is nothing to compare with
    given = hashed(secret)
    same = hmac.compare_digest(given, _kept(row.secret_sha256 if row is not None else None))
    as_before = hmac.compare_digest(given, _kept(row.old_secret_sha256 if row is not None else None))
    if row is None or row.mode != mode or not (same or (as_before and at < row.old_ends_at)):
        raise Unauthenticated()
    if row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= at):
        raise Unauthenticated()
    if not allowed(address, row.addresses):
        raise AddressNotAllowed(
            f"Anahtarın izinli adresleri arasında {address or 'bu adres'} yok.",
            f"The key's addresses do not contain {address or 'this one'}.",
        )
    used = row.last_used_at if same else row.old_last_used_at
    return Bearer(
        key_id=key_id,
        name=row.name,
        tenant_id=row.tenant_id,
        mode=row.mode,
        tenant_state=row.tenant_state,
        scopes=frozenset(row.scopes),
        old_secret=not same,
        stale_use=used is None or used <= at - LAST_USED_EVERY,
    )


def note_use(
    session: Session, *, tenant_id: UUID, key_id: str, address: Address | None, old_secret: bool, at: datetime
) -> None:
    """Note that a key was used, and from where, at most once a minute; the edge calls this after its answer is out."""
    noted = _NOTE_OLD_USE if old_secret else _NOTE_USE
    fetch(session, noted, at, str(address) if address else None, tenant_id, key_id, at - LAST_USED_EVERY)


def new_secret() -> str:
    """256 random bits."""
    return secrets.token_hex(32)


def token(mode: str, key_id: str, secret: str) -> str:
    """A key as its owner keeps it."""
    return f"eb_{mode}_{key_id}_{secret}"


def hashed(secret: str) -> bytes:
    """What is kept of a secret. It is random and long, so a plain hash is enough: nobody can try them all."""
    return hashlib.sha256(secret.encode()).digest()


_NOTE_USE, _NOTE_OLD_USE = (
    f"UPDATE api_key SET {prefix}last_used_at = greatest({prefix}last_used_at, %s), {prefix}last_used_from = %s "
    f"WHERE tenant_id = %s AND key_id = %s "
    f"AND ({prefix}last_used_at IS NULL OR {prefix}last_used_at <= %s) RETURNING key_id"
    for prefix in ("", "old_")
)


def _kept(sha256: bytes | None) -> bytes:
    """A kept hash; in place of none, one that no secret has."""
    return bytes(32) if sha256 is None else bytes(sha256)


def _refuse_too_many(session: Session, tenant_id: UUID, at: datetime) -> None:
    # one at a time per tenant: two that are made at once see each other
    session.execute(text("SELECT 1 FROM tenant WHERE tenant_id = :id FOR NO KEY UPDATE"), {"id": tenant_id})
    active = ApiKey.revoked_at.is_(None) & or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > at)
    count, kept = session.execute(
        select(func.count().filter(active), func.count()).where(ApiKey.tenant_id == tenant_id)
    ).one()
    if count >= ACTIVE_MAX or kept >= KEPT_MAX:
        raise TooManyKeys(
            f"Bir hesapta en çok {ACTIVE_MAX} geçerli anahtar olur. Yeni anahtar oluşturulmadı; kullanılmayan birini "
            "iptal edin, olmazsa destek ile görüşün.",
            f"An account has at most {ACTIVE_MAX} valid keys. No key was made; revoke one that is not used, or ask "
            "support.",
        )
