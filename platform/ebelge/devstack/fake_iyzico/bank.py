"""Where the fake's money is: payments made from forms and saved cards, reviews, refunds and cancels."""

import secrets
import time
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ebelge.devstack.fake_http.store import Store
from ebelge.devstack.fake_iyzico.cards import CARDS, Card
from ebelge.devstack.fake_iyzico.signing import amount

_CENT = Decimal("0.01")


class Refusal(Exception):
    """A failure answer: errorCode, errorGroup, message."""

    def __init__(self, code: str, message: str, group: str = "") -> None:
        super().__init__(message)
        self.code, self.group, self.message = code, group, message


def check_basket(request: Mapping[str, Any]) -> None:
    """The checks that iyzico makes of every payment. :raises Refusal: by iyzico's codes."""
    buyer = request.get("buyer") or {}
    if not buyer.get("email"):
        raise Refusal("3", "email gönderilmesi zorunludur")
    if not buyer.get("identityNumber"):
        raise Refusal("8", "identityNumber gönderilmesi zorunludur")
    total = sum((Decimal(item["price"]) for item in request.get("basketItems") or ()), Decimal(0))
    if total != Decimal(str(request.get("price"))):
        raise Refusal("5062", "Gönderilen tutar, kırılımların toplam tutarına eşit olmalıdır")


def pay(
    store: Store, request: Mapping[str, Any], card: Card, *, installment: int, phase: str, fraud_status: int,
    surcharge_percent: str, attempt: str,
) -> dict[str, Any]:  # fmt: skip
    """Move the money (or be declined); the payment as it is kept either way."""
    error = _refused(request, card, installment, phase)
    payment_id = str(store.next_number("payment", 22_000_001))
    paid = Decimal(request["paidPrice"])
    if installment > 1:
        paid += (paid * Decimal(surcharge_percent) / 100).quantize(_CENT, rounding=ROUND_HALF_UP)
    payment = {
        "paymentId": payment_id,
        "paymentStatus": "FAILURE" if error else "SUCCESS",
        "fraudStatus": 0 if error else fraud_status,
        "price": amount(request["price"]),
        "paidPrice": amount(paid),
        "currency": request["currency"],
        "installment": installment,
        "basketId": request["basketId"],
        "paymentConversationId": attempt,
        "binNumber": card.number[:8],
        "lastFourDigits": card.number[-4:],
        "cardType": card.kind,
        "cardAssociation": card.association,
        "cardFamily": card.family,
        "iyziCommissionRateAmount": format((paid * Decimal("0.0299")).quantize(Decimal("0.00000001")), "f"),
        "iyziCommissionFee": "0.25",
        "authCode": secrets.token_hex(3),
        "hostReference": secrets.token_hex(8),
        "phase": phase,
        "refundable": card.refundable,
        "error": list(error) if error else None,
        "item": {
            "itemId": request["basketItems"][0]["id"],
            "paymentTransactionId": str(store.next_number("item", 33_000_001)),
        },
        "refunds": [],
        "cancels": [],
        "at": time.time(),
    }
    store.put("payment", payment_id, payment)
    return payment


def find(store: Store, *, payment_id: str = "", attempt: str = "") -> list[dict[str, Any]]:
    """Payments by iyzico's id or by the merchant's."""
    if payment_id:
        found = store.get("payment", payment_id)
        return [] if found is None else [found]
    return [body for _, body in store.all("payment") if attempt and body["paymentConversationId"] == attempt]


def refund(store: Store, payment: dict[str, Any], *, price: str, attempt: str) -> dict[str, Any]:
    """Give money back. :raises Refusal: above what remains, or the card allows none."""
    with store.lock:
        payment = store.get("payment", payment["paymentId"]) or payment
        _require_refundable(payment)
        given = sum((Decimal(entry["refundPrice"]) for entry in payment["refunds"]), Decimal(0))
        if Decimal(price) <= 0 or given + Decimal(price) > Decimal(payment["paidPrice"]):
            raise Refusal("5118", "İade tutarı kalan tutardan büyük olamaz")
        entry = _given_back(store, price, attempt)
        store.put("payment", payment["paymentId"], payment | {"refunds": [*payment["refunds"], entry]})
    return entry


def cancel(store: Store, payment: dict[str, Any], *, attempt: str) -> dict[str, Any]:
    """Undo a payment whole. :raises Refusal: nothing is left to cancel, or the card allows none."""
    with store.lock:
        payment = store.get("payment", payment["paymentId"]) or payment
        _require_refundable(payment)
        if payment["cancels"] or payment["refunds"]:
            raise Refusal("5057", "İptal edilecek tutar bulunamadı")
        entry = _given_back(store, payment["paidPrice"], attempt)
        store.put("payment", payment["paymentId"], payment | {"cancels": [entry]})
    return entry


def _given_back(store: Store, price: str, attempt: str) -> dict[str, Any]:
    return {
        "refundTxId": str(store.next_number("refund", 44_000_001)),
        "refundConversationId": attempt,
        "refundPrice": amount(price),
        "refundStatus": 1,
        "at": time.time(),
    }


def _require_refundable(payment: Mapping[str, Any]) -> None:
    if payment["paymentStatus"] != "SUCCESS" or not payment["refundable"] or payment["cancels"]:
        raise Refusal("5057", "İptal veya iade edilecek tutar bulunamadı")


def _refused(request: Mapping[str, Any], card: Card, installment: int, phase: str) -> tuple[str, str] | None:
    if card.error:
        return card.error
    if request["currency"] != "TRY" and not card.foreign:
        return ("5184", "")
    if card.kind == "DEBIT_CARD" and installment > 1:
        return ("10218", "DEBIT_CARDS_INSTALLMENT_NOT_ALLOWED")
    if card.kind == "DEBIT_CARD" and phase == "API":
        return ("10217", "DEBIT_CARDS_REQUIRES_3DS")
    return None


def card_of(number: str) -> Card:
    """A test card by its number. :raises Refusal: no such card."""
    card = CARDS.get(number)
    if card is None:
        raise Refusal("12", "Kart numarası geçersizdir")
    return card
