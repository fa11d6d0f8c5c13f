"""Amounts and dates as banks write them, without guessing: what could be two things is refused."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from billing.payments.bank.faults import Unfit
from billing.payments.gateway import AMOUNT_KURUS_MAX

Mark = Literal[",", "."]
_NUMBER = re.compile(r"\d{1,3}(?:[.,' ]\d{3})*(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?", re.ASCII)
_CURRENCY = re.compile(r"(?:TL|TRY|USD|EUR|GBP|₺|\$|€|£)", re.IGNORECASE)
_DATES = (
    (re.compile(r"(\d{4})[-./](\d{1,2})[-./](\d{1,2})", re.ASCII), (1, 2, 3)),
    (re.compile(r"(\d{1,2})[-./](\d{1,2})[-./](\d{4})", re.ASCII), (3, 2, 1)),
    (re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII), (1, 2, 3)),
)
_TIME = re.compile(r"[ T-]\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:\.\d+)?)?$")


def decimal_mark(text: str) -> Mark | None:
    """The decimal mark that this amount shows beyond doubt, or None ("1.234" and "12" show none)."""
    bare = _bare(text)[0]
    dots, commas = bare.count("."), bare.count(",")
    if dots and commas:
        return "," if bare.rindex(",") > bare.rindex(".") else "."
    mark: Mark = "," if commas else "."
    if dots + commas == 1 and len(bare) - bare.index(mark) - 1 in (1, 2):
        return mark
    if dots + commas > 1:
        return "," if dots else "."  # repeated: it parts thousands, so the other one is the decimal mark
    return None


def amount_kurus(text: str, *, mark: Mark) -> int:
    """An amount in kuruş: "1.234,56", "-1.234,56 TL", "1.234,56-", "(1.234,56)". :raises ValueError: no amount."""
    bare, negative = _bare(text)
    if not _NUMBER.fullmatch(bare):
        raise _no_amount(text)
    other = "." if mark == "," else ","
    whole, _, cents = bare.partition(mark)
    if other in cents or mark in cents or len(cents) > 2:
        raise _no_amount(text)
    digits = re.sub(r"[.,' ]", "", whole)
    if other in whole and not re.fullmatch(rf"\d{{1,3}}(?:{re.escape(other)}\d{{3}})+", whole):
        raise _no_amount(text)
    kurus = int(digits) * 100 + int((cents + "00")[:2])
    if kurus > AMOUNT_KURUS_MAX:
        raise Unfit("tutar sınırların dışında", "the amount is out of bounds")
    return -kurus if negative else kurus


def decimal_kurus(value: Decimal) -> int:
    """A number of a spreadsheet in kuruş. :raises ValueError: parts of a kuruş, out of bounds."""
    if not value.is_finite() or abs(value) > AMOUNT_KURUS_MAX:
        raise Unfit("tutar sınırların dışında", "the amount is out of bounds")
    kurus = value * 100
    if kurus != kurus.to_integral_value():
        raise Unfit("tutarda kuruştan küçük basamak var", "the amount has parts of a kuruş")
    return int(kurus)


def read_date(text: str) -> date:
    """A day: 31.12.2026, 31/12/2026, 2026-12-31, 20261231, with or without a time. :raises ValueError: none."""
    bare = _TIME.sub("", text.strip())
    for form, (year, month, day) in _DATES:
        if hit := form.fullmatch(bare):
            try:
                found = date(int(hit[year]), int(hit[month]), int(hit[day]))
            except ValueError as error:
                raise _no_date(text) from error
            if not 2000 <= found.year <= 2100:
                raise _no_date(text)
            return found
    raise _no_date(text)


def date_of(value: object) -> date:
    """A day from a spreadsheet's cell, or from text. :raises ValueError: none."""
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else read_date(str(value))


def _no_amount(text: str) -> Unfit:
    return Unfit(f"tutar değil: {text[:40]!r}", f"no amount: {text[:40]!r}")


def _no_date(text: str) -> Unfit:
    return Unfit(f"tarih değil: {text[:40]!r}", f"no date: {text[:40]!r}")


def _bare(text: str) -> tuple[str, bool]:
    if len(text) > 60:
        raise Unfit("tutar çok uzun", "the amount is too long")
    bare = _CURRENCY.sub("", text.replace("\u00a0", " ").replace("\u2212", "-")).strip()
    negative = bare.startswith(("-", "(")) or bare.endswith("-")
    return bare.strip("+-() ").strip(), negative
