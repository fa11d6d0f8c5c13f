"""A valid example draft of every profile and type, put together from the changes that each makes to a plain one."""

from typing import Any, Final

from ebelge.ubl.examples import example_json, tckn, vkn
from ebelge.ubl.type_table import PROFILES
from ebelge.ubl.types import DocumentKind

Change = dict[str, Any]
_RETURNED: Final[Change] = {"returned_invoices": [{"number": "BRA2025000000007", "date": "2025-11-01"}]}
_PERSON: Final[Change] = {
    "buyer": {
        "tckn": tckn(3), "first_name": "Ceren", "family_name": "Işık", "district": "Nilüfer", "city": "Bursa",
    },
}  # fmt: skip
_ABROAD: Final[Change] = {
    "legal_name": "Müller & Söhne GmbH", "tax_number": "DE811128135", "street": "Hafenstraße 7", "district": "Mitte",
    "city": "Hamburg", "postal_zone": "20457", "country": "Almanya",
}  # fmt: skip
_TRAVELLER: Final[Change] = {
    "first_name": "Anna", "family_name": "Schmidt", "nationality": "DE", "passport_number": "C01X00T47",
    "passport_date": "2024-05-02", "district": "Mitte", "city": "Berlin", "country": "Almanya",
}  # fmt: skip
_CHARGED: Final[Change] = {"start": "2025-11-02T08:00:00", "end": "2025-11-02T09:15:00", "plate": "06ABC123"}
_KUNYE: Final[Change] = {"identifiers": [{"scheme": "KUNYENO", "value": "3512345678901234567"}]}

# What each adds to the document and to each line; profile first, then type, then what both say together.
_DOCUMENT: Final[dict[str, Change]] = {
    "IADE": _RETURNED, "TEVKIFATIADE": _RETURNED, "YTBIADE": _RETURNED, "YTBTEVKIFATIADE": _RETURNED,
    "SGK": {
        "accounting_cost": "SAGLIK_ECZ", "period": {"start": "2025-10-01", "end": "2025-10-31"},
        "other_documents": [
            {"number": "12345678", "date": "2025-10-31", "type_code": "MUKELLEF_KODU"},
            {"number": "20251031", "date": "2025-10-31", "type_code": "DOSYA_NO"},
        ],
    },
    "SARJ": {"charging": _CHARGED | {"report_id": "b0e502a8-122c-4061-be02-8133a5788177",
                                     "report_date": "2025-11-02"}},
    "SARJANLIK": {"charging": _CHARGED},
    "TEKNOLOJIDESTEK": _PERSON,
    "KAMU": {"payment": {"iban": "TR330006100519786457841326", "means_code": "42"}},
    "IHRACAT": {
        "buyer": None, "foreign_buyer": _ABROAD,
        "delivery": {"terms": "CIF", "transport_mode": "1", "address": {
            "street": "Hafenstraße 7", "district": "Mitte", "city": "Hamburg", "postal_zone": "20457",
            "country": "Almanya"}},
    },
    "OZELFATURA": {"buyer": None, "foreign_buyer": _ABROAD},
    "YOLCUBERABERFATURA": {
        "buyer": None, "foreign_buyer": _TRAVELLER,
        "tax_representative": {"vkn": vkn(77), "alias": "urn:mail:defaultpk@iade.example", "name": "İade Aracılık A.Ş.",
                               "district": "Fatih", "city": "İstanbul"},
    },
    "IDIS": {"shipment_number": "SE-1345840"}, "IDISIRSALIYE": {"shipment_number": "SE-1345840"},
    "MATBUDAN": {"paper": {"number": "A-012345", "date": "2025-11-02"}},
}  # fmt: skip
_LINE: Final[dict[str, Change]] = {
    "TEVKIFAT": {"withholding_code": "606"}, "YTBTEVKIFAT": {"withholding_code": "606"},
    "TEVKIFATIADE": {"withholding_code": "606"}, "YTBTEVKIFATIADE": {"withholding_code": "606"},
    "ISTISNA": {"kdv_rate": "0", "exemption_code": "223"},
    "OZELMATRAH": {"exemption_code": "812", "special_base": "12.50"},
    "IHRACKAYITLI": {"exemption_code": "701"},
    "SGK": {"kdv_rate": "10"},
    "HKSSATIS": _KUNYE, "HKSKOMISYONCU": _KUNYE, "HKS": _KUNYE, "HKSIRSALIYE": _KUNYE,
    "KONAKLAMAVERGISI": {"name": "Geceleme", "unit": "gün", "kdv_rate": "10", "accommodation_tax_rate": "2"},
    "SARJ": {"name": "AC şarj", "unit": "KWH"}, "SARJANLIK": {"name": "DC şarj", "unit": "KWH", "serial": "TR-0042-A"},
    "TEKNOLOJIDESTEK": {"identifiers": [{"scheme": "TELEFON", "value": "356938035643809"}]},
    "ILAC_TIBBICIHAZ": {"identifiers": [{"scheme": "ILAC", "value": "08699546334455"}]},
    "IDIS": {"identifiers": [{"scheme": "ETIKETNO", "value": "CV0152457"}]},
    "IDISIRSALIYE": {"identifiers": [{"scheme": "ETIKETNO", "value": "CV0152457"}]},
    "IHRACAT": {"gtip": "730630770000", "package": {"number": "K-1", "count": "2", "type_code": "CT"}},
}  # fmt: skip
_PAIRED_LINE: Final[dict[tuple[str, str], Change]] = {
    ("IHRACAT", "ISTISNA"): {"exemption_code": "301"},
    ("OZELFATURA", "ISTISNA"): {"exemption_code": "301"},
    ("YOLCUBERABERFATURA", "ISTISNA"): {"exemption_code": "501"},
}
_MACHINE: Final[Change] = {
    "expense_type": "01", "machine": {"name": "CNC torna", "list_number": "14", "serial": "TRN-2026-081"},
}  # fmt: skip
_INVESTMENT: Final[Change] = {"investment": {"number": "123456", "date": "2025-01-01"}}


def example(profile: str, type_code: str, *, n: int = 1) -> dict[str, Any]:
    """The JSON of a valid draft of this profile and type, as POST /documents takes it.

    :raises KeyError: there is no such profile, or it does not take the type.
    """
    rule = PROFILES[profile]
    if type_code not in rule.types:
        raise KeyError(type_code)
    kind = DocumentKind(rule.kind)
    body = example_json(kind, n=n)
    if kind is DocumentKind.EMM:
        return body
    if kind is not DocumentKind.EARSIV:
        body["profile"] = profile
    body["type_code"] = type_code
    for name in (profile, type_code):
        body |= _DOCUMENT.get(name, {})
    if body.get("buyer", 0) is None:
        del body["buyer"]
    incentive = profile == "YATIRIMTESVIK" or type_code.startswith("YTB")
    free = incentive and type_code in ("ISTISNA", "YTBISTISNA")
    for line in body["lines"]:
        for name in (profile, type_code):
            line |= _LINE.get(name, {}) if not free else {}
        line |= _PAIRED_LINE.get((profile, type_code), {})
        if incentive:
            line |= _MACHINE
        if free:
            line |= {"kdv_rate": "20", "exemption_code": "308"}
    return body | (_INVESTMENT if incentive else {})


def all_types() -> list[tuple[str, str]]:
    """Every profile with every type it takes, in the order of the table."""
    return [(profile, code) for profile, rule in PROFILES.items() for code in rule.types]
