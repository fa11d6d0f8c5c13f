"""Stripe as a payment gateway: checkout, off-session charge, refund, dispute, lists."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from billing.payments.disputes import Dispute
from billing.payments.errors import GatewayRefused, GatewayUnavailable, PaymentUnknown, UntrustedAnswer
from billing.payments.gateway import (
    ListedTransaction,
    Notice,
    PaymentEvidence,
    PaymentRequest,
    RefundRequest,
    RefundResult,
    SavedCard,
    SavedCardCharge,
    StartedPayment,
)
from billing.payments.pages import is_checkout_page
from billing.payments.redaction import redact
from billing.payments.stripe_gateway import answers, webhooks
from billing.payments.stripe_gateway.client import StripeSettings, asked, make_client, plain
from ebelge.core.clock import istanbul_day

LISTED_MAX = 200_000
DAY_S = 24 * 3600
_CHARGE = "latest_charge.balance_transaction"


class StripeGateway:
    """One account; threads may share it."""

    name = answers.NAME

    def __init__(self, settings: StripeSettings) -> None:
        self.settings = settings
        self._v1 = make_client(settings).v1

    @property
    def is_live(self) -> bool:
        """True where it moves real money."""
        return self.settings.is_live

    def start(self, request: PaymentRequest) -> StartedPayment:
        """Open a Checkout Session; the same attempt always gets the same session."""
        session = self._ask(
            lambda: self._v1.checkout.sessions.create(
                params=_session(request), options={"idempotency_key": f"start-{request.attempt_ref}"}
            )
        )
        url, number = answers.text(session.get("url")), answers.text(session.get("id"))
        if not number or not is_checkout_page(url, base_url=self.settings.base_url):
            raise UntrustedAnswer("", "Stripe gave no page to pay at")
        ends, created = session.get("expires_at"), session.get("created")
        seconds = ends - created if isinstance(ends, int) and isinstance(created, int) else DAY_S
        return StartedPayment(url, number, seconds)

    def read(self, gateway_ref: str, *, attempt_ref: str) -> PaymentEvidence:
        """What became of a session; PENDING while it is open or its payment is still on the way."""
        params = {"expand": [f"payment_intent.{_CHARGE}"]}
        session = self._ask(lambda: self._v1.checkout.sessions.retrieve(gateway_ref, params=params))
        evidence = answers.session_evidence(session)
        if evidence.gateway_ref != gateway_ref or evidence.attempt_ref != attempt_ref:
            raise UntrustedAnswer("", "Stripe answered about another session")
        return evidence

    def read_payment(self, payment_id: str) -> PaymentEvidence:
        """Read a payment intent. :raises PaymentUnknown: Stripe does not have it."""
        params = {"expand": [_CHARGE]}
        intent = self._ask(lambda: self._v1.payment_intents.retrieve(payment_id, params=params))
        evidence = answers.intent_evidence(intent)
        if evidence.payment_id != payment_id:
            raise UntrustedAnswer("", "Stripe answered about another payment")
        return evidence

    def charge_saved_card(self, charge: SavedCardCharge, *, may_have_happened: bool) -> PaymentEvidence:
        """Charge without the payer, once per attempt. :raises AuthenticationNeeded: the bank wants the payer.

        The idempotency key is kept by Stripe for a day or so: after an unknown outcome the customer's payments are
        read first, so a repetition next week does not charge twice.
        """
        request, card = charge.payment, charge.card
        if may_have_happened:
            for intent in self._list(
                self._v1.payment_intents, {"customer": card.customer_ref, "expand": [f"data.{_CHARGE}"]}
            ):
                if (intent.get("metadata") or {}).get("attempt_ref") == request.attempt_ref:
                    return answers.intent_evidence(intent)
        params = {
            "amount": request.amount_kurus,
            "currency": request.currency.casefold(),
            "customer": card.customer_ref,
            "payment_method": card.card_ref,
            "off_session": True,
            "confirm": True,
            "description": request.description,
            "metadata": _metadata(request),
            "expand": [_CHARGE],
        }
        options = {"idempotency_key": f"charge-{request.attempt_ref}"}
        intent = self._ask(lambda: self._v1.payment_intents.create(params=params, options=options))
        evidence = answers.intent_evidence(intent)
        if evidence.attempt_ref != request.attempt_ref:
            raise UntrustedAnswer("", "Stripe answered about another charge")
        return evidence

    def forget_card(self, card: SavedCard) -> None:
        """Detach a payment method from its customer: nobody can charge it again. Detached already is no fault."""
        try:
            self._ask(lambda: self._v1.payment_methods.detach(card.card_ref))
        except PaymentUnknown:
            return
        except GatewayRefused:
            if self._ask(lambda: self._v1.payment_methods.retrieve(card.card_ref)).get("customer") is not None:
                raise

    def refund(self, request: RefundRequest, *, may_have_happened: bool) -> RefundResult:
        """Give money back, once per `refund_ref`; PENDING and even DONE may fail later (`refund.failed`)."""
        if may_have_happened and (found := self.find_refund(request)) is not None:
            return found
        params = {
            "payment_intent": request.payment_id,
            "amount": request.amount_kurus,
            "reason": "requested_by_customer",
            "metadata": {"refund_ref": request.refund_ref},
        }
        options = {"idempotency_key": f"refund-{request.refund_ref}"}
        refund = self._ask(lambda: self._v1.refunds.create(params=params, options=options), has_mode=False)
        return _same_refund(refund, request)

    def find_refund(self, request: RefundRequest, *, refund_id: str = "") -> RefundResult | None:
        """What became of a refund: by Stripe's id, or among the payment's refunds by our `refund_ref`; None: not there.

        :raises UntrustedAnswer: Stripe's id is another refund's.
        """
        if refund_id:
            refund = self._ask(lambda: self._v1.refunds.retrieve(refund_id), has_mode=False)
            if (refund.get("metadata") or {}).get("refund_ref") != request.refund_ref:
                raise UntrustedAnswer("", "Stripe answered about another refund")
            return _same_refund(refund, request)
        for refund in self._list(self._v1.refunds, {"payment_intent": request.payment_id}):
            if (refund.get("metadata") or {}).get("refund_ref") == request.refund_ref:
                return _same_refund(refund, request)
        return None

    def read_refund(self, refund_id: str) -> RefundResult:
        """What became of a refund since."""
        refund = self._ask(lambda: self._v1.refunds.retrieve(refund_id), has_mode=False)
        return answers.refund_result(refund, refund_ref=str((refund.get("metadata") or {}).get("refund_ref") or ""))

    def read_dispute(self, dispute_id: str) -> Dispute:
        """A dispute and what it asks of the ledger; events come in any order, so it is read, not counted."""
        return answers.dispute(self._ask(lambda: self._v1.disputes.retrieve(dispute_id)))

    def open_notice(self, body: bytes, headers: Mapping[str, str], *, now_s: int) -> Notice:
        """Verify a webhook; `now_s` is the edge's clock."""
        return webhooks.open_notice(self.settings, body, headers, now_s=now_s)

    def transactions(self, day: date) -> Sequence[ListedTransaction]:
        """Payments and refunds of a Turkish calendar day, in the order's currency."""
        start, end = (int(instant.timestamp()) for instant in istanbul_day(day))
        created = {"created": {"gte": start, "lt": end}, "expand": ["data.balance_transaction"]}
        charges = self._list(self._v1.charges, created)
        refunds = self._list(self._v1.refunds, created)
        return [_listed(entry, "payment") for entry in charges if entry.get("paid")] + [
            _listed(entry, "refund") for entry in refunds if entry.get("status") not in ("failed", "canceled")
        ]

    def _ask(self, call: Callable[[], Any], *, has_mode: bool = True) -> dict[str, Any]:
        value = plain(asked(call))
        if has_mode:
            answers.require_mode(value, live=self.settings.is_live)
        return value

    def _list(self, service: Any, params: Mapping[str, Any]) -> list[dict[str, Any]]:
        page = asked(lambda: service.list(params={"limit": 100, **params}))
        found = asked(lambda: list(islice(page.auto_paging_iter(), LISTED_MAX + 1)))
        if len(found) > LISTED_MAX:
            raise GatewayUnavailable("", "Stripe's list does not end")
        return [plain(entry) for entry in found]


