"""Where a payer lands after the gateway: what became of the payment, behind an address that cannot be guessed."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from flask import Blueprint, Response

from billing.models.orders import KontorOrder, PaymentAttempt
from billing.orders import queries
from billing.orders.states import CREDITED, OrderState
from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import NotFound
from ebelge.core.money import lira_text
from ebelge.edge.checkout import RESULT_KIND
from ebelge.web.public import page
from tenants import locator

blueprint = Blueprint("payments", __name__, url_prefix="/payments")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,64}")
Result = Literal["paid", "in_review", "failed", "try_failed", "over", "looked_into", "pending"]
_BY_STATE: dict[str, Result] = {
    "in_review": "in_review",
    "disagreed": "looked_into",
    "failed": "failed",
    "expired": "over",
}
# The page looks again by itself while somebody is likely to sit before it.
REFRESH_S = 3


@dataclass(frozen=True)
class Shown:
    """What the page says of a payment."""

    result: Result
    reference: str
    package_tr: str
    package_en: str
    kontor: int
    bonus_kontor: int
    amount: str
    text_tr: str
    text_en: str
    checkout_url: str | None
    go_on_to: str | None
    refresh_s: int | None


@blueprint.get("/result/<token>")
def result(token: str) -> Response:
    """What became of a payment."""
    if not _TOKEN.fullmatch(token):
        raise _gone()
    with role_session("app") as session:
        found = locator.locate(session, kind=RESULT_KIND, key=token)
    if found is None:
        raise _gone()
    with tenant_session(found.tenant_id) as session:
        attempt = session.get(PaymentAttempt, (found.tenant_id, found.object_id))
        if attempt is None:
            raise _gone()
        order = queries.get(session, tenant_id=found.tenant_id, order_id=attempt.order_id)
        shown = _shown(attempt, order, utc_now())
    return _private(page("payment.html", shown=shown))


@blueprint.get("/result")
def neutral() -> Response:
    """For a browser that brings nothing we know: says where results are found, and nothing else."""
    return _private(page("payment.html", shown=None))


def _shown(attempt: PaymentAttempt, order: KontorOrder, at: datetime) -> Shown:
    what = _result(attempt, order)
    open_page = what in ("pending", "try_failed") and (attempt.expires_at is None or at < attempt.expires_at)
    return Shown(
        result=what,
        reference=order.reference,
        package_tr=order.package_name_tr,
        package_en=order.package_name_en,
        kontor=order.kontor,
        bonus_kontor=order.bonus_kontor,
        amount=f"{lira_text(order.gross_kurus)} TL",
        text_tr=attempt.text_tr,
        text_en=attempt.text_en,
        checkout_url=attempt.redirect_url if open_page else None,
        go_on_to=str(attempt.intent.get("go_on_to") or "") or None,
        refresh_s=REFRESH_S if what == "pending" else None,
    )


def _result(attempt: PaymentAttempt, order: KontorOrder) -> Result:
    if attempt.state == "succeeded" and OrderState(order.state) in CREDITED:
        return "paid"
    if attempt.state == "pending" and attempt.code:
        return "try_failed"
    return _BY_STATE.get(attempt.state, "pending")


def _gone() -> NotFound:
    return NotFound(
        "Bu bağlantıda ödeme sonucu yok. Siparişlerinizden bakabilirsiniz.",
        "This link shows no payment. Look into your orders.",
    )


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
