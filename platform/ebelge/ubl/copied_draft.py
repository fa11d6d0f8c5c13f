"""A document of one's own as a draft again: what copying and correcting begin from.

What belongs to that document alone (number, ETTN, time) stays behind. Taxes that no draft can carry are left out.
"""

from typing import Any, Final

from lxml import etree

from ebelge.ubl.delivered import delivered_lines, text_of
from ebelge.ubl.errors import UnreadableDocument
from ebelge.ubl.esmm import EARSIV, EMPTY, STOPAJ, is_own_form, read_receipt
from ebelge.ubl.names import tag
from ebelge.ubl.nodes import plain
from ebelge.ubl.parse import ParsedDocument, parse
from ebelge.ubl.return_draft import discount_of_whole, invoice_line
from ebelge.ubl.types import Party

_PARTY: Final = (
    "tax_office", "street", "building_number", "district", "city", "postal_zone", "country", "email", "phone",
)  # fmt: skip
_KINDS: Final = {"Invoice": "auto", "DespatchAdvice": "eirsaliye", "CreditNote": "emm"}
_DERIVED: Final = frozenset({"SATIS", "TEVKIFAT", "SEVK", "MUSTAHSILMAKBUZ"})
# Where an e-SMM in GİB's own form keeps the address.
_PLACE: Final = {
    "street": "caddeSokak", "building_number": "binaNo", "district": "semt", "city": "sehir",
    "postal_zone": "postaKod", "tax_office": "vDaire",
}  # fmt: skip
_TAX: Final = "vergiBilgisi/vergi"
_HELD: Final = {"code": "Kodu", "percent": "Orani"}
_SHIPMENT: Final = "cac:Shipment/cac:Delivery"


def copied_draft(xml: bytes) -> dict[str, Any]:
    """The JSON of a document of ours, without its number and day.

    :raises UnreadableDocument: it is none of ours.
    """
    if is_own_form(xml):
        return _receipt(read_receipt(xml))
    document = parse(xml)
    kind = _KINDS.get(document.root)
    if kind is None:
        raise UnreadableDocument()
    body: dict[str, Any] = {"kind": kind, "notes": _notes(document)}
    body["farmer" if kind == "emm" else "buyer"] = party_json(document.customer)
    if document.profile_id not in ("EARSIVFATURA", "EARSIVBELGE"):
        body["profile"] = document.profile_id
    if kind != "emm" and document.type_code not in _DERIVED:
        body["type_code"] = document.type_code
    match kind:
        case "auto":
            body |= _invoice(document)
        case "eirsaliye":
            body |= _despatch(document)
        case _:
            body |= _producer(document)
    return {name: value for name, value in body.items() if value not in ("", [], {}, None)}


def party_json(party: Party) -> dict[str, str]:
    """A party as a draft has it, without what is empty."""
    found = {name: getattr(party, name) for name in _PARTY}
    if party.scheme == "TCKN":
        names = {"tckn": party.vkn_tckn, "first_name": party.first_name, "family_name": party.family_name}
    else:
        names = {"vkn": party.vkn_tckn, "name": party.name}
    return {name: value for name, value in (names | found).items() if value}


def _notes(document: ParsedDocument) -> list[str]:
    return [text for note in document.tree.iterfind(tag("cbc:Note")) if (text := (note.text or "").strip()[:1000])][:50]


def _invoice(document: ParsedDocument) -> dict[str, Any]:
    root = document.tree
    body: dict[str, Any] = {
        "currency": document.currency,
        "lines": [invoice_line(line, line.quantity) for line in delivered_lines(root)],
        "order": _reference(root.find(tag("cac:OrderReference"))),
        "despatches": [_reference(one) for one in root.iterfind(tag("cac:DespatchDocumentReference"))],
        "returned_invoices": [
            _reference(one) for one in root.iterfind(_path("cac:BillingReference/cac:InvoiceDocumentReference"))
        ],
        "payment": _payment(root),
    } | discount_of_whole(document)  # fmt: skip
    if document.currency != "TRY":
        body["exchange_rate"] = text_of(root, "cac:PricingExchangeRate/cbc:CalculationRate")
    return body


