"""Whose seal signs a service's documents (TRADE.md 2), and when that may be chosen.

`operator`: the operator's own seal, with the tenant's written authorisation. `own_hsm`: the tenant's seal in the
operator's HSM. `pkcs12`: a key in a file, for development and sandboxes only.
"""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ebelge.core.clock import istanbul_date
from ebelge.core.errors import Conflict
from tenants import accounts, services
from tenants.audit import entries
from tenants.audit.entries import Actor
from tenants.company import authorisations
from tenants.models import SealRow, Service

SealMode = Literal["operator", "own_hsm", "pkcs12"]
MODE_NAMES: Final[dict[str, tuple[str, str]]] = {
    "operator": ("Entegratörün mührü", "The integrator's seal"),
    "own_hsm": ("Kendi mührünüz, HSM'de", "Your own seal, in the HSM"),
    "pkcs12": ("Dosyadaki deneme mührü", "A test seal in a file"),
}
IN_USE: Final = ("active", "closing")


class SealModeRefused(Conflict):
    """The service cannot be sealed like this (now)."""

    code = "seal_mode_refused"
    title_tr, title_en = "Bu mühür biçimi seçilemez", "This seal mode cannot be chosen"
    advice_tr = "Hizmetin mührü değişmedi."
    advice_en = "The service's seal was not changed."


def storage_of(mode: str) -> str | None:
    """Where a seal of the tenant's own lies in this mode; None: the operator's signs."""
    return {"own_hsm": "pkcs11", "pkcs12": "pkcs12"}.get(mode)


def valid_seal(session: Session, *, tenant_id: UUID, mode: str, at: datetime) -> SealRow | None:
    """The tenant's own active seal for a seal mode, the one that is valid longest; it may have ended."""
    storage = storage_of(mode)
    if storage is None:
        return None
    return session.scalars(
        select(SealRow)
        .where(SealRow.tenant_id == tenant_id, SealRow.active, SealRow.storage == storage)
        .order_by(SealRow.valid_until.desc())
        .limit(1)
    ).first()


def choose(
    session: Session, *, tenant_id: UUID, service: str, mode: SealMode, production: bool, actor: Actor, at: datetime
) -> Service:
    """Choose whose seal signs; documents not yet signed follow at once, so an active service changes only to one that
    can sign. While a service is being prepared the choice is free, and the checklist says what it still needs.

    :raises SealModeRefused: see above, or a file in production. :raises NotFound: no such service.
    """
    row = services.locked(session, tenant_id=tenant_id, service=service)
    live = accounts.get(session, tenant_id=tenant_id).mode == "live"
    if mode == "pkcs12" and production and live:
        raise SealModeRefused(
            "Canlı hesapta dosyadaki mühürle imzalanmaz.", "A live account does not sign with a seal in a file."
        )
    if row.state in IN_USE and mode != row.seal_mode:
        _check_can_sign(session, row, mode, live=live, at=at)
    before = {"service": service, "seal_mode": row.seal_mode}
    row.seal_mode = mode
    session.flush()
    entries.note(
        session, tenant_id=tenant_id, actor=actor, action="service.seal_mode_changed", object_kind="service",
        object_id=service, before=before, after=before | {"seal_mode": mode}, at=at,
    )  # fmt: skip
    return row


def _check_can_sign(session: Session, row: Service, mode: str, *, live: bool, at: datetime) -> None:
    if mode == "operator":
        held = authorisations.standing(
            session, tenant_id=row.tenant_id, service=row.service, purpose="seal", on=istanbul_date(at)
        )
        if live and held is None:
            raise SealModeRefused(
                "Entegratörün mührü için yazılı yetkiniz kayıtlı değil.",
                "Your written authorisation for the integrator's seal is not recorded.",
            )
        return
    seal = valid_seal(session, tenant_id=row.tenant_id, mode=mode, at=at)
    if seal is None or seal.valid_until <= at:
        raise SealModeRefused(
            "Bu biçim için tanımlı ve geçerli bir mührünüz yok.", "You have no valid seal entered for this mode."
        )
