"""Signing in and out by password. Whatever is wrong, the page says the same."""

from http import HTTPStatus

from flask import Blueprint, Response, request

from ebelge.edge import csp, passwords, sign_in
from ebelge.edge.limits import body_up_to
from ebelge.edge.redirects import ours
from ebelge.edge.requests import request_at
from ebelge.web.public import page

blueprint = Blueprint("sign_in", __name__)
FORM_BYTES_MAX = 16 * 1024
HOME = "/account"


def to(path: str) -> Response:
    """Go on to `path` with a GET."""
    return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": path})


@blueprint.get("/sign-in")
def show() -> Response:
    """The form; whoever is signed in goes on."""
    if sign_in.signed_in() is not None:
        return to(_next())
    return _form()


@blueprint.post("/sign-in", endpoint="sign_in")
@body_up_to(FORM_BYTES_MAX)
def enter() -> Response:
    """Sign in, or say that it did not work."""
    person_id = passwords.check(
        email=request.form.get("email", ""),
        password=request.form.get("password", ""),
        network=sign_in.network(),
        at=request_at(),
    )
    if person_id is None:
        return _form(failed=True)
    sign_in.begin(person_id=person_id, method="password")
    return to(_next())


@blueprint.post("/sign-out")
@body_up_to(FORM_BYTES_MAX)
def sign_out() -> Response:
    """Sign out at this browser."""
    sign_in.sign_out()
    return to("/sign-in")


def _form(*, failed: bool = False) -> Response:
    return page(
        "sign_in/password.html",
        policy=csp.FORM,
        status=HTTPStatus.UNAUTHORIZED if failed else HTTPStatus.OK,
        failed=failed,
        email=request.form.get("email", "")[:254],
        next=_next(""),
    )


def _next(otherwise: str = HOME) -> str:
    """Where to go on: a path of ours, whoever wrote the link."""
    return ours(request.values.get("next"), otherwise=otherwise)
