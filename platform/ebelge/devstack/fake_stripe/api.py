"""Stripe's calls, as far as the product uses them."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ebelge.devstack.fake_http.desk import Desk
from ebelge.devstack.fake_stripe.objects import CARDS, Bank, error_of
from ebelge.devstack.fake_stripe.wire import StripeRefusal, whole

MINUTE_S = 60
LISTS = {"pi": "/v1/payment_intents", "re": "/v1/refunds", "ch": "/v1/charges"}
Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One call: its name in orders, method and path, its work (fields, ids of the path)."""

    name: str
    method: str
    path: re.Pattern[str]
    work: Callable[..., dict[str, Any]]


class Api:
    """The calls. `base_url` is where the checkout page is."""

    def __init__(self, bank: Bank, desk: Desk) -> None:
        self._bank, self._desk = bank, desk
        self.base_url = ""
        table: tuple[tuple[str, str, str, Callable[..., dict[str, Any]]], ...] = (
            ("session.create", "POST", "/v1/checkout/sessions", self._session_create),
            ("session.read", "GET", r"/v1/checkout/sessions/(\w+)", self._read),
            ("session.expire", "POST", r"/v1/checkout/sessions/(\w+)/expire", self._session_expire),
            ("intent.create", "POST", "/v1/payment_intents", self._intent_create),
            ("intent.list", "GET", "/v1/payment_intents", self._intent_list),
            ("intent.read", "GET", r"/v1/payment_intents/(\w+)", self._read),
            ("method.read", "GET", r"/v1/payment_methods/(\w+)", self._read),
            ("method.detach", "POST", r"/v1/payment_methods/(\w+)/detach", self._method_detach),
            ("refund.create", "POST", "/v1/refunds", self._refund_create),
            ("refund.list", "GET", "/v1/refunds", self._refund_list),
            ("refund.read", "GET", r"/v1/refunds/(\w+)", self._read),
            ("dispute.read", "GET", r"/v1/disputes/(\w+)", self._read),
            ("charge.list", "GET", "/v1/charges", self._charge_list),
        )
        self.calls = [Call(name, method, re.compile(path), work) for name, method, path, work in table]

    def find(self, method: str, path: str) -> tuple[Call, tuple[str, ...]] | None:
        """The call of a request and the ids in its path."""
        for call in self.calls:
            if call.method == method and (found := call.path.fullmatch(path)):
                return call, tuple(found.groups())
        return None

    def fee(self, amount: int) -> int:
        """Stripe's commission on an amount, in whole kuruş."""
        return (amount * int(self._desk.setting("fee_basis_points")) + 5_000) // 10_000

    def _read(self, fields: Fields, number: str) -> dict[str, Any]:
        return self._bank.require(number)

    def _session_create(self, fields: Fields) -> dict[str, Any]:
        lines = fields.get("line_items")
        if fields.get("mode") != "payment" or not isinstance(lines, list) or not fields.get("success_url"):
            raise StripeRefusal(400, "invalid_request_error", "parameter_missing", "mode, line_items, success_url")
        amount = sum(whole(line["price_data"], "unit_amount") * whole(line, "quantity") for line in lines)
        now = int(time.time())
        ends = whole(fields, "expires_at") if "expires_at" in fields else now + 24 * 60 * MINUTE_S
        if not now + 29 * MINUTE_S <= ends <= now + (24 * 60 + 1) * MINUTE_S:
            raise StripeRefusal(400, "invalid_request_error", "parameter_invalid", "expires_at: 30 minutes to 24 hours")
        customer = fields.get("customer")
        if customer is None and fields.get("customer_creation") == "always":
            customer = self._bank.put(self._bank.new("cus", "customer"))["id"]
        session = self._bank.new(
            "cs", "checkout.session", mode="payment", status="open", payment_status="unpaid", amount_total=amount,
            currency=str(lines[0]["price_data"].get("currency")), client_reference_id=fields.get("client_reference_id"),
            metadata=fields.get("metadata") or {}, success_url=fields["success_url"], expires_at=ends,
            cancel_url=fields.get("cancel_url"), customer=customer, payment_intent=None, url=None,
            locale=fields.get("locale"),
        )  # fmt: skip
        session["url"] = f"{self.base_url}/pay/{session['id']}"
        self._bank.put(session)
        inner = fields.get("payment_intent_data") or {}
        self._bank.store.put("asked", session["id"], {"intent": inner, "name": lines[0]["price_data"]["product_data"]})
        return session

    def _session_expire(self, fields: Fields, number: str) -> dict[str, Any]:
        return self.expire(self._bank.require(number))

    def expire(self, session: dict[str, Any]) -> dict[str, Any]:
        """Close an open session. :raises StripeRefusal: it is closed already."""
        if session["status"] != "open":
            raise StripeRefusal(400, "invalid_request_error", "", "only open sessions expire")
        return self._bank.put(session | {"status": "expired", "url": None})

    def _intent_create(self, fields: Fields) -> dict[str, Any]:
        intent = self._bank.new_intent(
            whole(fields, "amount"), str(fields.get("currency")), customer=fields.get("customer"),
            payment_method=fields.get("payment_method"), metadata=fields.get("metadata") or {},
        )  # fmt: skip
        method = self._bank.get(str(fields.get("payment_method"))) or {}
        if not method or method.get("customer") != fields.get("customer"):
            raise StripeRefusal(404, "invalid_request_error", "resource_missing", "No such PaymentMethod")
        code = str(self._desk.setting("off_session_error")) or CARDS[method["card"]][2]
        if not code:
            return self._bank.charge(intent, method["card"], fee=self.fee(intent["amount"]))
        self._bank.decline(intent, code)
        raise StripeRefusal(402, "card_error", **_refused(code), payment_intent=intent)

    def _intent_list(self, fields: Fields) -> dict[str, Any]:
        return self._list("pi", fields, lambda entry: entry["customer"] == fields.get("customer", entry["customer"]))

    def _method_detach(self, fields: Fields, number: str) -> dict[str, Any]:
        method = self._bank.require(number)
        if method.get("customer") is None:
            raise StripeRefusal(400, "invalid_request_error", "", "The payment method is not attached to a customer.")
        return self._bank.put(method | {"customer": None})

    def _refund_create(self, fields: Fields) -> dict[str, Any]:
        intent = self._bank.require(str(fields.get("payment_intent")))
        return self._bank.refund(intent, whole(fields, "amount") if "amount" in fields else None, fields)

    def _refund_list(self, fields: Fields) -> dict[str, Any]:
        wanted = fields.get("payment_intent")
        return self._list("re", fields, lambda entry: wanted in (None, entry["payment_intent"]))

    def _charge_list(self, fields: Fields) -> dict[str, Any]:
        return self._list("ch", fields, lambda entry: True)

    def _list(self, prefix: str, fields: Fields, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        created = fields.get("created") or {}
        low, high = int(created.get("gte", 0)), int(created.get("lt", 10**12))
        found = [body for _, body in reversed(self._bank.store.all(prefix)) if low <= body["created"] < high]
        found = [entry for entry in found if fits(entry)]
        if after := fields.get("starting_after"):
            numbers = [entry["id"] for entry in found]
            found = found[numbers.index(after) + 1 :] if after in numbers else []
        limit = min(int(fields.get("limit", 10)), int(self._desk.setting("page_size_max")))
        return {"object": "list", "data": found[:limit], "has_more": len(found) > limit, "url": LISTS[prefix]}


def _refused(code: str) -> dict[str, Any]:
    error = error_of(code)
    return {name: value for name, value in error.items() if name != "type"}
