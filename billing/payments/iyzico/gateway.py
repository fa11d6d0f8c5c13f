"""iyzico as a payment gateway: hosted form, saved cards, webhook. Refunds are in refunds.py, lists in reports.py."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import iyzipay.iyzipay_resource as resources

from billing.payments.errors import GatewayNotConfigured, GatewayRefused, PaymentUnknown, UntrustedAnswer
from billing.payments.gateway import (
    ListedTransaction,
    Notice,
    PaymentEvidence,
    PaymentRequest,
    PaymentState,
    RefundRequest,
    RefundResult,
    SavedCard,
    SavedCardCharge,
    StartedPayment,
)
from billing.payments.iyzico import cards, refunds, reports, requests
from billing.payments.iyzico.account import Account
from billing.payments.iyzico.answers import (
    NAME,
    evidence,
    reported_evidence,
    reported_status,
    require_same,
    require_signature,
    text,
    whole,
)
from billing.payments.iyzico.error_codes import failure
from billing.payments.iyzico.signatures import WEBHOOK_HEADER, Signed, is_webhook_signed
from billing.payments.iyzico.wire import IyzicoSettings
from billing.payments.pages import is_checkout_page
from billing.payments.redaction import redact

NOTICE_BYTES_MAX = 64 * 1024
TOKEN_SECONDS = 1800
_SUCCESS = "success"
# The owner or the card of a token is unknown.
_NO_SUCH_CARD = frozenset({"3005", "5126", "5128"})


class IyzicoGateway:
    """One merchant account; threads may share it."""

    name = NAME

    def __init__(self, settings: IyzicoSettings) -> None:
        self.settings = settings
        self.account = Account(settings)

    @property
    def is_live(self) -> bool:
        """True where it moves real money."""
        return self.settings.is_live

    def start(self, request: PaymentRequest) -> StartedPayment:
        """Open the hosted form; moves no money, so it may be repeated (each call gives another token)."""
        answer = self.account.call(resources.CheckoutFormInitialize.create, requests.checkout_form(request))
        require_signature(self.settings.secret_key, answer, Signed.FORM_START)
        require_same(answer, conversationId=request.attempt_ref)
        url, token = text(answer.get("paymentPageUrl")), text(answer.get("token"))
        if not token or not is_checkout_page(url, base_url=self.settings.base_url):
            raise UntrustedAnswer("", "iyzico gave no page to pay at")
        return StartedPayment(url, token, whole(answer.get("tokenExpireTime"), default=TOKEN_SECONDS))

    def read(self, gateway_ref: str, *, attempt_ref: str) -> PaymentEvidence:
        """What became of a form. PENDING while the payer has not finished; FAILED is final only when the token ends."""
        body = {"locale": "tr", "conversationId": attempt_ref, "token": gateway_ref}
        answer = self.account.ask(resources.CheckoutForm.retrieve, body)
        failed = answer.get("status") != _SUCCESS
        if failed and answer.get("paymentStatus") != "FAILURE":
            raise failure(answer)
        proves = not failed and answer.get("paymentStatus") == "SUCCESS"
        require_signature(self.settings.secret_key, answer, Signed.FORM_READ, proves_money=proves)
        if proves or answer.get("signature") is not None:
            require_same(answer, token=gateway_ref, conversationId=attempt_ref)
        return evidence(answer, gateway_ref=gateway_ref, attempt_ref=attempt_ref)

    def find(self, attempt_ref: str) -> PaymentEvidence | None:
        """Read a payment back by our attempt's id; None only if both of iyzico's services do not have it."""
        return self._look_up(attempt_ref=attempt_ref)

    def read_payment(self, payment_id: str) -> PaymentEvidence:
        """Read a payment by iyzico's id. :raises PaymentUnknown: iyzico does not have it."""
        found = self._look_up(payment_id=payment_id)
        if found is None:
            raise PaymentUnknown("", "Ödeme bulunamadı", "The payment is unknown")
        return found

    def charge_saved_card(self, charge: SavedCardCharge, *, may_have_happened: bool) -> PaymentEvidence:
        """Charge a saved card once. No idempotency key exists here: after an unknown outcome iyzico is read first."""
        attempt_ref = charge.payment.attempt_ref
        if may_have_happened and (found := self.find(attempt_ref)) is not None:
            return found
        body = requests.saved_card_payment(charge.payment, charge.card)
        answer = self.account.call(resources.Payment.create, body)
        # This call answers without paymentStatus: status success is its word for it.
        return self._payment({"paymentStatus": "SUCCESS", **answer}, attempt_ref=attempt_ref)

    def forget_card(self, card: SavedCard) -> None:
        """Delete a stored card and its token; moves no money, and one that iyzico does not know is gone already."""
        try:
            cards.forget_card(self.account, card)
        except GatewayRefused as refused:
            if refused.gateway_code not in _NO_SUCH_CARD:
                raise

    def refund(self, request: RefundRequest, *, may_have_happened: bool) -> RefundResult:
        """Give money back, in part or whole, once per `refund_ref`."""
        return refunds.refund(self.account, request, may_have_happened=may_have_happened)

    def find_refund(self, request: RefundRequest, *, refund_id: str = "") -> RefundResult | None:
        """What iyzico reports of a refund, found by our `refund_ref`; None if the payment has no such refund."""
        del refund_id
        return refunds.find(self.account, request)

    def cancel(self, request: RefundRequest, *, may_have_happened: bool) -> RefundResult:
        """Undo a payment of the same day whole; `amount_kurus` is the payment's."""
        return refunds.cancel(self.account, request, may_have_happened=may_have_happened)

    def transactions(self, day: date) -> Sequence[ListedTransaction]:
        """iyzico's own list of a day, all pages."""
        return reports.transactions(self.account, day)

    def open_notice(self, body: bytes, headers: Mapping[str, str], *, now_s: int = 0) -> Notice:
        """Verify a V3 webhook. It signs neither amounts nor a time: a hint, and duplicates share `notice_id`."""
        del now_s
        if not self.settings.secret_key.strip():
            raise GatewayNotConfigured("", "no secret key: webhooks cannot be verified")
        given = next((value for name, value in headers.items() if _is_webhook_header(name)), None)
        hint = _notice_body(body)
        merchant_id = self.settings.merchant_id
        if not is_webhook_signed(self.settings.secret_key, hint, given, merchant_id=merchant_id):
            raise UntrustedAnswer("", "the webhook is not signed by iyzico")
        token = text(hint.get("token"))
        return Notice(
            gateway=NAME,
            notice_id=text(hint.get("iyziReferenceCode")) or _same_for_duplicates(hint),
            kind=text(hint.get("iyziEventType")),
            about="checkout" if token else "payment",
            gateway_ref=token,
            payment_id=text(hint.get("iyziPaymentId")) or text(hint.get("paymentId")),
            attempt_ref=text(hint.get("paymentConversationId")),
            claimed=text(hint.get("status")),
            raw=redact(hint),
        )

    def _look_up(self, *, payment_id: str = "", attempt_ref: str = "") -> PaymentEvidence | None:
        key = {"paymentId": payment_id} if payment_id else {"paymentConversationId": attempt_ref}
        body = {"locale": "tr", "conversationId": attempt_ref or payment_id, **key}
        try:
            answer = self.account.call(resources.Payment.retrieve, body)
        except GatewayRefused as refusal:
            if refusal.gateway_code not in self.settings.not_found_codes:
                raise
        else:
            if payment_id:
                require_same(answer, paymentId=payment_id)
            if not text(answer.get("paymentStatus")):
                # Amounts are signed, the state is not said: the report has to say it, or it stays pending.
                reported = reports.payment(self.account, payment_id=text(answer.get("paymentId")))
                answer = answer | {"paymentStatus": reported_status(reported)}
            return self._payment(answer, attempt_ref=attempt_ref)
        # One service alone may be late: the second one has to agree that there is nothing.
        reported = reports.payment(self.account, payment_id=payment_id, attempt_ref=attempt_ref)
        return None if reported is None else reported_evidence(reported, attempt_ref=attempt_ref)

    def _payment(self, answer: Mapping[str, Any], *, attempt_ref: str) -> PaymentEvidence:
        require_signature(self.settings.secret_key, answer, Signed.PAYMENT)
        if attempt_ref:
            require_same(answer, conversationId=attempt_ref)
        found = evidence(answer, attempt_ref=attempt_ref)
        if found.state is PaymentState.PAID and not found.payment_id:
            raise UntrustedAnswer("", "a payment without an id")
        return found


def _is_webhook_header(name: str) -> bool:
    return name.casefold() == WEBHOOK_HEADER.casefold()


def _notice_body(body: bytes) -> dict[str, Any]:
    if len(body) > NOTICE_BYTES_MAX:
        raise UntrustedAnswer("", "the webhook is too long")
    try:
        hint = json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise UntrustedAnswer("", "the webhook is no JSON") from error
    if not isinstance(hint, dict):
        raise UntrustedAnswer("", "the webhook is no JSON object")
    return hint


def _same_for_duplicates(hint: Mapping[str, Any]) -> str:
    names = (
        "iyziEventType",
        "iyziPaymentId",
        "paymentId",
        "token",
        "paymentConversationId",
        "status",
        "iyziEventTime",
    )
    return ":".join(text(hint.get(name)) for name in names)
