"""An account on its way out: what its owner sees and asks for, and what the operator's people confirm and finish."""

from datetime import date, timedelta
from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, Response, redirect, request
from sqlalchemy import text
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.core.clock import istanbul_date
from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import DomainError, InvalidRequest, NotFound
from ebelge.edge.actors import actor
from ebelge.edge.languages import language
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.onboarding import closing
from ebelge.onboarding import closing_checklist as checklist
from ebelge.web.forms import told
from ebelge.web.frame import account_page
from tenants import accounts

blueprint = Blueprint("closing", __name__)
OWN, STAFF = "/settings/closing", "/operator/closings"
LISTED_MAX = 200


@blueprint.get(OWN)
@right("company:read")
def show() -> Response:
    """The closing of the account, or how to begin one."""
    return _page(member().tenant_id, staff=False)


@blueprint.post(f"{OWN}/begin")
@right("consent:give")
def begin() -> Response | WerkzeugResponse:
    """Begin to close the account."""
    tenant_id = member().tenant_id
    try:
        with tenant_session(tenant_id) as session:
            closing.begin(
                session, tenant_id=tenant_id, last_day=_day("last_day"), reason=request.form.get("reason", ""),
                mover="tenant", actor=actor(), at=request_at(),
            )  # fmt: skip
    except DomainError as error:
        return _page(tenant_id, staff=False, refusal=error)
    return redirect(OWN, HTTPStatus.SEE_OTHER)


@blueprint.post(f"{OWN}/confirm")
@right("consent:give")
def confirm() -> Response | WerkzeugResponse:
    """Enter a step that the account's own people did outside."""
    step = request.form.get("step", "")
    if step not in checklist.KINDS or checklist.KINDS[step].who != "you":
        raise NotFound()
    return _confirm(member().tenant_id, step, OWN, staff=False)


@blueprint.post(f"{OWN}/call-off")
@right("consent:give")
def call_off() -> WerkzeugResponse:
    """Stay after all."""
    tenant_id = member().tenant_id
    with tenant_session(tenant_id) as session:
        closing.call_off(session, tenant_id=tenant_id, mover="tenant", actor=actor(), at=request_at())
    return redirect(OWN, HTTPStatus.SEE_OTHER)


@blueprint.get(STAFF)
@right("tenants:read")
def index() -> Response:
    """Accounts that are closing, the one whose last day is next first."""
    with role_session("reader") as session:
        rows = session.execute(_CLOSING, {"limit": LISTED_MAX}).all()
    return account_page("closing/index.html", rows=rows)


@blueprint.get(f"{STAFF}/<uuid:tenant_id>")
@right("tenants:read")
def show_to_staff(tenant_id: UUID) -> Response:
    """One account's closing."""
    return _page(tenant_id, staff=True)


@blueprint.post(f"{STAFF}/<uuid:tenant_id>/confirm")
@right("tenants:manage")
def confirm_by_staff(tenant_id: UUID) -> Response | WerkzeugResponse:
    """Enter a step that happened outside, with its paper."""
    step = request.form.get("step", "")
    if not checklist.by_hand(step):
        raise NotFound()
    return _confirm(tenant_id, step, f"{STAFF}/{tenant_id}", staff=True)


@blueprint.post(f"{STAFF}/<uuid:tenant_id>/finish")
@right("tenants:manage")
def finish(tenant_id: UUID) -> Response | WerkzeugResponse:
    """Close the account: every step is done."""
    try:
        with tenant_session(tenant_id) as session:
            closing.finish(session, tenant_id=tenant_id, mover="staff", actor=actor(), at=request_at())
    except closing.NotReadyToClose as error:
        return _page(tenant_id, staff=True, refusal=error)
    return redirect(f"{STAFF}/{tenant_id}", HTTPStatus.SEE_OTHER)


def _confirm(tenant_id: UUID, step: str, back: str, *, staff: bool) -> Response | WerkzeugResponse:
    form = request.form
    try:
        with tenant_session(tenant_id) as session:
            closing.confirm(
                session, tenant_id=tenant_id, step=step, done_on=_day("done_on"), paper=form.get("paper", ""),
                note=form.get("note", ""), actor=actor(), at=request_at(),
            )  # fmt: skip
    except InvalidRequest as error:
        return _page(tenant_id, staff=staff, refusal=error)
    return redirect(back, HTTPStatus.SEE_OTHER)


def _page(tenant_id: UUID, *, staff: bool, refusal: DomainError | None = None) -> Response:
    at = request_at()
    turkish = language() == "tr"
    with tenant_session(tenant_id) as session:
        tenant = accounts.get(session, tenant_id=tenant_id)
        found = closing.newest(session, tenant_id=tenant_id)
        under_way = found is not None and found.state == "open"
        steps = checklist.steps(session, closing=found, at=at) if found is not None and under_way else []
        rights = member().rights
        return account_page(
            "closing/show.html",
            title=tenant.title, state=tenant.state, staff=staff, closing=found, under_way=under_way,
            steps=[
                {
                    "step": one.step, "title": one.title_tr if turkish else one.title_en, "done": one.done,
                    "said": one.said_tr if turkish else one.said_en, "who": one.who,
                    "mine": one.by_hand and (staff or one.who == "you"),
                }
                for one in steps
            ],
            ready=bool(steps) and all(one.done for one in steps),
            may=("tenants:manage" if staff else "consent:give") in rights,
            today=istanbul_date(at), latest=istanbul_date(at) + timedelta(days=365),
            base=f"{STAFF}/{tenant_id}" if staff else OWN, refusal=told(refusal) if refusal else "", form=request.form,
            status=refusal.http_status if refusal is not None else HTTPStatus.OK,
        )  # fmt: skip


def _day(name: str) -> date:
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError as error:
        raise InvalidRequest("Günü seçin.", "Choose the day.") from error


_CLOSING = text(
    "SELECT c.tenant_id, t.title, t.vkn_tckn, c.last_day, c.reason FROM closing c JOIN tenant t USING (tenant_id) "
    "WHERE c.state = 'open' ORDER BY c.last_day, t.title LIMIT :limit"
)
