"""User envelopes: GİB asked to open or close a service, by a file that the customer counter-signs with his own token.

We sign the file and give it; the token never leaves the customer's computer; the file that comes back must be the one
that was given, with his counter-signature and nothing else. GİB's answer moves the service (TRADE.md 1).
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ebelge.core.clock import istanbul_date
from ebelge.core.errors import Conflict, DomainError, NotFound
from ebelge.documents.registered.user_models import SIGNED_NAME, UserEnvelope
from ebelge.documents.travel import parcels
from ebelge.gib.status_codes import Reaction
from ebelge.gib.user_account import ELEMENTS, SERVICES, Account, Action, Unit
from ebelge.gib.zarf import GIB_ALIAS, GIB_VKN, Mailbox
from ebelge.onboarding import activation
from tenants import services
from tenants.audit import entries
from tenants.audit.entries import Actor
from tenants.company import aliases
from tenants.models import Tenant

GIB_BOX = Mailbox(GIB_ALIAS, GIB_VKN, "Gelir İdaresi Başkanlığı")
_ACTOR = Actor("system", "user_envelope", name="GİB")


class NotThatFar(Conflict):
    """The service is not where this request would begin."""

    code = "service_not_that_far"
    title_tr, title_en = "Hizmet bu istek için hazır değil", "The service is not ready for this request"


def account_of(
    session: Session, *, tenant_id: UUID, service: str, action: Action, public: bool, at: datetime
) -> Account:
    """What a request about a service has to say of the tenant.

    :raises NotThatFar: opening: the service is not wanted, or on its way already; closing: its last day is not over.
    """
    tenant = session.get_one(Tenant, tenant_id)
    row = services.locked(session, tenant_id=tenant_id, service=service)
    if action == "open" and row.state not in ("checklist", "authorised"):
        turkish, english = services.STATE_NAMES[row.state]
        raise NotThatFar(f"Hizmet '{turkish}' durumunda.", f"The service's state is '{english}'.")
    if action == "close" and (
        row.state != "closing" or row.active_until is None or row.active_until >= istanbul_date(at)
    ):
        raise NotThatFar("Hizmetin son günü henüz geçmedi.", "The service's last day is not over yet.")
    wanted = ("asked", "confirmed") if action == "open" else ("confirmed", "closing")
    units: tuple[Unit, ...] = ()
    if SERVICES[service].has_aliases:
        found = aliases.listed(session, tenant_id=tenant_id, service=service)
        units = tuple(Unit("GB" if one.role == "GB" else "PK", one.alias) for one in found if one.state in wanted)
    return Account(tenant.vkn_tckn, tenant.title, public, units, tenant.first_name or "", tenant.family_name or "")


def given(
    session: Session, *, tenant_id: UUID, request_id: UUID, service: str, action: Action, sha256: bytes, actor: Actor,
    at: datetime,
) -> UserEnvelope:  # fmt: skip
    """Note the file that was given to be counter-signed; it lies in the archive already."""
    row = UserEnvelope(
        tenant_id=tenant_id, request_id=request_id, service=service, action=action, state="given",
        given_sha256=sha256, code_text="", created_by=actor.name or actor.kind, created_at=at,
    )  # fmt: skip
    session.add(row)
    _note(session, row, actor, at)
    return row


def waiting(session: Session, *, tenant_id: UUID, request_id: UUID) -> UserEnvelope:
    """The request that a file is handed in for. :raises NotFound. :raises NotThatFar: one was handed in already."""
    row = session.get(UserEnvelope, (tenant_id, request_id), with_for_update=True)
    if row is None:
        raise NotFound()
    if row.state != "given":
        raise NotThatFar("Bu istek için dosya alınmış.", "A file was handed in for this request.")
    return row


def handed_in(
    session: Session, *, row: UserEnvelope, sha256: bytes, sender: Mailbox, operator_seal: datetime | None,
    actor: Actor, at: datetime,
) -> UUID:  # fmt: skip
    """Take the counter-signed file, which lies in the archive, and send it; returns the envelope's id.

    Opening: the file is the signed activation, so the service goes on to `asked_at_gib`.
    :raises ChecklistOpen: something else is missing; nothing is sent.
    """
    row.state, row.signed_sha256 = "sent", sha256
    row.zarf_id = parcels.post(
        session, tenant_id=row.tenant_id, cargo="user", object_id=row.request_id, zarf_type="USERENVELOPE",
        element_type=ELEMENTS["open" if row.action == "open" else "close"], sender=sender, receiver=GIB_BOX,
        file_name=SIGNED_NAME, at=at,
    )  # fmt: skip
    if row.action == "open":
        service = services.locked(session, tenant_id=row.tenant_id, service=row.service)
        if service.state == "checklist":
            activation.authorise(
                session, tenant_id=row.tenant_id, service=row.service, signed_on=istanbul_date(at),
                paper=f"user envelope {row.request_id}", operator_seal=operator_seal, actor=actor, at=at,
            )  # fmt: skip
        activation.asked(
            session, tenant_id=row.tenant_id, service=row.service, reference=str(row.zarf_id),
            operator_seal=operator_seal, actor=actor, at=at,
        )  # fmt: skip
    _note(session, row, actor, at)
    return row.zarf_id


def ended(
    session: Session, *, tenant_id: UUID, object_id: UUID, zarf_id: UUID, code: int, reaction: Reaction, text: str,
    at: datetime,
) -> None:  # fmt: skip
    """GİB's answer to a user envelope: the service is active, closed, or on its checklist again with GİB's words."""
    row = session.get(UserEnvelope, (tenant_id, object_id), with_for_update=True)
    if row is None or row.state != "sent":
        return
    row.code, row.code_text, row.zarf_id, row.ended_at = code, text, zarf_id, at
    row.state = "done" if reaction is Reaction.DELIVERED else "refused"
    session.flush()
    try:
        with session.begin_nested():
            _move(session, row, f"GİB {code}: {text}"[:200], at)
    except DomainError as error:
        # What GİB did stands; that it does not fit our books is for staff to see.
        row.code_text = f"{text} ({error.code})"
    _note(session, row, _ACTOR, at)


def _move(session: Session, row: UserEnvelope, said: str, at: datetime) -> None:
    given = {"tenant_id": row.tenant_id, "service": row.service, "actor": _ACTOR, "at": at}
    if row.action == "open" and row.state == "done":
        activation.activate(session, active_from=istanbul_date(at), **given)  # type: ignore[arg-type]  # same names
    elif row.action == "open":
        activation.back(session, reason=said, **given)  # type: ignore[arg-type]  # same names
    elif row.state == "done":
        activation.closed(session, **given)  # type: ignore[arg-type]  # same names


def listed(session: Session, *, tenant_id: UUID) -> Sequence[UserEnvelope]:
    """The tenant's requests, oldest first."""
    wanted = select(UserEnvelope).where(UserEnvelope.tenant_id == tenant_id).order_by(UserEnvelope.request_id)
    return session.scalars(wanted).all()


def _note(session: Session, row: UserEnvelope, actor: Actor, at: datetime) -> None:
    session.flush()
    entries.note(
        session, tenant_id=row.tenant_id, actor=actor, action="service.user_envelope", object_kind="service",
        object_id=row.service, at=at,
        after={"service": row.service, "kind": row.action, "state": row.state, "code": row.code},
    )  # fmt: skip
