"""The one way in which a payment credits kontör, whoever brings the evidence: browser, webhook, sweeper, staff.

Everything is one transaction, locked in the order attempt, order, wallet: a kill leaves nothing or all of it, and any
number of callers credit once. Evidence is what a gateway (or a bank line) proved when it was read; a hint is none.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.models.orders import KontorOrder, Payment, PaymentAttempt
from billing.orders import attempts, queries
from billing.orders.states import CREDITED, PAYABLE, OrderState, move
from billing.payments.gateway import PaymentEvidence, PaymentState
from billing.settlement import receivables
from billing.settlement.credit import credit, payment_row, say, say_paid
from billing.settlement.disagreements import differences, disagreed
from billing.settlement.settled import (
    AFTER_END,
    CLAIMED_TWICE,
    DISAGREES,
    SECOND_PAYMENT,
    TENANT_CLOSED,
    Outcome,
    Settled,
    payment_key,
)
from ebelge.core.errors import Conflict, NotFound
from ebelge.core.ids import new_id
from ebelge.outbox import messages
from tenants import accounts, locator

PAYMENT_KIND = "payment"
# A checkout page whose life is not known is taken to be open this long: a payer whose card fails may try another.
CHECKOUT_LIFE = timedelta(hours=1)
# A try that was begun on the page before its end may still be at the bank.
PAGE_GRACE = timedelta(minutes=10)


def settle(
    session: Session,
    *,
    tenant_id: UUID,
    order_id: UUID,
    attempt_id: UUID | None,
    evidence: PaymentEvidence,
    at: datetime,
) -> Settled:
    """Do what a payment's evidence asks for, exactly once, in whatever order evidence comes.

    PAID that agrees credits the order's kontör (expiry counted from `at`), writes the payment, and asks for the
    invoice by the outbox. PAID that does not agree, or comes for an order that is paid, ended or a closed tenant's,
    credits nothing: a break keeps the evidence. Anything else moves only attempt and order.

    :raises NotFound: the tenant has no such order or attempt, or the attempt is another order's.
    """
    attempt = None if attempt_id is None else attempts.locked(session, tenant_id=tenant_id, attempt_id=attempt_id)
    if attempt is not None and attempt.order_id != order_id:
        raise NotFound()
    order = queries.lock(session, tenant_id=tenant_id, order_id=order_id)
    outcome = _OUTCOMES[evidence.state](session, order, attempt, evidence, at)
    session.flush()
    return Settled(outcome, order_id)


def credit_on_account(session: Session, *, tenant_id: UUID, order_id: UUID, at: datetime) -> Settled:
    """Credit an order on open account now, to be paid later: the lot's source is the receivable.

    Whether the contract allows it is the caller's to check, under the same lock.
    :raises Conflict: the order is not on open account, or ended.
    """
    order = queries.lock(session, tenant_id=tenant_id, order_id=order_id)
    if OrderState(order.state) in CREDITED:
        return Settled("already", order_id)
    if order.method != "open_account" or OrderState(order.state) not in PAYABLE:
        raise Conflict(
            "Sipariş açık hesaba yüklenemez; yeni sipariş verin.", "The order cannot go on account; place a new one."
        )
    credit(session, order, source="receivable", source_id=order_id, at=at)
    session.flush()
    return Settled("credited", order_id)


def _paid(
    session: Session, order: KontorOrder, attempt: PaymentAttempt | None, evidence: PaymentEvidence, at: datetime
) -> Outcome:
    found = differences(order, attempt, evidence)
    if found:
        return disagreed(session, order, attempt, evidence, at, kind=DISAGREES, differs=found)
    known = session.scalars(
        select(Payment).where(
            Payment.tenant_id == order.tenant_id,
            Payment.gateway == evidence.gateway,
            Payment.gateway_payment_id == evidence.payment_id,
        )
    ).one_or_none()
    if known is not None and known.order_id == order.order_id:
        _succeeded(attempt, at)
        return "already"
    if known is not None:
        return disagreed(session, order, attempt, evidence, at, kind=CLAIMED_TWICE)
    state = OrderState(order.state)
    on_account = state in CREDITED and order.method == "open_account" and order.paid_at is None
    if state in CREDITED and not on_account:
        return disagreed(session, order, attempt, evidence, at, kind=SECOND_PAYMENT)
    if state not in PAYABLE and not on_account:
        return disagreed(session, order, attempt, evidence, at, kind=AFTER_END)
    if accounts.get(session, tenant_id=order.tenant_id).state == "closed":
        return disagreed(session, order, attempt, evidence, at, kind=TENANT_CLOSED)
    payment_id = new_id()
    key = payment_key(evidence.gateway, evidence.payment_id)
    pairs = [(key, payment_id)]
    if locator.put_many(session, tenant_id=order.tenant_id, kind=PAYMENT_KIND, pairs=pairs):
        return disagreed(session, order, attempt, evidence, at, kind=CLAIMED_TWICE)
    session.add(payment_row(payment_id, order, attempt, evidence, at))
    session.flush()
    order.paid_at = at
    _succeeded(attempt, at)
    say_paid(session, order, evidence, at)
    if on_account:
        session.flush()
        receivables.paid(session, tenant_id=order.tenant_id, order_id=order.order_id, payment_id=payment_id, at=at)
        messages.put(session, tenant_id=order.tenant_id, topic="order.paid", key=order.order_id, at=at)
        return "paid_on_account"
    credit(session, order, source="payment", source_id=payment_id, at=at)
    return "credited"


def _failed(
    session: Session, order: KontorOrder, attempt: PaymentAttempt | None, evidence: PaymentEvidence, at: datetime
) -> Outcome:
    """A failed try ends the attempt only when no other can follow on the same page (it may, until the page's end)."""
    if attempt is None or attempt.state in ("succeeded", "disagreed") or attempt.ended_at is not None:
        return _unless_settled(order, attempt, "failed")
    said = {"code": evidence.code, "text_tr": evidence.text_tr, "text_en": evidence.text_en}
    page_ends_at = attempt.expires_at or attempt.created_at + CHECKOUT_LIFE
    if not evidence.checkout_open or page_ends_at + PAGE_GRACE <= at:
        attempts.end_locked(session, attempt, order, state="failed", **said, at=at)
        return "failed"
    if attempt.code != evidence.code:
        say(
            session,
            order,
            "try_failed",
            f"Kart denemesi başarısız. {evidence.text_tr}".strip(),
            f"A card was not accepted. {evidence.text_en}".strip(),
            at,
            {"attempt_id": str(attempt.attempt_id), "code": evidence.code},
        )
    attempt.state, attempt.may_have_happened = "pending", False
    attempt.code, attempt.text_tr, attempt.text_en = said["code"], said["text_tr"], said["text_en"]
    return "failed"


def _in_review(
    session: Session, order: KontorOrder, attempt: PaymentAttempt | None, evidence: PaymentEvidence, at: datetime
) -> Outcome:
    if attempt is not None and attempt.state in ("succeeded", "disagreed"):
        return _unless_settled(order, attempt, "in_review")
    if attempt is not None and attempt.state != "in_review":
        attempt.state, attempt.ended_at = "in_review", None
        say(
            session,
            order,
            "in_review",
            "Ödeme kuruluşu ödemeyi inceliyor; sonuç gelince kontör yüklenir.",
            "The gateway is reviewing the payment; the kontör follow when it is approved.",
            at,
            {"attempt_id": str(attempt.attempt_id)},
        )
    if OrderState(order.state) in PAYABLE:
        move(order, OrderState.IN_REVIEW, at=at)
    return _unless_settled(order, attempt, "in_review")


def _pending(
    session: Session, order: KontorOrder, attempt: PaymentAttempt | None, evidence: PaymentEvidence, at: datetime
) -> Outcome:
    if attempt is not None and attempt.state in ("started", "unknown"):
        attempt.state = "pending"
    return _unless_settled(order, attempt, "pending")


def _unknown(
    session: Session, order: KontorOrder, attempt: PaymentAttempt | None, evidence: PaymentEvidence, at: datetime
) -> Outcome:
    if attempt is not None and attempt.state in ("started", "pending"):
        attempt.state = "unknown"
    return _unless_settled(order, attempt, "unknown")


def _unless_settled(order: KontorOrder, attempt: PaymentAttempt | None, outcome: Outcome) -> Outcome:
    """`already` where nothing is left to learn; an attempt that lives on beside a credited order has its own end."""
    live = attempt is not None and attempt.ended_at is None
    return "already" if OrderState(order.state) in CREDITED and not live else outcome


def _succeeded(attempt: PaymentAttempt | None, at: datetime) -> None:
    if attempt is None or attempt.state == "succeeded":
        return
    attempt.state, attempt.ended_at, attempt.may_have_happened = "succeeded", at, False
    attempt.code = attempt.text_tr = attempt.text_en = ""


_OUTCOMES = {
    PaymentState.PAID: _paid,
    PaymentState.FAILED: _failed,
    PaymentState.IN_REVIEW: _in_review,
    PaymentState.PENDING: _pending,
    PaymentState.UNKNOWN: _unknown,
}
