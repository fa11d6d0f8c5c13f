"""How Stripe writes: nested form fields in, errors and expanded objects out, signatures of events."""

import hashlib
import hmac
import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

_PART = re.compile(r"\[([^\]]*)\]")


class StripeRefusal(Exception):
    """An error answer: HTTP status and the error object."""

    def __init__(self, status: int, kind: str, code: str = "", message: str = "", **extra: Any) -> None:
        super().__init__(message or code)
        self.status = status
        self.error = {"type": kind, "code": code or None, "message": message or code or kind, **extra}


# What an order may ask for by name: status, type, code.
FAILURES: dict[str, tuple[int, str, str]] = {
    "rate_limit": (429, "invalid_request_error", "rate_limit"),
    "card_declined": (402, "card_error", "card_declined"),
    "expired_card": (402, "card_error", "expired_card"),
    "authentication_required": (402, "card_error", "authentication_required"),
    "api_error": (500, "api_error", ""),
    "key_in_use": (409, "idempotency_error", "idempotency_key_in_use"),
    "permission": (403, "invalid_request_error", "more_permissions_required"),
}


def read_form(raw: str) -> dict[str, Any]:
    """`a[b][0][c]=1` as nested objects; lists where the keys are numbers."""
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(raw, keep_blank_values=True):
        head, _, rest = name.partition("[")
        keys = [head, *_PART.findall("[" + rest if rest else "")]
        place = tree
        for key in keys[:-1]:
            place = place.setdefault(key, {})
            if not isinstance(place, dict):
                raise StripeRefusal(400, "invalid_request_error", "parameter_invalid", name)
        place[keys[-1] or str(len(place))] = value
    return {name: _lists(value) for name, value in tree.items()}


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _lists(item) for name, item in value.items()}
    if inner and all(name.isdecimal() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner


def expand(value: Any, paths: Sequence[str], get: Callable[[str], dict[str, Any] | None]) -> Any:
    """Replace ids by objects along `a.b.c`; `data.` goes into the entries of a list."""
    for path in paths:
        _expand(value, path.split("."), get)
    return value


def _expand(value: Any, keys: Sequence[str], get: Callable[[str], dict[str, Any] | None]) -> None:
    if not keys or not isinstance(value, dict):
        return
    found = value.get(keys[0])
    if isinstance(found, list):
        for entry in found:
            _expand(entry, keys[1:], get)
        return
    if isinstance(found, str) and (stored := get(found)) is not None:
        value[keys[0]] = found = stored
    _expand(found, keys[1:], get)


def signature_header(body: bytes, secrets: Sequence[str], manner: str) -> dict[str, str]:
    """Stripe-Signature for a body: right, wrong, missing, old (ten minutes ago) or rotated (two v1 values)."""
    if manner == "missing":
        return {}
    at = int(time.time()) - (600 if manner == "old" else 0)
    if manner == "wrong":
        values = [_v1(body, "whsec_another", at)]
    elif manner == "rotated":
        values = [_v1(body, "whsec_new_unknown_to_you", at), *(_v1(body, secret, at) for secret in secrets)]
    else:
        values = [_v1(body, secrets[0], at)]
    return {"Stripe-Signature": ",".join([f"t={at}", *(f"v1={value}" for value in values), "v0=00"])}


def _v1(body: bytes, secret: str, at: int) -> str:
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()


def whole(fields: Mapping[str, Any], name: str) -> int:
    """A positive whole number of the request. :raises StripeRefusal: 400."""
    value = str(fields.get(name, ""))
    if not (value.isascii() and value.isdecimal()) or int(value) <= 0 or len(value) > 12:
        raise StripeRefusal(400, "invalid_request_error", "parameter_invalid_integer", f"Invalid integer: {name}")
    return int(value)
