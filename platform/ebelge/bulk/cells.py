"""Cells that become fields of a draft: texts, exact decimals as text, days, codes. Shared by every form of sheet."""

import re
from decimal import Decimal

from ebelge.core.cells import BadCell, day, number, plain, tax_number
from ebelge.core.folding import fold
from ebelge.core.workbooks import Cell
from ebelge.ubl.codes import unit_code

FINAL_CONSUMER, FOREIGN_BUYER = "11111111111", "2222222222"  # TRADE.md 6: they pass without check digits
_DIGITS_MAX = 20
_CODE = re.compile(r"[0-9A-Z_]{1,20}")
_ALIAS = re.compile(r"[\x21-\x7e]{3,255}")
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?", re.ASCII)


def long_text(cell: Cell) -> str:
    """A text of at most 1,000 characters."""
    found = plain(cell)
    if len(found) > 1000:
        raise BadCell("en çok 1000 karakter olabilir", "may have at most 1000 characters")
    return found


def vkn_tckn(cell: Cell) -> str:
    """A VKN or TCKN with right check digits, or one of the two numbers that stand for a final or foreign buyer."""
    found = plain(cell).replace(" ", "")
    return found if found in (FINAL_CONSUMER, FOREIGN_BUYER) else tax_number(cell)


def decimal(cell: Cell) -> str:
    """An exact number, as a number or as 1.234,56, in the form that drafts take ("1234.56"); nothing is rounded."""
    found = number(cell)
    text = format(found, "f")
    if not found.is_finite() or len(text) > _DIGITS_MAX or found < 0:
        raise BadCell("0 ya da artı bir sayı olmalı", "must be a number, 0 or more")
    return text


def percent(cell: Cell) -> str:
    """A percentage, 20 or %20; a bare 0.2 is refused, for it may mean a fifth of a percent."""
    found = small_percent(cell)
    if 0 < Decimal(found) < 1 and not isinstance(cell, str):
        raise BadCell("yüzde olmalı; yüzde 20 için 20 ya da %20 yazın", "must be a percentage; write 20 or %20")
    return found


def unit(cell: Cell) -> str:
    """A unit of measure by UN/ECE code or a known name (adet, kg)."""
    found = plain(cell)
    code = unit_code(found) or unit_code(found.casefold()) or unit_code(fold(found))
    if code is None:
        raise BadCell("bilinen bir birim değil (adet, kg, lt, saat, C62…)", "is no known unit (C62, KGM, LTR, HUR…)")
    return code


def code(cell: Cell) -> str:
    """A code in capitals and digits."""
    found = plain(cell).upper()
    if not _CODE.fullmatch(found):
        raise BadCell("harf ve rakamdan bir kod olmalı", "must be a code of letters and digits")
    return found


def alias(cell: Cell) -> str:
    """A mailbox at GİB."""
    found = plain(cell)
    if not _ALIAS.fullmatch(found):
        raise BadCell("urn:mail:... biçiminde olmalı", "must be like urn:mail:...")
    return found


def kind(cell: Cell) -> str:
    """e-Fatura, e-Arşiv, or empty for the choice by GİB's list."""
    found = {"EFATURA": "efatura", "EARSIV": "earsiv", "EARSIVFATURA": "earsiv", "AUTO": "auto", "OTOMATIK": "auto"}
    word = found.get(fold(plain(cell)).replace(" ", ""))
    if word is None:
        raise BadCell("e-Fatura, e-Arşiv ya da boş olmalı", "must be e-Fatura, e-Arşiv or empty")
    return word


def iso_day(cell: Cell) -> str:
    """A day, as drafts take it."""
    return day(cell).isoformat()


def clock(cell: Cell) -> str:
    """A time of day: 14:30."""
    found = _CLOCK.fullmatch(plain(cell)[:8])
    if found is None:
        raise BadCell("14:30 gibi bir saat olmalı", "must be a time like 14:30")
    return f"{int(found[1]):02d}:{found[2]}:{found[3] or '00'}"


def small_percent(cell: Cell) -> str:
    """A percentage that may well be below one: mera fonu is 0,1 %."""
    found = decimal(plain(cell).strip("% ") if isinstance(cell, str) else cell)
    if Decimal(found) > 100:
        raise BadCell("0 ile 100 arasında olmalı", "must be between 0 and 100")
    return found


def zone(cell: Cell) -> str:
    """A postal code of five digits; a leading zero that a spreadsheet has eaten is put back."""
    found = plain(cell)
    if not re.fullmatch(r"[0-9]{4,5}", found):
        raise BadCell("beş haneli posta kodu olmalı", "must be a postal code of five digits")
    return found.zfill(5)


def plate(cell: Cell) -> str:
    """A number plate without blanks, in capitals."""
    found = plain(cell).replace(" ", "").upper()
    if not re.fullmatch(r"[0-9A-Z]{4,12}", found):
        raise BadCell("06ABC123 gibi bir plaka olmalı", "must be a plate like 06ABC123")
    return found
