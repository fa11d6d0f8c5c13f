"""The taxes that a draft may carry beside KDV and tevkifat: their names, and which of them bear KDV themselves.

GİB's list (TaxType) says which codes there are, the laws say what KDV is reckoned on (ADR 0137). Codes whose place is
not certain, and those that lower what is paid (stopaj, ÖTV tevkifatı), are not here: such an invoice comes as XML.
"""

from dataclasses import dataclass
from typing import Final

from ebelge.ubl.codes import ACCOMMODATION


@dataclass(frozen=True, slots=True)
class OtherTax:
    """A tax by its names. `in_kdv_base`: KDV is reckoned on it, too. `rate_max`: percent, above it is a slip."""

    tr: str
    en: str
    in_kdv_base: bool
    rate_max: int = 100


def _otv(tr: str, en: str) -> OtherTax:
    """Special consumption tax: the highest rate of list II is 220 %; the e-Arşiv report carries up to 300 %."""
    return OtherTax(f"ÖTV, {tr}", f"ÖTV, {en}", True, 300)


OTHER_TAXES: Final[dict[str, OtherTax]] = {
    "0071": _otv("I sayılı liste", "list I"),
    "9077": _otv("II sayılı liste", "list II"),
    "0073": _otv("III sayılı liste", "list III"),
    "0075": _otv("III A listesi", "list III A"),
    "0076": _otv("III B listesi", "list III B"),
    "0077": _otv("III C listesi", "list III C"),
    "0074": _otv("IV sayılı liste", "list IV"),
    # 6802 s. Gider Vergileri Kanunu md. 39: "katma değer vergisi matrahına dahil edilmez"; md. 34 for the stay.
    "4080": OtherTax("Özel iletişim vergisi", "Special communication tax", False),
    "4081": OtherTax("Özel iletişim vergisi (5035)", "Special communication tax (5035)", False),
    ACCOMMODATION: OtherTax("Konaklama vergisi", "Accommodation tax", False),
    # 3065 s. KDV Kanunu md. 24/b: taxes and dues are part of the base.
    "4071": OtherTax("Elektrik ve havagazı tüketim vergisi", "Electricity and gas consumption tax", True),
    "8005": OtherTax("Elektrik tüketim vergisi", "Electricity consumption tax", True),
}
