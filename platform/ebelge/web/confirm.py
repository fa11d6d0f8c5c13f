"""Where a card's owner confirms an automatic top-up that his bank asked about: behind a link sent by mail.

Opening the page does nothing (mail programs open links); its button opens the gateway's page, where the owner pays the
very order whose charge the bank refused without him.
"""

import re
from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, Response

from billing.models.orders import KontorOrder
from billing.orders import queries
from billing.orders.attempts import CARD_METHODS
from billing.orders.expire import past_its_time
from billing.orders.place import PaymentUnderWay
from billing.orders.states import CREDITED, PAYABLE, OrderState
from billing.payments.gateway import Buyer
from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import NotFound
from ebelge.core.money import lira_text
from ebelge.edge import checkout, csp
from ebelge.edge.languages import language
from ebelge.jobs.intents import kept_buyer
from ebelge.jobs.upkeep import CONFIRM_KIND
from ebelge.web.public import page
from tenants import accounts, locator
from tenants.locator import Located

blueprint = Blueprint("confirm", __name__, url_prefix="/payments/confirm")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,64}")


@blueprint.get("/<token>")
def show(token: str) -> Response:
    """What is to be confirmed."""
    found = _find(token)
    with tenant_session(found.tenant_id) as session:
        order = queries.get(session, tenant_id=found.tenant_id, order_id=found.object_id)
        shown = {
            "paid": OrderState(order.state) in CREDITED,
            "open": _open(order),
            "name_tr": order.package_name_tr,
            "name_en": order.package_name_en,
            "reference": order.reference,
            "amount": f"{lira_text(order.gross_kurus)} TL",
        }
    response = page("confirm.html", policy=csp.FORM, shown=shown, token=token)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@blueprint.post("/<token>")
def pay(token: str) -> Response:
    """Open the gateway's page; the result page leads there and shows what became of it."""
    found = _find(token)
    attempt_id, payer = _begin(found)
    checkout.open_checkout(tenant_id=found.tenant_id, attempt_id=attempt_id, buyer=payer)
    with tenant_session(found.tenant_id) as session:
        attempt = queries.attempt(session, tenant_id=found.tenant_id, attempt_id=attempt_id)
        result = checkout.result_token(attempt)
    if result is None:
        raise _gone()
    return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": f"/payments/result/{result}"})


def _begin(found: Located) -> tuple[UUID, Buyer]:
    with tenant_session(found.tenant_id) as session:
        order = queries.get(session, tenant_id=found.tenant_id, order_id=found.object_id)
        if not _open(order):
            raise _gone()
        tenant = accounts.get(session, tenant_id=found.tenant_id)
        payer = kept_buyer(session, tenant_id=found.tenant_id, gateway=order.method) or Buyer(
            found.tenant_id.hex, tenant.title, "", tenant.email or "", "", tenant.phone or "", "", tenant.city
        )
        try:
            attempt = checkout.begin(
                session, order=order, gateway=order.method, wish=checkout.Wish(language=language()), buyer=payer,
                by="confirm", at=utc_now(),
            )  # fmt: skip
        except PaymentUnderWay as under_way:
            return UUID(str(under_way.extra["attempt_id"])), payer
        return attempt.attempt_id, payer


def _open(order: KontorOrder) -> bool:
    return (
        OrderState(order.state) in PAYABLE and order.method in CARD_METHODS and not past_its_time(order, at=utc_now())
    )


def _find(token: str) -> Located:
    if not _TOKEN.fullmatch(token):
        raise _gone()
    with role_session("app") as session:
        found = locator.locate(session, kind=CONFIRM_KIND, key=token)
    if found is None:
        raise _gone()
    return found


def _gone() -> NotFound:
    return NotFound(
        "Bu bağlantıda onaylanacak bir ödeme yok ya da süresi dolmuş.",
        "There is no payment to confirm behind this link, or its time is over.",
    )
