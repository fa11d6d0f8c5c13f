"""Lines of the e-Arşiv report: each value comes out of the signed document that it reports (gib/FACTS 4.1, 5, 6)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from lxml import etree

from ebelge.core.clock import ISTANBUL
from ebelge.gib import earsiv_sales
from ebelge.gib.earsiv_nodes import EARSIV, add, cac, cbc, decimal_of, element, money, rate, text_of
from ebelge.gib.mtom import MessageUnreadable, parse_xml

_RECEIPT_BODY = "serbestMeslekMakbuz"


class NotReportable(ValueError):
    """The signed document lacks something that its line must say."""


@dataclass(frozen=True, slots=True)
class SignedFile:
    """A signed document as the archive holds it, and what is known of it beside its XML.

    `sending`: KAGIT or ELEKTRONIK where the document itself says nothing; `url`: where it can be read.
    """

    xml: bytes
    sha256_hex: str
    signed_at: datetime
    sending: str
    url: str


def line_of(kind: str, file: SignedFile) -> etree._Element:
    """The report's line of a document of this kind (earsiv, emm, esmm).

    :raises NotReportable: with what is missing.
    """
    try:
        root = parse_xml(file.xml)
    except MessageUnreadable as error:
        raise NotReportable(str(error)) from error
    if kind == "earsiv":
        return _invoice(root, file)
    if kind == "emm":
        return _producer_receipt(root, file)
    body = root.find(f"{EARSIV}{_RECEIPT_BODY}")
    return _professional_receipt(root, file) if body is None else _own_receipt(body, file)


def _invoice(root: etree._Element, file: SignedFile) -> etree._Element:
    line = element("fatura")
    add(line, "faturaNo", _need(root, "ID"))
    add(line, "faturaUUID", _need(root, "UUID"))
    kind = _need(root, "InvoiceTypeCode")
    add(line, "faturaTip", kind)
    permit = earsiv_sales.investment_permit(root)
    if permit is not None:
        held = add(line, "ytbBilgileri")
        add(held, "ytbNo", permit[0])
        add(held, "tarih", permit[1])
    add(line, "gonderimSekli", earsiv_sales.sending(root) or file.sending)
    _issued(line, root, file)
    totals = _totals(root)
    add(line, "toplamTutar", money(totals["LineExtensionAmount"]))
    add(line, "toplamIskonto", money(totals.get("AllowanceTotalAmount", Decimal(0))))
    add(line, "odenecekTutar", money(totals["PayableAmount"]))
    _currency(line, root, with_rate=True)
    add(line, "faturaUrl", file.url)
    _taxes(line, root)
    buyer = _party(add(line, "aliciBilgileri"), root, "AccountingCustomerParty")
    meter = earsiv_sales.meter(root)
    if meter:
        add(buyer, "tesisatNumarasi", meter)
    earsiv_sales.internet_sale(line, root)
    add(line, "imzaZamani", signing_moment(file.signed_at))
    return line


def _producer_receipt(root: etree._Element, file: SignedFile) -> etree._Element:
    line = element("mustahsilMakbuz")
    add(line, "makbuzNo", _need(root, "ID"))
    _issued(line, root, file)
    totals = _totals(root)
    add(line, "toplamTutar", money(totals["LineExtensionAmount"]))
    add(line, "odenecekTutar", money(totals["PayableAmount"]))
    _currency(line, root, with_rate=False)
    add(line, "mustahsilMakbuzUrl", file.url)
    _taxes(line, root)
    _party(add(line, "mustahsilBilgileri"), root, "AccountingCustomerParty")
    add(line, "imzaZamani", signing_moment(file.signed_at))
    return line


def _professional_receipt(root: etree._Element, file: SignedFile) -> etree._Element:
    """e-SMM in its UBL form."""
    line = element(_RECEIPT_BODY)
    add(line, "makbuzNo", _need(root, "ID"))
    add(line, "gonderimSekli", earsiv_sales.sending(root) or file.sending)
    _issued(line, root, file)
    totals = _totals(root)
    add(line, "toplamTutar", money(totals["LineExtensionAmount"]))
    add(line, "odenecekTutar", money(totals["PayableAmount"]))
    _currency(line, root, with_rate=True)
    add(line, "serbestMeslekMakbuzUrl", file.url)
    _taxes(line, root)
    _party(add(line, "aliciBilgileri"), root, "AccountingCustomerParty")
    add(line, "imzaZamani", signing_moment(file.signed_at))
    return line


def _own_receipt(body: etree._Element, file: SignedFile) -> etree._Element:
    """e-SMM in GİB's own form (eArsivVeri): most of the line stands in it as it is."""
    line = element(_RECEIPT_BODY)

    def said(name: str) -> str:
        value = (body.findtext(f"{EARSIV}{name}") or "").strip()
        if not value:
            raise NotReportable(f"the receipt has no {name}")
        return value

    add(line, "makbuzNo", said("makbuzNo"))
    add(line, "gonderimSekli", said("gonderimSekli"))
    add(line, "dosyaAdi", f"{said('ETTN')}.xml")
    add(line, "ozetDeger", file.sha256_hex)
    add(line, "duzenlenmeTarihi", said("belgeTarihi"))
    add(line, "duzenlenmeZamani", (body.findtext(f"{EARSIV}belgeZamani") or "").strip() or _time(file))
    add(line, "toplamTutar", said("toplamTutar"))
    add(line, "odenecekTutar", said("odenecekTutar"))
    add(line, "paraBirimi", said("paraBirimi"))
    add(line, "dovizKuru", (body.findtext(f"{EARSIV}kur") or "1").strip())
    add(line, "serbestMeslekMakbuzUrl", file.url)
    taxes = body.find(f"{EARSIV}vergiBilgisi")
    if taxes is None:
        raise NotReportable("the receipt has no vergiBilgisi")
    line.append(_copy(taxes))
    buyer = add(line, "aliciBilgileri")
    for name in ("tuzelKisi", "gercekKisi"):
        for party in body.iterfind(f"{EARSIV}aliciBilgileri/{EARSIV}{name}"):
            buyer.append(_copy(party))
    add(line, "imzaZamani", signing_moment(file.signed_at))
    return line


