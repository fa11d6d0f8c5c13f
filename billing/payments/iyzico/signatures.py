"""iyzico's signatures of responses and webhooks. Requests are signed by the package itself (wire.py)."""

import hashlib
import hmac
from collections.abc import Mapping
from enum import Enum
from typing import Any

from billing.payments.iyzico.amounts import signed_amount

WEBHOOK_HEADER = "X-IYZ-SIGNATURE-V3"
_AMOUNTS = frozenset({"price", "paidPrice"})


class Signed(Enum):
    """The values of an answer that its signature covers, in their order."""

    FORM_START = ("conversationId", "token")
    FORM_READ = (
        "paymentStatus", "paymentId", "currency", "basketId", "conversationId", "paidPrice", "price", "token",
    )  # fmt: skip
    PAYMENT = ("paymentId", "currency", "basketId", "conversationId", "paidPrice", "price")
    REFUND = ("paymentId", "price", "currency", "conversationId")
    THREE_DS_START = ("paymentId", "conversationId")
    THREE_DS_RETURN = ("conversationData", "conversationId", "mdStatus", "paymentId", "status")


def response_signature(secret_key: str, answer: Mapping[str, Any], signed: Signed) -> str:
    """What the signature of `answer` has to be: hex HMAC-SHA256 of the values, joined by colons."""
    values = (signed_amount(answer.get(name)) if name in _AMOUNTS else _text(answer.get(name)) for name in signed.value)
    return _hmac(secret_key, ":".join(values))


def is_signed(secret_key: str, answer: Mapping[str, Any], signed: Signed) -> bool:
    """True if the answer carries the right signature; compared in constant time."""
    return _same(response_signature(secret_key, answer, signed), answer.get("signature"))


def webhook_signature(secret_key: str, body: Mapping[str, Any], *, merchant_id: str = "") -> str:
    """What the V3 header of a webhook has to be; the form is recognised by the fields, as iyzico documents it."""
    kind = _text(body.get("iyziEventType"))
    names: tuple[str, ...]
    if body.get("subscriptionReferenceCode") is not None:
        names = ("subscriptionReferenceCode", "orderReferenceCode", "customerReferenceCode")
        message = merchant_id + secret_key + kind
    elif body.get("token") is not None:
        names = ("iyziPaymentId", "token", "paymentConversationId", "status")
        message = secret_key + kind
    else:
        names = ("paymentId", "paymentConversationId", "status")
        message = secret_key + kind
    return _hmac(secret_key, message + "".join(_text(body.get(name)) for name in names))


def is_webhook_signed(secret_key: str, body: Mapping[str, Any], header: str | None, *, merchant_id: str = "") -> bool:
    """True if the header is right. A missing header or an empty secret is always False."""
    if not secret_key.strip() or not header:
        return False
    return _same(webhook_signature(secret_key, body, merchant_id=merchant_id), header)


def _same(expected: str, given: object) -> bool:
    # Bytes: compare_digest refuses texts beyond ASCII, and a stranger writes what he likes.
    return isinstance(given, str) and hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogatepass"))


def _hmac(secret_key: str, message: str) -> str:
    return hmac.new(secret_key.encode(), message.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def _text(value: Any) -> str:
    return "" if value is None else str(value)
