"""GİB's codes as people say them: scenarios, types and taxes. What has no words stays a code."""

from collections.abc import Mapping
from typing import Final

from ebelge.ubl.type_table import PROFILES, TYPES, TypeRule
from ebelge.web.kontor.charge_kinds import charge_kind

# The taxes that documents of companies carry; names of GİB's code list (TaxType), short.
TAXES: Final[dict[str, tuple[str, str]]] = {
    "0003": ("Gelir vergisi stopajı", "Income tax withheld"),
    "0011": ("Kurumlar vergisi stopajı", "Corporate tax withheld"),
    "0015": ("KDV", "KDV"),
    "0021": ("BSMV (banka)", "BSMV (banks)"),
    "0022": ("BSMV (sigorta)", "BSMV (insurance)"),
    "0059": ("Konaklama vergisi", "Accommodation tax"),
    "0061": ("KKDF", "KKDF"),
    "0071": ("ÖTV, I sayılı liste", "ÖTV, list I"),
    "0073": ("ÖTV, III sayılı liste", "ÖTV, list III"),
    "0074": ("ÖTV, IV sayılı liste", "ÖTV, list IV"),
    "0075": ("ÖTV, III A listesi", "ÖTV, list III A"),
    "0076": ("ÖTV, III B listesi", "ÖTV, list III B"),
    "0077": ("ÖTV, III C listesi", "ÖTV, list III C"),
    "1047": ("Damga vergisi", "Stamp duty"),
    "4080": ("Özel iletişim vergisi", "Special communication tax"),
    "8001": ("Borsa tescil ücreti", "Exchange registration fee"),
    "9015": ("KDV tevkifatı", "KDV withheld"),
    "9040": ("Mera fonu", "Pasture fund"),
    "9077": ("ÖTV, II sayılı liste", "ÖTV, list II"),
    "9944": ("Hal rüsumu", "Wholesale market dues"),
    "SGK_PRIM": ("SGK prim kesintisi", "Social security premium"),
}


def scenario(code: str, language: str) -> str:
    """A profile: TICARIFATURA -> "Ticari fatura"."""
    return _title(PROFILES, code, language)


def type_words(code: str, language: str) -> str:
    """A type: SATIS -> "Satış"."""
    return _title(TYPES, code, language)


def tax_words(code: str, language: str) -> str:
    """A tax by its name; one without a name by its code."""
    tr, en = TAXES.get(code, (f"Vergi {code}", f"Tax {code}"))
    return tr if language == "tr" else en


def percent(rate: object, language: str) -> str:
    """A rate as each language writes it: %8,5 and 8.5%."""
    return f"%{str(rate).replace('.', ',')}" if language == "tr" else f"{rate}%"


def _title(table: Mapping[str, TypeRule], code: str, language: str) -> str:
    rule = table.get(code)
    if rule is None:
        return code
    return rule.tr if language == "tr" else rule.en.split(":")[0].split(" (")[0]


def charge_words(kind: str, language: str) -> str:
    """What a kind of charge is called: efatura.in -> "e-Fatura (gelen)"."""
    return charge_kind(kind)[0 if language == "tr" else 1]


FILTERS: Final = (scenario, type_words, tax_words, percent, charge_words)
