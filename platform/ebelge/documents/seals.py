"""A tenant's seals: which one signs a kind of document, and the opened seal itself, kept per process."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, pkcs12
from sqlalchemy import select
from sqlalchemy.orm import Session

from ebelge.core.config import settings
from ebelge.core.db import tenant_session
from ebelge.core.errors import Conflict, NotFound
from ebelge.core.ids import new_id
from ebelge.core.vault import Vault, VaultError
from ebelge.signing.errors import SealUnusable
from ebelge.signing.names import tax_number
from ebelge.signing.seals import Pkcs11Seal, Pkcs12Seal, PrivateKey, Seal
from tenants.models import SealRow, Tenant


@dataclass(frozen=True, slots=True)
class SealOwner:
    """Whose seal signs: the tenant itself, or the operator of the same mode on its behalf (TRADE.md 2)."""

    tenant_id: UUID


def add_pkcs12(session: Session, *, tenant_id: UUID, mode: str, data: bytes, password: str) -> SealRow:
    """Keep a PKCS#12 seal for a tenant (development and sandbox only), closed with the master key.

    :raises SealUnusable: a live account in production; the file cannot be opened with `password`; its key is of
        a kind we do not accept.
    """
    _refuse_file(mode)
    seal = Pkcs12Seal.load(data, password)
    key, certificate, others = pkcs12.load_key_and_certificates(data, password.encode() or None)
    assert isinstance(key, PrivateKey)  # the seal is loaded: its kind of key is one we accept
    seal_id = new_id()
    # The file's own password would have to be kept beside it; the vault's encryption is the one that counts.
    bare = pkcs12.serialize_key_and_certificates(None, key, certificate, others, NoEncryption())
    row = SealRow(
        tenant_id=tenant_id,
        seal_id=seal_id,
        storage="pkcs12",
        mode=mode,
        certificate_der=seal.certificate_der,
        certificate_sha256=seal.certificate.fingerprint(SHA256()),
        valid_until=seal.certificate.not_valid_after_utc,
        closed_pkcs12=_vault().close(bare, context=closed_for(tenant_id, seal_id)),
        active=True,
    )
    session.add(row)
    return row


def add_pkcs11(session: Session, *, tenant_id: UUID, mode: str, token_label: str, key_label: str) -> SealRow:
    """Enter a seal whose key lives in the operator's HSM.

    :raises SealUnusable: it cannot be opened there, or its certificate is somebody else's.
    :raises Conflict: it is entered already.
    """
    seal = _open_token(token_label, key_label)
    holder = tax_number(seal.certificate.subject)
    if holder != session.get_one(Tenant, tenant_id).vkn_tckn:
        raise SealUnusable(
            f"Bu mührün sertifikası başkasına ait: {holder}.", f"The certificate of this seal is of another: {holder}."
        )
    fingerprint = seal.certificate.fingerprint(SHA256())
    if any(row.certificate_sha256 == fingerprint for row in rows(session, tenant_id=tenant_id)):
        raise Conflict("Bu mühür zaten tanımlı.", "This seal is entered already.")
    row = SealRow(
        tenant_id=tenant_id,
        seal_id=new_id(),
        storage="pkcs11",
        mode=mode,
        certificate_der=seal.certificate.public_bytes(Encoding.DER),
        certificate_sha256=fingerprint,
        valid_until=seal.certificate.not_valid_after_utc,
        token_label=token_label,
        key_label=key_label,
        active=True,
    )
    session.add(row)
    return row


def rows(session: Session, *, tenant_id: UUID) -> Sequence[SealRow]:
    """A tenant's seals, oldest first."""
    return session.scalars(select(SealRow).where(SealRow.tenant_id == tenant_id).order_by(SealRow.seal_id)).all()


def chosen(session: Session, *, tenant_id: UUID, at: datetime) -> SealRow | None:
    """The active seal that signs for a tenant: of those still valid the one that is longest, else the last to end."""
    return session.scalars(
        select(SealRow)
        .where(SealRow.tenant_id == tenant_id, SealRow.active)
        .order_by((SealRow.valid_until > at).desc(), SealRow.valid_until.desc(), SealRow.seal_id.desc())
        .limit(1)
    ).first()


