"""Refund and cancel at iyzico, which has no idempotency key and no refund id.

So: `refund_ref` is the conversation id of every try, at most one refund of a payment is in flight (the caller's row
keeps that), and after an unknown outcome the payment's reported refunds are read before anything is sent again.
"""

from collections.abc import Mapping
from typing import Any, Literal

import iyzipay.iyzipay_resource as resources

from billing.payments.errors import GatewayRefused, UntrustedAnswer
from billing.payments.gateway import RefundRequest, RefundResult, RefundState
from billing.payments.iyzico import reports, requests
from billing.payments.iyzico.account import Account
from billing.payments.iyzico.amounts import amount_kurus
from billing.payments.iyzico.answers import NAME, require_same, require_signature, text
from billing.payments.iyzico.signatures import Signed
from billing.payments.redaction import redact

BY_PAYMENT_NOT_ALLOWED = "5266"
_REPORTED = {
    "0": RefundState.FAILED,
    "FAILURE": RefundState.FAILED,
    "1": RefundState.DONE,
    "SUCCESS": RefundState.DONE,
}


def refund(account: Account, request: RefundRequest, *, may_have_happened: bool) -> RefundResult:
    """Refund by line (v1) or by payment (v2), as the account is set; v2 refused for the account falls back to v1."""
    if may_have_happened and (found := _reported(account, request, "refunds")) is not None:
        return found
    if account.settings.refund_by == "payment":
        try:
            return _refund_payment(account, request)
        except GatewayRefused as refusal:
            if refusal.gateway_code != BY_PAYMENT_NOT_ALLOWED:
                raise
    return _refund_item(account, request)


def find(account: Account, request: RefundRequest) -> RefundResult | None:
    """What the payment's report says of a refund; None if nothing. Reading moves nothing."""
    return _reported(account, request, "refunds")


def cancel(account: Account, request: RefundRequest, *, may_have_happened: bool) -> RefundResult:
    """Cancel a payment of today. The answer is not signed, so the payment is read back: DONE only if it says so."""
    if may_have_happened and (found := _reported(account, request, "cancels")) is not None:
        return found
    body = {
        "locale": request.language,
        "conversationId": request.refund_ref,
        "paymentId": request.payment_id,
        "ip": request.ip or None,
    }
    answer = account.call(resources.Cancel.create, body)
    return _reported(account, request, "cancels") or _result(request, answer, RefundState.UNKNOWN)


def _refund_payment(account: Account, request: RefundRequest) -> RefundResult:
    body = requests.refund(request) | {"paymentId": request.payment_id}
    return _confirmed(account, request, account.call(resources.Payment.refund, body))


def _refund_item(account: Account, request: RefundRequest) -> RefundResult:
    item_ref = request.item_ref or _only_item(account, request)
    body = requests.refund(request) | {"paymentTransactionId": item_ref}
    return _confirmed(account, request, account.call(resources.Refund.create, body))


def _only_item(account: Account, request: RefundRequest) -> str:
    body = {"locale": request.language, "conversationId": request.refund_ref, "paymentId": request.payment_id}
    answer = account.call(resources.Payment.retrieve, body)
    require_signature(account.settings.secret_key, answer, Signed.PAYMENT)
    require_same(answer, paymentId=request.payment_id)
    items = answer.get("itemTransactions")
    if not isinstance(items, list) or len(items) != 1 or not isinstance(items[0], dict):
        raise UntrustedAnswer("", "the payment does not have exactly one line to refund")
    return text(items[0].get("paymentTransactionId"))


def _confirmed(account: Account, request: RefundRequest, answer: Mapping[str, Any]) -> RefundResult:
    require_signature(account.settings.secret_key, answer, Signed.REFUND)
    require_same(answer, conversationId=request.refund_ref, paymentId=request.payment_id, currency=request.currency)
    if amount_kurus(answer.get("price")) != request.amount_kurus:
        raise UntrustedAnswer("", "iyzico refunded another amount")
    return _result(request, answer, RefundState.DONE)


def _reported(account: Account, request: RefundRequest, name: Literal["refunds", "cancels"]) -> RefundResult | None:
    reported = reports.payment(account, payment_id=request.payment_id)
    for entry in reports.entries(reported, name):
        if text(entry.get("refundConversationId")) != request.refund_ref:
            continue
        if amount_kurus(entry.get("refundPrice")) != request.amount_kurus:
            raise UntrustedAnswer("", "iyzico reports another amount under this refund")
        state = _REPORTED.get(text(entry.get("refundStatus")), RefundState.PENDING)
        return _result(request, entry, state, refund_id=text(entry.get("refundTxId")))
    return None


def _result(
    request: RefundRequest, answer: Mapping[str, Any], state: RefundState, *, refund_id: str = ""
) -> RefundResult:
    return RefundResult(
        gateway=NAME,
        refund_ref=request.refund_ref,
        payment_id=request.payment_id,
        amount_kurus=request.amount_kurus,
        currency=request.currency,
        state=state,
        raw=redact(answer),
        refund_id=refund_id,
    )
