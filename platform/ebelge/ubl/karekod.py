"""The QR code (karekod) of the readable view: what it says by GİB's guide (gib/FACTS 4.7), and its picture.

One compact JSON object; amounts are texts with two decimals, dates `YYYY-MM-DD`. Every viewer's code says the same,
because it is read from the document and from nothing else.
"""

import base64
import json
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

from lxml import etree
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

from ebelge.ubl import esmm
from ebelge.ubl.names import CUSTOMER, OWN_FORM, ROOTS, SUPPLIER, tag

KDV: Final = "0015"
SMM_PROFILE: Final = "EARSIVBELGE"
BYTES_MAX: Final = 2331  # the largest QR code there is, at correction level M
_CENT = Decimal("0.01")
_LIMIT = Decimal(10) ** 18
# e-Müstahsil: the code of a deduction, and how the guide calls it
_DEDUCTIONS = {"0003": "gvstopaj", "9040": "merafonu", "8001": "borsatescilucreti", "SGK_PRIM": "sgkprimkesintisi"}
Pairs = Iterator[tuple[str, str]]


def payload(root: etree._Element) -> str:
    """What the code of a document says."""
    if root.tag in OWN_FORM:
        return esmm.karekod(root)
    name = ROOTS[root.tag]
    said = dict(_begin(root, name))
    if name == "DespatchAdvice":
        said |= _despatch(root)
    elif name == "CreditNote":
        said |= _producer(root)
    elif _text(root, "cbc:ProfileID") == SMM_PROFILE:
        said |= _self_employed(root)
    else:
        said |= _invoice(root)
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def picture(root: etree._Element) -> str:
    """The code of a document as a `data:` address of an SVG picture; "" if more would have to be said than fits."""
    said = payload(root)
    return drawn(said) if len(said.encode()) <= BYTES_MAX else ""


@lru_cache(maxsize=512)
def drawn(said: str) -> str:
    """A text as QR code: black squares with the quiet zone of four around, as a `data:` address of an SVG picture."""
    code = QRCode(error_correction=ERROR_CORRECT_M, border=4)
    code.add_data(said.encode(), optimize=0)
    code.make(fit=True)
    modules = code.get_matrix()
    runs = "".join(_runs(modules))
    size = len(modules)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path d="{runs}"/></svg>'
    )
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode('ascii')}"


def _runs(modules: list[list[bool | None]]) -> Iterator[str]:
    """Black modules of a row that stand beside each other, as one rectangle."""
    for y, row in enumerate(modules):
        start = None
        for x, black in enumerate([*row, False]):
            if black and start is None:
                start = x
            elif not black and start is not None:
                yield f"M{start} {y}h{x - start}v1h-{x - start}z"
                start = None


def _begin(root: etree._Element, name: str) -> Pairs:
    yield "vkntckn", _identity(root.find(SUPPLIER[name]))
    yield "avkntckn", _identity(root.find(CUSTOMER[name]))
    smm = name == "Invoice" and _text(root, "cbc:ProfileID") == SMM_PROFILE
    if not smm:
        yield "senaryo", _text(root, "cbc:ProfileID")
        codes = ("InvoiceTypeCode", "DespatchAdviceTypeCode", "CreditNoteTypeCode")
        kind = next((text for code in codes if (text := _text(root, f"cbc:{code}"))), "")
        # The guide writes the receipt's kind with a U at its end, the document without.
        yield "tip", "MUSTAHSILMAKBUZU" if kind == "MUSTAHSILMAKBUZ" else kind
    yield "tarih", _text(root, "cbc:IssueDate")
    yield "no", _text(root, "cbc:ID")
    yield "ettn", _text(root, "cbc:UUID")
    if name != "DespatchAdvice":
        yield "parabirimi", _text(root, "cbc:DocumentCurrencyCode") or "TRY"


def _invoice(root: etree._Element) -> Pairs:
    yield "malhizmettoplam", _amount(root, "cac:LegalMonetaryTotal/cbc:LineExtensionAmount")
    bases: dict[str, Decimal] = {}
    taxes: dict[str, Decimal] = {}
    for part in _subtotals(root, "cac:TaxTotal"):
        if _code(part) == KDV:
            rate = _rate(_text(part, "cbc:Percent"))
            bases[rate] = bases.get(rate, Decimal(0)) + _decimal(_text(part, "cbc:TaxableAmount"))
            taxes[rate] = taxes.get(rate, Decimal(0)) + _decimal(_text(part, "cbc:TaxAmount"))
    for rate, base in bases.items():
        yield f"kdvmatrah({rate})", _figure(base)
        yield f"hesaplanankdv({rate})", _figure(taxes[rate])
    yield "vergidahil", _amount(root, "cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount")
    yield "odenecek", _amount(root, "cac:LegalMonetaryTotal/cbc:PayableAmount")
    if _text(root, "cbc:ProfileID") == "YOLCUBERABERFATURA":
        person = "cac:BuyerCustomerParty/cac:Party/cac:Person/cac:IdentityDocumentReference/cbc:ID"
        yield "pasaportno", _text(root, person)
        agents = root.iterfind(_path("cac:TaxRepresentativeParty/cac:PartyIdentification/cbc:ID"))
        yield "aracikurumvkn", next((one.text or "" for one in agents if one.get("schemeID") == "ARACIKURUMVKN"), "")


