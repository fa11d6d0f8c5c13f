"""Signing in: by password, then the second factor where there is one; or by passkey alone. And signing out.

Whatever is wrong, the page says the same.
"""

from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, Response, request, session

from ebelge.core.db import role_session
from ebelge.edge import csp, factors, passkeys, passwords, person_mail, rates, sign_in, sign_in_log, sso
from ebelge.edge.limits import body_up_to
from ebelge.edge.passkeys import PasskeyFailed
from ebelge.edge.redirects import ours
from ebelge.edge.requests import request_at
from ebelge.web.public import page
from tenants.people import factors as second_factors
from tenants.people import persons, recovery_codes

blueprint = Blueprint("sign_in", __name__)
FORM_BYTES_MAX = 32 * 1024
HOME = "/home"
_NEXT = "next"


def to(path: str) -> Response:
    """Go on to `path` with a GET."""
    return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": path})


@blueprint.get("/sign-in")
def show() -> Response:
    """The form; whoever is signed in goes on."""
    if sign_in.signed_in() is not None:
        return to(_next())
    if sign_in.waiting_for_factor() is not None:
        return to("/sign-in/factor")
    return _form()


@blueprint.post("/sign-in", endpoint="sign_in")
@body_up_to(FORM_BYTES_MAX)
@rates.limited(rates.SIGN_IN)
def enter() -> Response:
    """The password: in, on to the second factor, or the same page again."""
    at = request_at()
    person_id = passwords.check(
        email=request.form.get("email", ""),
        password=request.form.get("password", ""),
        network=sign_in.network(),
        at=at,
    )
    if person_id is None:
        return _form(failed=True)
    return go_on(person_id, method="password")


@blueprint.get("/sign-in/factor")
def factor() -> Response:
    """The second factor of somebody whose password was right."""
    waiting = sign_in.waiting_for_factor()
    return to("/sign-in") if waiting is None else _factor_form(waiting.person_id)


@blueprint.post("/sign-in/factor", endpoint="factor_given")
@body_up_to(FORM_BYTES_MAX)
@rates.limited(rates.SIGN_IN)
def factor_given() -> Response:
    """A code of the app or a recovery code."""
    waiting = sign_in.waiting_for_factor()
    if waiting is None:
        return to("/sign-in")
    typed = request.form.get("code", "")
    outcome = factors.check(person_id=waiting.person_id, typed=typed, network=sign_in.network(), at=request_at())
    if not outcome:
        return _factor_form(waiting.person_id, failed=True)
    if outcome == "recovery_code":
        with role_session("people") as db:
            left = recovery_codes.left(db, person_id=waiting.person_id)
        sign_in_log.note(waiting.person_id, "person.recovery_code_used", after={"left": left})
    return _passed(factor=outcome)


@blueprint.post("/sign-in/passkey")
@body_up_to(FORM_BYTES_MAX)
@rates.limited(rates.SIGN_IN)
def passkey() -> Response:
    """The page that asks the browser for a passkey: any of this site, or the second factor of who is waiting."""
    waiting = sign_in.waiting_for_factor()
    wanted = request.form.get("next", "")
    options = passkeys.begin_signing_in(person_id=waiting.person_id if waiting else None, at=request_at())
    return _passkey_page(options, back="/sign-in/factor" if waiting else "/sign-in", wanted=wanted)


@blueprint.post("/sign-in/passkey/answer")
@body_up_to(FORM_BYTES_MAX)
@rates.limited(rates.SIGN_IN)
def passkey_answer() -> Response:
    """What the browser answered: in, or back with the reason that is always the same."""
    waiting = sign_in.waiting_for_factor()
    try:
        person_id = passkeys.finish_signing_in(
            person_id=waiting.person_id if waiting else None, answer=request.form.get("answer", ""), at=request_at()
        )
    except PasskeyFailed:
        return _factor_form(waiting.person_id, failed=True) if waiting else _form(passkey_failed=True)
    if waiting is not None:
        return _passed(factor="passkey")
    sign_in.begin(person_id=person_id, method="passkey", second_factor=True)
    sign_in_log.signed_in(person_id, factor="passkey")
    return to(_next())


@blueprint.post("/sign-out")
@body_up_to(FORM_BYTES_MAX)
def sign_out() -> Response:
    """Sign out at this browser."""
    sign_in.sign_out()
    return to("/sign-in")


def go_on(person_id: UUID, *, method: str, wanted: str | None = None) -> Response:
    """The first proof was right: in, or on to the second factor where the person has one."""
    with role_session("people") as db:
        person = persons.get(db, person_id=person_id)
        email = "" if person.confirmed_at else person.email
        waits = second_factors.of(db, person_id=person_id).any
    if email:  # only whoever has the password learns that it is not confirmed
        person_mail.ask("confirm", typed=email)
        return page("sign_in/done.html", what="wait")
    wanted = _next("") if wanted is None else wanted
    sign_in.begin(person_id=person_id, method=method, waits_for_factor=waits)
    if not waits:
        sign_in_log.signed_in(person_id, factor="none")
        return to(wanted or HOME)
    session[_NEXT] = wanted
    return to("/sign-in/factor")


def _passed(*, factor: str) -> Response:
    wanted = ours(session.get(_NEXT), otherwise=HOME)
    sign_in_log.signed_in(sign_in.factor_passed(), factor=factor)
    return to(wanted)


def _form(*, failed: bool = False, passkey_failed: bool = False) -> Response:
    return page(
        "sign_in/password.html",
        policy=csp.FORM,
        status=HTTPStatus.UNAUTHORIZED if failed or passkey_failed else HTTPStatus.OK,
        failed=failed,
        passkey_failed=passkey_failed,
        email=request.form.get("email", "")[:254],
        next=_next(""),
        sso=sso.name(),
    )


def _factor_form(person_id: UUID, *, failed: bool = False) -> Response:
    with role_session("people") as db:
        has = second_factors.of(db, person_id=person_id)
    status = HTTPStatus.UNAUTHORIZED if failed else HTTPStatus.OK
    return page("sign_in/factor.html", policy=csp.FORM, status=status, failed=failed, has=has)


def _passkey_page(options: str, *, back: str, wanted: str) -> Response:
    return page("sign_in/passkey.html", policy=csp.FORM, options=options, back=back, next=ours(wanted, otherwise=""))


def _next(otherwise: str = HOME) -> str:
    """Where to go on: a path of ours, whoever wrote the link."""
    return ours(request.values.get("next"), otherwise=otherwise)
