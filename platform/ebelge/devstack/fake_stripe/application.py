"""The fake Stripe as a whole: API with idempotency keys, checkout page, events, control desk."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from ebelge.devstack.fake_http import orders
from ebelge.devstack.fake_http.desk import json_object, listed
from ebelge.devstack.fake_http.gateway import FakeGateway
from ebelge.devstack.fake_http.server import ControlRefused, Reply, Request, json_reply
from ebelge.devstack.fake_stripe import page
from ebelge.devstack.fake_stripe.api import Api, Call
from ebelge.devstack.fake_stripe.objects import CARDS, Bank
from ebelge.devstack.fake_stripe.wire import FAILURES, StripeRefusal, expand, read_form, signature_header

API_VERSION = "2026-10-28.endive"
SETTINGS: dict[str, Any] = {
    "secret_key": "sk_test_fake", "webhook_secrets": ["whsec_fake"], "webhook_url": "", "webhook_delay_s": 1.0,
    "webhook_pauses_s": [60.0, 3600.0, 14400.0], "webhook_held": False, "webhook_signature": "right",
    "fee_basis_points": 290, "off_session_error": "", "page_size_max": 100,
}  # fmt: skip
MANNERS = ("right", "wrong", "missing", "old", "rotated")
_HTML = "text/html; charset=utf-8"
_KINDS = {"sessions": "cs", "intents": "pi", "refunds": "re", "disputes": "dp", "charges": "ch"}


class FakeStripe(FakeGateway):
    """Everything behind the socket."""

    _api: Api

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, SETTINGS, MANNERS)
        self._bank = Bank(self.store, self._emit)
        self._api = Api(self._bank, self._desk)

    def handle(self, request: Request) -> Reply:
        """The API, or the checkout page."""
        if request.path.startswith("/pay/"):
            return self._checkout(request)
        found = self._api.find(request.method, request.path)
        if found is None:
            return json_reply(404, {"error": {"type": "invalid_request_error", "message": "Unrecognized request URL"}})
        call, numbers = found
        raw = request.raw_query if request.method == "GET" else request.body.decode("utf-8", "replace")
        try:
            fields = read_form(raw)
        except StripeRefusal as refusal:
            return json_reply(refusal.status, {"error": refusal.error})
        order = orders.take(self.store, call.name, fields)
        # One at a time: a second request with the same key finds the first one's answer.
        with self.store.lock:
            status, answer, replayed = self._answer(call, numbers, request, fields, raw, order)
        answer = answer | order.get("change", {})
        note = {"fields": fields, "version": request.headers.get("stripe-version", "")}
        note["key"] = request.headers.get("idempotency-key", "")
        self.store.note_call(call.name, note, str(order.get("transport") or status))
        headers = {"Request_Id": f"req_{self.store.next_number('req')}"}
        headers |= {"Idempotent_Replayed": "true"} if replayed else {}
        return json_reply(status, answer, spoil=order if "transport" in order else {}, **headers)

    def control(self, method: str, path: str, query: Mapping[str, str], body: bytes) -> Any:
        """The desk: what every fake has, and objects, events, what happens days later."""
        head, _, rest = path.strip("/").partition("/")
        if method == "GET" and head in _KINDS:
            return listed(self.store, _KINDS[head])
        acts = {"async": self._finish_async, "refunds": self._fail_refund, "disputes": self._dispute,
                "events": self._event, "expire": self._expire}  # fmt: skip
        if method == "POST" and head in acts:
            try:
                return acts[head](rest, json_object(body))
            except (StripeRefusal, KeyError) as error:
                raise ControlRefused(400, str(error)) from error
        return self._desk.handle(method, head, rest, query, body)

    def _answer(
        self, call: Call, numbers: tuple[str, ...], request: Request, fields: dict[str, Any], raw: str,
        order: Mapping[str, Any],
    ) -> tuple[int, dict[str, Any], bool]:  # fmt: skip
        key = request.headers.get("idempotency-key", "") if request.method == "POST" else ""
        asked = hashlib.sha256(f"{request.path}?{raw}".encode()).hexdigest()
        try:
            self._require_key(request)
            if "fail" in order:
                status, kind, code = FAILURES.get(str(order["fail"]), (400, "invalid_request_error", "other"))
                raise StripeRefusal(status, kind, code)
            if order.get("moved", True) is False:
                raise StripeRefusal(500, "api_error", "", "nothing was done")
            known = self.store.get("idempotency", key) if key else None
            if known is not None:
                if known["asked"] != asked:
                    raise StripeRefusal(400, "idempotency_error", "", "Keys can only be used with the same parameters")
                return int(known["status"]), known["answer"], True
            try:
                answer, status = call.work(fields, *numbers), 200
                answer = expand(answer, fields.get("expand") or (), self._bank.get)
            except StripeRefusal as refusal:
                answer, status = {"error": refusal.error}, refusal.status
            if key:
                self.store.put("idempotency", key, {"asked": asked, "status": status, "answer": answer})
        except StripeRefusal as refusal:
            return refusal.status, {"error": refusal.error}, False
        return status, answer, False

    def _require_key(self, request: Request) -> None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme == "Basic":
            given = base64.b64decode(given).decode("utf-8", "replace").partition(":")[0]
        if not hmac.compare_digest(given.encode(), str(self._desk.setting("secret_key")).encode()):
            raise StripeRefusal(401, "invalid_request_error", "", "Invalid API Key provided")

    def _checkout(self, request: Request) -> Reply:
        number, _, act = request.path.removeprefix("/pay/").partition("/")
        session = self._bank.get(number) if number.startswith("cs_") else None
        if session is None or session["status"] != "open":
            return Reply(410, _HTML, page.closed_page())
        asked = self.store.get("asked", number) or {}
        name = str(asked["name"]["name"])
        if request.method == "GET" and not act:
            return Reply(200, _HTML, page.checkout_page(session, name))
        if request.method != "POST" or act not in ("card", "bank", "cancel"):
            return Reply(404, _HTML, page.closed_page())
        if act == "cancel":
            return _see_other(str(session["cancel_url"]))
        card = parse_qs(request.body.decode("utf-8", "replace")).get("card", ["4242424242424242"])[0]
        if card not in CARDS:
            return Reply(200, _HTML, page.checkout_page(session, name, message="Kart bilgisi geçersiz."))
        with self.store.lock:
            declined = self._complete(session, asked["intent"], card, later=act == "bank")
        if declined:
            return Reply(200, _HTML, page.checkout_page(session, name, message=f"Kart reddedildi ({declined})."))
        return _see_other(str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", number))

    def _complete(self, session: dict[str, Any], inner: Mapping[str, Any], card: str, *, later: bool) -> str:
        customer = session["customer"]
        intent = self._bank.get(session["payment_intent"] or "pi_none") or self._bank.new_intent(
            session["amount_total"], session["currency"], metadata=inner.get("metadata") or {}, customer=customer,
            setup_future_usage=inner.get("setup_future_usage"),
        )  # fmt: skip
        session["payment_intent"] = intent["id"]
        if not later and CARDS[card][1]:
            self._bank.put(session)
            self._bank.decline(intent, CARDS[card][1])
            return CARDS[card][1]
        method = self._bank.put(self._bank.new("pm", "payment_method", card=card, customer=customer))
        intent["payment_method"] = method["id"]
        session |= {"status": "complete", "url": None}
        if later:
            self._bank.put(intent | {"status": "processing"})
        else:
            self._bank.charge(intent, card, fee=self._api.fee(intent["amount"]))
            session["payment_status"] = "paid"
        self._bank.put(session)
        self._emit("checkout.session.completed", session)
        return ""

    def _finish_async(self, number: str, how: Mapping[str, Any]) -> dict[str, Any]:
        session = self._bank.require(number)
        intent = self._bank.require(session["payment_intent"])
        if how.get("succeeded", True):
            self._bank.charge(intent, "4242424242424242", fee=self._api.fee(intent["amount"]))
            self._bank.put(session | {"payment_status": "paid"})
            self._emit("checkout.session.async_payment_succeeded", session | {"payment_status": "paid"})
        else:
            self._bank.decline(intent, "card_declined")
            self._emit("checkout.session.async_payment_failed", session)
        return self._bank.require(number)

    def _expire(self, number: str, how: Mapping[str, Any]) -> dict[str, Any]:
        session = self._api.expire(self._bank.require(number))
        self._emit("checkout.session.expired", session)
        return session

    def _fail_refund(self, number: str, how: Mapping[str, Any]) -> dict[str, Any]:
        return self._bank.fail_refund(self._bank.require(number), str(how.get("reason", "lost_or_stolen_card")))

    def _dispute(self, number: str, how: Mapping[str, Any]) -> dict[str, Any]:
        if number:
            return self._bank.close_dispute(self._bank.require(number), str(how["status"]))
        intent = self._bank.require(str(how["payment_intent"]))
        return self._bank.open_dispute(intent, how.get("amount"), int(how.get("fee", 15_00)))

    def _event(self, _: str, how: Mapping[str, Any]) -> dict[str, str]:
        return {"id": self._emit(str(how["type"]), how.get("object") or {"object": "novelty", "id": "nov_1"})}

    def _emit(self, kind: str, value: Mapping[str, Any]) -> str:
        setting = self._desk.setting
        event = self._bank.new(
            "evt", "event", type=kind, api_version=API_VERSION, pending_webhooks=1, data={"object": value}
        )
        if setting("webhook_url"):
            self._postman.post(
                setting("webhook_url"), json.dumps(event, ensure_ascii=False).encode(), about=kind,
                delay_s=setting("webhook_delay_s"), pauses_s=setting("webhook_pauses_s"),
                manner=setting("webhook_signature"), held=setting("webhook_held"),
            )  # fmt: skip
        return str(event["id"])

    def _webhook_headers(self, body: bytes, manner: str) -> dict[str, str]:
        return signature_header(body, self._desk.setting("webhook_secrets"), manner)


def _see_other(url: str) -> Reply:
    return Reply(303, "text/plain", b"", headers={"Location": url})