def _despatch(document: ParsedDocument) -> dict[str, Any]:
    root = document.tree
    stage = "cac:Shipment/cac:ShipmentStage"
    drivers = [
        {"first_name": text_of(one, "cbc:FirstName"), "family_name": text_of(one, "cbc:FamilyName"),
         "tckn": text_of(one, "cbc:NationalityID")}
        for one in root.iterfind(_path(f"{stage}/cac:DriverPerson"))
    ]  # fmt: skip
    address = root.find(_path(f"{_SHIPMENT}/cac:DeliveryAddress"))
    return {
        "lines": [
            {"name": line.name[:300], "quantity": plain(line.quantity), "unit": line.unit}
            for line in delivered_lines(root)
        ],
        "delivery_address": {} if address is None else _address(address),
        "drivers": drivers,
        "plate": text_of(root, f"{stage}/cac:TransportMeans/cac:RoadTransport/cbc:LicensePlateID"),
        "order": _reference(root.find(tag("cac:OrderReference"))),
    }


def _producer(document: ParsedDocument) -> dict[str, Any]:
    root = document.tree
    taxes = root.iterfind(_path("cac:TaxTotal/cac:TaxSubtotal"))
    deductions = [
        {"code": code, "percent": percent}
        for one in taxes
        if (code := text_of(one, "cac:TaxCategory/cac:TaxScheme/cbc:TaxTypeCode"))
        and (percent := text_of(one, "cbc:Percent")) not in ("", "0")
    ]
    return {
        "lines": [
            {"name": line.name[:300], "quantity": plain(line.quantity), "unit": line.unit,
             "unit_price": text_of(line.element, "cac:Price/cbc:PriceAmount")}
            for line in delivered_lines(root)
        ],
        "deductions": deductions,
    }  # fmt: skip


def _receipt(document: ParsedDocument) -> dict[str, Any]:
    """An e-SMM in GİB's own form. Of a person it keeps one name only, of the place what is not "-"."""
    body = document.tree.find(_own("serbestMeslekMakbuz"))
    if body is None:
        raise UnreadableDocument()
    place = {
        ours: text
        for ours, theirs in _PLACE.items()
        if (text := _said(body, f"aliciBilgileri/adres/{theirs}")) not in ("", EMPTY)
    }
    number, name = document.customer.vkn_tckn, document.customer.name
    first, _, last = name.rpartition(" ")
    land = _said(body, "aliciBilgileri/adres/ulke")
    if land not in ("", "TR", EMPTY):
        place["country"] = land
    named = {"vkn": number, "name": name}
    if document.customer.scheme == "TCKN":
        named = {"tckn": number, "first_name": first, "family_name": last}
    lines = [
        {"name": _said(one, "ad"), "gross": _said(one, "burutUcret"), "kdv_rate": _said(one, f"{_TAX}/vergiOrani")}
        for one in body.iterfind(_own("malHizmetBilgisi/malHizmet"))
    ]
    taxes = body.iterfind(_own(_TAX))
    rates = [_said(one, "vergiOrani") for one in taxes if _said(one, "vergiKodu") == STOPAJ]
    draft: dict[str, Any] = {"kind": "esmm", "buyer": named | place, "lines": lines, "stopaj_rate": (rates or ["0"])[0]}
    held = {name: _said(body, f"vergiBilgisi/tevkifat/tevkifat{part}") for name, part in _HELD.items()}
    if held["code"]:
        draft["kdv_withholding"] = held
    if document.currency != "TRY":
        draft |= {"currency": document.currency, "exchange_rate": _said(body, "kur")}
    return draft


def _own(names: str) -> str:
    return "/".join(f"{{{EARSIV}}}{name}" for name in names.split("/"))


def _said(element: etree._Element, names: str) -> str:
    return (element.findtext(_own(names)) or "").strip()


def _payment(root: etree._Element) -> dict[str, str]:
    means = root.find(tag("cac:PaymentMeans"))
    if means is None:
        return {}
    found = {
        "means_code": text_of(means, "cbc:PaymentMeansCode"),
        "due_date": text_of(means, "cbc:PaymentDueDate"),
        "iban": text_of(means, "cac:PayeeFinancialAccount/cbc:ID"),
        "note": text_of(means, "cac:PayeeFinancialAccount/cbc:PaymentNote"),
    }
    return {name: value for name, value in found.items() if value}


def _address(element: etree._Element) -> dict[str, str]:
    found = {
        "street": text_of(element, "cbc:StreetName"), "building_number": text_of(element, "cbc:BuildingNumber"),
        "district": text_of(element, "cbc:CitySubdivisionName"), "city": text_of(element, "cbc:CityName"),
        "postal_zone": text_of(element, "cbc:PostalZone"),
    }  # fmt: skip
    return {name: value for name, value in found.items() if value}


def _reference(element: etree._Element | None) -> dict[str, str]:
    if element is None:
        return {}
    return {"number": text_of(element, "cbc:ID"), "date": text_of(element, "cbc:IssueDate")}


def _path(names: str) -> str:
    return "/".join(map(tag, names.split("/")))
