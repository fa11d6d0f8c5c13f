"""What letters lead to: a new password, an address confirmed. Opening a link changes nothing; its button does, once.

A link that is wrong, used, too old or another's says the same. How many somebody may try is bounded.
"""

import re
from http import HTTPStatus

from flask import Blueprint, Response, request

from ebelge.core.db import role_session
from ebelge.core.errors import DomainError, NotFound
from ebelge.edge import csp, passwords, person_mail, rates, sign_in, sign_in_log
from ebelge.edge.limits import body_up_to
from ebelge.edge.requests import request_at
from ebelge.jobs import signing_up
from ebelge.web.public import page
from ebelge.web.sign_in import FORM_BYTES_MAX
from tenants.people import lockouts, once, password_rules, persons, sessions
from tenants.people.once import Meant, Purpose
from tenants.people.persons import EmailTaken

blueprint = Blueprint("person_links", __name__, url_prefix="/sign-in")
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


@blueprint.get("/forgotten")
def forgotten() -> Response:
    """Where a new password is asked for."""
    return page("sign_in/forgotten.html", policy=csp.FORM, asked=False)


@blueprint.post("/forgotten")
@body_up_to(FORM_BYTES_MAX)
@rates.limited(rates.LETTERS)
def ask() -> Response:
    """Ask for the letter; the answer is the same for every address."""
    person_mail.ask("reset", typed=request.form.get("email", ""))
    return page("sign_in/forgotten.html", policy=csp.FORM, asked=True)


@blueprint.get("/reset/<secret>")
@rates.limited(rates.LINKS)
def reset(secret: str) -> Response:
    """Where the new password is typed."""
    _look("reset", secret)
    return _reset_page()


@blueprint.post("/reset/<secret>")
@body_up_to(FORM_BYTES_MAX)
@rates.limited(rates.LINKS)
def set_password(secret: str) -> Response:
    """The new password: the link is used up, every session ends, and the address is confirmed by the way."""
    meant, at = _look("reset", secret), request_at()
    assert meant.person_id is not None
    password = request.form.get("password", "")
    with role_session("people") as db:
        person = persons.get(db, person_id=meant.person_id)
        email, full_name = person.email, person.full_name
    try:
        password_rules.check(password, email=email, full_name=full_name)
    except password_rules.WeakPassword as weak:
        return _reset_page(weak)
    hashed = passwords.hashed(password)
    with role_session("people") as db:
        person = persons.get(db, person_id=meant.person_id, lock=True)
        if once.use(db, purpose="reset", secret=secret, at=at) is None or not person.active:
            raise _gone()
        person.password, person.password_changed_at = hashed, at
        if person.email == meant.note:
            person.confirmed_at = person.confirmed_at or at
        once.call_off(db, person_id=person.person_id, purposes=("reset", "email"))
        sessions.end_all(db, person_id=person.person_id, at=at)
        lockouts.clear(db, subjects=[("account", person.email)])
    sign_in_log.note(meant.person_id, "person.password_reset")
    person_mail.tell("password_changed", email=email, person_id=meant.person_id)
    return page("sign_in/done.html", what="reset")


@blueprint.get("/confirm/<secret>")
@rates.limited(rates.LINKS)
def confirm(secret: str) -> Response:
    """Where an address is confirmed."""
    meant = _look("confirm", secret)
    return page("sign_in/confirm.html", policy=csp.FORM, what="confirm", email=meant.note)


@blueprint.post("/confirm/<secret>", endpoint="confirmed")
@body_up_to(FORM_BYTES_MAX)
@rates.limited(rates.LINKS)
def confirmed(secret: str) -> Response:
    """The address is the person's."""
    _look("confirm", secret)
    at = request_at()
    with role_session("people") as db:
        meant = once.use(db, purpose="confirm", secret=secret, at=at)
        if meant is None or meant.person_id is None:
            raise _gone()
        person = persons.get(db, person_id=meant.person_id, lock=True)
        if person.email != meant.note:
            raise _gone()  # it was changed meanwhile
        person.confirmed_at = person.confirmed_at or at
    signing_up.confirmed(meant.person_id, at=at)
    return page("sign_in/done.html", what="confirm")


@blueprint.get("/email/<secret>")
@rates.limited(rates.LINKS)
def email(secret: str) -> Response:
    """Where a new address is confirmed."""
    meant = _look("email", secret)
    return page("sign_in/confirm.html", policy=csp.FORM, what="email", email=meant.note)


@blueprint.post("/email/<secret>", endpoint="email_changed")
@body_up_to(FORM_BYTES_MAX)
@rates.limited(rates.LINKS)
def email_changed(secret: str) -> Response:
    """The new address counts from now on; the old one is told."""
    _look("email", secret)
    at = request_at()
    try:
        with role_session("people") as db:
            meant = once.use(db, purpose="email", secret=secret, at=at)
            if meant is None or meant.person_id is None:
                raise _gone()
            before = persons.change_email(db, person_id=meant.person_id, email=meant.note, at=at)
            once.call_off(db, person_id=meant.person_id, purposes=("reset", "confirm", "email"))
    except EmailTaken as taken:
        raise _gone() from taken
    sign_in_log.note(meant.person_id, "person.email_changed", before={"email": before}, after={"email": meant.note})
    person_mail.tell("email_changed", email=before, person_id=meant.person_id)
    return page("sign_in/done.html", what="email")


def _look(purpose: Purpose, secret: str) -> Meant:
    """What a link stands for; each wrong one counts for the network that tries it."""
    found, at = None, request_at()
    with role_session("people") as db:
        if lockouts.count(db, kind="link", subject=sign_in.network(), at=at) and _SECRET.fullmatch(secret):
            found = once.look(db, purpose=purpose, secret=secret, at=at)
        if found is not None:
            lockouts.take_back(db, kind="link", subject=sign_in.network(), at=at)
    if found is None:
        raise _gone()
    return found


def _gone() -> DomainError:
    return NotFound(
        "Bu bağlantı geçersiz, kullanılmış ya da süresi dolmuş. Giriş sayfasından yenisini isteyin.",
        "This link is wrong, used or too old. Ask for a new one on the sign-in page.",
    )


def _reset_page(weak: DomainError | None = None) -> Response:
    status = HTTPStatus.OK if weak is None else HTTPStatus.UNPROCESSABLE_ENTITY
    return page("sign_in/reset.html", policy=csp.FORM, status=status, weak=weak)
