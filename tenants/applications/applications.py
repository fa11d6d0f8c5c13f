"""Applications: entered, confirmed, decided, given up. Every function works in the session of the account."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ebelge.core.errors import Conflict, InvalidRequest, NotFound
from tenants import states
from tenants.applications.models import OPEN, Application
from tenants.audit import entries
from tenants.audit.entries import Actor
from tenants.members.models import Membership
from tenants.models import Tenant
from tenants.states import Mover

REASON_MAX: Final = 500
GIVEN_UP_AFTER: Final = timedelta(days=30)
GIVEN_UP: Final = "e-mail never confirmed"
CLEANING: Final = "applications.give_up"
STATE_NAMES: Final[dict[str, tuple[str, str]]] = {
    "unconfirmed": ("E-posta doğrulanmadı", "E-mail not confirmed"),
    "waiting": ("Etkinleştirme bekliyor", "Waits for activation"),
    "asked": ("Bilgi istendi", "More was asked for"),
    "activated": ("Etkinleştirildi", "Activated"),
    "refused": ("Reddedildi", "Refused"),
    "abandoned": ("Vazgeçildi", "Given up"),
    "replaced": ("Yenilendi", "Replaced by a newer one"),
}


class NotDecidable(Conflict):
    """The application is not one that can be decided now."""

    code = "application_not_open"
    title_tr, title_en = "Bu başvuru şu an sonuçlandırılamaz", "This application cannot be decided now"


@dataclass(frozen=True, slots=True)
class Decider:
    """Who decides: the operator's staff, or the people of the reseller who invited."""

    actor: Actor
    mover: Mover

    @property
    def mark(self) -> str:
        """How a row names him."""
        return f"{self.actor.kind}:{self.actor.id}"


def latest(session: Session, *, tenant_id: UUID) -> Application | None:
    """The account's newest application, held until the transaction ends."""
    return session.scalars(
        select(Application)
        .where(Application.tenant_id == tenant_id)
        .order_by(Application.application_id.desc())
        .limit(1)
        .with_for_update()
    ).first()


def enter(session: Session, application: Application) -> Application:
    """Write it down."""
    session.add(application)
    session.flush()
    return application


def get(session: Session, *, tenant_id: UUID, application_id: UUID) -> Application:
    """One, held until the transaction ends. :raises NotFound: none of this account's."""
    found = session.scalars(
        select(Application)
        .where(Application.tenant_id == tenant_id, Application.application_id == application_id)
        .with_for_update()
    ).one_or_none()
    if found is None:
        raise NotFound("Böyle bir başvuru yok.", "There is no such application.")
    return found


def confirm(session: Session, *, tenant_id: UUID, person_id: UUID, at: datetime) -> Application | None:
    """The applicant has proved his address: from now on somebody is to decide. None: nothing waited for that."""
    found = latest(session, tenant_id=tenant_id)
    if found is None or found.state != "unconfirmed" or found.person_id != person_id:
        return None
    found.state, found.confirmed_at = "waiting", at
    session.flush()
    return found


def activate(session: Session, *, tenant_id: UUID, application_id: UUID, decider: Decider, at: datetime) -> Application:
    """Let the live account in; its services go on by their own steps. Activated before: nothing happens.

    :raises NotDecidable: not confirmed, or refused, or given up.
    """
    found = get(session, tenant_id=tenant_id, application_id=application_id)
    if found.state == "activated":
        return found
    _open_one(found)
    states.move(session, tenant_id=tenant_id, to="active", mover=decider.mover, actor=decider.actor, at=at)
    return _decide(session, found, "activated", decider, None, at)


def refuse(
    session: Session, *, tenant_id: UUID, application_id: UUID, reason: str, decider: Decider, at: datetime
) -> Application:
    """Close the live account with a reason that the applicant reads; the sandbox stays open.

    :raises NotDecidable: as for `activate`. :raises InvalidRequest: without a reason.
    """
    said = _said(reason)
    found = get(session, tenant_id=tenant_id, application_id=application_id)
    _open_one(found)
    states.move(session, tenant_id=tenant_id, to="closed", mover=decider.mover, reason=said, actor=decider.actor, at=at)
    return _decide(session, found, "refused", decider, said, at)


