"""A person's own page: who he is, and where he changes what proves it."""

from flask import Blueprint, Response

from ebelge.core.db import role_session
from ebelge.edge.people import own_account, person
from ebelge.edge.requests import request_at
from ebelge.web.frame import account_page
from tenants.people import factors, sessions

blueprint = Blueprint("person", __name__, url_prefix="/account")


@blueprint.get("")
@own_account
def overview() -> Response:
    """Who is signed in."""
    who = person()
    with role_session("people") as db:
        has = factors.of(db, person_id=who.person_id)
        count = len(sessions.listed(db, person_id=who.person_id, at=request_at()))
    return account_page("account/overview.html", me=who, has=has, sessions=count)
