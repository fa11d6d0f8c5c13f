"""Money that credits nothing: in what it does not agree, and the break that keeps it until a person has decided."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from billing.breaks import open_break, was_ended
from billing.models.orders import KontorOrder, PaymentAttempt
from billing.orders import attempts
from billing.orders.states import PAYABLE, OrderState, move
from billing.payments.gateway import PaymentEvidence
from billing.payments.gateway import differences as gateway_differences
from billing.payments.redaction import redact
from billing.settlement.credit import say
from billing.settlement.settled import (
    AFTER_END,
    CLAIMED_TWICE,
    DISAGREES,
    SECOND_PAYMENT,
    TENANT_CLOSED,
    Outcome,
    payment_key,
)

# A payment that disagrees is read again, but not every few minutes: a person is at it.
DISAGREED_CHECK = timedelta(days=1)


def differences(order: KontorOrder, attempt: PaymentAttempt | None, evidence: PaymentEvidence) -> tuple[str, ...]:
    """In what evidence is not about this order and this attempt; empty if in nothing."""
    found = gateway_differences(
        evidence, order_ref=order.reference, amount_kurus=order.gross_kurus, currency=order.currency
    )
    if not evidence.payment_id:
        found = (*found, "payment_id")
    if attempt is not None and evidence.gateway != attempt.gateway:
        found = (*found, "gateway")
    if attempt is not None and evidence.attempt_ref not in ("", attempt.attempt_id.hex):
        found = (*found, "attempt")
    return found


def disagreed(
    session: Session,
    order: KontorOrder,
    attempt: PaymentAttempt | None,
    evidence: PaymentEvidence,
    at: datetime,
    *,
    kind: str,
    differs: tuple[str, ...] = (),
) -> Outcome:
    """Keep money that credits nothing as a break with its evidence.

    The attempt stays open, so that nobody pays again meanwhile, and ends once a person has ended the break.
    """
    subject = payment_key(evidence.gateway, evidence.payment_id or f"attempt:{attempt and attempt.attempt_id.hex}")
    new = open_break(
        session,
        tenant_id=order.tenant_id,
        kind=kind,
        subject=subject,
        at=at,
        amount_kurus=evidence.paid_kurus,
        data=_data(order, attempt, evidence, differs),
        again=False,
    )
    if new:
        say(session, order, kind, *_SAID[kind], at, {"gateway": evidence.gateway, "payment": evidence.payment_id})
    if attempt is None or attempt.state == "succeeded":
        pass  # it keeps what it has come to
    elif was_ended(session, tenant_id=order.tenant_id, kind=kind, subject=subject):
        text_tr, text_en = _SAID[kind]
        attempts.end_locked(session, attempt, order, state="failed", code=kind, text_tr=text_tr, text_en=text_en, at=at)
    else:
        attempt.state, attempt.ended_at, attempt.may_have_happened = "disagreed", None, False
        attempt.code, attempt.check_at = kind, at + DISAGREED_CHECK
        attempt.text_tr, attempt.text_en = _SAID[kind]
        if OrderState(order.state) in PAYABLE:
            move(order, OrderState.PENDING, at=at)
    return "second_payment" if kind == SECOND_PAYMENT else "disagreed"


def _data(
    order: KontorOrder, attempt: PaymentAttempt | None, evidence: PaymentEvidence, differs: tuple[str, ...]
) -> dict[str, Any]:
    return {
        "order_id": str(order.order_id),
        "reference": order.reference,
        "attempt_id": None if attempt is None else str(attempt.attempt_id),
        "differs": list(differs),
        "ordered": {"amount_kurus": order.gross_kurus, "currency": order.currency},
        "gateway": evidence.gateway,
        "payment_id": evidence.payment_id,
        "item_ref": evidence.item_ref,
        "amount_kurus": evidence.amount_kurus,
        "paid_kurus": evidence.paid_kurus,
        "currency": evidence.currency,
        "order_ref": evidence.order_ref,
        "attempt_ref": evidence.attempt_ref,
        "evidence": redact(evidence.raw),
    }


_SAID = {
    DISAGREES: (
        "Gelen ödeme siparişle uyuşmuyor; kontör yüklenmedi, finans ekibi inceliyor.",
        "The payment does not agree with the order; no kontör were credited, our finance staff look at it.",
    ),
    CLAIMED_TWICE: (
        "Bu ödeme başka bir siparişe ait; kontör yüklenmedi, finans ekibi inceliyor.",
        "The payment belongs to another order; no kontör were credited, our finance staff look at it.",
    ),
    SECOND_PAYMENT: (
        "Sipariş zaten ödenmişti; ikinci ödemeyi finans ekibi iade eder.",
        "The order was paid before; our finance staff give the second payment back.",
    ),
    AFTER_END: (
        "Sipariş bittikten sonra ödeme geldi; kontör yüklenmedi, finans ekibi inceliyor.",
        "A payment came after the order had ended; no kontör were credited, our finance staff look at it.",
    ),
    TENANT_CLOSED: (
        "Kapanmış hesap için ödeme geldi; kontör yüklenmedi, finans ekibi inceliyor.",
        "A payment came for a closed account; no kontör were credited, our finance staff look at it.",
    ),
}
