"""The fake iyzico as a whole: API behind request signatures, checkout pages, webhooks, control desk."""

import json
import secrets
import time
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from ebelge.devstack.fake_http import orders
from ebelge.devstack.fake_http.desk import json_object, listed
from ebelge.devstack.fake_http.gateway import FakeGateway
from ebelge.devstack.fake_http.server import ControlRefused, Reply, Request, json_reply
from ebelge.devstack.fake_iyzico import bank, form, signing
from ebelge.devstack.fake_iyzico.api import Api, Call, failure
from ebelge.devstack.fake_iyzico.bank import Refusal

# webhook_pauses_s are iyzico's own; a test makes them short.
SETTINGS: dict[str, Any] = {
    "api_key": "sandbox-fake-api-key", "secret_key": "test-secret-key-0001", "merchant_id": 123,
    "webhook_url": "", "webhook_delay_s": 1.0, "webhook_pauses_s": [900.0, 900.0], "webhook_held": False,
    "webhook_signature": "right", "fraud_status": 1, "surcharge_percent": "0", "token_expire_s": 1800,
    "v2_refund_allowed": True, "report_page_size": 50,
}  # fmt: skip
_HTML = "text/html; charset=utf-8"


class FakeIyzico(FakeGateway):
    """Everything behind the socket."""

    _api: Api

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, SETTINGS)
        self._api = Api(self.store, self._desk, self._tell)

    def handle(self, request: Request) -> Reply:
        """The API, or a page of the checkout."""
        call = self._api.calls.get((request.method, request.path))
        if call is not None:
            return self._answer(call, request)
        if request.path.startswith("/checkout/"):
            return self._checkout(request)
        return json_reply(404, {"status": "failure", "errorCode": "11", "errorMessage": "no such service"})

    def control(self, method: str, path: str, query: Mapping[str, str], body: bytes) -> Any:
        """The desk: what every fake has, and payments, forms, cards, reviews."""
        head, _, rest = path.strip("/").partition("/")
        if (method, head) in (("GET", "payments"), ("GET", "forms")):
            return listed(self.store, head.removesuffix("s"))
        if (method, head) == ("POST", "pay"):
            return self._control_pay(json_object(body))
        if (method, head) == ("POST", "review"):
            return self._review(json_object(body))
        return self._desk.handle(method, head, rest, query, body)

    def _answer(self, call: Call, request: Request) -> Reply:
        try:
            asked = json.loads(request.body, parse_float=Decimal) if request.body else dict(request.query)
        except ValueError:
            return json_reply(400, {"status": "failure", **failure("11", "", "Geçersiz istek")})
        if not isinstance(asked, dict):
            return json_reply(400, {"status": "failure", **failure("11", "", "Geçersiz istek")})
        order = orders.take(self.store, call.name, asked)
        try:
            answer = self._work(call, request, asked, order)
        except Refusal as refusal:
            answer = {"status": "failure", **failure(refusal.code, refusal.group, refusal.message)}
        answer = {
            "status": "success", "locale": asked.get("locale", "tr"), "systemTime": int(time.time() * 1000),
            "conversationId": asked.get("conversationId"), **answer,
        }  # fmt: skip
        self._sign(answer, call, order)
        outcome = str(order.get("transport") or answer.get("errorCode") or "success")
        self.store.note_call(call.name, _plain(asked), outcome)
        spoil = order if "transport" in order else {}
        return json_reply(int(order.get("status", 200)), answer, spoil=spoil)

    def _work(self, call: Call, request: Request, asked: Mapping[str, Any], order: Mapping[str, Any]) -> dict[str, Any]:
        setting = self._desk.setting
        code = signing.refusal(
            request.headers, request.path, request.body, api_key=setting("api_key"), secret=setting("secret_key")
        )
        if code or (request.method == "GET" and request.body):
            raise Refusal(code or "1000", "İstek doğrulanamadı")
        if "fail" in order:
            raise Refusal(str(order["fail"]), "Sipariş edilen hata")
        if order.get("moved", True) is False:
            raise Refusal("100001", "Sistem hatası")
        return call.work(asked)

    def _sign(self, answer: dict[str, Any], call: Call, order: Mapping[str, Any]) -> None:
        secret, manner = self._desk.setting("secret_key"), order.get("signature", "right")
        signed = bool(call.signed) and ("errorCode" not in answer or "paymentId" in answer)
        stale = signing.sign(secret, answer, call.signed) if signed else ""
        answer |= order.get("change", {})
        if not signed or manner == "missing":
            return
        right = signing.sign(secret, answer, call.signed)
        answer["signature"] = {"right": right, "stale": stale, "wrong": signing.hexdigest("another", right)}[manner]

    def _checkout(self, request: Request) -> Reply:
        token, _, act = request.path.removeprefix("/checkout/").partition("/")
        page = self.store.get("form", token)
        if page is None or page["expires"] < time.time() or page.get("done"):
            return Reply(410, _HTML, form.ended_page("Bu ödeme tamamlanmış ya da süresi dolmuş."))
        if request.method == "GET" and not act:
            return Reply(200, _HTML, form.checkout_page(token, page))
        fields = {name: values[0] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()}
        if request.method != "POST" or act not in ("pay", "decline", "leave"):
            return Reply(404, _HTML, form.ended_page("Böyle bir sayfa yok."))
        if act == "leave":
            return Reply(200, _HTML, form.left_page())
        if act == "decline":
            fields = {"card": "4129111111111111"}
        try:
            payment = self._pay_form(token, fields)
        except (Refusal, ValueError):
            return Reply(200, _HTML, form.checkout_page(token, page, message="Kart bilgisi geçersiz."))
        if payment["error"]:
            message = f"Ödeme reddedildi ({payment['error'][0]}). Başka bir kart deneyebilirsiniz."
            if act != "decline":
                return Reply(200, _HTML, form.checkout_page(token, page, message=message))
        return Reply(200, _HTML, form.return_page(str(page["request"].get("callbackUrl")), token))

    def _pay_form(self, token: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        with self.store.lock:
            page = self.store.get("form", token)
            if page is None or page.get("done"):
                raise Refusal("5152", "token bulunamadı")
            asked, card = page["request"], bank.card_of(str(fields.get("card", "5528790000000008")))
            installment = int(fields.get("installment") or 1)
            if installment not in (asked.get("enabledInstallments") or [1]):
                raise Refusal("10222", "Taksit sayısı geçersiz")
            payment = bank.pay(
                self.store, asked, card, installment=installment, phase="AUTH", attempt=str(asked["conversationId"]),
                fraud_status=int(fields.get("fraud_status", self._desk.setting("fraud_status"))),
                surcharge_percent=self._desk.setting("surcharge_percent"),
            )  # fmt: skip
            page["tries"] = [*page["tries"], payment["paymentId"]]
            page["done"] = payment["error"] is None
            if page["done"] and fields.get("save"):
                page["card"] = self._keep_card(asked, card.number)
            self.store.put("form", token, page)
        self._tell(payment, "CHECKOUT_FORM_AUTH", token)
        return payment

    def _keep_card(self, asked: Mapping[str, Any], number: str) -> dict[str, str]:
        key = str(asked.get("cardUserKey") or secrets.token_hex(12))
        owner = self.store.get("card_owner", key) or {"cards": {}}
        token = secrets.token_hex(12)
        self.store.put("card_owner", key, {"cards": owner["cards"] | {token: number}})
        return {"cardUserKey": key, "cardToken": token}

    def _tell(self, payment: Mapping[str, Any], event: str, token: str) -> None:
        setting = self._desk.setting
        if not setting("webhook_url"):
            return
        number = int(payment["paymentId"])
        body: dict[str, Any] = {
            "paymentConversationId": payment["paymentConversationId"], "merchantId": setting("merchant_id"),
            "status": payment["paymentStatus"], "iyziReferenceCode": secrets.token_hex(16), "iyziEventType": event,
            "iyziEventTime": int(time.time() * 1000), "iyziPaymentId": number,
        }  # fmt: skip
        body |= {"token": token} if token else {"paymentId": number}
        self._postman.post(
            setting("webhook_url"), json.dumps(body).encode(), delay_s=setting("webhook_delay_s"),
            pauses_s=setting("webhook_pauses_s"), manner=setting("webhook_signature"),
            about=payment["paymentId"], held=setting("webhook_held"),
        )  # fmt: skip

    def _webhook_headers(self, body: bytes, manner: str) -> dict[str, str]:
        if manner == "missing":
            return {}
        right = signing.sign_webhook(self._desk.setting("secret_key"), json.loads(body))
        return {"X-IYZ-SIGNATURE-V3": right if manner == "right" else signing.hexdigest("another", right)}

    def _control_pay(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return self._pay_form(str(fields.get("token")), fields)
        except (Refusal, ValueError) as error:
            raise ControlRefused(400, str(error)) from error

    def _review(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        payment = self.store.get("payment", str(fields.get("payment_id")))
        if payment is None or fields.get("fraud_status") not in (1, 0, -1):
            raise ControlRefused(400, "payment_id of a payment, fraud_status 1, 0 or -1")
        payment["fraudStatus"] = fields["fraud_status"]
        self.store.put("payment", payment["paymentId"], payment)
        token = next((key for key, page in self.store.all("form") if payment["paymentId"] in page["tries"]), "")
        self._tell(payment, "CHECKOUT_FORM_AUTH" if token else "API_AUTH", token)
        return payment


def _plain(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in asked.items()}
