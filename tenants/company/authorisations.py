"""Papers a tenant signed: recorded with day and reference, withdrawn, never removed.

`seal`: the operator's seal may sign for the tenant (TRADE.md 2). `activation`: the service's activation, signed with
the tenant's own seal or e-imza. `petition`: the tenant's petition to GİB to leave its own integration.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ebelge.core.clock import istanbul_date
from ebelge.core.errors import NotFound
from ebelge.core.ids import new_id
from tenants import services
from tenants.audit import entries
from tenants.audit.entries import Actor
from tenants.company.models import Authorisation
from tenants.fields import Checks

Purpose = Literal["seal", "activation", "petition"]
PURPOSES: Final[dict[str, tuple[str, str]]] = {
    "seal": ("Mühür yetkisi", "Leave to seal"),
    "activation": ("Aktivasyon onayı", "Signed activation"),
    "petition": ("GİB dilekçesi", "Petition to GİB"),
}
OLDEST: Final = timedelta(days=5 * 366)


def listed(session: Session, *, tenant_id: UUID) -> Sequence[Authorisation]:
    """The tenant's papers, newest first."""
    return session.scalars(
        select(Authorisation)
        .where(Authorisation.tenant_id == tenant_id)
        .order_by(Authorisation.signed_on.desc(), Authorisation.authorisation_id.desc())
    ).all()


def standing(session: Session, *, tenant_id: UUID, service: str, purpose: Purpose, on: date) -> Authorisation | None:
    """The paper that holds on a day, the newest; None if there is none."""
    return session.scalars(
        select(Authorisation)
        .where(
            Authorisation.tenant_id == tenant_id,
            Authorisation.service == service,
            Authorisation.purpose == purpose,
            Authorisation.signed_on <= on,
            Authorisation.withdrawn_on.is_(None) | (Authorisation.withdrawn_on > on),
        )
        .order_by(Authorisation.signed_on.desc(), Authorisation.authorisation_id.desc())
        .limit(1)
    ).first()


def record(
    session: Session, *, tenant_id: UUID, service: str, purpose: Purpose, signed_on: date, paper: str, actor: Actor,
    at: datetime,
) -> Authorisation:  # fmt: skip
    """Record a paper that staff hold in their hands.

    :raises InvalidFields: no reference, a day to come, or one too long ago. :raises NotFound: no such service.
    """
    services.locked(session, tenant_id=tenant_id, service=service)
    check, today = Checks(), istanbul_date(at)
    said = check.text("paper", paper, longest=200, needed=True) or ""
    if not today - OLDEST <= signed_on <= today:
        check.refuse(
            "signed_on", "İmza günü bugünden sonra ya da beş yıldan eski olamaz.",
            "The day of signing is not to come, nor more than five years ago.",
        )  # fmt: skip
    check.done()
    row = Authorisation(
        tenant_id=tenant_id, authorisation_id=new_id(), service=service, purpose=purpose, signed_on=signed_on,
        paper=said, recorded_by=actor.name or actor.id, recorded_at=at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _note(session, row, "authorisation.recorded", actor, at)
    return row


def withdraw(
    session: Session, *, tenant_id: UUID, authorisation_id: UUID, actor: Actor, at: datetime
) -> Authorisation:  # fmt: skip
    """The tenant takes a paper back: from today on it holds no more. Withdrawn already: nothing changes.

    A service it carried goes on until staff close it or change its seal: what was accepted still has to be signed.
    :raises NotFound: there is no such paper.
    """
    row = session.get(Authorisation, (tenant_id, authorisation_id))
    if row is None:
        raise NotFound()
    if row.withdrawn_on is None:
        row.withdrawn_on = istanbul_date(at)
        session.flush()
        _note(session, row, "authorisation.withdrawn", actor, at)
    return row


def _note(session: Session, row: Authorisation, action: str, actor: Actor, at: datetime) -> None:
    after = {
        "service": row.service, "purpose": row.purpose, "signed_on": row.signed_on, "paper": row.paper,
        "withdrawn_on": row.withdrawn_on,
    }  # fmt: skip
    entries.note(
        session, tenant_id=row.tenant_id, actor=actor, action=action, object_kind="authorisation",
        object_id=row.authorisation_id, after=after, at=at,
    )  # fmt: skip
