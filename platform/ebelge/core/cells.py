"""Cells of sheets that strangers fill in: what each column may hold, and what is said when it does not."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from stdnum.tr import tckimlik, vkn

from ebelge.core.folding import fold
from ebelge.core.workbooks import Cell

TEXT_MAX = 300
KONTOR_MAX = 10_000_000
KURUS_MAX = 10**13
_EMAIL = re.compile(r"[^@\s,;<>\"']{1,64}@[^@\s,;<>\"']{1,190}\.[^@\s,;<>\"']{2,63}")
_DAY = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})|(\d{4})-(\d{1,2})-(\d{1,2})(?: 00:00(?::00)?)?", re.ASCII)
_CURRENCY = re.compile(r"^(₺|TL|TRY)|(₺|TL|TRY)$")
_TURKISH = re.compile(r"-?(\d+|[1-9]\d{0,2}(\.\d{3})+)(,\d+)?", re.ASCII)
_ENGLISH = re.compile(r"-?(\d+|[1-9]\d{0,2}(,\d{3})+)\.\d+|-?[1-9]\d{0,2}(,\d{3}){2,}", re.ASCII)
_EITHER = re.compile(r"-?[1-9]\d{0,2}\.\d{3}", re.ASCII)
_CURRENCIES = {
    "TL": "TRY",
    "₺": "TRY",
    "TURK LIRASI": "TRY",
    "$": "USD",
    "DOLAR": "USD",
    "€": "EUR",
    "EURO": "EUR",
    "AVRO": "EUR",
}
_YES, _NO = ("EVET", "E", "YES", "X", "1", "TRUE"), ("HAYIR", "H", "NO", "", "0", "FALSE")


class BadCell(Exception):
    """The cell is not what its column takes."""

    def __init__(self, tr: str, en: str) -> None:
        super().__init__(en)
        self.tr, self.en = tr, en


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the field it fills, its name in both languages, how a cell is read, and whether it may be empty."""

    field: str
    name_tr: str
    name_en: str
    read: Callable[[Cell], Any]
    required: bool = True

    def names(self) -> tuple[str, str]:
        """The headings by which it is found, folded."""
        return fold(self.name_tr), fold(self.name_en)


def plain(cell: Cell) -> str:
    """A cell's text, blanks joined. Numbers lose the `.0` that spreadsheets give to long digits."""
    if isinstance(cell, Decimal) and cell == cell.to_integral_value():
        return str(int(cell))
    if isinstance(cell, datetime) and cell.time() != time():
        return f"{cell:%d.%m.%Y %H:%M}"
    if isinstance(cell, date):
        return f"{cell:%d.%m.%Y}"
    return "" if cell is None else " ".join(str(cell).split())


def shown(cell: Cell) -> str:
    """A cell as a Turkish spreadsheet shows it to its owner: 1,5 and 31.12.2026."""
    return plain(cell).replace(".", ",") if isinstance(cell, Decimal) else plain(cell)


def number(cell: Cell) -> Decimal:
    """An exact number: a number, or a text like 1.234,56, 1,234.56, 1234.5 or ₺ 1 234.

    A text that means two numbers is refused: 1.250 is 1250 to who writes Turkish and 1,25 to a program, and nobody
    would see a price a thousand times too small before it is invoiced.
    """
    if isinstance(cell, int | Decimal):
        return Decimal(cell)
    said = _CURRENCY.sub("", "".join(plain(cell).split()))
    if _EITHER.fullmatch(said):
        thousands = said.replace(".", "")
        raise BadCell(
            f"iki türlü okunur; {thousands} ya da {said.replace('.', ',')} yazın",
            f"can be read in two ways; write {thousands} or {said}0",
        )
    if _TURKISH.fullmatch(said):
        return Decimal(said.replace(".", "").replace(",", "."))
    if _ENGLISH.fullmatch(said):
        return Decimal(said.replace(",", ""))
    raise BadCell("1.234,56 gibi bir sayı olmalı", "must be a number like 1234.56")


