"""GİB's codes as people say them: scenarios, types and taxes. What has no words stays a code."""

from collections.abc import Mapping
from typing import Final

from ebelge.ubl.codes import UNIT_NAMES
from ebelge.ubl.other_taxes import OTHER_TAXES
from ebelge.ubl.type_table import PROFILES, TYPES, TypeRule
from ebelge.ubl.types import DocumentKind
from ebelge.web.kontor.charge_kinds import charge_kind

# The taxes that documents of companies carry; names of GİB's code list (TaxType), short.
TAXES: Final[dict[str, tuple[str, str]]] = {
    "0003": ("Gelir vergisi stopajı", "Income tax withheld"),
    "0011": ("Kurumlar vergisi stopajı", "Corporate tax withheld"),
    "0015": ("KDV", "KDV"),
    "0021": ("BSMV (banka)", "BSMV (banks)"),
    "0022": ("BSMV (sigorta)", "BSMV (insurance)"),
    "0061": ("KKDF", "KKDF"),
    "1047": ("Damga vergisi", "Stamp duty"),
    "8001": ("Borsa tescil ücreti", "Exchange registration fee"),
    "9015": ("KDV tevkifatı", "KDV withheld"),
    "9040": ("Mera fonu", "Pasture fund"),
    "9944": ("Hal rüsumu", "Wholesale market dues"),
    "SGK_PRIM": ("SGK prim kesintisi", "Social security premium"),
} | {code: (tax.tr, tax.en) for code, tax in OTHER_TAXES.items()}


# In Turkish the heading that GİB wants on the document stands for its kind.
_KINDS_EN: Final = {
    DocumentKind.EFATURA: "e-Fatura",
    DocumentKind.EARSIV: "e-Arşiv invoice",
    DocumentKind.EIRSALIYE: "e-İrsaliye",
    DocumentKind.EMM: "e-Müstahsil receipt",
    DocumentKind.ESMM: "e-SMM receipt",
}


def kind_name(kind: str, side: int) -> str:
    """A kind of document: earsiv -> "e-Arşiv Fatura", "e-Arşiv invoice"."""
    one = DocumentKind(kind)
    return _KINDS_EN[one] if side else one.heading


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


def unit_words(code: str) -> str:
    """A unit as forms name it, in both languages: C62 -> "Adet"."""
    return UNIT_NAMES.get(code, code)


FILTERS: Final = (scenario, type_words, tax_words, percent, charge_words, unit_words)