def _session(request: PaymentRequest) -> dict[str, Any]:
    price = {
        "currency": request.currency.casefold(),
        "unit_amount": request.amount_kurus,
        "product_data": {"name": request.description},
    }
    intent: dict[str, Any] = {"metadata": _metadata(request), "description": request.description}
    params: dict[str, Any] = {
        "mode": "payment",
        "line_items": [{"quantity": 1, "price_data": price}],
        "client_reference_id": request.order_ref,
        "metadata": _metadata(request),
        "payment_intent_data": intent,
        "success_url": _with_session_id(request.return_url),
        "cancel_url": request.cancel_url or request.return_url,
        "locale": request.language,
    }
    if request.customer_ref:
        params["customer"] = request.customer_ref
    else:
        params["customer_email"] = request.buyer.email
    if request.save_card:
        intent["setup_future_usage"] = "off_session"
        if not request.customer_ref:
            params["customer_creation"] = "always"
    if request.expires_at_s is not None:
        params["expires_at"] = request.expires_at_s
    return params


def _metadata(request: PaymentRequest) -> dict[str, str]:
    return {**request.metadata, "attempt_ref": request.attempt_ref, "order_ref": request.order_ref}


def _with_session_id(url: str) -> str:
    return f"{url}{'&' if urlsplit(url).query else '?'}session_id={{CHECKOUT_SESSION_ID}}"


def _same_refund(refund: Mapping[str, Any], request: RefundRequest) -> RefundResult:
    result = answers.refund_result(refund, refund_ref=request.refund_ref)
    same = (result.payment_id, result.amount_kurus, result.currency)
    if same != (request.payment_id, request.amount_kurus, request.currency):
        raise UntrustedAnswer("", "Stripe refunded something else")
    return result


def _listed(entry: Mapping[str, Any], kind: Any) -> ListedTransaction:
    balance = entry.get("balance_transaction")
    balance = balance if isinstance(balance, dict) else {}
    metadata = entry.get("metadata") or {}
    return ListedTransaction(
        gateway=answers.NAME,
        transaction_id=answers.text(entry.get("id")),
        payment_id=answers.text(entry.get("payment_intent")),
        attempt_ref=str(metadata.get("attempt_ref") or metadata.get("refund_ref") or ""),
        kind=kind,
        amount_kurus=int(entry["amount"]),
        currency=answers.text(entry.get("currency")).upper(),
        fee_kurus=int(balance.get("fee") or 0),
        fee_currency=answers.text(balance.get("currency")).upper(),
        raw=redact(entry),
    )