def _despatch(root: etree._Element) -> Pairs:
    delivery = "cac:Shipment/cac:Delivery"
    yield "sevktarihi", _text(root, f"{delivery}/cac:Despatch/cbc:ActualDespatchDate")
    yield "sevkzamani", _text(root, f"{delivery}/cac:Despatch/cbc:ActualDespatchTime")
    yield "tasiyicivkn", _identity(root.find(_path(f"{delivery}/cac:CarrierParty")))
    plate = "cac:Shipment/cac:ShipmentStage/cac:TransportMeans/cac:RoadTransport/cbc:LicensePlateID"
    yield "plaka", _text(root, plate)


def _producer(root: etree._Element) -> Pairs:
    yield "malhizmettoplam", _amount(root, "cac:LegalMonetaryTotal/cbc:LineExtensionAmount")
    taken = dict.fromkeys(_DEDUCTIONS.values(), Decimal(0))
    for part in _subtotals(root, "cac:TaxTotal"):
        name = _DEDUCTIONS.get(_code(part))
        if name:
            taken[name] += _decimal(_text(part, "cbc:TaxAmount"))
    for name, amount in taken.items():
        yield name, _figure(amount)
    yield "odenecek", _amount(root, "cac:LegalMonetaryTotal/cbc:PayableAmount")


def _self_employed(root: etree._Element) -> Pairs:
    """e-SMM as an invoice of profile EARSIVBELGE: KDV 0015, GV stopajı 0003, KDV withheld 9015 or as tevkifat."""
    taxes: dict[str, Decimal] = {}
    for part in _subtotals(root, "cac:TaxTotal"):
        taxes[_code(part)] = taxes.get(_code(part), Decimal(0)) + _decimal(_text(part, "cbc:TaxAmount"))
    kdv_withheld = taxes.get("9015", Decimal(0))
    income_tax = taxes.get("0003", Decimal(0))
    for part in _subtotals(root, "cac:WithholdingTaxTotal"):
        amount = _decimal(_text(part, "cbc:TaxAmount"))
        if _code(part) == "0003":
            income_tax += amount
        else:
            kdv_withheld += amount
    gross = _decimal(_text(root, "cac:LegalMonetaryTotal/cbc:LineExtensionAmount"))
    kdv = taxes.get(KDV, Decimal(0))
    yield "brutucret", _figure(gross)
    yield "tahsilkdv", _figure(kdv - kdv_withheld)
    yield "kdvtevkifat", _figure(kdv_withheld)
    yield "gvstopaj", _figure(income_tax)
    yield "kdvtutari", _figure(kdv)
    yield "netucret", _figure(gross - income_tax)
    yield "tahsilat", _amount(root, "cac:LegalMonetaryTotal/cbc:PayableAmount")


def _identity(party: etree._Element | None) -> str:
    """VKN or TCKN of the first party inside that has one."""
    if party is None:
        return ""
    for one in party.iterfind(f".//{tag('cac:PartyIdentification')}/{tag('cbc:ID')}"):
        if one.get("schemeID") in ("VKN", "TCKN"):
            return (one.text or "").strip()
    return ""


def _subtotals(root: etree._Element, total: str) -> list[etree._Element]:
    return root.findall(_path(f"{total}/cac:TaxSubtotal"))


def _code(subtotal: etree._Element) -> str:
    return _text(subtotal, "cac:TaxCategory/cac:TaxScheme/cbc:TaxTypeCode")


def _path(path: str) -> str:
    return "/".join(tag(part) for part in path.split("/"))


def _text(element: etree._Element, path: str) -> str:
    return (element.findtext(_path(path)) or "").strip()


def _amount(root: etree._Element, path: str) -> str:
    return _figure(_decimal(_text(root, path)))


def _decimal(text: str) -> Decimal:
    try:
        value = Decimal(text or "0")
    except InvalidOperation:
        return Decimal(0)
    return value if value.is_finite() and abs(value) < _LIMIT else Decimal(0)


def _figure(value: Decimal) -> str:
    return f"{value.quantize(_CENT, ROUND_HALF_UP):f}"


def _rate(text: str) -> str:
    """`20`, also where the document says `20.00`; `18.5` stays."""
    return f"{_decimal(text).normalize():f}"
