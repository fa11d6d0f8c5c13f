"""iyzico's calls: what each answers, and over which fields the answer is signed."""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ebelge.devstack.fake_http.desk import Desk
from ebelge.devstack.fake_http.store import Store
from ebelge.devstack.fake_iyzico import bank, signing
from ebelge.devstack.fake_iyzico.bank import Refusal
from ebelge.devstack.fake_iyzico.cards import CARDS

ISTANBUL = timezone(timedelta(hours=3))
SURCHARGED = (2, 3, 6, 9, 12)
_PUBLIC = (
    "paymentId", "paymentStatus", "fraudStatus", "price", "paidPrice", "currency", "installment", "basketId",
    "binNumber", "lastFourDigits", "cardType", "cardAssociation", "cardFamily", "iyziCommissionRateAmount",
    "iyziCommissionFee", "authCode", "hostReference", "phase",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the API: its name in orders, its work, the signed fields of its answer."""

    name: str
    work: Callable[[Mapping[str, Any]], dict[str, Any]]
    signed: tuple[str, ...] = ()


class Api:
    """The calls by (method, path). `on_paid` is told of each payment that deserves a webhook."""

    def __init__(self, store: Store, desk: Desk, on_paid: Callable[[Mapping[str, Any], str, str], None]) -> None:
        self._store, self._desk, self._on_paid = store, desk, on_paid
        self.base_url = ""
        self.calls: dict[tuple[str, str], Call] = {
            ("POST", "/payment/iyzipos/checkoutform/initialize/auth/ecom"): Call(
                "form.start", self._form_start, signing.FORM_START
            ),
            ("POST", "/payment/iyzipos/checkoutform/auth/ecom/detail"): Call(
                "form.read", self._form_read, signing.FORM_READ
            ),
            ("POST", "/payment/auth"): Call("payment.create", self._pay, signing.PAYMENT),
            ("POST", "/payment/detail"): Call("payment.read", self._detail, signing.PAYMENT),
            ("POST", "/payment/refund"): Call("refund.item", self._refund_item, signing.REFUND),
            ("POST", "/v2/payment/refund"): Call("refund.payment", self._refund_payment, signing.REFUND),
            ("POST", "/payment/cancel"): Call("payment.cancel", self._cancel),
            ("POST", "/payment/iyzipos/installment"): Call("installments", self._installments),
            ("POST", "/payment/bin/check"): Call("bin", self._bin),
            ("POST", "/cardstorage/cards"): Call("cards.list", self._cards),
            ("DELETE", "/cardstorage/card"): Call("cards.delete", self._forget_card),
            ("GET", "/v2/reporting/payment/details"): Call("report.payment", self._report),
            ("GET", "/v2/reporting/payment/transactions"): Call("report.day", self._report_day),
        }

    def _form_start(self, request: Mapping[str, Any]) -> dict[str, Any]:
        bank.check_basket(request)
        token, seconds = secrets.token_hex(18), int(self._desk.setting("token_expire_s"))
        self._store.put("form", token, {"request": dict(request), "expires": time.time() + seconds, "tries": []})
        return {
            "token": token,
            "checkoutFormContent": "<script>/* hosted form */</script>",
            "paymentPageUrl": f"{self.base_url}/checkout/{token}",
            "tokenExpireTime": seconds,
        }

    def _form_read(self, request: Mapping[str, Any]) -> dict[str, Any]:
        token = str(request.get("token"))
        form = self._store.get("form", token)
        if form is None:
            raise Refusal("5152", "token bulunamadı")
        answer = {"token": token, "callbackUrl": form["request"].get("callbackUrl"), "basketId": None}
        if not form["tries"]:
            return answer | {"paymentStatus": None}
        payment = self._store.get("payment", form["tries"][-1]) or {}
        answer |= public(payment)
        if form.get("card"):
            answer |= form["card"]
        if payment["error"]:
            code, group = payment["error"]
            return answer | {"status": "failure", **failure(code, group, "Kart reddedildi")}
        return answer

    def _pay(self, request: Mapping[str, Any]) -> dict[str, Any]:
        bank.check_basket(request)
        given = request.get("paymentCard") or {}
        owner = self._store.get("card_owner", str(given.get("cardUserKey")))
        if owner is None:
            raise Refusal("3005", "cardUserKey bulunamadı")
        number = owner["cards"].get(str(given.get("cardToken")))
        if number is None:
            raise Refusal("5128", "cardToken bulunamadı")
        payment = bank.pay(
            self._store, request, bank.card_of(number), installment=int(request.get("installment") or 1),
            phase="API", fraud_status=int(self._desk.setting("fraud_status")), surcharge_percent="0",
            attempt=str(request.get("conversationId") or ""),
        )  # fmt: skip
        self._on_paid(payment, "API_AUTH", "")
        if payment["error"]:
            raise Refusal(payment["error"][0], "Kart reddedildi", payment["error"][1])
        return public(payment, without=("paymentStatus",))

    def _detail(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return public(self._paid(request))

    def _paid(self, request: Mapping[str, Any]) -> dict[str, Any]:
        found = bank.find(
            self._store,
            payment_id=str(request.get("paymentId") or ""),
            attempt=str(request.get("paymentConversationId") or ""),
        )
        paid = [payment for payment in found if payment["paymentStatus"] == "SUCCESS"]
        if not paid:
            raise Refusal("5152", "Ödeme bulunamadı")
        return paid[-1]

    def _refund_item(self, request: Mapping[str, Any]) -> dict[str, Any]:
        wanted = str(request.get("paymentTransactionId"))
        for _, payment in self._store.all("payment"):
            if payment["item"]["paymentTransactionId"] == wanted:
                return self._refund(payment, request)
        raise Refusal("5152", "Ödeme kırılımı bulunamadı")

    def _refund_payment(self, request: Mapping[str, Any]) -> dict[str, Any]:
        if not self._desk.setting("v2_refund_allowed"):
            raise Refusal("5266", "Bu üye iş yeri v2 iade kullanamaz")
        return self._refund(self._paid({"paymentId": request.get("paymentId")}), request)

    def _refund(self, payment: dict[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
        if request.get("currency") != payment["currency"]:
            raise Refusal("5118", "Para birimi farklı")
        attempt = str(request.get("conversationId") or "")
        entry = bank.refund(self._store, payment, price=str(request.get("price")), attempt=attempt)
        return {
            "paymentId": payment["paymentId"],
            "paymentTransactionId": payment["item"]["paymentTransactionId"],
            "price": entry["refundPrice"],
            "currency": payment["currency"],
            "authCode": payment["authCode"],
            "hostReference": payment["hostReference"],
            "retryable": False,
        }

    def _cancel(self, request: Mapping[str, Any]) -> dict[str, Any]:
        payment = self._paid({"paymentId": request.get("paymentId")})
        bank.cancel(self._store, payment, attempt=str(request.get("conversationId") or ""))
        return {"paymentId": payment["paymentId"], "price": payment["paidPrice"], "currency": payment["currency"]}

    def _installments(self, request: Mapping[str, Any]) -> dict[str, Any]:
        price = request.get("price")
        if not isinstance(price, int | Decimal) or isinstance(price, bool):
            raise Refusal("11", "price sayı olmalıdır")
        surcharge = Decimal(self._desk.setting("surcharge_percent"))
        families = {card.family: card for card in CARDS.values() if card.family and not card.error}
        if request.get("binNumber"):
            families = {card.family: card for card in CARDS.values() if card.number.startswith(request["binNumber"])}
        return {
            "installmentDetails": [
                {
                    "bankName": card.bank,
                    "cardFamilyName": family,
                    "commercial": 0,
                    "force3ds": 1 if card.kind == "DEBIT_CARD" else 0,
                    "installmentPrices": [
                        _offer(Decimal(price), count, surcharge)
                        for count in ((1,) if card.kind == "DEBIT_CARD" else (1, *SURCHARGED))
                    ],
                }
                for family, card in sorted(families.items())
            ]
        }

    def _bin(self, request: Mapping[str, Any]) -> dict[str, Any]:
        for card in CARDS.values():
            if card.number.startswith(str(request.get("binNumber"))):
                return {
                    "binNumber": request["binNumber"], "bankName": card.bank, "cardType": card.kind,
                    "cardAssociation": card.association, "cardFamily": card.family, "commercial": 0,
                }  # fmt: skip
        raise Refusal("5066", "BIN bulunamadı")

    def _cards(self, request: Mapping[str, Any]) -> dict[str, Any]:
        owner = self._store.get("card_owner", str(request.get("cardUserKey")))
        if owner is None:
            raise Refusal("3005", "cardUserKey bulunamadı")
        details = [
            {"cardToken": token, "lastFourDigits": number[-4:], "binNumber": number[:8],
             "cardAssociation": CARDS[number].association, "cardBankName": CARDS[number].bank}
            for token, number in owner["cards"].items()
        ]  # fmt: skip
        return {"cardUserKey": request["cardUserKey"], "cardDetails": details}

    def _forget_card(self, request: Mapping[str, Any]) -> dict[str, Any]:
        key, token = str(request.get("cardUserKey")), str(request.get("cardToken"))
        owner = self._store.get("card_owner", key)
        if owner is None or token not in owner["cards"]:
            raise Refusal("5128", "cardToken bulunamadı")
        self._store.put("card_owner", key, {"cards": {t: n for t, n in owner["cards"].items() if t != token}})
        return {}

    def _report(self, request: Mapping[str, Any]) -> dict[str, Any]:
        found = bank.find(
            self._store,
            payment_id=str(request.get("paymentId") or ""),
            attempt=str(request.get("paymentConversationId") or ""),
        )
        return {
            "payments": [
                public(payment)
                | {"paymentStatus": 1 if payment["paymentStatus"] == "SUCCESS" else 0,
                   "paymentConversationId": payment["paymentConversationId"],
                   "refunds": payment["refunds"], "cancels": payment["cancels"]}
                for payment in found
            ]
        }  # fmt: skip

    def _report_day(self, request: Mapping[str, Any]) -> dict[str, Any]:
        rows = [row for _, payment in self._store.all("payment") for row in _rows(payment)]
        day = str(request.get("transactionDate"))
        rows = [row for row in rows if row["transactionDate"].startswith(day)]
        size, page = int(self._desk.setting("report_page_size")), max(1, int(request.get("page") or 1))
        return {
            "transactions": rows[(page - 1) * size : page * size],
            "currentPage": page,
            "totalPageCount": max(1, -(-len(rows) // size)),
        }


def public(payment: Mapping[str, Any], *, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """What iyzico tells of a payment."""
    item = payment["item"] | {
        "transactionStatus": 2 if payment["fraudStatus"] == 1 else payment["fraudStatus"],
        "price": payment["price"],
        "paidPrice": payment["paidPrice"],
    }
    return {name: payment[name] for name in _PUBLIC if name not in without} | {"itemTransactions": [item]}


def failure(code: str, group: str, message: str) -> dict[str, Any]:
    """The fields of a failure."""
    return {"errorCode": code, "errorMessage": message} | ({"errorGroup": group} if group else {})


def _offer(price: Decimal, count: int, surcharge: Decimal) -> dict[str, Any]:
    cent = Decimal("0.01")
    total = price if count == 1 else (price * (100 + surcharge) / 100).quantize(cent, rounding=ROUND_HALF_UP)
    each = (total / count).quantize(cent, rounding=ROUND_HALF_UP)
    return {"installmentNumber": count, "installmentPrice": str(each), "totalPrice": str(total)}


def _rows(payment: Mapping[str, Any]) -> list[dict[str, Any]]:
    def row(kind: str, number: str, price: str, attempt: str, at: float, fee: str) -> dict[str, Any]:
        return {
            "transactionType": kind, "transactionId": number, "paymentId": payment["paymentId"], "price": price,
            "transactionCurrency": payment["currency"], "conversationId": attempt, "iyzicoCommission": fee,
            "iyzicoFee": "0.25" if kind == "PAYMENT" else "0",
            "transactionDate": datetime.fromtimestamp(at, ISTANBUL).strftime("%Y-%m-%d %H:%M:%S"),
        }  # fmt: skip

    if payment["paymentStatus"] != "SUCCESS":
        return []
    rows = [
        row("PAYMENT", payment["item"]["paymentTransactionId"], payment["paidPrice"], payment["paymentConversationId"],
            payment["at"], payment["iyziCommissionRateAmount"])
    ]  # fmt: skip
    for kind, entries in (("REFUND", payment["refunds"]), ("CANCEL", payment["cancels"])):
        rows += [
            row(kind, entry["refundTxId"], entry["refundPrice"], entry["refundConversationId"], entry["at"], "0")
            for entry in entries
        ]
    return rows
