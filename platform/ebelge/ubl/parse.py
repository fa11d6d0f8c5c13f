"""Bytes -> facts, for bytes that may be hostile: bounded before parsed, no DTD, no entities, no network."""

import re
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal, InvalidOperation
from uuid import UUID

from lxml import etree

from ebelge.core.money import kurus
from ebelge.ubl.errors import UnreadableDocument
from ebelge.ubl.names import CUSTOMER, DS, LINE, ROOTS, SUPPLIER, tag
from ebelge.ubl.refusals import unreadable
from ebelge.ubl.types import DocumentKind, Party

MAX_BYTES = 5 * 1024 * 1024

_BOM = b"\xef\xbb\xbf"
_DECLARED = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_PARTY = tag("cac:Party")
_TYPE_CODES = tuple(
    tag(f"cbc:{name}") for name in ("InvoiceTypeCode", "DespatchAdviceTypeCode", "CreditNoteTypeCode")
)


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


def read_tree(xml: bytes, *, max_bytes: int = MAX_BYTES) -> etree._Element:
    """The root element of bytes that may be hostile.

    :raises UnreadableDocument: see `parse`.
    """
    if len(xml) > max_bytes:
        raise UnreadableDocument(
            findings=[
                unreadable(
                    "EB-SIZE",
                    f"Belge {max_bytes // 1024} kB sınırını aşıyor.",
                    f"The document is larger than {max_bytes // 1024} kB.",
                    "Gömülü ekleri ve görselleri küçültün ya da belgeyi bölün.",
                    "Shrink embedded attachments and images, or split the document.",
                )
            ]
        )
    xml = xml.removeprefix(_BOM)
    _check_encoding(xml)
    _check_prolog(xml)
    try:
        root = etree.fromstring(xml, _parser())
    except etree.XMLSyntaxError as error:
        raise _not_xml(error) from error
    if root.tag not in ROOTS:
        raise UnreadableDocument(
            findings=[
                unreadable(
                    "EB-ROOT",
                    f"Kök eleman tanınmıyor: {root.tag}",
                    f"The root element is not one of ours: {root.tag}",
                    "Kök eleman Invoice, DespatchAdvice ya da CreditNote olmalı, UBL 2.1 ad alanıyla.",
                    "The root must be Invoice, DespatchAdvice or CreditNote in its UBL 2.1 namespace.",
                    root.sourceline,
                )
            ]
        )
    return root


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def _check_encoding(xml: bytes) -> None:
    declared = _DECLARED.match(xml[:200])
    name = declared.group(1).decode().upper() if declared else "UTF-8"
    if xml[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in xml[:64]:
        name = "UTF-16"
    if name not in ("UTF-8", "US-ASCII", "ASCII"):
        raise UnreadableDocument(
            findings=[
                unreadable(
                    "EB-ENCODING",
                    f"Belge UTF-8 değil ({name}).",
                    f"The document is not UTF-8 ({name}).",
                    "Dosyayı UTF-8 olarak kaydedin ve bildirimi encoding=\"UTF-8\" yapın.",
                    "Save the file as UTF-8 and declare encoding=\"UTF-8\".",
                    1,
                )
            ]
        )


def _check_prolog(xml: bytes) -> None:
    """Refuse a DTD before any parser sees it: it can only stand between the declaration and the root."""
    position = 0
    while True:
        while xml[position : position + 1] in (b" ", b"\t", b"\r", b"\n"):
            position += 1
        if xml.startswith(b"<?", position):
            end = xml.find(b"?>", position)
            _check_instruction(xml, position)
        elif xml.startswith(b"<!--", position):
            end = xml.find(b"-->", position) + 1
        else:
            break
        if end <= 0:
            return
        position = end + 2
    if xml.startswith(b"<!", position):
        raise UnreadableDocument(
            findings=[
                unreadable(
                    "EB-DTD",
                    "Belge DOCTYPE (DTD) içeriyor; varlık tanımları kabul edilmez.",
                    "The document has a DOCTYPE (DTD); entity definitions are not accepted.",
                    "DOCTYPE bildirimini kaldırın.",
                    "Remove the DOCTYPE declaration.",
                    xml.count(b"\n", 0, position) + 1,
                )
            ]
        )


def _check_instruction(xml: bytes, position: int) -> None:
    if re.match(rb"<\?xml(-stylesheet)?\s", xml[position : position + 20]):
        return
    raise UnreadableDocument(
        findings=[
            unreadable(
                "EB-INSTRUCTION",
                "Belge işleme talimatı (<?…?>) içeriyor.",
                "The document has a processing instruction (<?…?>).",
                "İşleme talimatını kaldırın; görünüm için XSLT belgeye gömülür.",
                "Remove the processing instruction; the stylesheet is embedded in the document.",
                xml.count(b"\n", 0, position) + 1,
            )
        ]
    )


def _not_xml(error: etree.XMLSyntaxError) -> UnreadableDocument:
    deep = "depth" in str(error.msg)
    finding = unreadable(
        "EB-DEPTH" if deep else "EB-XML",
        "Belge çok derin iç içe." if deep else f"Belge XML olarak okunamıyor: {error.msg}",
        "The document is nested too deeply." if deep else f"The document is not well-formed XML: {error.msg}",
        "Belirtilen satırı düzeltin; metinde & yerine &amp; ve < yerine &lt; yazın.",
        "Mend the given line; in text write &amp; for & and &lt; for <.",
        error.lineno,
    )
    return UnreadableDocument(findings=[finding])


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
                    found[1].sourceline,
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
        at.sourceline,
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
