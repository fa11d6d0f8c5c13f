"""What gateways and returning browsers send us. None of it is believed: it only has the gateway asked.

Public routes. A webhook proves itself by its signature over the raw body; iyzico's callback is a form posted from
another site, so no cookie comes with it and none is needed: the token finds the payment, the gateway says what became
of it, and the browser is sent on by 303 to a page of ours.
"""

import json
import logging
import re
from http import HTTPStatus

from flask import Blueprint, Response, abort, redirect, request, url_for
from sqlalchemy.orm import Session

from billing.models.orders import PaymentAttempt
from billing.orders.attempts import CHECKOUT_KIND, checkout_key
from billing.payments import inbox
from billing.payments.errors import GatewayNotConfigured, UntrustedAnswer
from ebelge.core.db import role_session, tenant_session
from ebelge.edge import limits
from ebelge.edge.checkout import result_token
from ebelge.edge.languages import language
from ebelge.edge.problems import PROBLEM_JSON
from ebelge.edge.requests import note, request_at, request_id
from ebelge.jobs import bell
from ebelge.jobs.asking import ask_attempt
from ebelge.jobs.gateways import gateways
from tenants import locator

blueprint = Blueprint("payment_webhooks", __name__)
IYZICO_BYTES_MAX, STRIPE_BYTES_MAX, CALLBACK_BYTES_MAX = 64 * 1024, 512 * 1024, 16 * 1024
_REFERENCE = re.compile(r"[A-Za-z0-9_.:-]{8,255}")
_log = logging.getLogger("ebelge.payments")


@blueprint.post("/webhooks/iyzico")
@limits.body_up_to(IYZICO_BYTES_MAX)
def iyzico() -> Response:
    """A notice of iyzico."""
    return _webhook("iyzico")


@blueprint.post("/webhooks/stripe")
@limits.body_up_to(STRIPE_BYTES_MAX)
def stripe() -> Response:
    """An event of Stripe."""
    return _webhook("stripe")


@blueprint.post("/payments/iyzico/callback")
@limits.body_up_to(CALLBACK_BYTES_MAX)
def iyzico_callback() -> Response:
    """The payer's browser comes back from iyzico's form."""
    return _came_back("iyzico", request.form.get("token", ""))


@blueprint.get("/payments/stripe/return")
def stripe_return() -> Response:
    """The payer's browser comes back from Stripe's page."""
    return _came_back("stripe", request.args.get("session_id", ""))


def _webhook(name: str) -> Response:
    gateway = gateways().get(name)
    if gateway is None:
        abort(HTTPStatus.NOT_FOUND)  # not configured: as if there were no such route
    body, at = limits.body(), request_at()
    try:
        notice = gateway.open_notice(body, dict(request.headers), now_s=int(at.timestamp()))
    except GatewayNotConfigured:
        abort(HTTPStatus.NOT_FOUND)
    except UntrustedAnswer as error:
        _log.warning("webhook refused", extra={"gateway": name, "reason": str(error), "bytes": len(body)})
        return _refusal(error)
    note(gateway=name, notice_id=notice.notice_id, kind=notice.kind)
    with role_session("finance") as session:
        inbox.keep(session, notice=notice, at=at)
    return Response("{}\n", content_type="application/json")


def _refusal(error: UntrustedAnswer) -> Response:
    """401 without telling what was wrong with the signature."""
    problem = error.problem(language()) | {"status": HTTPStatus.UNAUTHORIZED.value, "request_id": request_id()}
    problem.pop("detail", None)
    body = json.dumps(problem, ensure_ascii=False) + "\n"
    return Response(body, status=HTTPStatus.UNAUTHORIZED, content_type=PROBLEM_JSON)


def _came_back(gateway: str, reference: str) -> Response:
    """Have the gateway asked about `reference` and send the browser on; whatever was sent, this is all that happens."""
    token = _ask(gateway, reference) if _REFERENCE.fullmatch(reference) else None
    target = url_for("payments.neutral") if token is None else url_for("payments.result", token=token)
    response = redirect(target, HTTPStatus.SEE_OTHER)
    response.headers["Cache-Control"] = "no-store"
    return Response(response.get_data(), status=response.status_code, headers=response.headers)


def _ask(gateway: str, reference: str) -> str | None:
    with role_session("app") as session:
        found = locator.locate(session, kind=CHECKOUT_KIND, key=checkout_key(gateway, reference))
    if found is None:
        return None
    with tenant_session(found.tenant_id) as session:
        token = _token(session, found)
        put = token is not None and ask_attempt(
            session,
            tenant_id=found.tenant_id,
            attempt_id=found.object_id,
            at=request_at(),
            payload={"gateway_ref": reference},
        )
    if put:
        bell.ring()
    return token


def _token(session: Session, found: locator.Located) -> str | None:
    attempt = session.get(PaymentAttempt, (found.tenant_id, found.object_id))
    return None if attempt is None else result_token(attempt)
