"""Attempts to pay an order: committed before the gateway is called, looked after until their outcome is known.

Their id in hex (`attempt_id.hex`) is what gateways get as our reference.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.models.orders import KontorOrder, PaymentAttempt, SavedCard
from billing.orders import events
from billing.orders.expire import past_its_time
from billing.orders.place import PaymentUnderWay, not_active
from billing.orders.queries import live_attempts, lock, lock_attempts
from billing.orders.states import OrderState, move
from billing.payments.gateway import StartedPayment
from ebelge.core.errors import Conflict, NotFound
from ebelge.core.ids import new_id
from ebelge.outbox import messages
from tenants import accounts, locator

Kind = Literal["checkout", "saved_card"]
ATTEMPT_KIND = "payment.attempt"
CHECKOUT_KIND = "payment.checkout"
CARD_METHODS = ("iyzico", "stripe")
FIRST_CHECK = timedelta(minutes=2)


class OrderOver(Conflict):
    """The order can no longer be paid: it is paid already, called off, or its time is over."""

    code = "order_over"
    title_tr, title_en = "Bu sipariş artık ödenemez", "The order can no longer be paid"


def begin(
    session: Session,
    *,
    tenant_id: UUID,
    order_id: UUID,
    gateway: str,
    kind: Kind = "checkout",
    intent: Mapping[str, Any],
    at: datetime,
    expires_at: datetime | None = None,
) -> PaymentAttempt:
    """Write down an attempt before its gateway is called; the order becomes `pending`.

    An order on open account that is owed may be paid by card, too: it stays as it is.

    `intent` is what will be asked for, redacted: a repetition of the call says the same.

    :raises PaymentUnderWay: an earlier attempt has not ended (its id is in `extra`: resume it).
    :raises OrderOver: the order is paid, ended or too old. :raises CannotBuy: the account is not active.
    """
    lock_attempts(session, tenant_id=tenant_id, order_id=order_id)
    order = lock(session, tenant_id=tenant_id, order_id=order_id)
    _check_payable(session, order, gateway, at)
    for earlier in live_attempts(session, tenant_id=tenant_id, order_id=order_id):
        raise PaymentUnderWay(
            "Bu siparişin başlamış bir ödemesi var; önce onun sonucu belli olmalı.",
            "A payment of this order has begun; what becomes of it must be known first.",
            attempt_id=str(earlier.attempt_id),
        )
    attempt = PaymentAttempt(
        tenant_id=tenant_id,
        attempt_id=new_id(),
        order_id=order_id,
        gateway=gateway,
        kind=kind,
        state="started",
        amount_kurus=order.gross_kurus,
        currency=order.currency,
        intent=dict(intent),
        may_have_happened=False,
        code="",
        text_tr="",
        text_en="",
        created_at=at,
        expires_at=expires_at,
        check_at=at + FIRST_CHECK,
        checks=0,
    )
    session.add(attempt)
    if not is_debt(order):
        order.method = gateway
        move(order, OrderState.PENDING, at=at)
    session.flush()
    locator.put(
        session, tenant_id=tenant_id, kind=ATTEMPT_KIND, key=attempt.attempt_id.hex, object_id=attempt.attempt_id
    )
    saved = kind == "saved_card"
    _event(
        session,
        attempt,
        "attempt_begun",
        f"Ödeme başladı ({gateway}{', kayıtlı kart' if saved else ''}).",
        f"Payment begun ({gateway}{', saved card' if saved else ''}).",
        at,
    )
    return attempt


def by_card(session: Session, *, order: KontorOrder, card: SavedCard, by: str, at: datetime) -> PaymentAttempt:
    """Have an order paid by a saved card: the attempt and the message that has the card charged. Errors: `begin`."""
    attempt = begin(
        session, tenant_id=order.tenant_id, order_id=order.order_id, gateway=card.gateway, kind="saved_card",
        intent={"card_id": str(card.card_id), "by": by}, at=at,
    )  # fmt: skip
    messages.put(session, tenant_id=order.tenant_id, topic="payment.charge", key=attempt.attempt_id, at=at)
    return attempt


def is_debt(order: KontorOrder) -> bool:
    """Whether the order was credited on open account and is yet to be paid."""
    return order.method == "open_account" and order.credited_at is not None and order.paid_at is None


def opened(
    session: Session, *, tenant_id: UUID, attempt_id: UUID, started: StartedPayment, at: datetime
) -> PaymentAttempt:
    """Note where the payer goes and what the gateway calls the checkout; repeating it changes nothing.

    :raises NotFound: no such attempt. :raises AlreadyTaken: another attempt has that checkout.
    """
    attempt = locked(session, tenant_id=tenant_id, attempt_id=attempt_id)
    if attempt.gateway_ref != started.gateway_ref:
        locator.put(
            session,
            tenant_id=tenant_id,
            kind=CHECKOUT_KIND,
            key=checkout_key(attempt.gateway, started.gateway_ref),
            object_id=attempt_id,
        )
    attempt.gateway_ref, attempt.redirect_url = started.gateway_ref, started.redirect_url
    attempt.expires_at = attempt.expires_at or at + timedelta(seconds=started.expires_in_s)
    if attempt.state == "started":
        attempt.state = "pending"
    session.flush()
    return attempt


def checkout_key(gateway: str, gateway_ref: str) -> str:
    """The locator's key of a checkout (kind `payment.checkout`)."""
    return f"{gateway}:{gateway_ref}"


