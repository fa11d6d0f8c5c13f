"""Cells of sheets that strangers fill in: what each column may hold, and what is said when it does not."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from stdnum.tr import tckimlik, vkn

from ebelge.core.folding import fold
from ebelge.core.workbooks import Cell

TEXT_MAX = 300
KONTOR_MAX = 10_000_000
KURUS_MAX = 10**13
_EMAIL = re.compile(r"[^@\s,;<>\"']{1,64}@[^@\s,;<>\"']{1,190}\.[^@\s,;<>\"']{2,63}")
_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})|(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
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
    return "" if cell is None else " ".join(str(cell).split())


def text(cell: Cell) -> str:
    """A text of at most `TEXT_MAX` characters."""
    found = plain(cell)
    if len(found) > TEXT_MAX:
        raise BadCell(f"en çok {TEXT_MAX} karakter olabilir", f"may have at most {TEXT_MAX} characters")
    return found


def tax_number(cell: Cell) -> str:
    """A VKN or TCKN with right check digits; a leading zero that a spreadsheet has eaten is put back."""
    found = plain(cell)
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
    found = plain(cell)
    if not isinstance(cell, int | Decimal):
        found = found.replace(".", "").replace(",", ".") if "," in found else found
    try:
        amount = Decimal(found) * 100
    except InvalidOperation:
        raise BadCell("1.234,56 gibi bir tutar olmalı", "must be an amount like 1234.56") from None
    if not amount.is_finite() or amount != amount.to_integral_value() or not 0 <= amount <= KURUS_MAX:
        raise BadCell("0 ya da artı, kuruşa kadar bir tutar olmalı", "must be 0 or more, to the kuruş")
    return int(amount)


def day(cell: Cell) -> date:
    """A day: a date cell, 31.12.2026 or 2026-12-31."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    found = _DAY.fullmatch(plain(cell))
    if found is not None:
        parts = [int(part) for part in found.groups() if part is not None]
        try:
            return date(*parts) if found[4] else date(parts[2], parts[1], parts[0])
        except ValueError:
            pass
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
