"""A service on its way: wanted, authorised, asked for at GİB, active from a day, closing, closed (TRADE.md 1).

GİB's side is entered by staff now; its user envelopes will call the same functions (`asked`, `activate`, `close`).
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from ebelge.core.clock import istanbul_date
from ebelge.core.errors import Conflict
from ebelge.onboarding import checklist, readiness
from ebelge.onboarding.checklist import Item
from tenants import services
from tenants.audit import entries
from tenants.audit.entries import Actor
from tenants.company import aliases, authorisations
from tenants.fields import Checks
from tenants.models import Service
from tenants.services import RULES, check_activation

# What an earlier step is not held up by: it is that step, or comes after it.
_LATER = frozenset({"activation", "asked", "answer"})


class ChecklistOpen(Conflict):
    """The service still needs something; the answer says what, and who must act."""

    code = "checklist_open"
    title_tr, title_en = "Hizmet için eksikler var", "The service still needs something"

    def __init__(self, missing: tuple[Item, ...]) -> None:
        turkish = " ".join(f"{checklist.WHO_NAMES[item.who][0]}: {item.text_tr}" for item in missing)
        english = " ".join(f"{checklist.WHO_NAMES[item.who][1]}: {item.text_en}" for item in missing)
        super().__init__(turkish, english, missing=[item.code for item in missing])


class NeededByOthers(Conflict):
    """Another service that is active needs this one."""

    code = "service_needed_by_others"
    title_tr, title_en = "Başka bir hizmet buna bağlı", "Another service needs this one"


def want(session: Session, *, tenant_id: UUID, service: str, actor: Actor, at: datetime) -> Service:
    """The tenant wants the service: its checklist begins. Wanted already: nothing changes.

    :raises NotFound: no such service. :raises UnlawfulActivation: it is past that.
    """
    row = services.locked(session, tenant_id=tenant_id, service=service)
    if row.state == "checklist":
        return row
    if row.state == "closed":  # it begins anew
        row.active_from = row.active_until = row.reference = None
    return _move(session, row, "checklist", actor, at)


def give_up(session: Session, *, tenant_id: UUID, service: str, actor: Actor, at: datetime) -> Service:
    """The tenant does not want the service after all, before GİB was asked. Not wanted already: nothing changes."""
    row = services.locked(session, tenant_id=tenant_id, service=service)
    return row if row.state == "not_wanted" else _move(session, row, "not_wanted", actor, at)


def authorise(
    session: Session, *, tenant_id: UUID, service: str, signed_on: date, paper: str, operator_seal: datetime | None,
    actor: Actor, at: datetime,
) -> Service:  # fmt: skip
    """Record the activation that the tenant signed, and let the service go on if everything else is there.

    :raises ChecklistOpen: it is not; nothing is recorded. :raises InvalidFields: the paper's day or reference.
    """
    ready = readiness.of_service(session, tenant_id=tenant_id, service=service, operator_seal=operator_seal, at=at)
    check_activation(ready.service.state, "authorised")
    _all_there(ready, _LATER)
    authorisations.record(
        session, tenant_id=tenant_id, service=service, purpose="activation", signed_on=signed_on, paper=paper,
        actor=actor, at=at,
    )  # fmt: skip
    return _move(session, ready.service, "authorised", actor, at)


def asked(
    session: Session, *, tenant_id: UUID, service: str, reference: str, operator_seal: datetime | None, actor: Actor,
    at: datetime,
) -> Service:  # fmt: skip
    """GİB was asked to open the service; `reference` finds the question there.

    :raises ChecklistOpen: something is missing again. :raises UnlawfulActivation: it is not authorised.
    """
    ready = readiness.of_service(session, tenant_id=tenant_id, service=service, operator_seal=operator_seal, at=at)
    check_activation(ready.service.state, "asked_at_gib")
    _all_there(ready, _LATER - {"activation"})
    check = Checks()
    said = check.text("reference", reference, longest=200, needed=True)
    check.done()
    ready.service.asked_at = at
    return _move(session, ready.service, "asked_at_gib", actor, at, reference=said)


def activate(
    session: Session, *, tenant_id: UUID, service: str, active_from: date, actor: Actor, at: datetime
) -> Service:
    """GİB has opened the service from a day on; its aliases that were asked for are confirmed with it.

    :raises InvalidFields: the day lies before the question, or before the first day of a service it needs.
    :raises UnlawfulActivation: GİB was not asked.
    """
    row = services.locked(session, tenant_id=tenant_id, service=service)
    check_activation(row.state, "active")
    if row.state == "closing":
        return reopen(session, tenant_id=tenant_id, service=service, actor=actor, at=at)
    check = Checks()
    if row.asked_at is not None and active_from < istanbul_date(row.asked_at):
        check.refuse("active_from", "İlk gün, GİB'e sorulduğu günden önce olamaz.", "Not before GİB was asked.")
    others = {one.service: one for one in services.services_of(session, tenant_id=tenant_id)}
    for first in RULES[service].needs_first:
        if first in others and not services.is_active(others[first], on=active_from):
            name = RULES[first]
            check.refuse(
                "active_from", f"{name.name_tr} o gün aktif değil.", f"{name.name_en} is not active on that day."
            )
    check.done()
    row.active_from, row.active_until = active_from, None
    _confirm_aliases(session, row, active_from, actor, at)
    return _move(session, row, "active", actor, at)


def back(session: Session, *, tenant_id: UUID, service: str, reason: str, actor: Actor, at: datetime) -> Service:
    """GİB refused, or something was wrong: the checklist begins again; the reason is kept where GİB's answer stood."""
    row = services.locked(session, tenant_id=tenant_id, service=service)
    check = Checks()
    said = check.text("reason", reason, longest=200, needed=True)
    check.done()
    if row.state not in ("authorised", "asked_at_gib"):
        raise services.UnlawfulActivation(
            "Hizmet GİB'e sorulmuş değil.", f"A service that is {row.state} is not on its way to GİB."
        )
    return _move(session, row, "checklist", actor, at, reference=said)


