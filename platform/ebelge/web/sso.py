"""Single sign-on by the provider of the settings: to it, and back."""

import logging

from flask import Blueprint, Response, request

from ebelge.edge import csp, rates, sso
from ebelge.edge.redirects import ours
from ebelge.edge.requests import request_at
from ebelge.edge.sso import SsoFailed
from ebelge.web.public import page
from ebelge.web.sign_in import go_on, to

blueprint = Blueprint("sso", __name__, url_prefix="/sign-in/sso")
_log = logging.getLogger("ebelge.sso")


@blueprint.get("")
@rates.limited(rates.SIGN_IN)
def begin() -> Response:
    """To the provider."""
    try:
        return to(sso.begin(wanted=ours(request.args.get("next"), otherwise=""), at=request_at()))
    except SsoFailed as error:
        return _failed(error)


@blueprint.get("/answer")
@rates.limited(rates.SIGN_IN)
def answer() -> Response:
    """Back from the provider: in, on to the second factor, or the sign-in page with the same words for every reason."""
    try:
        person_id, wanted = sso.finish(at=request_at())
    except SsoFailed as error:
        return _failed(error)
    return go_on(person_id, method="sso", wanted=wanted)


def _failed(error: SsoFailed) -> Response:
    _log.warning("single sign-on failed", exc_info=error)
    return page(
        "sign_in/password.html", policy=csp.FORM, status=error.http_status, sso_failed=True, next="", email="",
        sso=sso.name(),
    )  # fmt: skip