def calling(session: Session, *, tenant_id: UUID, attempt_id: UUID, at: datetime) -> bool:
    """Note, before a call that moves money, that it may happen; True if an earlier call may have happened already.

    Commit before calling; pass the answer to the gateway as `may_have_happened`.
    """
    attempt = locked(session, tenant_id=tenant_id, attempt_id=attempt_id)
    before = attempt.may_have_happened
    attempt.may_have_happened, attempt.called_at = True, at
    session.flush()
    return before


def later(
    session: Session, *, tenant_id: UUID, attempt_id: UUID, check_at: datetime, unknown: bool = False
) -> PaymentAttempt:
    """Look at the attempt again at `check_at`; `unknown`: a call's outcome is not known (unless it has ended)."""
    attempt = locked(session, tenant_id=tenant_id, attempt_id=attempt_id)
    attempt.check_at = check_at
    attempt.checks += 1
    if unknown and attempt.state in ("started", "pending"):
        attempt.state = "unknown"
    session.flush()
    return attempt


def ended(
    session: Session,
    *,
    tenant_id: UUID,
    attempt_id: UUID,
    state: Literal["failed", "expired"],
    code: str = "",
    text_tr: str = "",
    text_en: str = "",
    at: datetime,
) -> PaymentAttempt:
    """End an attempt that took no money; its order can be paid anew. An ended attempt stays as it is, and so does one
    whose money disagrees: a person judges it (`billing.settlement.disagreements`).

    A failed one makes the order `failed`, one that ran out of time makes it `draft` again.
    """
    attempt = locked(session, tenant_id=tenant_id, attempt_id=attempt_id)
    order = lock(session, tenant_id=tenant_id, order_id=attempt.order_id)
    if attempt.state != "disagreed":
        end_locked(session, attempt, order, state=state, code=code, text_tr=text_tr, text_en=text_en, at=at)
    return attempt


def end_locked(
    session: Session,
    attempt: PaymentAttempt,
    order: KontorOrder,
    *,
    state: Literal["failed", "expired"],
    code: str = "",
    text_tr: str = "",
    text_en: str = "",
    at: datetime,
) -> None:
    """`ended` for whoever holds the locks of attempt and order."""
    if attempt.ended_at is not None:
        return
    attempt.state, attempt.ended_at, attempt.may_have_happened = state, at, False
    attempt.code, attempt.text_tr, attempt.text_en = code, text_tr, text_en
    if OrderState(order.state) in (OrderState.PENDING, OrderState.IN_REVIEW):
        move(order, OrderState.FAILED if state == "failed" else OrderState.DRAFT, at=at)
    said_tr, said_en = ("başarısız", "failed") if state == "failed" else ("süresi doldu", "ran out of time")
    _event(
        session,
        attempt,
        f"attempt_{state}",
        f"Ödeme {said_tr}. {text_tr}".strip(),
        f"The payment {said_en}. {text_en}".strip(),
        at,
    )
    session.flush()


def locked(session: Session, *, tenant_id: UUID, attempt_id: UUID) -> PaymentAttempt:
    """The attempt, locked and freshly read. :raises NotFound: the tenant has no such attempt."""
    attempt = session.scalars(
        select(PaymentAttempt)
        .where(PaymentAttempt.tenant_id == tenant_id, PaymentAttempt.attempt_id == attempt_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if attempt is None:
        raise NotFound()
    return attempt


def _check_payable(session: Session, order: KontorOrder, gateway: str, at: datetime) -> None:
    if is_debt(order) and gateway in CARD_METHODS:
        return  # what is owed can always be paid, by a suspended account as well
    if order.method not in CARD_METHODS or gateway not in CARD_METHODS:
        raise OrderOver(
            "Bu sipariş kartla ödenmez; kartla ödemek için yeni sipariş verin.",
            "This order is not paid by card; place a new one to pay by card.",
        )
    if OrderState(order.state) not in (OrderState.DRAFT, OrderState.PENDING, OrderState.FAILED) or past_its_time(
        order, at=at
    ):
        raise OrderOver(
            "Sipariş ödenmiş, iptal edilmiş ya da süresi dolmuş; yeni sipariş verin.",
            "The order is paid, cancelled or too old; place a new one.",
        )
    state = accounts.get(session, tenant_id=order.tenant_id).state
    if state != "active":
        raise not_active(state)


def _event(session: Session, attempt: PaymentAttempt, kind: str, text_tr: str, text_en: str, at: datetime) -> None:
    events.record(
        session,
        tenant_id=attempt.tenant_id,
        order_id=attempt.order_id,
        kind=kind,
        text_tr=text_tr,
        text_en=text_en,
        by="system",
        at=at,
        data={"attempt_id": str(attempt.attempt_id), "gateway": attempt.gateway},
    )
