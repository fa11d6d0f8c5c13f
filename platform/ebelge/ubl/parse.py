"""Bytes -> the facts that the rest of the product needs."""

import re
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal, InvalidOperation
from uuid import UUID

from lxml import etree

from ebelge.core.money import kurus
from ebelge.ubl.errors import UnreadableDocument
from ebelge.ubl.names import CUSTOMER, DS, LINE, ROOTS, SUPPLIER, line_of, tag
from ebelge.ubl.reading import MAX_BYTES, read_tree
from ebelge.ubl.refusals import unreadable
from ebelge.ubl.types import DocumentKind, Party

_PARTY = tag("cac:Party")
_TYPE_CODES = tuple(tag(f"cbc:{name}") for name in ("InvoiceTypeCode", "DespatchAdviceTypeCode", "CreditNoteTypeCode"))


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """What we need to know of a document. Amounts are in `currency`; 0 on a despatch.

    `number` is "" where the client leaves it to a series of ours.
    """

    root: str
    kinds: tuple[DocumentKind, ...]
    profile_id: str
    type_code: str
    ettn: UUID
    number: str
    issue_date: date
    issue_time: time | None
    currency: str
    supplier: Party
    customer: Party
    line_extension: Decimal
    tax_total: Decimal
    payable: Decimal
    line_count: int
    signed: bool
    tree: etree._Element

    @property
    def payable_kurus(self) -> int:
        """The payable amount in minor units of `currency`."""
        return kurus(self.payable)


def parse(xml: bytes, *, max_bytes: int = MAX_BYTES) -> ParsedDocument:
    """The facts of a document of ours; a leading byte order mark is tolerated.

    :raises UnreadableDocument: not XML, too big, a DTD, another encoding or root, ETTN, date or party missing.
    """
    root = read_tree(xml, max_bytes=max_bytes)
    name = ROOTS[root.tag]
    supplier = _party(root.find(f"{SUPPLIER[name]}/{_PARTY}"))
    customer = _party(root.find(f"{CUSTOMER[name]}/{_PARTY}"))
    if supplier is None or customer is None:
        raise _missing("EB-PARTY", "Satıcı ya da alıcı", "The supplier or the customer", root)
    profile = _text(root, "cbc:ProfileID")
    money = root.find(tag("cac:LegalMonetaryTotal"))
    return ParsedDocument(
        root=name,
        kinds=_kinds(name, profile),
        profile_id=profile,
        type_code=next((e.text or "" for e in root if e.tag in _TYPE_CODES), "").strip(),
        ettn=_ettn(root),
        number=_number(root),
        issue_date=_issue_date(root),
        issue_time=_issue_time(root),
        currency=_text(root, "cbc:DocumentCurrencyCode") or "TRY",
        supplier=supplier,
        customer=customer,
        line_extension=_amount(money, "cbc:LineExtensionAmount"),
        tax_total=sum((_amount(t, "cbc:TaxAmount") for t in root.iterfind(tag("cac:TaxTotal"))), Decimal(0)),
        payable=_amount(money, "cbc:PayableAmount"),
        line_count=sum(1 for _ in root.iterchildren(LINE[name])),
        signed=root.find(f".//{{{DS}}}Signature") is not None,
        tree=root,
    )


def _kinds(root: str, profile: str) -> tuple[DocumentKind, ...]:
    if root == "DespatchAdvice":
        return (DocumentKind.EIRSALIYE,)
    if root == "CreditNote":
        return (DocumentKind.EMM,)
    return (DocumentKind.EARSIV,) if profile == "EARSIVFATURA" else (DocumentKind.EFATURA,)


def _text(element: etree._Element, path: str) -> str:
    names = "/".join(tag(part) for part in path.split("/"))
    return (element.findtext(names) or "").strip()


def _amount(element: etree._Element | None, name: str) -> Decimal:
    if element is None:
        return Decimal(0)
    try:
        value = Decimal(_text(element, name) or "0")
    except InvalidOperation:
        return Decimal(0)
    return value if value.is_finite() and abs(value) < Decimal(10) ** 18 else Decimal(0)


def _party(element: etree._Element | None) -> Party | None:
    if element is None:
        return None
    ids = {
        e.get("schemeID"): (e.text or "").strip()
        for e in element.iterfind(f"{tag('cac:PartyIdentification')}/{tag('cbc:ID')}")
    }
    return Party(
        vkn_tckn=ids.get("VKN") or ids.get("TCKN") or "",
        name=_text(element, "cac:PartyName/cbc:Name"),
        first_name=_text(element, "cac:Person/cbc:FirstName"),
        family_name=_text(element, "cac:Person/cbc:FamilyName"),
        tax_office=_text(element, "cac:PartyTaxScheme/cac:TaxScheme/cbc:Name"),
        street=_text(element, "cac:PostalAddress/cbc:StreetName"),
        building_number=_text(element, "cac:PostalAddress/cbc:BuildingNumber"),
        district=_text(element, "cac:PostalAddress/cbc:CitySubdivisionName"),
        city=_text(element, "cac:PostalAddress/cbc:CityName"),
        postal_zone=_text(element, "cac:PostalAddress/cbc:PostalZone"),
        country=_text(element, "cac:PostalAddress/cac:Country/cbc:Name"),
        email=_text(element, "cac:Contact/cbc:ElectronicMail"),
        phone=_text(element, "cac:Contact/cbc:Telephone"),
        website=_text(element, "cbc:WebsiteURI"),
    )


def _one(root: etree._Element, name: str, rule: str, tr: str, en: str) -> str:
    """The text of an element that must stand exactly once."""
    found = root.findall(tag(name))
    if len(found) > 1:
        raise UnreadableDocument(
            findings=[
                unreadable(
                    f"{rule}-TWICE",
                    f"{tr} ({name}) belgede birden çok kez var.",
                    f"{en} ({name}) stands more than once in the document.",
                    "Fazlasını kaldırın.",
                    "Remove the surplus.",
                    line_of(found[1]),
                )
            ]
        )
    text = (found[0].text or "").strip() if found else ""
    if not text:
        raise _missing(rule, tr, en, found[0] if found else root)
    return text


def _missing(rule: str, tr: str, en: str, at: etree._Element) -> UnreadableDocument:
    finding = unreadable(
        rule,
        f"{tr} eksik ya da okunamıyor.",
        f"{en} is missing or cannot be read.",
        "Belgeye geçerli bir değer yazın.",
        "Write a valid value into the document.",
        line_of(at),
    )
    return UnreadableDocument(findings=[finding])


def _ettn(root: etree._Element) -> UUID:
    text = _one(root, "cbc:UUID", "EB-ETTN", "ETTN", "The ETTN")
    if not re.fullmatch(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", text):
        raise _missing("EB-ETTN", "ETTN", "The ETTN", root)
    return UUID(text)


def _number(root: etree._Element) -> str:
    """The number, or "" where the client leaves it to a series of ours."""
    found = root.findall(tag("cbc:ID"))
    if not found or (len(found) == 1 and not (found[0].text or "").strip()):
        return ""
    return _one(root, "cbc:ID", "EB-NUMBER", "Belge numarası", "The number of the document")


def _issue_date(root: etree._Element) -> date:
    text = _one(root, "cbc:IssueDate", "EB-DATE", "Düzenleme tarihi", "The issue date")
    try:
        if len(text) != 10:
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError as error:
        raise _missing("EB-DATE", "Düzenleme tarihi", "The issue date", root) from error


def _issue_time(root: etree._Element) -> time | None:
    try:
        return time.fromisoformat(_text(root, "cbc:IssueTime").split(".")[0])
    except ValueError:
        return None
