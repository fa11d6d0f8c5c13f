"""Which profile takes which types, and which fields of a draft each needs, allows and keeps out: one table, as data.

`type_rules` reads it for findings and for the API; nothing else in the code asks for a profile or type by name to
decide about fields. What GİB enforces is in its schematron; what only the trade demands is marked `trade`.
"""

from dataclasses import dataclass
from typing import Final, Literal

Where = Literal["once", "every", "any"]
Arithmetic = Literal["plain", "special_base", "not_collected", "remaining"]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the draft as the table names it.

    `path`: JSON path; `[]` stands for each line, `identifiers[A|B]` for those with one of the schemes. `where`: once,
    on every line, or on any line. `form`: a pattern of the whole value, or `list:` and one of GİB's lists.
    `reserved`: kept out of documents whose type does not name it.
    """

    path: str
    tr: str
    en: str
    mend_tr: str
    mend_en: str
    where: Where = "once"
    form: str = ""
    reserved: bool = False


@dataclass(frozen=True, slots=True)
class Need:
    """A field that must be there; with `if_path`, only where that field of the same place has this value."""

    field: str
    if_path: str = ""
    if_value: str = ""


@dataclass(frozen=True, slots=True)
class TypeRule:
    """A type or a profile: its title, the fields it needs and those it allows beyond the general ones."""

    tr: str
    en: str
    needs: tuple[Need, ...] = ()
    allows: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    kind: str = "efatura"
    arithmetic: Arithmetic = "plain"


def _n(*fields: str) -> tuple[Need, ...]:
    return tuple(Need(field) for field in fields)


_RETURNS = _n("returned_invoices")
_KUNYE = _n("kunye")
_INVESTMENT = (*_n("investment", "expense_type"), Need("machine", "lines[].expense_type", "01"))
_INVESTMENT_FREE = (
    *_n("exemption_ytb", "expense_type_free"),
    Need("exemption_308", "lines[].expense_type", "01"),
    Need("exemption_339", "lines[].expense_type", "02"),
)
_CHARGING_ALLOWS = ("withholding",)

TYPES: Final[dict[str, TypeRule]] = {
    "SATIS": TypeRule("Satış", "Sale"),
    "IADE": TypeRule("İade", "Return", _RETURNS, ("withholding", "accommodation_tax_rate")),
    "TEVKIFAT": TypeRule("Tevkifatlı satış", "Sale with withholding (tevkifat)", _n("withholding")),
    "TEVKIFATIADE": TypeRule(
        "Tevkifat iade", "Return of a sale with withholding", _RETURNS, ("withholding",), arithmetic="remaining"
    ),
    "ISTISNA": TypeRule("İstisna", "Exempt sale", _n("exemption_istisna")),
    "OZELMATRAH": TypeRule(
        "Özel matrah", "Sale with a special tax base", _n("exemption_ozel"), ("special_base",),
        arithmetic="special_base",
    ),
    "IHRACKAYITLI": TypeRule(
        "İhraç kayıtlı satış", "Sale registered for export",
        (*_n("exemption_ihrac"), Need("gtip", "lines[].exemption_code", "702"),
         Need("buyer_export_code", "lines[].exemption_code", "702")),
        ("buyer_export_code", "seller_export_code"), arithmetic="not_collected",
    ),
    "SGK": TypeRule(
        "SGK faturası", "Invoice to the Social Security Institution", _n("accounting_cost", "period"), ("withholding",)
    ),
    "KOMISYONCU": TypeRule("Komisyoncu", "Commission agent"),
    "HKSSATIS": TypeRule("Hal satış", "Wholesale market sale", _KUNYE),
    "HKSKOMISYONCU": TypeRule("Hal komisyoncu", "Wholesale market commission agent", _KUNYE),
    "KONAKLAMAVERGISI": TypeRule("Konaklama vergisi", "Accommodation tax", _n("accommodation_tax_rate")),
    "SARJ": TypeRule(
        "Şarj", "Electric charging, collected", _n("charging", "report_id", "report_date"), _CHARGING_ALLOWS
    ),
    "SARJANLIK": TypeRule("Anlık şarj", "Electric charging, at once", _n("charging", "serial"), _CHARGING_ALLOWS),
    "TEKNOLOJIDESTEK": TypeRule(
        "Teknoloji destek", "Technology support for a person", _n("buyer_tckn", "phone_or_tablet")
    ),
    "YTBSATIS": TypeRule("Yatırım teşvik satış", "Investment incentive: sale", _INVESTMENT),
    "YTBIADE": TypeRule("Yatırım teşvik iade", "Investment incentive: return", (*_RETURNS, *_INVESTMENT),
                        ("withholding",)),
    "YTBISTISNA": TypeRule(
        "Yatırım teşvik istisna", "Investment incentive: exempt", (*_INVESTMENT, *_INVESTMENT_FREE),
        arithmetic="not_collected",
    ),
    "YTBTEVKIFAT": TypeRule(
        "Yatırım teşvik tevkifat", "Investment incentive: withholding", (*_n("withholding"), *_INVESTMENT)
    ),
    "YTBTEVKIFATIADE": TypeRule(
        "Yatırım teşvik tevkifat iade", "Investment incentive: return of a sale with withholding",
        (*_RETURNS, *_INVESTMENT), ("withholding",), arithmetic="remaining",
    ),
    "SEVK": TypeRule("Sevk", "Despatch", kind="eirsaliye"),
    "MATBUDAN": TypeRule("Matbudan", "Copy of a printed despatch note", _n("paper"), kind="eirsaliye"),
    "MUSTAHSILMAKBUZ": TypeRule("Müstahsil makbuzu", "Producer receipt", kind="emm"),
}  # fmt: skip

_YTB = ("YTBSATIS", "YTBIADE", "YTBISTISNA", "YTBTEVKIFAT", "YTBTEVKIFATIADE")
_NO_RETURNS = (
    "SATIS", "TEVKIFAT", "ISTISNA", "OZELMATRAH", "IHRACKAYITLI", "SGK", "KOMISYONCU", "KONAKLAMAVERGISI",
)  # fmt: skip
_SIX = ("SATIS", "IADE", "TEVKIFAT", "TEVKIFATIADE", "ISTISNA", "IHRACKAYITLI")
_EXPORT = ("foreign_buyer", "delivery")

PROFILES: Final[dict[str, TypeRule]] = {
    "TEMELFATURA": TypeRule("Temel fatura", "Basic invoice: cannot be rejected",
                            types=(*_NO_RETURNS, "IADE", "TEVKIFATIADE")),
    "TICARIFATURA": TypeRule("Ticari fatura", "Commercial invoice: the buyer may reject it", types=_NO_RETURNS),
    "IHRACAT": TypeRule(
        "İhracat", "Export of goods, by customs",
        _n("customs", "foreign_buyer", "legal_name", "delivery", "incoterms", "gtip"), ("package",), ("ISTISNA",),
    ),
    "YOLCUBERABERFATURA": TypeRule(
        "Yolcu beraberi eşya", "Goods that a traveller takes along",
        _n("customs", "foreign_buyer", "traveller_name", "traveller_family_name", "nationality", "passport",
           "passport_date", "tax_representative"),
        (), ("SATIS", "ISTISNA"),
    ),
    "OZELFATURA": TypeRule(
        "Özel fatura", "Special invoice (trade by suitcase, express cargo)", _n("customs", "foreign_buyer"),
        ("delivery", "package"), ("ISTISNA", "SATIS"),
    ),
    "KAMU": TypeRule("Kamu", "Invoice to a public body", _n("iban"), types=(*_NO_RETURNS, "IADE", "TEVKIFATIADE")),
    "HKS": TypeRule("Hal kayıt sistemi", "Wholesale market", _KUNYE,
                    types=("HKSSATIS", "HKSKOMISYONCU", "SATIS", "KOMISYONCU", "TEVKIFAT", "ISTISNA")),
    "ENERJI": TypeRule("Enerji", "Energy: electric charging", types=("SARJ", "SARJANLIK")),
    "ILAC_TIBBICIHAZ": TypeRule("İlaç ve tıbbi cihaz", "Drugs and medical devices", _n("drug_or_device"), types=_SIX),
    "YATIRIMTESVIK": TypeRule("Yatırım teşvik", "Investment incentive", _INVESTMENT,
                              types=("SATIS", "IADE", "TEVKIFAT", "TEVKIFATIADE", "ISTISNA")),
    "IDIS": TypeRule("İDİS", "Iron and steel tracking", _n("shipment_number", "label"), types=_SIX),
    "EARSIVFATURA": TypeRule(
        "e-Arşiv fatura", "e-Arşiv invoice", kind="earsiv",
        types=(*_NO_RETURNS, "IADE", "TEVKIFATIADE", "HKSSATIS", "HKSKOMISYONCU", "SARJ", "SARJANLIK",
               "TEKNOLOJIDESTEK", *_YTB),
    ),
    "TEMELIRSALIYE": TypeRule("Temel irsaliye", "Basic despatch", types=("SEVK", "MATBUDAN"), kind="eirsaliye"),
    "HKSIRSALIYE": TypeRule("Hal irsaliyesi", "Wholesale market despatch", _KUNYE, types=("SEVK", "MATBUDAN"),
                            kind="eirsaliye"),
    "IDISIRSALIYE": TypeRule("İDİS irsaliyesi", "Iron and steel despatch", _n("shipment_number", "label"),
                             types=("SEVK", "MATBUDAN"), kind="eirsaliye"),
    "EARSIVBELGE": TypeRule("e-Müstahsil makbuzu", "Producer receipt", types=("MUSTAHSILMAKBUZ",), kind="emm"),
}  # fmt: skip

# Where profile and type together say more than each alone.
PAIRS: Final[dict[tuple[str, str], TypeRule]] = {
    ("YATIRIMTESVIK", "ISTISNA"): TypeRule("", "", _INVESTMENT_FREE, arithmetic="not_collected"),
    ("YOLCUBERABERFATURA", "ISTISNA"): TypeRule("", "", arithmetic="plain"),
}


# Where KDV is not collected, or only a part of it comes back, nothing says what becomes of the tax it stands on.
BEARS_OTHER_TAXES: Final = frozenset({"plain", "special_base"})


def arithmetic_of(profile: str, type_code: str) -> Arithmetic:
    """How the sums of this type are reckoned."""
    pair = PAIRS.get((profile, type_code))
    if pair is not None and pair.arithmetic != "plain":
        return pair.arithmetic
    return TYPES[type_code].arithmetic if type_code in TYPES else "plain"
