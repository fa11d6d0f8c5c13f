"""What of a gateway exchange may be kept: everything that settles a dispute, nothing that pays or signs in.

Kept: ids, amounts, states, brand, BIN and last four digits. Hidden: card numbers, security codes, expiry, tokens of
saved cards, keys, identity numbers, and the checkout's HTML.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

HIDDEN = "***"
TEXT_CHARACTERS_MAX = 2_000
DEPTH_MAX = 12
# Names are compared in ASCII small letters without _ and -; these are names of APIs, never Turkish text.
_SECRET_NAMES = frozenset({
    "cardnumber", "number", "pan", "cvc", "cvv", "cvc2", "securitycode", "expiremonth", "expireyear", "expmonth",
    "expyear", "cardholdername", "cardtoken", "carduserkey", "apikey", "secretkey", "secret", "clientsecret",
    "authorization", "password", "identitynumber", "checkoutformcontent", "threedshtmlcontent", "xiyzirnd",
    "fingerprint", "iban",
})  # fmt: skip
_CARD = re.compile(r"(?<![0-9A-Za-z])(?:\d[ -]?){12,18}\d(?![0-9A-Za-z])")
_KEY = re.compile(r"\b(?:sk|rk|whsec|pi_[0-9A-Za-z]+_secret|seti_[0-9A-Za-z]+_secret)_[0-9A-Za-z_]+")
_AUTHORIZATION = re.compile(r"\b(?:IYZWSv2|Bearer|Basic)\s+[0-9A-Za-z+/=_.-]+")


def redact(value: Any, *, _depth: int = 0) -> Any:
    """A copy of a JSON value that may be stored: secrets hidden, long texts cut, Decimal as text."""
    if _depth > DEPTH_MAX:
        return "…"
    if isinstance(value, Mapping):
        return {
            str(name): HIDDEN if _is_secret(str(name)) and item not in (None, "") else redact(item, _depth=_depth + 1)
            for name, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [redact(item, _depth=_depth + 1) for item in value]
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, int) and not isinstance(value, bool) and _is_card_number(str(value)):
        return HIDDEN
    if isinstance(value, Decimal):
        return redact_text(format(value, "f") if value.is_finite() and abs(value.adjusted()) < 40 else str(value))
    return value


def redact_text(text: str) -> str:
    """A text without card numbers, keys and authorization headers, cut to a bearable length."""
    text = _AUTHORIZATION.sub(HIDDEN, _KEY.sub(HIDDEN, text[: 4 * TEXT_CHARACTERS_MAX]))
    text = _CARD.sub(lambda found: HIDDEN if _is_card_number(found.group()) else found.group(), text)
    return text if len(text) <= TEXT_CHARACTERS_MAX else text[:TEXT_CHARACTERS_MAX] + "…"


def _is_secret(name: str) -> bool:
    return name.replace("_", "").replace("-", "").casefold() in _SECRET_NAMES


def _is_card_number(text: str) -> bool:
    """True for 13 to 19 digits that begin as a card does and satisfy Luhn (ids and times mostly do not)."""
    digits = [int(sign) for sign in text if sign.isdigit()]
    if not 13 <= len(digits) <= 19 or digits[0] not in (2, 3, 4, 5, 6, 9):
        return False
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
