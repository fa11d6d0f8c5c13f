"""Stripe's objects as evidence. A state nobody knows is UNKNOWN, never paid."""

from collections.abc import Mapping
from typing import Any

from billing.payments.disputes import Dispute, DisputeStep
from billing.payments.errors import UntrustedAnswer
from billing.payments.gateway import PaymentEvidence, PaymentState, RefundResult, RefundState, SavedCard
from billing.payments.redaction import redact
from billing.payments.stripe_gateway.words import decline_words

NAME = "stripe"
_INTENT_STATES = {
    "succeeded": PaymentState.PAID,
    "processing": PaymentState.PENDING,
    "requires_confirmation": PaymentState.PENDING,
    "requires_capture": PaymentState.PENDING,
    "requires_action": PaymentState.PENDING,
    "canceled": PaymentState.FAILED,
}
_REFUND_STATES = {
    "succeeded": RefundState.DONE,
    "pending": RefundState.PENDING,
    "requires_action": RefundState.PENDING,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}
_DISPUTE_STEPS = {
    "warning_needs_response": DisputeStep.WATCH,
    "warning_under_review": DisputeStep.WATCH,
    "warning_closed": DisputeStep.THAW,
    "needs_response": DisputeStep.FREEZE,
    "under_review": DisputeStep.FREEZE,
    "won": DisputeStep.THAW,
    "prevented": DisputeStep.THAW,
    "lost": DisputeStep.VOID,
    "appeal_needs_response": DisputeStep.APPEAL,
    "appeal_under_review": DisputeStep.APPEAL,
}


def session_evidence(session: Mapping[str, Any]) -> PaymentEvidence:
    """A Checkout Session with its payment intent expanded."""
    intent = _object(session.get("payment_intent"))
    charge = _object(intent.get("latest_charge"))
    failure = _object(intent.get("last_payment_error"))
    state = _session_state(session, intent)
    amount = _amount(session.get("amount_total"))
    return _evidence(
        intent, charge, failure, state=state, raw=session, amount_kurus=amount,
        paid_kurus=_amount(intent.get("amount_received")) if intent else 0,
        currency=_currency(session), gateway_ref=text(session.get("id")),
        order_ref=text(session.get("client_reference_id")), attempt_ref=_metadata(session, "attempt_ref"),
        payment_id=text(intent.get("id")) or text(session.get("payment_intent")),
        checkout_open=session.get("status") == "open",
    )  # fmt: skip


def intent_evidence(intent: Mapping[str, Any]) -> PaymentEvidence:
    """A PaymentIntent by itself: an off-session charge, or a payment read back."""
    failure = _object(intent.get("last_payment_error"))
    status = text(intent.get("status"))
    if status == "requires_payment_method":
        state = PaymentState.FAILED if failure else PaymentState.PENDING
    else:
        state = _INTENT_STATES.get(status, PaymentState.UNKNOWN)
    return _evidence(
        intent, _object(intent.get("latest_charge")), failure, state=state, raw=intent,
        amount_kurus=_amount(intent.get("amount")), paid_kurus=_amount(intent.get("amount_received")),
        currency=_currency(intent), gateway_ref="", order_ref=_metadata(intent, "order_ref"),
        attempt_ref=_metadata(intent, "attempt_ref"), payment_id=text(intent.get("id")),
    )  # fmt: skip


def refund_result(refund: Mapping[str, Any], *, refund_ref: str) -> RefundResult:
    """A Refund; PENDING may become DONE, and DONE may become FAILED days later."""
    return RefundResult(
        gateway=NAME,
        refund_ref=refund_ref,
        payment_id=_reference(refund.get("payment_intent")),
        amount_kurus=_amount(refund.get("amount")),
        currency=_currency(refund),
        state=_REFUND_STATES.get(text(refund.get("status")), RefundState.UNKNOWN),
        raw=redact(refund),
        refund_id=text(refund.get("id")),
        reason=text(refund.get("failure_reason")),
    )