def retire(session: Session, *, tenant_id: UUID, seal_id: UUID) -> SealRow:
    """Let a seal sign no more; workers notice within seconds. Retired already: nothing changes.

    :raises NotFound: the tenant has no such seal.
    """
    row = session.get(SealRow, (tenant_id, seal_id))
    if row is None:
        raise NotFound("Bu hesabın böyle bir mührü yok.", "This account has no such seal.")
    row.active = False
    return row


class OpenSeals:
    """Seals opened by this process, once each. Not for use across a fork: PKCS#11 sessions do not survive one."""

    def __init__(self, *, look_again_after: timedelta = timedelta(seconds=5)) -> None:
        """`look_again_after`: how long an owner's choice of seal is taken as unchanged."""
        self._look_again_after = look_again_after
        self._chosen: dict[SealOwner, tuple[datetime, Seal]] = {}
        self._seals: dict[UUID, Seal] = {}
        self._lock = threading.Lock()

    def of(self, owner: SealOwner, *, at: datetime) -> Seal:
        """The owner's active seal that is valid longest; its row is read every few seconds, its key opened once.

        :raises SealUnusable: there is none, or it cannot be opened.
        """
        with self._lock:
            read_at, known = self._chosen.get(owner, (None, None))
            if known is not None and read_at is not None and at - read_at < self._look_again_after:
                return known
            row = _active_row(owner, at)
            if row.seal_id not in self._seals:
                self._seals[row.seal_id] = _open(row)
            self._chosen[owner] = (at, self._seals[row.seal_id])
            return self._seals[row.seal_id]

    def forget(self, owner: SealOwner) -> None:
        """Open the owner's seal anew the next time: it could not sign, and an HSM that restarted ends every session."""
        with self._lock:
            _, unusable = self._chosen.pop(owner, (None, None))
            self._seals = {seal_id: seal for seal_id, seal in self._seals.items() if seal is not unusable}


def _active_row(owner: SealOwner, at: datetime) -> SealRow:
    with tenant_session(owner.tenant_id) as session:
        row = chosen(session, tenant_id=owner.tenant_id, at=at)
    if row is None:
        raise SealUnusable("Tanımlı mühür yok.", "No seal is entered.")
    return row


def _open(row: SealRow) -> Seal:
    if row.storage == "pkcs11":
        return _open_token(row.token_label or "", row.key_label or "")
    _refuse_file(row.mode)
    try:
        bare = _vault().open(row.closed_pkcs12 or b"", context=closed_for(row.tenant_id, row.seal_id))
    except VaultError as error:
        raise SealUnusable(
            "Saklanan mühür ana anahtarla açılamıyor.", f"The kept seal cannot be opened: {error}."
        ) from error
    return Pkcs12Seal.load(bare, None)


def _refuse_file(mode: str) -> None:
    """GİB demands an HSM for real seals: outside development a key in a file signs for sandboxes only (TRADE.md 2)."""
    if mode == "live" and settings().environment == "production":
        raise SealUnusable(
            "Canlı hesapta PKCS#12 dosyasıyla imzalanmaz; mührü HSM'e yükleyip `ebelge seals add` ile tanımlayın.",
            "A live account does not sign with a PKCS#12 file; put the seal into the HSM and enter it with "
            "`ebelge seals add`.",
        )


def _open_token(token_label: str, key_label: str) -> Pkcs11Seal:
    config = settings()
    if not config.operator_seal_module:
        raise SealUnusable(
            "HSM tanımlı değil (EBELGE_SEAL_PKCS11_MODULE).", "No HSM is configured (EBELGE_SEAL_PKCS11_MODULE)."
        )
    pin = config.seal_pin(token_label)
    if pin is None:
        raise SealUnusable(
            f"HSM'deki {token_label} bölümünün PIN'i tanımlı değil (EBELGE_SEAL_PINS).",
            f"The PIN of the HSM's token {token_label} is not configured (EBELGE_SEAL_PINS).",
        )
    return Pkcs11Seal.open(config.operator_seal_module, token_label, pin, key_label)


def _vault() -> Vault:
    return Vault.from_text(settings().master_key)


def closed_for(tenant_id: UUID, seal_id: UUID) -> str:
    """What a kept seal is closed for: it opens as nothing else."""
    return f"seal:{tenant_id}:{seal_id}"
