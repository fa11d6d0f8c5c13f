"""A person's second factors: an authenticator app, passkeys, recovery codes."""

from uuid import UUID

from flask import Blueprint, Response, request, session

from ebelge.core.db import role_session
from ebelge.edge import csp, passkeys, person_mail, reproof, sign_in, sign_in_log, totp
from ebelge.edge.limits import body_up_to
from ebelge.edge.people import own_account, person
from ebelge.edge.redirects import ours
from ebelge.edge.requests import request_at
from ebelge.edge.sign_in import SignedIn
from ebelge.web.frame import account_page
from ebelge.web.sign_in import FORM_BYTES_MAX, to
from tenants.people import factors, recovery_codes
from tenants.people import passkeys as kept

blueprint = Blueprint("factors", __name__, url_prefix="/account/factors")
PICTURE = csp.policy(form=True, pictures="data:")
_NEXT = "factors_next"


@blueprint.get("")
@own_account
def show() -> Response:
    """What the person has, and what he may add."""
    who = person()
    if wanted := ours(request.args.get("next"), otherwise=""):
        session[_NEXT] = wanted
    with role_session("people") as db:
        has = factors.of(db, person_id=who.person_id)
        keys = kept.listed(db, person_id=who.person_id)
        db.expunge_all()
    return account_page(
        "account/factors.html",
        has=has,
        passkeys=keys,
        asks_password=reproof.has_password(who),
        needed=session.get(_NEXT),
        second_factor=who.second_factor,
    )


@blueprint.post("/totp/begin")
@own_account
@body_up_to(FORM_BYTES_MAX)
def begin_totp() -> Response:
    """A new secret to scan; it counts once the app has shown a code."""
    who = person()
    reproof.check(who, password=request.form.get("password", ""), at=request_at())
    return _totp_page(who, totp.new_secret())


@blueprint.post("/totp")
@own_account
@body_up_to(FORM_BYTES_MAX)
def add_totp() -> Response:
    """The app's first code: the secret counts from now on, and the recovery codes are shown once."""
    who = person()
    secret = totp.from_form(request.form.get("secret", ""), session_id=who.session_id)
    if secret is None:
        return to("/account/factors")
    with role_session("people") as db:
        right = totp.set_up(db, person_id=who.person_id, secret=secret, code=request.form.get("code", ""))
    if not right:
        return _totp_page(who, secret, failed=True)
    return _added(who, factor="totp", label="")


@blueprint.post("/totp/remove")
@own_account
@body_up_to(FORM_BYTES_MAX)
def remove_totp() -> Response:
    """Without the app from now on."""
    who = person()
    reproof.check(who, password=request.form.get("password", ""), at=request_at())
    with role_session("people") as db:
        factors.remove_totp(db, person_id=who.person_id)
    sign_in_log.note(who.person_id, "person.factor_removed", after={"factor": "totp", "label": ""})
    person_mail.tell("factor_changed", email=who.email, person_id=who.person_id)
    return to("/account/factors")


@blueprint.post("/passkeys/begin")
@own_account
@body_up_to(FORM_BYTES_MAX)
def begin_passkey() -> Response:
    """The page that asks the browser for a new passkey."""
    who = person()
    reproof.check(who, password=request.form.get("password", ""), at=request_at())
    options = passkeys.begin_adding(who, at=request_at())
    return account_page("account/passkey.html", policy=csp.FORM, options=options)


@blueprint.post("/passkeys")
@own_account
@body_up_to(FORM_BYTES_MAX)
def add_passkey() -> Response:
    """What the browser made."""
    who = person()
    made = passkeys.finish_adding(
        who, answer=request.form.get("answer", ""), name=request.form.get("name", ""), at=request_at()
    )
    return _added(who, factor="passkey", label=made.name)


@blueprint.post("/passkeys/<uuid:passkey_id>/remove")
@own_account
@body_up_to(FORM_BYTES_MAX)
def remove_passkey(passkey_id: UUID) -> Response:
    """Without this passkey from now on."""
    who = person()
    reproof.check(who, password=request.form.get("password", ""), at=request_at())
    with role_session("people") as db:
        name = kept.remove(db, person_id=who.person_id, passkey_id=passkey_id)
    sign_in_log.note(who.person_id, "person.factor_removed", after={"factor": "passkey", "label": name})
    person_mail.tell("factor_changed", email=who.email, person_id=who.person_id)
    return to("/account/factors")


@blueprint.post("/recovery-codes")
@own_account
@body_up_to(FORM_BYTES_MAX)
def make_codes() -> Response:
    """New recovery codes; the old ones are worth nothing."""
    who, at = person(), request_at()
    reproof.check(who, password=request.form.get("password", ""), at=at)
    with role_session("people") as db:
        if not factors.of(db, person_id=who.person_id).any:
            return to("/account/factors")
        codes = recovery_codes.make(db, person_id=who.person_id, at=at)
    sign_in_log.note(who.person_id, "person.recovery_codes_made", after={"count": len(codes)})
    return _codes_page(codes)


def _added(who: SignedIn, *, factor: str, label: str) -> Response:
    """A factor was just proved: this session has it, and with the first one come the recovery codes."""
    at = request_at()
    with role_session("people") as db:
        first = recovery_codes.left(db, person_id=who.person_id) == 0
        codes = recovery_codes.make(db, person_id=who.person_id, at=at) if first else []
    sign_in_log.note(who.person_id, "person.factor_added", after={"factor": factor, "label": label})
    person_mail.tell("factor_changed", email=who.email, person_id=who.person_id)
    wanted = session.get(_NEXT)
    sign_in.factor_passed()
    if not codes:
        return to(ours(wanted, otherwise="/account/factors"))
    return _codes_page(codes, wanted=ours(wanted, otherwise=""))


def _totp_page(who: SignedIn, secret: str, *, failed: bool = False) -> Response:
    closed = totp.closed_for_form(secret, session_id=who.session_id)
    shown = totp.shown(secret, email=who.email)
    return account_page("account/totp.html", policy=PICTURE, shown=shown, closed=closed, failed=failed)


def _codes_page(codes: list[str], *, wanted: str = "") -> Response:
    return account_page("account/recovery_codes.html", codes=codes, next=wanted or "/account/factors")
