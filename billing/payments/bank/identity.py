"""Who sent a transfer: VKN, TCKN and IBAN, checked by their own check digits (python-stdnum)."""

import re

from stdnum import iban as _iban
from stdnum.tr import tckimlik, vkn

_TR_IBAN = re.compile(r"TR\d{24}", re.ASCII)
_IBAN_IN_TEXT = re.compile(r"\bTR ?(?:\d ?){24}", re.ASCII)
_NUMBER_IN_TEXT = re.compile(r"(?<!\d)\d{10,11}(?!\d)", re.ASCII)


def tr_iban(text: str) -> str | None:
    """A Turkish IBAN without blanks, or None: TR and 24 digits, remainder 1 modulo 97."""
    plain = "".join(text.split()).upper()  # an IBAN is ASCII
    return plain if _TR_IBAN.fullmatch(plain) and _iban.is_valid(plain) else None


def bank_code(iban: str) -> str:
    """The bank's code in a Turkish IBAN: signs 5 to 9."""
    return iban[4:9]


def vkn_tckn(text: str) -> str | None:
    """A VKN or TCKN with right check digits, or None."""
    number = text.strip()
    if not (number.isascii() and number.isdecimal()):
        return None
    good = vkn.is_valid(number) if len(number) == 10 else len(number) == 11 and tckimlik.is_valid(number)
    return number if good else None


def vkn_tckn_in(text: str) -> tuple[str, ...]:
    """Every VKN or TCKN in a description."""
    return tuple(dict.fromkeys(hit for hit in _NUMBER_IN_TEXT.findall(text) if vkn_tckn(hit)))


def ibans_in(text: str) -> tuple[str, ...]:
    """Every Turkish IBAN in a description."""
    return tuple(dict.fromkeys(found for hit in _IBAN_IN_TEXT.findall(text) if (found := tr_iban(hit))))