def dispute(value: Mapping[str, Any]) -> Dispute:
    """A Dispute and what it asks of the ledger."""
    balance = [entry for entry in value.get("balance_transactions") or () if isinstance(entry, dict)]
    evidence = _object(value.get("evidence_details"))
    due = evidence.get("due_by")
    return Dispute(
        gateway=NAME,
        dispute_id=text(value.get("id")),
        payment_id=_reference(value.get("payment_intent")),
        amount_kurus=_amount(value.get("amount")),
        currency=_currency(value),
        state=text(value.get("status")),
        step=_DISPUTE_STEPS.get(text(value.get("status")), DisputeStep.ASK),
        reason=text(value.get("reason")),
        answer_due_s=due if isinstance(due, int) and not isinstance(due, bool) else None,
        fee_kurus=sum(_amount(entry.get("fee")) for entry in balance),
        withdrawn=sum(_whole(entry.get("amount")) for entry in balance) < 0,
        raw=redact(value),
    )


def require_mode(value: Mapping[str, Any], *, live: bool) -> None:
    """:raises UntrustedAnswer: an object of test mode where the key is live, or the other way round."""
    if value.get("livemode") is not live:
        raise UntrustedAnswer("", "Stripe's object is of the other mode")


def text(value: Any) -> str:
    """An id or a word; objects and nothing are empty."""
    return value if isinstance(value, str) else ""


def _session_state(session: Mapping[str, Any], intent: Mapping[str, Any]) -> PaymentState:
    status, payment = text(session.get("status")), text(session.get("payment_status"))
    if payment == "paid":
        return PaymentState.PAID if status == "complete" else PaymentState.UNKNOWN
    if payment != "unpaid":
        return PaymentState.UNKNOWN  # no_payment_required: nothing of ours is free of charge
    if status == "expired":
        return PaymentState.FAILED
    if status == "complete" and intent.get("status") in ("requires_payment_method", "canceled"):
        return PaymentState.FAILED
    return PaymentState.PENDING if status in ("open", "complete") else PaymentState.UNKNOWN


def _evidence(
    intent: Mapping[str, Any], charge: Mapping[str, Any], failure: Mapping[str, Any], *, raw: Mapping[str, Any],
    currency: str, **values: Any,
) -> PaymentEvidence:  # fmt: skip
    balance = _object(charge.get("balance_transaction"))
    same = balance and _currency(balance) == currency
    code = text(failure.get("decline_code")) or text(failure.get("code"))
    words = decline_words(code) if code else ("", "")
    return PaymentEvidence(
        gateway=NAME, raw=redact(raw), currency=currency, refunded_kurus=_amount(charge.get("amount_refunded")),
        fee_kurus=_amount(balance.get("fee")) if same else None, saved_card=_saved_card(intent, charge),
        code=code, text_tr=words[0], text_en=words[1], **values,
    )  # fmt: skip


def _saved_card(intent: Mapping[str, Any], charge: Mapping[str, Any]) -> SavedCard | None:
    customer, method = _reference(intent.get("customer")), _reference(intent.get("payment_method"))
    if intent.get("setup_future_usage") != "off_session" or not customer or not method:
        return None
    card = _object(_object(charge.get("payment_method_details")).get("card"))
    return SavedCard(customer, method, text(card.get("brand")), text(card.get("last4")))


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _reference(value: Any) -> str:
    return text(value) or text(_object(value).get("id"))


def _metadata(value: Mapping[str, Any], name: str) -> str:
    return text(_object(value.get("metadata")).get(name))


def _currency(value: Mapping[str, Any]) -> str:
    return text(value.get("currency")).upper()  # ISO 4217, ASCII


def _amount(value: Any) -> int:
    amount = _whole(value)
    if amount < 0:
        raise UntrustedAnswer("", "an amount is below zero")
    return amount


def _whole(value: Any) -> int:
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int):
        raise UntrustedAnswer("", "an amount is no whole number")
    return value