def close(session: Session, *, tenant_id: UUID, service: str, last_day: date, actor: Actor, at: datetime) -> Service:
    """The service ends with a day, which is whole; until then it works. Another last day replaces the one before.

    :raises NeededByOthers: a service that needs it goes on longer. :raises InvalidFields: the day is over.
    """
    row = services.locked(session, tenant_id=tenant_id, service=service)
    check = Checks()
    if last_day < istanbul_date(at) or (row.active_from is not None and last_day < row.active_from):
        check.refuse("last_day", "Son gün geçmişte olamaz.", "The last day cannot lie in the past.")
    check.done()
    for other in services.services_of(session, tenant_id=tenant_id):
        ends = other.active_until
        if (
            service in RULES[other.service].needs_first
            and other.state in ("active", "closing")
            and (ends is None or ends > last_day)
        ):
            name = RULES[other.service]
            raise NeededByOthers(
                f"Önce {name.name_tr} hizmetini kapatın.", f"Close {name.name_en} first.", service=other.service
            )
    if row.state != "closing":
        check_activation(row.state, "closing")
    before = _kept(row)
    row.state, row.active_until = "closing", last_day
    session.flush()
    _note(session, row, before, actor, at)
    return row


def reopen(session: Session, *, tenant_id: UUID, service: str, actor: Actor, at: datetime) -> Service:
    """The closing is called off, before its last day is over. :raises UnlawfulActivation: it is over."""
    row = services.locked(session, tenant_id=tenant_id, service=service)
    if row.state != "closing" or (row.active_until is not None and row.active_until < istanbul_date(at)):
        raise services.UnlawfulActivation("Hizmetin son günü geçti.", "The service's last day is over.")
    before = _kept(row)
    row.state, row.active_until = "active", None
    session.flush()
    _note(session, row, before, actor, at)
    return row


def closed(session: Session, *, tenant_id: UUID, service: str, actor: Actor, at: datetime) -> Service:
    """GİB has closed the service; its last day is over. :raises UnlawfulActivation: it is not."""
    row = services.locked(session, tenant_id=tenant_id, service=service)
    check_activation(row.state, "closed")
    if row.active_until is None or row.active_until >= istanbul_date(at):
        raise services.UnlawfulActivation("Hizmetin son günü henüz geçmedi.", "The last day is not over yet.")
    return _move(session, row, "closed", actor, at)


def _all_there(ready: readiness.Readiness, besides: frozenset[str]) -> None:
    missing = checklist.missing(ready.items, besides=besides)
    if missing:
        raise ChecklistOpen(missing)


def _confirm_aliases(session: Session, row: Service, day: date, actor: Actor, at: datetime) -> None:
    for one in aliases.listed(session, tenant_id=row.tenant_id, service=row.service):
        if one.state != "asked":
            continue
        aliases.answer(
            session, tenant_id=row.tenant_id, alias_id=one.alias_id, to="confirmed", day=day,
            reference=row.reference or "", actor=actor, at=at,
        )  # fmt: skip
        if one.role == "GB" and row.sender_alias is None:
            aliases.send_from(session, tenant_id=row.tenant_id, alias_id=one.alias_id, on=day, actor=actor, at=at)


def _move(
    session: Session, row: Service, to: str, actor: Actor, at: datetime, *, reference: str | None = None
) -> Service:
    check_activation(row.state, to)
    before = _kept(row)
    row.state, row.reference = to, reference or row.reference
    session.flush()
    _note(session, row, before, actor, at)
    return row


def _kept(row: Service) -> dict[str, object]:
    return {
        "service": row.service, "state": row.state, "active_from": row.active_from, "active_until": row.active_until,
        "note": row.reference,
    }  # fmt: skip


def _note(session: Session, row: Service, before: dict[str, object], actor: Actor, at: datetime) -> None:
    entries.note(
        session, tenant_id=row.tenant_id, actor=actor, action="service.state_changed", object_kind="service",
        object_id=row.service, before=before, after=_kept(row), at=at,
    )  # fmt: skip
