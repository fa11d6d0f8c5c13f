"""Where a person is signed in, and ending it: one browser, or all others."""

from uuid import UUID

from flask import Blueprint, Response

from ebelge.core.db import role_session
from ebelge.edge import sign_in, sign_in_log
from ebelge.edge.limits import body_up_to
from ebelge.edge.people import own_account, person
from ebelge.edge.requests import request_at
from ebelge.web import agents
from ebelge.web.frame import account_page
from ebelge.web.sign_in import FORM_BYTES_MAX, to
from tenants.people import sessions

blueprint = Blueprint("person_sessions", __name__, url_prefix="/account/sessions")


@blueprint.get("")
@own_account
def show() -> Response:
    """The open sessions, this one marked."""
    who = person()
    with role_session("people") as db:
        found = sessions.listed(db, person_id=who.person_id, at=request_at())
        db.expunge_all()
    return account_page("account/sessions.html", sessions=found, here=who.session_id, told=agents.told)


@blueprint.post("/<uuid:session_id>/end")
@own_account
@body_up_to(FORM_BYTES_MAX)
def end(session_id: UUID) -> Response:
    """End one session; another person's is as unknown as one that does not exist."""
    who = person()
    with role_session("people") as db:
        sessions.end(db, person_id=who.person_id, session_id=session_id, at=request_at())
    sign_in_log.note(who.person_id, "person.signed_out", after={"session_id": str(session_id), "sessions": 1})
    if session_id == who.session_id:
        sign_in.sign_out()
        return to("/sign-in")
    return to("/account/sessions")


@blueprint.post("/end-others")
@own_account
@body_up_to(FORM_BYTES_MAX)
def end_others() -> Response:
    """End all sessions but this one."""
    who = person()
    with role_session("people") as db:
        count = sessions.end_all(db, person_id=who.person_id, at=request_at(), but=who.session_id)
    if count:
        sign_in_log.note(who.person_id, "person.signed_out", after={"sessions": count})
    return to("/account/sessions")
