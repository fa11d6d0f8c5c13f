"""Applications: the operator's desk, and the one of a reseller for those whom he invited."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from ebelge.core.config import settings
from ebelge.core.db import reseller_session, role_session
from ebelge.core.errors import NotFound
from ebelge.edge import actors
from ebelge.edge.limits import body_up_to
from ebelge.edge.people import member, right
from ebelge.jobs import signing_up
from ebelge.web import visitors
from ebelge.web.frame import account_page
from ebelge.web.sign_in import to
from tenants.applications import links, lists
from tenants.applications.applications import STATE_NAMES, Decider
from tenants.leads.choices import product_name
from tenants.services import SERVICES

blueprint = Blueprint("applications", __name__)
OPERATOR, RESELLER = "/operator/applications", "/reseller/applications"
# What is listed under each filter.
FILTERS = {
    "open": ["waiting", "asked"],
    "unconfirmed": ["unconfirmed"],
    "decided": ["activated", "refused"],
}


@blueprint.get(OPERATOR)
@right("tenants:read")
def index() -> Response:
    """Every application."""
    with role_session("reader") as session:
        return _list(session, OPERATOR)


@blueprint.get(f"{OPERATOR}/<uuid:application_id>")
@right("tenants:read")
def show(application_id: UUID) -> Response:
    """One, with what there is to check."""
    with role_session("reader") as session:
        found = lists.one(session, application_id=application_id)
        checks = lists.checks(session, application_id=application_id)
    return _page(found, checks, OPERATOR, decides="tenants:manage" in member().rights)


@blueprint.post(f"{OPERATOR}/<uuid:application_id>")
@right("tenants:manage")
@body_up_to(visitors.FORM_BYTES_MAX)
def decide(application_id: UUID) -> Response:
    """Activate, refuse, or ask for more."""
    with role_session("reader") as session:
        tenant_id = lists.one(session, application_id=application_id).tenant_id
    _decide(tenant_id, application_id, Decider(actors.actor(), "staff"))
    return to(f"{OPERATOR}/{application_id}")


@blueprint.get(RESELLER)
@right("customers:onboard")
def of_reseller() -> Response:
    """Those who came by this reseller's link, and the link."""
    _reseller_only()
    with reseller_session(member().tenant_id) as session:
        link = f"{settings().public_base_url}/sign-up?r={links.token_of(member().tenant_id)}"
        return _list(session, RESELLER, link=link)


@blueprint.get(f"{RESELLER}/<uuid:application_id>")
@right("customers:onboard")
def show_to_reseller(application_id: UUID) -> Response:
    """One of them."""
    _reseller_only()
    with reseller_session(member().tenant_id) as session:
        found = lists.one(session, application_id=application_id)
    return _page(found, None, RESELLER, decides=_his(found))


@blueprint.post(f"{RESELLER}/<uuid:application_id>")
@right("customers:onboard")
@body_up_to(visitors.FORM_BYTES_MAX)
def decide_as_reseller(application_id: UUID) -> Response:
    """Activate, refuse, or ask for more, as the reseller who invited."""
    _reseller_only()
    with reseller_session(member().tenant_id) as session:
        found = lists.one(session, application_id=application_id)
    if not _his(found):
        raise NotFound("Böyle bir başvuru yok.", "There is no such application.")
    _decide(found.tenant_id, application_id, Decider(actors.actor(), "reseller"))
    return to(f"{RESELLER}/{application_id}")


def _decide(tenant_id: UUID, application_id: UUID, decider: Decider) -> None:
    what, said = request.form.get("what", ""), visitors.typed().get("said", "")
    if what == "activate":
        signing_up.activate(tenant_id, application_id, decider=decider)
    elif what == "refuse":
        signing_up.refuse(tenant_id, application_id, reason=said, decider=decider)
    elif what == "ask":
        signing_up.ask(tenant_id, application_id, what=said, decider=decider)


def _reseller_only() -> None:
    if member().tenant_kind != "reseller":
        raise NotFound()


def _his(found: Any) -> bool:
    return bool(found.invited_by == member().tenant_id)


def _list(session: Session, base: str, **more: Any) -> Response:
    chosen = request.args.get("show", "open")
    chosen = chosen if chosen in FILTERS else "open"
    before = request.args.get("before", "")
    rows = lists.listed(
        session, states_wanted=FILTERS[chosen], limit=51, before=UUID(before) if _is_id(before) else None
    )
    return account_page(
        "applications/list.html", rows=rows[:50], base=base, chosen=chosen, filters=FILTERS, states=STATE_NAMES,
        more=rows[49].application_id if len(rows) > 50 else None, **more,
    )  # fmt: skip


def _page(found: Any, checks: Any, base: str, *, decides: bool) -> Response:
    return account_page(
        "applications/one.html", one=found, checks=checks, base=base, states=STATE_NAMES, services=SERVICES,
        product=product_name, decides=decides and found.state in ("waiting", "asked"),
    )  # fmt: skip


def _is_id(typed: str) -> bool:
    try:
        UUID(typed)
    except ValueError:
        return False
    return True
