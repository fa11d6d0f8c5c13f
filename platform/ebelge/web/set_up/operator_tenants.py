"""The operator's accounts: found by title or number, suspended with a reason, their services moved by hand."""

from collections.abc import Callable
from datetime import datetime
from typing import cast
from uuid import UUID

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import InvalidRequest
from ebelge.edge.actors import actor
from ebelge.edge.limits import body_up_to
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.onboarding import activation, readiness
from ebelge.onboarding.checklist import WHO_NAMES
from ebelge.web.frame import account_page
from ebelge.web.set_up.forms import EMPTY, FORM_BYTES_MAX, Form, attempt, needed_day, text
from tenants import accounts, directory, states
from tenants.company import aliases, authorisations
from tenants.company.aliases import MOVES as ALIAS_MOVES
from tenants.company.aliases import STATE_NAMES as ALIAS_STATES
from tenants.models import Service
from tenants.services import RULES, STATE_NAMES

blueprint = Blueprint("operator_tenants", __name__, url_prefix="/operator/tenants")
LIST, ONE = "operator_tenants.index", "operator_tenants.one"
PAGE = 50
PARTED = "\x1f"
# On the operator's pages "you" is the customer.
_WHO = dict(WHO_NAMES) | {"you": ("Müşteri", "Customer")}


@blueprint.get("")
@right("tenants:read")
def index() -> Response:
    """Accounts by title; Turkish letters and their case make no difference."""
    words, state = request.args.get("q", "")[:200], request.args.get("state", "")
    mode = "test" if request.args.get("mode") == "test" else "live"
    with role_session("reader") as session:
        found = directory.search(
            session, words=words, state=state if state in states.STATE_NAMES else "", mode=mode, after=_after(),
            limit=PAGE + 1,
        )  # fmt: skip
    last = found[PAGE - 1] if len(found) > PAGE else None
    return account_page(
        "set_up/operator_tenants.html", found=found[:PAGE], words=words, state=state, mode=mode, rules=RULES,
        states=states.STATE_NAMES, service_states=STATE_NAMES,
        more=f"{last.title}{PARTED}{last.tenant_id}" if last else "",
    )  # fmt: skip


@blueprint.get("/<uuid:tenant_id>")
@right("tenants:read")
def one(tenant_id: UUID) -> Response:
    """An account, its state and its services."""
    return _one(tenant_id, EMPTY)


@blueprint.post("/<uuid:tenant_id>/state")
@right("tenants:manage")
@body_up_to(FORM_BYTES_MAX)
def move(tenant_id: UUID) -> Response | WerkzeugResponse:
    """Put the account into another state."""

    def work(session: Session, at: datetime) -> None:
        wanted = text("to")
        if wanted not in states.STATE_NAMES:
            raise InvalidRequest("Böyle bir durum yok.", "There is no such state.")
        states.move(
            session, tenant_id=tenant_id, to=cast(states.TenantState, wanted), mover="staff", reason=text("reason"),
            actor=actor(), at=at,
        )  # fmt: skip

    return _changed(tenant_id, work)


@blueprint.post("/<uuid:tenant_id>/services/<service>/paper")
@right("tenants:manage")
@body_up_to(FORM_BYTES_MAX)
def paper(tenant_id: UUID, service: str) -> Response | WerkzeugResponse:
    """Record a paper; the signed activation also moves the service on."""
    purpose = text("purpose")

    def work(session: Session, at: datetime) -> None:
        given = {
            "tenant_id": tenant_id, "service": service, "signed_on": needed_day("signed_on"), "paper": text("paper"),
        }  # fmt: skip
        if purpose == "activation":
            activation.authorise(session, operator_seal=seal, actor=actor(), at=at, **given)  # type: ignore[arg-type]  # one set of fields for both
        elif purpose in ("seal", "petition"):
            authorisations.record(session, purpose=purpose, actor=actor(), at=at, **given)  # type: ignore[arg-type]  # one set of fields for both
        else:
            raise InvalidRequest("Böyle bir belge türü yok.", "There is no such paper.")

    seal = _operator_seal(tenant_id)
    return _changed(tenant_id, work)