def text(cell: Cell) -> str:
    """A text of at most `TEXT_MAX` characters."""
    found = plain(cell)
    if len(found) > TEXT_MAX:
        raise BadCell(f"en çok {TEXT_MAX} karakter olabilir", f"may have at most {TEXT_MAX} characters")
    return found


def tax_number(cell: Cell) -> str:
    """A VKN or TCKN with right check digits; a leading zero that a spreadsheet has eaten is put back."""
    found = plain(cell).replace(" ", "")
    if re.fullmatch(r"[0-9]{9}", found) and vkn.is_valid(f"0{found}"):
        return f"0{found}"
    if not re.fullmatch(r"[0-9]{10,11}", found) or not (tckimlik if len(found) == 11 else vkn).is_valid(found):
        raise BadCell("geçerli bir VKN ya da TCKN değil", "is no valid VKN or TCKN")
    return found


def email(cell: Cell) -> str:
    """One plain e-mail address."""
    found = plain(cell)
    if not _EMAIL.fullmatch(found) or len(found) > 254:
        raise BadCell("bir e-posta adresi değil", "is no e-mail address")
    return found


def whole(low: int, high: int) -> Callable[[Cell], int]:
    """A whole number from `low` to `high`."""

    def read(cell: Cell) -> int:
        found = plain(cell)
        if not re.fullmatch(r"[0-9]{1,15}", found) or not low <= int(found) <= high:
            raise BadCell(f"{low} ile {high} arasında bir tam sayı olmalı", f"must be a whole number, {low} to {high}")
        return int(found)

    return read


def kurus(cell: Cell) -> int:
    """An amount in lira, as a number or as 1.234,56; in kuruş, nothing rounded."""
    amount = number(cell) * 100
    if not amount.is_finite() or amount != amount.to_integral_value() or not 0 <= amount <= KURUS_MAX:
        raise BadCell("0 ya da artı, kuruşa kadar bir tutar olmalı", "must be 0 or more, to the kuruş")
    return int(amount)


def currency(cell: Cell) -> str:
    """A currency's code, also as people write it: TL and ₺ are TRY, $ and € are USD and EUR."""
    found = plain(cell)
    code = _CURRENCIES.get(found) or _CURRENCIES.get(fold(found)) or fold(found)
    if not re.fullmatch(r"[A-Z]{3}", code):
        raise BadCell("TRY, USD, EUR gibi bir para birimi olmalı", "must be a currency like TRY, USD or EUR")
    return code


def day(cell: Cell) -> date:
    """A day: a date cell, 31.12.2026, 31/12/2026 or 2026-12-31."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    found = _DAY.fullmatch(plain(cell))
    if found is not None:
        year, month, day_of = (found[5], found[6], found[7]) if found[5] else (found[4], found[3], found[1])
        try:
            return date(int(year), int(month), int(day_of))
        except ValueError:
            raise BadCell("takvimde olmayan bir gün", "is a day that no calendar has") from None
    raise BadCell("31.12.2026 gibi bir gün olmalı", "must be a day like 2026-12-31")


def choice(words: dict[str, tuple[str, ...]]) -> Callable[[Cell], str]:
    """One of some words, written in any of their forms (compared without case, dots and Turkish letters)."""
    known = {fold(form): word for word, forms in words.items() for form in (word, *forms)}

    def read(cell: Cell) -> str:
        found = known.get(fold(plain(cell)))
        if found is None:
            listed = ", ".join(words)
            raise BadCell(f"şunlardan biri olmalı: {listed}", f"must be one of: {listed}")
        return found

    return read


def several(one: Callable[[Cell], str]) -> Callable[[Cell], tuple[str, ...]]:
    """Words with commas between."""

    def read(cell: Cell) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one(part) for part in plain(cell).split(",") if part.strip()))

    return read


def yes(cell: Cell) -> bool:
    """Evet or hayır; empty is no."""
    found = fold(plain(cell))
    if found not in (*_YES, *_NO):
        raise BadCell("evet ya da hayır olmalı", "must be yes or no")
    return found in _YES
