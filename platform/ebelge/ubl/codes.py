"""Codes of the trade: what is valid comes from GİB's lists as installed, words and aliases from tables here."""

from functools import cache
from typing import Final

from efatura_kontrol import kod

# What people write -> UN/ECE Rec. 20. Keys are ASCII lower case; GİB refuses the words themselves.
UNIT_ALIASES: Final[dict[str, str]] = {
    "adet": "C62", "ad": "C62", "tane": "C62", "piece": "C62", "pcs": "C62",
    "kg": "KGM", "kilo": "KGM", "kilogram": "KGM",
    "gr": "GRM", "g": "GRM", "gram": "GRM",
    "ton": "TNE",
    "lt": "LTR", "l": "LTR", "litre": "LTR",
    "m": "MTR", "mt": "MTR", "metre": "MTR",
    "m2": "MTK", "metrekare": "MTK",
    "m3": "MTQ", "metrekup": "MTQ",
    "cm": "CMT", "mm": "MMT", "km": "KMT",
    "saat": "HUR", "hour": "HUR",
    "dakika": "MIN", "dk": "MIN",
    "gun": "DAY", "gün": "DAY", "day": "DAY",
    "hafta": "WEE", "ay": "MON", "month": "MON", "yil": "ANN", "yıl": "ANN", "year": "ANN",
    "kutu": "BX", "koli": "CT", "paket": "PA", "palet": "PF", "cift": "PR", "çift": "PR",
    "takim": "SET", "takım": "SET", "set": "SET",
    "kwh": "KWH", "mwh": "MWH",
    "duzine": "DZN", "düzine": "DZN",
}  # fmt: skip

UNIT_NAMES: Final[dict[str, str]] = {
    "C62": "Adet", "KGM": "Kg", "GRM": "Gr", "TNE": "Ton", "LTR": "Lt", "MTR": "m", "MTK": "m²", "MTQ": "m³",
    "CMT": "cm", "MMT": "mm", "KMT": "km", "HUR": "Saat", "MIN": "Dakika", "DAY": "Gün", "WEE": "Hafta",
    "MON": "Ay", "ANN": "Yıl", "BX": "Kutu", "CT": "Koli", "PA": "Paket", "PF": "Palet", "PR": "Çift",
    "SET": "Takım", "KWH": "kWh", "MWH": "MWh", "DZN": "Düzine", "NIU": "Adet",
}  # fmt: skip

KDV: Final = "0015"
ACCOMMODATION: Final = "0059"

# Deductions of the producer receipt (FACTS 5). SGK_PRIM is a code of the e-Arşiv report, not of the invoice.
PRODUCER_DEDUCTIONS: Final[dict[str, str]] = {
    "0003": "GV STOPAJI",
    "8001": "BORSA TESCİL ÜCRETİ",
    "9040": "MERA FONU",
    "SGK_PRIM": "SGK PRİM KESİNTİSİ",
}


@cache
def values(name: str) -> frozenset[str]:
    """The values of one of GİB's enforced lists, by its name in the schematron."""
    return frozenset(kod.listeler()[name])


def unit_code(unit: str) -> str | None:
    """The UN/ECE code of a code or alias; None when it is neither."""
    unit = unit.strip()
    if unit in values("UnitCodeList"):
        return unit
    folded = unit.translate(_ASCII_LOWER)
    return UNIT_ALIASES.get(folded)


_ASCII_LOWER = {ord(c): ord(c) + 32 for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"} | {ord("İ"): "i", ord("Ü"): "ü"}


@cache
def withholding_percents(code: str) -> tuple[int, ...]:
    """The percentages that GİB allows for a withholding code, ascending; empty for an unknown code."""
    entries = values("WithholdingTaxTypeWithPercent")
    return tuple(sorted(int(entry[3:]) for entry in entries if entry[:3] == code))


def exemption_group(code: str) -> str | None:
    """`istisna`, `ozel_matrah`, `ihrac` or `diger` (351, 250 …) for a valid exemption code, else None."""
    if code in values("istisnaTaxExemptionReasonCodeType"):
        return "istisna"
    if code in values("ozelMatrahTaxExemptionReasonCodeType"):
        return "ozel_matrah"
    if code in values("ihracExemptionReasonCodeType"):
        return "ihrac"
    return "diger" if code in values("TaxExemptionReasonCodeType") else None