@blueprint.post("/<uuid:tenant_id>/services/<service>/<step>")
@right("tenants:manage")
@body_up_to(FORM_BYTES_MAX)
def step(tenant_id: UUID, service: str, step: str) -> Response | WerkzeugResponse:
    """Enter what happened between us and GİB."""
    seal = _operator_seal(tenant_id) if step == "ask" else None

    def work(session: Session, at: datetime) -> None:
        acts: dict[str, tuple[Callable[..., Service], Callable[[], dict[str, object]]]] = {
            "want": (activation.want, dict),
            "ask": (activation.asked, lambda: {"reference": text("reference"), "operator_seal": seal}),
            "activate": (activation.activate, lambda: {"active_from": needed_day("active_from")}),
            "refused": (activation.back, lambda: {"reason": text("reason")}),
            "close": (activation.close, lambda: {"last_day": needed_day("last_day")}),
            "reopen": (activation.reopen, dict),
            "closed": (activation.closed, dict),
        }
        if step not in acts:
            raise InvalidRequest("Böyle bir adım yok.", "There is no such step.")
        act, given = acts[step]
        act(session, tenant_id=tenant_id, service=service, actor=actor(), at=at, **given())

    return _changed(tenant_id, work)


@blueprint.post("/<uuid:tenant_id>/aliases/<uuid:alias_id>")
@right("tenants:manage")
@body_up_to(FORM_BYTES_MAX)
def answer_alias(tenant_id: UUID, alias_id: UUID) -> Response | WerkzeugResponse:
    """Enter GİB's answer about an alias."""

    def work(session: Session, at: datetime) -> None:
        to = text("to")
        if to not in ("confirmed", "refused", "closed"):
            raise InvalidRequest("Böyle bir yanıt yok.", "There is no such answer.")
        aliases.answer(
            session, tenant_id=tenant_id, alias_id=alias_id, to=to, day=needed_day("day"),  # type: ignore[arg-type]  # checked above
            reference=text("reference"), actor=actor(), at=at,
        )  # fmt: skip

    return _changed(tenant_id, work)


def _changed(tenant_id: UUID, work: Callable[[Session, datetime], None]) -> Response | WerkzeugResponse:
    """Work in one transaction of that account, by staff of the operator."""

    def done() -> None:
        with tenant_session(tenant_id) as session:
            accounts.get(session, tenant_id=tenant_id)
            work(session, request_at())

    return attempt(done, show=lambda form: _one(tenant_id, form), to=ONE, tenant_id=tenant_id)


def _operator_seal(tenant_id: UUID) -> datetime | None:
    with tenant_session(tenant_id) as session:
        mode = accounts.get(session, tenant_id=tenant_id).mode
    return readiness.operator_seal_until(mode, at=request_at())


def _one(tenant_id: UUID, form: Form) -> Response:
    at = request_at()
    with role_session("reader") as session:
        account = directory.get(session, tenant_id=tenant_id)
    operator_seal = readiness.operator_seal_until(account.mode, at=at)
    with tenant_session(tenant_id) as session:
        return account_page(
            "set_up/operator_tenant.html", form=form, account=account,
            tenant=accounts.get(session, tenant_id=tenant_id),
            services=readiness.of_tenant(session, tenant_id=tenant_id, operator_seal=operator_seal, at=at),
            papers=authorisations.listed(session, tenant_id=tenant_id), purposes=authorisations.PURPOSES,
            aliases=aliases.listed(session, tenant_id=tenant_id), alias_states=ALIAS_STATES, alias_moves=ALIAS_MOVES,
            moves=[(to, states.MOVES[(account.state, to)]) for to in states.may_become(account.state, "staff")],
            states=states.STATE_NAMES, rules=RULES, service_states=STATE_NAMES, who=_WHO,
            may_manage="tenants:manage" in member().rights, done="done" in request.args,
        )  # fmt: skip


def _after() -> tuple[str, UUID] | None:
    title, _, tenant_id = request.args.get("after", "").rpartition(PARTED)
    try:
        return (title, UUID(tenant_id)) if title else None
    except ValueError:
        return None
