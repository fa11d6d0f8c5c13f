"""Sending a payer to a gateway: the attempt is committed first, the gateway is called outside any transaction.

Starting a checkout moves no money, so whoever is in doubt repeats it: the attempt's intent says the same again. Who
pays is told with each request and not kept (but closed, with a card that is to be saved).
"""

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from billing import breaks
from billing.models.orders import KontorOrder, PaymentAttempt
from billing.orders import attempts, cards, queries
from billing.payments.errors import GatewayBusy, GatewayRefused, GatewayUnavailable, UntrustedAnswer
from billing.payments.gateway import Buyer, Language, PaymentRequest
from ebelge.core.clock import utc_now
from ebelge.core.config import settings
from ebelge.core.db import tenant_session
from ebelge.core.errors import NotFound
from ebelge.jobs import intents
from ebelge.jobs.gateways import gateway as gateway_named
from tenants import locator

log = logging.getLogger("ebelge.payments")
# The locator's word for a result page's token.
RESULT_KIND: Final = "payment.result"
# Stripe wants at least 30 minutes, from when it hears of it; iyzico says itself how long its form lives.
SESSION_LIFE = timedelta(minutes=65)
RETRY_AFTER_S = 5


@dataclass(frozen=True, slots=True)
class Wish:
    """What the buyer asks of the checkout beside paying."""

    language: Language = "tr"
    installments: tuple[int, ...] = (1,)
    save_card: bool = False
    go_on_to: str = ""


def begin(
    session: Session, *, order: KontorOrder, gateway: str, wish: Wish, buyer: Buyer, by: str, at: datetime
) -> PaymentAttempt:
    """Write the attempt and all that its gateway will be asked, in the caller's transaction.

    :raises PaymentUnderWay, OrderOver, CannotBuy: see `orders.attempts.begin`.
    """
    expires_at = at + SESSION_LIFE if gateway == "stripe" else None
    token = secrets.token_urlsafe(24)
    intent: dict[str, Any] = {
        "description": intents.describe(order, wish.language),
        "language": wish.language,
        "installments": list(wish.installments),
        "save_card": wish.save_card,
        "go_on_to": wish.go_on_to,
        "result": token,
        "by": by,
    }
    if expires_at is not None:
        intent["expires_at_s"] = int(expires_at.timestamp())
    if wish.save_card:
        intent[intents.CLOSED_BUYER] = intents.close_buyer(buyer, tenant_id=order.tenant_id)
    kept = [card for card in cards.listed(session, tenant_id=order.tenant_id) if card.gateway == gateway]
    if kept:
        intent["card_id"] = str(kept[-1].card_id)
    attempt = attempts.begin(
        session,
        tenant_id=order.tenant_id,
        order_id=order.order_id,
        gateway=gateway,
        intent=intent,
        at=at,
        expires_at=expires_at,
    )
    locator.put(session, tenant_id=order.tenant_id, kind=RESULT_KIND, key=token, object_id=attempt.attempt_id)
    return attempt