def ask(
    session: Session, *, tenant_id: UUID, application_id: UUID, what: str, decider: Decider, at: datetime
) -> Application:
    """Ask the applicant for something more. :raises NotDecidable, InvalidRequest: as for `refuse`."""
    said = _said(what)
    found = get(session, tenant_id=tenant_id, application_id=application_id)
    _open_one(found)
    found.state, found.asked, found.decided_by = "asked", said, decider.mark
    session.flush()
    _note(session, found, decider, "signup.asked", at)
    return found


def replace(session: Session, application: Application, *, at: datetime) -> None:
    """A newer form takes its place: the earlier applicant, who never got in, is no member any more."""
    if application.state in OPEN:
        application.state = "replaced"
        session.flush()
    _end_membership(session, application, at)


def give_up(session: Session, *, tenant_id: UUID, application_id: UUID, before: datetime, at: datetime) -> bool:
    """Close an account whose address was not confirmed since `before`, and forget who applied; no row is removed.

    Its sandbox is for the caller (another session). False: it was confirmed or replaced meanwhile.
    """
    found = get(session, tenant_id=tenant_id, application_id=application_id)
    if found.state != "unconfirmed" or found.created_at > before:
        return False
    found.state = "abandoned"
    _forget(found)
    _end_membership(session, found, at)
    states.move(
        session,
        tenant_id=tenant_id,
        to="closed",
        mover="tenant",
        reason=GIVEN_UP,
        actor=entries.system(CLEANING),
        at=at,
    )
    forget_identity(session, tenant_id=tenant_id)
    return True


def forget(session: Session, *, tenant_id: UUID, application_id: UUID) -> None:
    """Forget who sent a form that a newer one has replaced; in any other state nothing happens."""
    found = get(session, tenant_id=tenant_id, application_id=application_id)
    if found.state == "replaced":
        _forget(found)
        session.flush()


def _forget(found: Application) -> None:
    found.full_name = found.email = found.phone = found.address = found.agent = ""


def close_sandbox(session: Session, *, tenant_id: UUID, at: datetime) -> None:
    """Close the sandbox of an account that nobody got into; in the sandbox's session."""
    tenant = session.scalars(select(Tenant).where(Tenant.tenant_id == tenant_id, Tenant.mode == "test")).one()
    tenant.state, tenant.state_since, tenant.state_reason = "closed", at, GIVEN_UP
    session.flush()
    forget_identity(session, tenant_id=tenant_id)


def forget_identity(session: Session, *, tenant_id: UUID) -> None:
    """Remove from an account that nobody got into what names or reaches a person; the VKN or TCKN stays."""
    tenant = session.scalars(select(Tenant).where(Tenant.tenant_id == tenant_id)).one()
    tenant.title = "-"
    tenant.first_name = tenant.family_name = tenant.email = tenant.phone = None
    tenant.tax_office = tenant.street = tenant.postal_zone = None
    session.flush()


def _open_one(found: Application) -> None:
    if found.state not in ("waiting", "asked"):
        name = STATE_NAMES[found.state]
        raise NotDecidable(f"Başvurunun durumu: {name[0]}.", f"The application's state: {name[1]}.")


def _decide(
    session: Session, found: Application, state: str, decider: Decider, reason: str | None, at: datetime
) -> Application:
    found.state, found.decided_at, found.decided_by, found.reason = state, at, decider.mark, reason
    session.flush()
    _note(session, found, decider, "signup.approved" if state == "activated" else "signup.refused", at)
    return found


def _note(session: Session, found: Application, decider: Decider, action: str, at: datetime) -> None:
    told = {"state": found.state}
    if action == "signup.refused":
        told["reason"] = found.reason or ""
    if action == "signup.asked":
        told["note"] = found.asked or ""
    entries.note(
        session, tenant_id=found.tenant_id, actor=decider.actor, action=action, object_kind="application",
        object_id=found.application_id, after=told, at=at,
    )  # fmt: skip


def _said(typed: str) -> str:
    said = typed.strip()
    if not 0 < len(said) <= REASON_MAX:
        raise InvalidRequest(
            f"Başvurana ne yazılacağını girin (en çok {REASON_MAX} karakter).",
            f"Write what the applicant is to read (at most {REASON_MAX} characters).",
        )
    return said


def _end_membership(session: Session, application: Application, at: datetime) -> None:
    session.execute(
        update(Membership)
        .where(
            Membership.tenant_id == application.tenant_id,
            Membership.person_id == application.person_id,
            Membership.ended_at.is_(None),
        )
        .values(ended_at=at, changed_at=at, changed_by="sign_up")
    )
