"""Amounts as iyzico writes and signs them; kuruş on our side, Decimal between, never a float."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from billing.payments.errors import UntrustedAnswer
from billing.payments.gateway import AMOUNT_KURUS_MAX


def request_amount(amount_kurus: int) -> str:
    """Kuruş as a request carries it: dot and at least one decimal (12050 -> "120.5", 12000 -> "120.0")."""
    whole, rest = divmod(amount_kurus, 100)
    return f"{whole}.{rest:02d}".removesuffix("0")


def signed_amount(value: Any) -> str:
    """An amount of a response as it enters the signature: no trailing zeros, no bare point, no exponent."""
    if value is None or value == "":
        return ""
    text = format(_decimal(value), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def amount_kurus(value: Any) -> int:
    """An amount of a response as whole kuruş. :raises UntrustedAnswer: no amount, or parts of a kuruş."""
    kurus = _decimal(value) * 100
    if kurus != kurus.to_integral_value():
        raise UntrustedAnswer("", "an amount has parts of a kuruş")
    return int(kurus)


def fee_kurus(value: Any) -> int:
    """A commission of a response in whole kuruş, half up (iyzico reports up to eight decimals); absent is 0."""
    if value is None or value == "":
        return 0
    return int((_decimal(value) * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool | float):
        raise UntrustedAnswer("", "an amount is no decimal number")
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise UntrustedAnswer("", "an amount is no decimal number") from error
    # The bound keeps a hostile exponent (1E+999999) from being written out; NaN and infinity have none.
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -20 or abs(number) > AMOUNT_KURUS_MAX:
        raise UntrustedAnswer("", "an amount is out of bounds")
    return number
