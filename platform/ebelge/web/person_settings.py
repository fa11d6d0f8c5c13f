"""A person's name, language, address and password."""

from http import HTTPStatus

from flask import Blueprint, Response, g, request

from ebelge.core.db import role_session
from ebelge.core.errors import DomainError
from ebelge.edge import passwords, person_mail, rates, reproof, sign_in_log
from ebelge.edge.limits import body_up_to
from ebelge.edge.people import own_account, person
from ebelge.edge.requests import request_at
from ebelge.web.frame import account_page
from ebelge.web.sign_in import FORM_BYTES_MAX, to
from tenants.people import once, password_rules, persons, sessions
from tenants.people.password_rules import WeakPassword
from tenants.people.persons import InvalidPerson

blueprint = Blueprint("person_settings", __name__, url_prefix="/account/settings")


@blueprint.get("")
@own_account
def show() -> Response:
    """The forms."""
    return _page(said=request.args.get("said", ""))


@blueprint.post("/profile")
@own_account
@body_up_to(FORM_BYTES_MAX)
def profile() -> Response:
    """Name and language."""
    who = person()
    try:
        name = persons.plain_name(request.form.get("full_name", ""))
    except InvalidPerson as refused:
        return _page(refused=refused)
    with role_session("people") as db:
        row = persons.get(db, person_id=who.person_id, lock=True)
        row.full_name = name
        row.language = "en" if request.form.get("language") == "en" else "tr"
        g.person_language = row.language
    return to("/account/settings?said=profile")


@blueprint.post("/password")
@own_account
@body_up_to(FORM_BYTES_MAX)
@rates.limited(rates.SIGN_IN)
def password() -> Response:
    """A new password, after the old one; all other sessions end, and links to a new password or address."""
    who, at = person(), request_at()
    wanted = request.form.get("new_password", "")
    try:
        reproof.check(who, password=request.form.get("password", ""), at=at)
        password_rules.check(wanted, email=who.email, full_name=who.full_name)
    except (WeakPassword, reproof.NotProved, reproof.SignInAgain) as refused:
        return _page(refused=refused)
    hashed = passwords.hashed(wanted)
    with role_session("people") as db:
        row = persons.get(db, person_id=who.person_id, lock=True)
        row.password, row.password_changed_at = hashed, at
        sessions.end_all(db, person_id=who.person_id, at=at, but=who.session_id)
        once.call_off(db, person_id=who.person_id, purposes=("reset", "email"))
    sign_in_log.note(who.person_id, "person.password_changed")
    person_mail.tell("password_changed", email=who.email, person_id=who.person_id)
    return to("/account/settings?said=password")


@blueprint.post("/email")
@own_account
@body_up_to(FORM_BYTES_MAX)
@rates.limited(rates.LETTERS)
def email() -> Response:
    """A new address: it counts once it is confirmed. The answer is the same whether it has an account or not."""
    who = person()
    wanted = request.form.get("email", "")
    try:
        reproof.check(who, password=request.form.get("password", ""), at=request_at())
        persons.plain_email(wanted)
    except (InvalidPerson, reproof.NotProved, reproof.SignInAgain) as refused:
        return _page(refused=refused)
    person_mail.ask("email", typed=wanted, person_id=who.person_id)
    return to("/account/settings?said=email")


def _page(*, said: str = "", refused: DomainError | None = None) -> Response:
    who = person()
    status = refused.http_status if refused is not None else HTTPStatus.OK
    return account_page(
        "account/settings.html",
        status=status,
        me=who,
        said=said,
        refused=refused,
        asks_password=reproof.has_password(who),
    )
