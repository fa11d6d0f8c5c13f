"""Stripe's objects and how they move: sessions, intents, charges, refunds, disputes. Amounts in kuruş."""

import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

from ebelge.devstack.fake_http.store import Store
from ebelge.devstack.fake_stripe.wire import StripeRefusal

# Stripe's published test cards: what paying on the page does, and what an off-session charge does.
CARDS: dict[str, tuple[str, str, str]] = {
    "4242424242424242": ("öder", "", ""),
    "4000002500003155": ("öder; sonraki otomatik çekimde banka doğrulama ister", "", "authentication_required"),
    "4000000000000341": ("öder; sonraki otomatik çekimde reddedilir", "", "card_declined"),
    "4000000000009995": ("bakiye yetersiz", "insufficient_funds", "insufficient_funds"),
    "4000000000000069": ("kartın süresi dolmuş", "expired_card", "expired_card"),
    "4000000000000002": ("reddedilir", "card_declined", "card_declined"),
}
Emit = Callable[[str, Mapping[str, Any]], object]


class Bank:
    """The money: every movement keeps its objects and emits its events."""

    def __init__(self, store: Store, emit: Emit) -> None:
        self.store, self._emit = store, emit

    def get(self, number: str) -> dict[str, Any] | None:
        """Any object by its id."""
        return self.store.get(number.partition("_")[0], number)

    def require(self, number: str) -> dict[str, Any]:
        """:raises StripeRefusal: 404 resource_missing."""
        found = self.get(number)
        if found is None:
            raise StripeRefusal(404, "invalid_request_error", "resource_missing", f"No such object: {number}")
        return found

    def put(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Keep an object under its id."""
        self.store.put(str(value["id"]).partition("_")[0], str(value["id"]), value)
        return dict(value)

    def new(self, prefix: str, kind: str, **fields: Any) -> dict[str, Any]:
        """A new object with Stripe's usual fields."""
        number = f"{prefix}_{self.store.next_number(prefix):06d}{secrets.token_hex(6)}"
        return {"id": number, "object": kind, "livemode": False, "created": int(time.time()), **fields}

    def new_intent(self, amount: int, currency: str, **fields: Any) -> dict[str, Any]:
        """A payment intent that waits for a card."""
        empty: dict[str, Any] = {"customer": None, "payment_method": None, "setup_future_usage": None, "metadata": {}}
        return self.new(
            "pi", "payment_intent", amount=amount, currency=currency, amount_received=0, latest_charge=None,
            last_payment_error=None, status="requires_payment_method", **(empty | fields),
        )  # fmt: skip

    def charge(self, intent: dict[str, Any], card: str, *, fee: int) -> dict[str, Any]:
        """Take the money of an intent from a card."""
        balance = self.new(
            "txn", "balance_transaction", amount=intent["amount"], fee=fee, currency=intent["currency"],
            exchange_rate=None,
        )  # fmt: skip
        charge = self.new(
            "ch", "charge", amount=intent["amount"], amount_refunded=0, currency=intent["currency"], paid=True,
            status="succeeded", payment_intent=intent["id"], balance_transaction=balance["id"],
            metadata=intent["metadata"], payment_method_details={"card": {"brand": "visa", "last4": card[-4:]}},
        )  # fmt: skip
        self.put(balance)
        self.put(charge)
        intent |= {
            "status": "succeeded", "amount_received": intent["amount"], "latest_charge": charge["id"],
            "last_payment_error": None,
        }  # fmt: skip
        self.put(intent)
        self._emit("payment_intent.succeeded", intent)
        return intent

    def decline(self, intent: dict[str, Any], code: str) -> dict[str, Any]:
        """The bank says no; the intent waits for another card."""
        intent |= {"status": "requires_payment_method", "last_payment_error": error_of(code)}
        self.put(intent)
        self._emit("payment_intent.payment_failed", intent)
        return intent

    def refund(self, intent: dict[str, Any], amount: int | None, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Give money back. :raises StripeRefusal: above what remains."""
        with self.store.lock:
            charge = self.require(str(intent["latest_charge"] or "ch_none"))
            remains = charge["amount"] - charge["amount_refunded"]
            if remains == 0:
                raise StripeRefusal(400, "invalid_request_error", "charge_already_refunded", "already refunded")
            if (amount or remains) > remains:
                raise StripeRefusal(400, "invalid_request_error", "refund_above_remainder", "greater than unrefunded")
            charge["amount_refunded"] += amount or remains
            self.put(charge)
            refund = self.new(
                "re", "refund", amount=amount or remains, currency=charge["currency"], charge=charge["id"],
                payment_intent=intent["id"], status="succeeded", failure_reason=None,
                reason=fields.get("reason"), metadata=fields.get("metadata") or {},
            )  # fmt: skip
            self.put(refund)
        self._emit("refund.created", refund)
        self._emit("charge.refunded", charge)
        return refund

    def fail_refund(self, refund: dict[str, Any], reason: str) -> dict[str, Any]:
        """The payer's bank sends the money back, days later."""
        with self.store.lock:
            charge = self.require(refund["charge"])
            charge["amount_refunded"] -= refund["amount"]
            self.put(charge)
            refund |= {"status": "failed", "failure_reason": reason}
            self.put(refund)
        self._emit("refund.failed", refund)
        return refund

    def open_dispute(self, intent: Mapping[str, Any], amount: int | None, fee: int) -> dict[str, Any]:
        """The payer disputes: the money and a fee are taken at once."""
        dispute = self.new(
            "dp", "dispute", amount=amount or intent["amount"], currency=intent["currency"],
            payment_intent=intent["id"], charge=intent["latest_charge"], status="needs_response", reason="fraudulent",
            evidence_details={"due_by": int(time.time()) + 7 * 86_400},
            balance_transactions=[{"amount": -(amount or intent["amount"]), "fee": fee}], metadata={},
        )  # fmt: skip
        self.put(dispute)
        self._emit("charge.dispute.created", dispute)
        self._emit("charge.dispute.funds_withdrawn", dispute)
        return dispute

    def close_dispute(self, dispute: dict[str, Any], status: str) -> dict[str, Any]:
        """won gives the money back, lost does not; any other state is an update."""
        dispute["status"] = status
        if status == "won":
            dispute["balance_transactions"].append({"amount": dispute["amount"], "fee": 0})
        self.put(dispute)
        if status == "won":
            self._emit("charge.dispute.funds_reinstated", dispute)
        self._emit(f"charge.dispute.{'closed' if status in ('won', 'lost') else 'updated'}", dispute)
        return dispute


def error_of(code: str) -> dict[str, Any]:
    """A card error as Stripe writes it."""
    if code in ("insufficient_funds", "lost_card", "stolen_card"):
        return {"type": "card_error", "code": "card_declined", "decline_code": code, "message": code}
    return {"type": "card_error", "code": code, "message": code}
