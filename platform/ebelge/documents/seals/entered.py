"""A tenant's seals: entered, planned, chosen, retired. Opening them: `open_seals`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, pkcs12
from sqlalchemy import func, or_, select, text
from sqlalchemy.orm import Session

from ebelge.core.config import settings
from ebelge.core.errors import Conflict, NotFound
from ebelge.core.ids import new_id
from ebelge.core.vault import Vault
from ebelge.documents.seals.models import SealTrouble
from ebelge.documents.seals.tokens import open_token
from ebelge.signing.errors import SealUnusable
from ebelge.signing.names import tax_number
from ebelge.signing.seals import Pkcs12Seal, PrivateKey
from tenants.models import SealRow, Tenant


@dataclass(frozen=True, slots=True)
class SealOwner:
    """Whose seal signs: the tenant itself, or the operator of the same mode on its behalf (TRADE.md 2)."""

    tenant_id: UUID


def add_pkcs12(
    session: Session, *, tenant_id: UUID, mode: str, data: bytes, password: str, signs_from: datetime | None = None
) -> SealRow:
    """Keep a PKCS#12 seal for a tenant (development and sandbox only), closed with the master key.

    :raises SealUnusable: a live account in production; the file cannot be opened with `password`; its key is of
        a kind we do not accept.
    """
    refuse_file(mode)
    seal = Pkcs12Seal.load(data, password)
    _refuse_untimely(seal.certificate, signs_from)
    key, certificate, others = pkcs12.load_key_and_certificates(data, password.encode() or None)
    assert isinstance(key, PrivateKey)  # the seal is loaded: its kind of key is one we accept
    seal_id = new_id()
    # The file's own password would have to be kept beside it; the vault's encryption is the one that counts.
    bare = pkcs12.serialize_key_and_certificates(None, key, certificate, others, NoEncryption())
    row = SealRow(
        tenant_id=tenant_id,
        seal_id=seal_id,
        storage="pkcs12",
        signs_from=signs_from,
        mode=mode,
        certificate_der=seal.certificate_der,
        certificate_sha256=seal.certificate.fingerprint(SHA256()),
        valid_until=seal.certificate.not_valid_after_utc,
        closed_pkcs12=vault().close(bare, context=closed_for(tenant_id, seal_id)),
        active=True,
    )
    session.add(row)
    return row


def add_pkcs11(
    session: Session,
    *,
    tenant_id: UUID,
    mode: str,
    token_label: str,
    key_label: str,
    signs_from: datetime | None = None,
) -> SealRow:
    """Enter a seal whose key lives in the operator's HSM; it signs at once, or from `signs_from` on before all others.

    :raises SealUnusable: it cannot be opened there, its certificate is somebody else's, or not valid at `signs_from`.
    :raises Conflict: it is entered already.
    """
    seal = open_token(token_label, key_label)
    holder = tax_number(seal.certificate.subject)
    if holder != session.get_one(Tenant, tenant_id).vkn_tckn:
        raise SealUnusable(
            f"Bu mührün sertifikası başkasına ait: {holder}.", f"The certificate of this seal is of another: {holder}."
        )
    fingerprint = seal.certificate.fingerprint(SHA256())
    if any(row.certificate_sha256 == fingerprint for row in rows(session, tenant_id=tenant_id)):
        raise Conflict("Bu mühür zaten tanımlı.", "This seal is entered already.")
    _refuse_untimely(seal.certificate, signs_from)
    row = SealRow(
        tenant_id=tenant_id,
        seal_id=new_id(),
        signs_from=signs_from,
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
    """The active seal that signs for a tenant: see `candidates`."""
    return next(iter(candidates(session, tenant_id=tenant_id, at=at)), None)


def candidates(session: Session, *, tenant_id: UUID, at: datetime) -> Sequence[SealRow]:
    """A tenant's active seals whose time has come, the one that signs first.

    Of those still valid the one that was to take over last, else the one that is valid longest; then those that ended.
    """
    return session.scalars(
        select(SealRow)
        .where(
            SealRow.tenant_id == tenant_id, SealRow.active, or_(SealRow.signs_from.is_(None), SealRow.signs_from <= at)
        )
        .order_by(
            (SealRow.valid_until > at).desc(),
            SealRow.signs_from.desc().nulls_last(),
            SealRow.valid_until.desc(),
            SealRow.seal_id.desc(),
        )
    ).all()


def next_change(session: Session, *, tenant_id: UUID, at: datetime) -> datetime | None:
    """When the next planned seal of a tenant takes over."""
    return session.scalar(
        select(func.min(SealRow.signs_from)).where(
            SealRow.tenant_id == tenant_id, SealRow.active, SealRow.signs_from > at
        )
    )


def overtaken(session: Session, *, tenant_id: UUID, before: datetime) -> list[SealRow]:
    """Active seals whose successor took over before that instant: they are kept for what they signed, and retire."""
    planned = select(func.max(SealRow.signs_from)).where(
        SealRow.tenant_id == tenant_id, SealRow.active, SealRow.signs_from <= before
    )
    took_over = session.scalar(planned)
    if took_over is None:
        return []
    return [
        row
        for row in rows(session, tenant_id=tenant_id)
        if row.active and (row.signs_from is None or row.signs_from < took_over)
    ]


def trouble_of(session: Session, *, owner_id: UUID) -> SealTrouble | None:
    """What keeps an account's seal from signing now, and since when."""
    return session.get(SealTrouble, owner_id)


def trouble_for(session: Session, *, tenant_id: UUID, mode: str) -> SealTrouble | None:
    """What keeps the seals that sign for an account from signing: its own one's trouble, else the operator's."""
    own = trouble_of(session, owner_id=tenant_id)
    operator = session.scalar(text("SELECT tenant_id FROM operator_of(:mode)"), {"mode": mode})
    return own or (trouble_of(session, owner_id=operator) if operator else None)


def retire(session: Session, *, tenant_id: UUID, seal_id: UUID) -> SealRow:
    """Let a seal sign no more; workers notice within seconds. Retired already: nothing changes.

    :raises NotFound: the tenant has no such seal.
    """
    row = session.get(SealRow, (tenant_id, seal_id))
    if row is None:
        raise NotFound("Bu hesabın böyle bir mührü yok.", "This account has no such seal.")
    row.active = False
    return row


def refuse_file(mode: str) -> None:
    """GİB demands an HSM for real seals: outside development a key in a file signs for sandboxes only (TRADE.md 2).

    :raises SealUnusable: a live account in production.
    """
    if mode == "live" and settings().environment == "production":
        raise SealUnusable(
            "Canlı hesapta PKCS#12 dosyasıyla imzalanmaz; mührü HSM'e yükleyip `ebelge seals add` ile tanımlayın.",
            "A live account does not sign with a PKCS#12 file; put the seal into the HSM and enter it with "
            "`ebelge seals add`.",
        )


def _refuse_untimely(certificate: x509.Certificate, signs_from: datetime | None) -> None:
    first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if signs_from is not None and not first <= signs_from < last:
        raise SealUnusable(
            f"Sertifika o tarihte geçerli değil: {first:%d.%m.%Y} ile {last:%d.%m.%Y} arasında geçerli.",
            f"The certificate is not valid then: it is from {first.isoformat()} to {last.isoformat()}.",
        )


def vault() -> Vault:
    """What kept seals are closed with."""
    return Vault.from_text(settings().master_key)


def closed_for(tenant_id: UUID, seal_id: UUID) -> str:
    """What a kept seal is closed for: it opens as nothing else."""
    return f"seal:{tenant_id}:{seal_id}"