def open_checkout(*, tenant_id: UUID, attempt_id: UUID, buyer: Buyer) -> None:
    """Have the gateway open its page for an attempt, unless it is open. Call it outside any transaction.

    :raises GatewayUnavailable: nobody knows; asking again is safe. :raises UntrustedAnswer: kept as a break; asking
    again is safe. :raises GatewayRefused: the attempt has failed, the order may be paid anew.
    """
    with tenant_session(tenant_id) as session:
        attempt = queries.attempt(session, tenant_id=tenant_id, attempt_id=attempt_id)
        if attempt.redirect_url:
            return
        order = queries.get(session, tenant_id=tenant_id, order_id=attempt.order_id)
        if attempt.ended_at is not None:
            raise _ended(attempt, order)
        name = attempt.gateway
        request = _request(session, attempt, order, buyer)
    gateway = gateway_named(name)
    said: dict[str, Any] = {"order_id": str(order.order_id), "retry_after_s": RETRY_AFTER_S}
    try:
        started = gateway.start(request)
    except (GatewayUnavailable, GatewayBusy) as error:
        log.warning("checkout not opened", extra={"attempt_id": str(attempt_id), "reason": str(error)})
        error.extra |= said
        raise
    except UntrustedAnswer as error:
        log.error("checkout answered by somebody else", extra={"attempt_id": str(attempt_id), "reason": str(error)})
        _keep_distrust(tenant_id, attempt_id, name, error)
        error.extra |= said
        raise
    except GatewayRefused as error:
        level = logging.ERROR if error.ours else logging.INFO
        log.log(level, "checkout refused", extra={"attempt_id": str(attempt_id), "code": error.gateway_code})
        _fail(tenant_id, attempt_id, error)
        error.extra |= {"order_id": str(order.order_id)}
        raise
    with tenant_session(tenant_id) as session:
        # Two requests may have asked at once: the page that was shown first stays the attempt's.
        attempt = attempts.locked(session, tenant_id=tenant_id, attempt_id=attempt_id)
        if not attempt.redirect_url and attempt.ended_at is None:
            attempts.opened(session, tenant_id=tenant_id, attempt_id=attempt_id, started=started, at=utc_now())


def result_token(attempt: PaymentAttempt) -> str | None:
    """The secret end of the address where the attempt's result is shown; None for charges without a payer."""
    token = attempt.intent.get("result")
    return token if isinstance(token, str) and token else None


def result_url(attempt: PaymentAttempt) -> str | None:
    """The page that shows what became of an attempt."""
    token = result_token(attempt)
    return None if token is None else f"{settings().public_base_url}/payments/result/{token}"


def _request(session: Session, attempt: PaymentAttempt, order: KontorOrder, buyer: Buyer) -> PaymentRequest:
    base = settings().public_base_url
    back = {"iyzico": f"{base}/payments/iyzico/callback", "stripe": f"{base}/payments/stripe/return"}[attempt.gateway]
    return intents.request_of(
        attempt,
        order,
        buyer,
        return_url=back,
        cancel_url=result_url(attempt) or base,
        customer_ref=_customer(session, attempt),
    )


def _customer(session: Session, attempt: PaymentAttempt) -> str:
    """What the gateway calls this payer, if one of his cards is kept there."""
    card_id = attempt.intent.get("card_id")
    if not card_id:
        return ""
    try:
        card = cards.open(session, tenant_id=attempt.tenant_id, card_id=UUID(card_id), vault=intents.vault())
    except NotFound:
        return ""
    return card.customer_ref


def _ended(attempt: PaymentAttempt, order: KontorOrder) -> Exception:
    """What a repetition hears whose attempt has ended without a page."""
    refusal = GatewayRefused(
        attempt.code,
        attempt.text_tr or "Ödeme sayfası açılamadı; siparişi yeniden ödeyin.",
        attempt.text_en or "The payment page was not opened; pay the order again.",
        payer_may_retry=True,
    )
    refusal.extra |= {"order_id": str(order.order_id)}
    return refusal


def _fail(tenant_id: UUID, attempt_id: UUID, refusal: GatewayRefused) -> None:
    with tenant_session(tenant_id) as session:
        attempt = attempts.ended(
            session,
            tenant_id=tenant_id,
            attempt_id=attempt_id,
            state="failed",
            code=refusal.gateway_code,
            text_tr=refusal.text_tr,
            text_en=refusal.text_en,
            at=utc_now(),
        )
        intents.forget_buyer(attempt)


def _keep_distrust(tenant_id: UUID, attempt_id: UUID, gateway: str, error: UntrustedAnswer) -> None:
    with tenant_session(tenant_id) as session:
        breaks.open_break(
            session,
            tenant_id=tenant_id,
            kind="payment_untrusted",
            subject=f"{gateway}:attempt:{attempt_id.hex}",
            at=utc_now(),
            data={"reason": str(error), "call": "start"},
        )
