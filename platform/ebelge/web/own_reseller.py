"""A customer's own page about its reseller: who it is, a change asked for, answered, taken back."""

from uuid import UUID

from flask import Blueprint, Response
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.core.clock import utc_now
from ebelge.core.config import settings
from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError
from ebelge.edge.actors import actor
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.jobs import reseller_changes
from ebelge.web.forms import day, field, go_to, told
from ebelge.web.frame import account_page
from ebelge.web.reseller.changes import SIDES, STATES
from tenants import accounts
from tenants.resellers import changes

blueprint = Blueprint("own_reseller", __name__, url_prefix="/settings/reseller")
PATH = "/settings/reseller"


@blueprint.get("")
@right("company:read")
def show() -> Response:
    """The reseller, and requests to change it."""
    return _page()


@blueprint.post("")
@right("consent:give")
def ask() -> WerkzeugResponse:
    """Ask for another reseller, or for none."""
    try:
        new_vkn = None if field("to") == "none" else field("vkn", longest=11)
        reseller_changes.ask_as_customer(
            member().tenant_id, new_vkn=new_vkn, wanted_on=day("wanted_on", at=request_at()), actor=actor()
        )
    except DomainError as error:
        return _page(refusal=told(error), status=error.http_status)
    return go_to(PATH)


@blueprint.post("/<uuid:change_id>")
@right("consent:give")
def answer(change_id: UUID) -> WerkzeugResponse:
    """The customer's word, or the request taken back."""
    me, word = member().tenant_id, field("word")
    try:
        if word == "withdraw":
            reseller_changes.withdraw_as_customer(me, change_id, actor=actor())
        else:
            reseller_changes.answer_as_customer(me, change_id, yes=word == "yes", actor=actor())
    except DomainError as error:
        return _page(refusal=told(error), status=error.http_status)
    return go_to(PATH)


def _page(*, refusal: str = "", status: int = 200) -> Response:
    me = member().tenant_id
    with tenant_session(me) as session:
        reseller_id = accounts.get(session, tenant_id=me).reseller_id
        found = list(changes.changes(session, tenant_id=me, limit=20))
        said = {
            one.change_id: {
                answer.side: answer for answer in changes.answers(session, tenant_id=me, change_id=one.change_id)
            }
            for one in found
        }
        waits = {
            one.change_id: changes.waits_for(
                one, said[one.change_id], at=utc_now(), answer_days=settings().reseller_answer_days
            )
            for one in found
        }
        session.expunge_all()
    title = None
    if reseller_id is not None:
        with tenant_session(reseller_id) as session:
            title = accounts.get(session, tenant_id=reseller_id).title
    return account_page(
        "access/reseller.html",
        status=status,
        refusal=refusal,
        title=title,
        requests=found,
        said=said,
        waits=waits,
        states=STATES,
        sides=SIDES,
        may="consent:give" in member().rights,
        open=any(one.state in ("asked", "agreed") for one in found),
    )
