"""The bodies of requests to iyzico."""

from collections.abc import Mapping
from typing import Any

from billing.payments.gateway import Buyer, PaymentRequest, RefundRequest, SavedCard
from billing.payments.iyzico.amounts import request_amount

INSTALLMENTS = frozenset({1, 2, 3, 6, 9, 12})
_CATEGORY = {"tr": "Kontör", "en": "Credits"}


def checkout_form(request: PaymentRequest) -> dict[str, Any]:
    """Body of form initialisation: one basket line for one order."""
    unknown = set(request.installments) - INSTALLMENTS
    if unknown or not request.installments:
        raise ValueError(f"iyzico knows no {sorted(unknown)} instalments")
    return _payment(request) | {
        "callbackUrl": request.return_url,
        "enabledInstallments": sorted(request.installments),
        "forceThreeDS": 1,
        "cardUserKey": request.customer_ref or None,
    }


def saved_card_payment(request: PaymentRequest, card: SavedCard) -> dict[str, Any]:
    """Body of a charge without the payer."""
    return _payment(request) | {
        "installment": 1,
        "paymentChannel": "WEB",
        "paymentCard": {"cardUserKey": card.customer_ref, "cardToken": card.card_ref},
    }


def refund(request: RefundRequest) -> dict[str, Any]:
    """What both refunds have in common; the caller adds which payment or which line."""
    return {
        "locale": request.language,
        "conversationId": request.refund_ref,
        "price": request_amount(request.amount_kurus),
        "currency": request.currency,
        "ip": request.ip or None,
    }


def _payment(request: PaymentRequest) -> dict[str, Any]:
    amount, buyer = request_amount(request.amount_kurus), request.buyer
    return {
        "locale": request.language,
        "conversationId": request.attempt_ref,
        "price": amount,
        "paidPrice": amount,
        "currency": request.currency,
        "basketId": request.order_ref,
        "paymentGroup": "PRODUCT",
        "buyer": _buyer(buyer),
        "billingAddress": {
            "contactName": buyer.contact_name or f"{buyer.name} {buyer.surname}",
            "address": buyer.address,
            "city": buyer.city,
            "country": buyer.country,
            "zipCode": buyer.postal_code or None,
        },
        "basketItems": [
            {
                "id": request.order_ref,
                "name": request.description,
                "category1": _CATEGORY[request.language],
                "price": amount,
                "itemType": "VIRTUAL",
            }
        ],
    }


def _buyer(buyer: Buyer) -> Mapping[str, Any]:
    return {
        "id": buyer.buyer_id,
        "name": buyer.name,
        "surname": buyer.surname,
        "identityNumber": buyer.identity_number,
        "email": buyer.email,
        "gsmNumber": buyer.phone,
        "registrationAddress": buyer.address,
        "city": buyer.city,
        "country": buyer.country,
        "zipCode": buyer.postal_code or None,
        "ip": buyer.ip or None,
    }