def _copy(original: etree._Element) -> etree._Element:
    """Without prefixes of the document it comes from."""
    made = element(etree.QName(original).localname)
    made.text = original.text if not len(original) else None
    for child in original.iterchildren(etree.Element):
        made.append(_copy(child))
    return made


def signing_moment(at: datetime) -> str:
    """An instant as the report writes it: Turkish local time, whole seconds, no zone."""
    return f"{at.astimezone(ISTANBUL):%Y-%m-%dT%H:%M:%S}"


def _time(file: SignedFile) -> str:
    return f"{file.signed_at.astimezone(ISTANBUL):%H:%M:%S}"


def _issued(line: etree._Element, root: etree._Element, file: SignedFile) -> None:
    add(line, "dosyaAdi", f"{_need(root, 'UUID')}.xml")
    add(line, "ozetDeger", file.sha256_hex)
    add(line, "duzenlenmeTarihi", _need(root, "IssueDate"))
    # The report's pattern knows no zone; an issuer who gives no time issued it when it was signed.
    moment = text_of(root, cbc("IssueTime"))[:8]
    add(line, "duzenlenmeZamani", moment if len(moment) == 8 else _time(file))


def _need(root: etree._Element, name: str) -> str:
    value = text_of(root, cbc(name))
    if not value:
        raise NotReportable(f"the document has no {name}")
    return value


def _totals(root: etree._Element) -> dict[str, Decimal]:
    holder = root.find(cac("LegalMonetaryTotal"))
    if holder is None:
        raise NotReportable("the document has no LegalMonetaryTotal")
    totals = {}
    for one in holder.iterchildren(etree.Element):
        try:
            totals[etree.QName(one).localname] = Decimal((one.text or "").strip())
        except InvalidOperation as error:
            raise NotReportable(f"{one.tag} is no amount") from error
    if not {"LineExtensionAmount", "PayableAmount"} <= totals.keys():
        raise NotReportable("the document has no total")
    return totals


def _currency(line: etree._Element, root: etree._Element, *, with_rate: bool) -> None:
    currency = text_of(root, cbc("DocumentCurrencyCode")) or "TRY"
    add(line, "paraBirimi", currency)
    if with_rate:
        written = text_of(root, f"{cac('PricingExchangeRate')}/{cbc('CalculationRate')}")
        add(line, "dovizKuru", rate(Decimal(written or "1"), places=6))


def _taxes(line: etree._Element, root: etree._Element) -> None:
    holder = add(line, "vergiBilgisi")
    totals = root.findall(cac("TaxTotal"))
    whole = sum((decimal_of(total, cbc("TaxAmount")) for total in totals), Decimal(0))
    add(holder, "vergilerToplami", money(whole))
    parts = [part for total in totals for part in total.iterfind(cac("TaxSubtotal"))]
    for part in parts:
        tax = add(holder, "vergi")
        add(tax, "matrah", money(decimal_of(part, cbc("TaxableAmount"))))
        add(tax, "vergiKodu", text_of(part, f"{cac('TaxCategory')}/{cac('TaxScheme')}/{cbc('TaxTypeCode')}"))
        add(tax, "vergiTutari", money(decimal_of(part, cbc("TaxAmount"))))
        add(tax, "vergiOrani", rate(decimal_of(part, cbc("Percent")), places=3))
    if not parts:
        raise NotReportable("the document names no tax")
    for code, amount, percent in _withheld(root):
        held = add(holder, "tevkifat")
        add(held, "tevkifatKodu", code)
        add(held, "tevkifatTutari", money(amount))
        add(held, "tevkifatOrani", rate(percent, places=3))


def _withheld(root: etree._Element) -> Iterator[tuple[str, Decimal, Decimal]]:
    for part in root.iterfind(f"{cac('WithholdingTaxTotal')}/{cac('TaxSubtotal')}"):
        code = text_of(part, f"{cac('TaxCategory')}/{cac('TaxScheme')}/{cbc('TaxTypeCode')}")
        yield code, decimal_of(part, cbc("TaxAmount")), decimal_of(part, cbc("Percent"))


def _party(holder: etree._Element, root: etree._Element, role: str) -> etree._Element:
    party = root.find(f"{cac(role)}/{cac('Party')}")
    if party is None:
        raise NotReportable(f"the document has no {role}")
    earsiv_sales.person(holder, party)
    if not len(holder):
        raise NotReportable(f"{role} has neither VKN nor TCKN")
    return holder
