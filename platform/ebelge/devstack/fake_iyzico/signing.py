"""iyzico's signatures, from its documentation: of requests (checked), of answers and webhooks (made)."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

FORM_START = ("conversationId", "token")
FORM_READ = ("paymentStatus", "paymentId", "currency", "basketId", "conversationId", "paidPrice", "price", "token")
PAYMENT = ("paymentId", "currency", "basketId", "conversationId", "paidPrice", "price")
REFUND = ("paymentId", "price", "currency", "conversationId")


def hexdigest(secret: str, message: str) -> str:
    """Lower-case hex HMAC-SHA256."""
    return hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()


def sign(secret: str, answer: Mapping[str, Any], fields: Sequence[str]) -> str:
    """Signature of an answer over the fields, in this order."""
    return hexdigest(secret, ":".join(_value(name, answer.get(name)) for name in fields))


def sign_webhook(secret: str, body: Mapping[str, Any]) -> str:
    """Signature V3 of a webhook: a plain concatenation that begins with the secret."""
    parts: tuple[Any, ...]
    if "token" in body:
        parts = (body["iyziEventType"], body["iyziPaymentId"], body["token"])
    else:
        parts = (body["iyziEventType"], body["paymentId"])
    return hexdigest(
        secret, secret + "".join(str(part) for part in (*parts, body["paymentConversationId"], body["status"]))
    )


def refusal(headers: Mapping[str, str], path: str, body: bytes, *, api_key: str, secret: str) -> str:
    """ "" if a request is signed rightly, else iyzico's error code (1001 keys unknown, 1000 signature)."""
    scheme, _, code = headers.get("authorization", "").partition(" ")
    try:
        text = base64.b64decode(code, validate=True).decode()
        given = dict(part.split(":", 1) for part in text.split("&"))
        key, random_key, signature = given["apiKey"], given["randomKey"], given["signature"]
    except (binascii.Error, KeyError, ValueError):
        return "1000"
    if scheme != "IYZWSv2" or random_key != headers.get("x-iyzi-rnd"):
        return "1000"
    if not hmac.compare_digest(key.encode(), api_key.encode()):
        return "1001"
    expected = hexdigest(secret, random_key + path + body.decode("utf-8", "replace"))
    return "" if hmac.compare_digest(signature.encode(), expected.encode()) else "1000"


def amount(value: Any) -> str:
    """An amount without trailing zeros: "50.00" -> "50"."""
    text = format(Decimal(str(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _value(name: str, value: Any) -> str:
    if value is None:
        return ""
    return amount(value) if name in ("price", "paidPrice") else str(value)
