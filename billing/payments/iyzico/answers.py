"""iyzico's answers as evidence: what they say, whether it is signed, whether it is about what was asked."""

from collections.abc import Mapping
from typing import Any

from billing.payments.errors import UntrustedAnswer
from billing.payments.gateway import PaymentEvidence, PaymentState, SavedCard
from billing.payments.iyzico.amounts import amount_kurus, fee_kurus
from billing.payments.iyzico.error_codes import error_text
from billing.payments.iyzico.signatures import Signed, is_signed
from billing.payments.redaction import redact

NAME = "iyzico"
_OPEN = frozenset({
    "INIT_THREEDS", "CALLBACK_THREEDS", "BKM_POS_SELECTED", "INIT_APM", "INIT_CONTACTLESS", "INIT_BANK_TRANSFER",
    "INIT_CREDIT", "PENDING_CREDIT",
})  # fmt: skip
# The payer has done his part and money is on its way; anything else without an end can still be given up.
_ON_ITS_WAY = frozenset({"INIT_BANK_TRANSFER", "INIT_CREDIT", "PENDING_CREDIT"})
_FRAUD = {"1": PaymentState.PAID, "0": PaymentState.IN_REVIEW, "-1": PaymentState.FAILED}
# paymentStatus of the reporting service.
_REPORTED = {"0": "FAILURE", "1": "SUCCESS", "2": "INIT_THREEDS", "3": "CALLBACK_THREEDS"}


def state_of(payment_status: object, fraud_status: object) -> PaymentState:
    """State by iyzico's two fields; a status nobody knows is UNKNOWN, never paid."""
    status = "" if payment_status is None else str(payment_status)
    if status == "SUCCESS":
        return _FRAUD.get(str(fraud_status), PaymentState.UNKNOWN)
    if status == "FAILURE":
        return PaymentState.FAILED
    if status in _OPEN or not status:
        return PaymentState.PENDING
    return PaymentState.UNKNOWN


def require_signature(secret_key: str, answer: Mapping[str, Any], signed: Signed, *, proves_money: bool = True) -> None:
    """:raises UntrustedAnswer: the signature is wrong; or missing, where the answer would prove that money moved."""
    if answer.get("signature") is None and not proves_money:
        return
    if not is_signed(secret_key, answer, signed):
        raise UntrustedAnswer("", f"iyzico's answer is not signed as {signed.name}")


def require_same(answer: Mapping[str, Any], **expected: str) -> None:
    """:raises UntrustedAnswer: a field of the answer is not what was asked about."""
    for name, value in expected.items():
        if text(answer.get(name)) != value:
            raise UntrustedAnswer("", f"iyzico answered about another {name}")


def evidence(answer: Mapping[str, Any], *, gateway_ref: str = "", attempt_ref: str = "") -> PaymentEvidence:
    """A payment's answer as evidence. The caller has checked the signature."""
    state = state_of(answer.get("paymentStatus"), answer.get("fraudStatus"))
    code = str(answer.get("errorCode") or "")
    words = error_text(code, str(answer.get("errorGroup") or "")) if code else None
    items = answer.get("itemTransactions")
    item = items[0] if isinstance(items, list) and len(items) == 1 and isinstance(items[0], dict) else {}
    return PaymentEvidence(
        gateway=NAME,
        payment_id=text(answer.get("paymentId")),
        amount_kurus=optional_kurus(answer.get("price")),
        paid_kurus=optional_kurus(answer.get("paidPrice")),
        currency=text(answer.get("currency")),
        order_ref=text(answer.get("basketId")),
        state=state,
        raw=redact(answer),
        attempt_ref=attempt_ref or text(answer.get("conversationId")),
        gateway_ref=gateway_ref,
        installments=whole(answer.get("installment"), default=1),
        fee_kurus=fee_kurus(answer.get("iyziCommissionRateAmount")) + fee_kurus(answer.get("iyziCommissionFee")),
        item_ref=text(item.get("paymentTransactionId")),
        saved_card=saved_card(answer),
        code=code,
        text_tr=words.tr if words else "",
        text_en=words.en if words else "",
        checkout_open=bool(gateway_ref) and state is not PaymentState.PAID and _can_go_on(answer.get("paymentStatus")),
    )


def _can_go_on(payment_status: object) -> bool:
    """Whether the payer can still pay at the form: its token lives on after a failure."""
    return not payment_status or payment_status == "FAILURE" or payment_status in _OPEN - _ON_ITS_WAY


def reported_evidence(payment: Mapping[str, Any], *, attempt_ref: str) -> PaymentEvidence:
    """A payment of the reporting service (not signed: trusted as far as TLS) as evidence; never PAID by itself."""
    found = evidence({**payment, "paymentStatus": reported_status(payment),
                      "conversationId": payment.get("paymentConversationId")}, attempt_ref=attempt_ref)  # fmt: skip
    if found.state is PaymentState.PAID:
        raise UntrustedAnswer("", "only a signed answer proves a payment")
    return found


def reported_status(payment: Mapping[str, Any] | None) -> str:
    """The reporting service's number as a paymentStatus; empty where nothing is reported."""
    return "" if payment is None else _REPORTED.get(text(payment.get("paymentStatus")), "?")


def saved_card(answer: Mapping[str, Any]) -> SavedCard | None:
    """The card that the payer let iyzico keep, if any."""
    owner, token = text(answer.get("cardUserKey")), text(answer.get("cardToken"))
    if not owner or not token:
        return None
    return SavedCard(owner, token, text(answer.get("cardAssociation")), text(answer.get("lastFourDigits")))


def text(value: Any) -> str:
    """An id or code that may come as number or string."""
    return "" if value is None else str(value)


def optional_kurus(value: Any) -> int:
    """An amount in kuruş; 0 where the answer has none (the payer has not finished)."""
    return 0 if value is None or value == "" else amount_kurus(value)


def whole(value: Any, *, default: int) -> int:
    """A small count that may come as number or string. :raises UntrustedAnswer: it is neither."""
    if value is None or value == "":
        return default
    if isinstance(value, bool) or not str(value).isascii() or not str(value).isdecimal() or len(str(value)) > 9:
        raise UntrustedAnswer("", "a count is no whole number")
    return int(str(value))
