"""Which company a person works in: one login, several tenants. The session keeps the choice, no address does."""

from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.core.db import tenant_session
from ebelge.core.errors import NotFound
from ebelge.edge import people, sign_in
from ebelge.edge.actors import actor, known_as
from ebelge.edge.languages import language
from ebelge.edge.people import own_account
from ebelge.edge.redirects import ours
from ebelge.edge.requests import request_at
from ebelge.jobs import acting
from ebelge.web.frame import account_page
from tenants.members import memberships
from tenants.members.memberships import Seat
from tenants.rights import ROLE_NAMES

blueprint = Blueprint("companies", __name__, url_prefix="/account/companies")
HOME = "/home"


@blueprint.get("")
@own_account
def choose() -> Response:
    """The person's own companies, by title, each with its VKN."""
    who = people.person()
    seats = people.my_seats(who)
    current = people.member_of(who, seats)
    shown = [(seat, _role(seat), current is not None and seat.tenant_id == current.tenant_id) for seat in seats]
    lost = who.tenant_id is not None and current is None
    return account_page("people/companies.html", companies=shown, lost=lost, next=request.args.get("next", ""))


@blueprint.post("")
@own_account
def switch() -> WerkzeugResponse:
    """Work in another company from now on. One that is not his own is as unknown as one that does not exist.

    Whoever acted for a customer acts no more.
    """
    who, wanted = people.person(), request.form.get("tenant_id", "")
    seats = people.my_seats(who)
    if wanted not in {str(seat.tenant_id) for seat in seats}:
        raise _unknown()
    here = people.member_of(who, seats)
    if here is not None and here.acting is not None:
        known_as(person_id=who.person_id, name=who.full_name, for_whom=here.tenant_id, of=here.acting.by_title)
        acting.leave(here.tenant_id, here.acting.acting_id, session_id=who.session_id, actor=actor(), at=request_at())
    sign_in.choose_tenant(UUID(wanted))
    return redirect(ours(request.form.get("next"), otherwise=HOME), HTTPStatus.SEE_OTHER)


@blueprint.post("/leave")
@own_account
def leave() -> WerkzeugResponse:
    """Leave a company of one's own; the last who manages it cannot."""
    who = people.person()
    wanted = request.form.get("tenant_id", "")
    if wanted not in {str(seat.tenant_id) for seat in people.my_seats(who) if seat.mode == "live"}:
        raise _unknown()
    with tenant_session(UUID(wanted)) as session:
        memberships.end(session, tenant_id=UUID(wanted), person_id=who.person_id, actor=actor(), at=request_at())
    if str(who.tenant_id) == wanted:
        sign_in.choose_tenant(None)
    return redirect(url_for("companies.choose"), HTTPStatus.SEE_OTHER)


def _unknown() -> NotFound:
    return NotFound("Şirketleriniz arasında böyle bir şirket yok.", "There is no such company among yours.")


def _role(seat: Seat) -> str:
    return ROLE_NAMES[seat.role][0 if language() == "tr" else 1]
