"""Leads: the operator's desk, and what was assigned to a reseller."""

from contextlib import AbstractContextManager
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from ebelge.core.db import reseller_session, role_session, tenant_session
from ebelge.core.errors import NotFound
from ebelge.edge import actors
from ebelge.edge.limits import body_up_to
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.jobs import enquiries
from ebelge.web import visitors
from ebelge.web.frame import account_page
from ebelge.web.sign_in import to
from tenants.audit import entries
from tenants.leads import desk, takers
from tenants.leads.choices import MOVES, RESELLER_STATES, STATE_NAMES, TOPICS, product_name
from tenants.leads.desk import Worker
from tenants.leads.models import Lead
from tenants.leads.takers import Taker
from tenants.resellers import lookup
from tenants.services import SERVICES

blueprint = Blueprint("leads", __name__)
OPERATOR, RESELLER = "/operator/leads", "/reseller/leads"


@blueprint.get(OPERATOR)
@right("leads:all")
def index() -> Response:
    """Every lead, newest first."""
    return _list(OPERATOR)


@blueprint.get(f"{OPERATOR}/<uuid:lead_id>")
@right("leads:all")
def show(lead_id: UUID) -> Response:
    """One, with its history and whom it can be given to."""
    return _page(OPERATOR, lead_id)


@blueprint.post(f"{OPERATOR}/<uuid:lead_id>")
@right("leads:all")
@body_up_to(visitors.FORM_BYTES_MAX)
def work(lead_id: UUID) -> Response:
    """A step: state, next date, note."""
    return _work(OPERATOR, lead_id)


@blueprint.post(f"{OPERATOR}/<uuid:lead_id>/assign")
@right("leads:all")
@body_up_to(visitors.FORM_BYTES_MAX)
def assign(lead_id: UUID) -> Response:
    """Give it to a colleague, a reseller, or both."""
    operator = _operator()
    people, resellers = _takers(operator)
    owner = _picked(request.form.get("owner", ""), people)
    reseller = _picked(request.form.get("reseller", ""), resellers)
    enquiries.assign(operator, lead_id, worker=_worker(OPERATOR), owner=owner, reseller=reseller)
    _note(operator, lead_id, {"assigned_to": ", ".join(name for _, name in filter(None, (owner, reseller)))})
    return to(f"{OPERATOR}/{lead_id}")


@blueprint.get(RESELLER)
@right("leads:work")
def of_reseller() -> Response:
    """What was assigned to this reseller."""
    return _list(RESELLER)


@blueprint.get(f"{RESELLER}/<uuid:lead_id>")
@right("leads:work")
def show_to_reseller(lead_id: UUID) -> Response:
    """One of them."""
    return _page(RESELLER, lead_id)


@blueprint.post(f"{RESELLER}/<uuid:lead_id>")
@right("leads:work")
@body_up_to(visitors.FORM_BYTES_MAX)
def work_as_reseller(lead_id: UUID) -> Response:
    """A step of the reseller's."""
    return _work(RESELLER, lead_id)


def _list(base: str) -> Response:
    chosen, before = request.args.get("state", ""), request.args.get("before", "")
    states = [chosen] if chosen in STATE_NAMES else []
    with _session(base) as session:
        operator = _operator()
        rows = desk.leads(
            session, tenant_id=operator, states=states, limit=desk.PAGE + 1, before=_id(before) if before else None
        )
        counts = desk.counts(session, tenant_id=operator)
        session.expunge_all()
    return account_page(
        "leads/list.html", rows=rows[: desk.PAGE], base=base, chosen=chosen, counts=counts, states=STATE_NAMES,
        topics=TOPICS, product=product_name, more=rows[desk.PAGE - 1].lead_id if len(rows) > desk.PAGE else None,
    )  # fmt: skip


def _page(base: str, lead_id: UUID) -> Response:
    operator = _operator()
    with _session(base) as session:
        lead = desk.get(session, tenant_id=operator, lead_id=lead_id)
        history = desk.history(session, tenant_id=operator, lead_id=lead_id)
        session.expunge_all()
    moves = [state for state in STATE_NAMES if state in MOVES[lead.state] and state != "assigned"]
    of_operator = base == OPERATOR
    people, resellers = _takers(operator) if of_operator else ([], [])
    return account_page(
        "leads/one.html", lead=lead, history=history, base=base, states=STATE_NAMES, topics=TOPICS, services=SERVICES,
        moves=moves if of_operator else [state for state in moves if state in RESELLER_STATES], product=product_name,
        colleagues=people, resellers=resellers, may_onboard="customers:onboard" in member().rights,
    )  # fmt: skip


def _work(base: str, lead_id: UUID) -> Response:
    """What the form holds, in one transaction: empty parts are left as they are."""
    operator, typed, worker, at = _operator(), visitors.typed(), _worker(base), request_at()
    state, note, next_on = typed.get("state", ""), typed.get("note", ""), typed.get("next_on", "")
    place: dict[str, Any] = {"tenant_id": operator, "lead_id": lead_id, "worker": worker, "at": at}
    with _session(base) as session:
        lead: Lead = desk.get(session, tenant_id=operator, lead_id=lead_id)
        if state and state != lead.state:
            desk.set_state(session, state=state, note=note, **place)
        elif note.strip():
            desk.note(session, text=note, **place)
        if next_on or lead.next_on:
            desk.set_next(session, on=_day(next_on), **place)
    if state:
        _note(operator, lead_id, {"state": state})
    return to(f"{base}/{lead_id}")


def _session(base: str) -> AbstractContextManager[Session]:
    """The operator reaches all of them; a reseller, by the role of the database, what is his."""
    who = member()
    if base == RESELLER:
        if who.tenant_kind != "reseller":
            raise NotFound()
        return reseller_session(who.tenant_id)
    return tenant_session(_operator())


def _operator() -> UUID:
    with role_session("app") as session:
        return lookup.operator_id(session)


def _takers(operator: UUID) -> tuple[list[Taker], list[Taker]]:
    with role_session("reader") as session:
        return takers.colleagues(session, tenant_id=operator), takers.resellers(session)


def _worker(base: str) -> Worker:
    who = member()
    name = f"{who.full_name} ({who.tenant_title})" if base == RESELLER else who.full_name
    return Worker(who.mark, name, reseller=base == RESELLER)


def _note(operator: UUID, lead_id: UUID, after: dict[str, str]) -> None:
    """In the operator's log, also what a reseller does: the lead is the operator's."""
    with tenant_session(operator) as session:
        entries.note(
            session, tenant_id=operator, actor=actors.actor(), action="lead.changed", object_kind="lead",
            object_id=lead_id, after=after, at=request_at(),
        )  # fmt: skip


def _picked(typed: str, known: list[Taker]) -> tuple[UUID, str] | None:
    if not typed:
        return None
    found = next((one for one in known if str(one.id) == typed), None)
    if found is None:
        raise NotFound("Böyle bir kişi ya da bayi yok.", "There is no such person or reseller.")
    return found.id, found.name


def _id(typed: str) -> UUID:
    try:
        return UUID(typed)
    except ValueError as error:
        raise NotFound() from error


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError:
        return None
