"""Answers read: an ApplicationResponse (KABUL, RED, IADE) or a ReceiptAdvice, from bytes that may be hostile."""

import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final, Literal
from uuid import UUID

from lxml import etree

from ebelge.ubl.errors import UnreadableDocument
from ebelge.ubl.names import ANSWER_ROOTS, line_of, tag
from ebelge.ubl.reading import read_tree
from ebelge.ubl.refusals import unreadable

Form = Literal["response", "receipt"]
CODES: Final = ("KABUL", "RED", "IADE", "GUMRUKONAY")
LINES_MAX: Final = 5000
_TEXT_MAX: Final = 1000
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_FIGURE = re.compile(r"\d{1,15}(\.\d{1,8})?")


@dataclass(frozen=True, slots=True)
class ReadLine:
    """What came of a line of our despatch."""

    line: str
    unit: str
    received: Decimal
    short: Decimal
    rejected: Decimal
    oversupply: Decimal
    reason: str


@dataclass(frozen=True, slots=True)
class ReadResponse:
    """An answer as it came. `code`: KABUL, RED, IADE or GUMRUKONAY; of a receipt advice KABUL, KISMI or RED, from its
    lines. The document that it answers is named by ETTN, by number, or by both; what it does not say is None or "".
    """

    form: Form
    ettn: UUID
    number: str
    issue_date: date
    profile: str
    sender_vkn_tckn: str
    receiver_vkn_tckn: str
    code: str
    reason: str
    about_ettn: UUID | None
    about_number: str
    lines: tuple[ReadLine, ...] = ()
    customs: dict[str, str] = field(default_factory=dict)


def read_answer(xml: bytes) -> ReadResponse:
    """The answer in these bytes. A system response (S_APR) is none.

    :raises UnreadableDocument: not XML, too big, a DTD, another root, or what every answer must say is missing.
    """
    root = read_tree(xml, roots=ANSWER_ROOTS.keys())
    read = _response if ANSWER_ROOTS[root.tag] == "ApplicationResponse" else _receipt
    return read(root)


def _response(root: etree._Element) -> ReadResponse:
    said = root.findall(tag("cac:DocumentResponse"))
    if len(said) != 1:
        raise _missing(root, "cac:DocumentResponse")
    code = _text(said[0], "cac:Response/cbc:ResponseCode")
    if code not in CODES:
        raise _missing(said[0], "cbc:ResponseCode")
    reference = said[0].find(tag("cac:DocumentReference"))
    if reference is None:
        raise _missing(said[0], "cac:DocumentReference")
    names = [_text(reference, "cbc:ID"), _text(reference, "cbc:DocumentDescription")]
    texts = said[0].iter(tag("cbc:Description"))
    about_ettn, about_number = _named(names)
    ettn, number, issue_date, profile = _head(root)
    return ReadResponse(
        form="response",
        ettn=ettn,
        number=number,
        issue_date=issue_date,
        profile=profile,
        sender_vkn_tckn=_party(root.find(tag("cac:SenderParty"))),
        receiver_vkn_tckn=_party(root.find(tag("cac:ReceiverParty"))),
        code=code,
        reason="; ".join(dict.fromkeys((e.text or "").strip() for e in texts))[:_TEXT_MAX],
        about_ettn=about_ettn,
        about_number=about_number,
        customs=_customs(root),
    )


def _receipt(root: etree._Element) -> ReadResponse:
    references = [
        _text(e, "cbc:ID")
        for name in ("cac:DespatchDocumentReference", "cac:AdditionalDocumentReference")
        for e in root.iterfind(tag(name))
        if e.tag == tag("cac:DespatchDocumentReference") or _text(e, "cbc:DocumentTypeCode") == "DespatchAdviceID"
    ]
    lines = tuple(_line(e) for e in root.iterfind(tag("cac:ReceiptLine")))
    if not 1 <= len(lines) <= LINES_MAX:
        raise _missing(root, "cac:ReceiptLine")
    kept = sum((one.received for one in lines), Decimal(0))
    whole = all(not one.short and not one.rejected for one in lines)
    about_ettn, about_number = _named(references)
    ettn, number, issue_date, profile = _head(root)
    return ReadResponse(
        form="receipt",
        ettn=ettn,
        number=number,
        issue_date=issue_date,
        profile=profile,
        sender_vkn_tckn=_party(root.find("/".join(map(tag, ("cac:DeliveryCustomerParty", "cac:Party"))))),
        receiver_vkn_tckn=_party(root.find("/".join(map(tag, ("cac:DespatchSupplierParty", "cac:Party"))))),
        code="KABUL" if whole else ("KISMI" if kept else "RED"),
        reason="; ".join((e.text or "").strip() for e in root.iterfind(tag("cbc:Note")))[:_TEXT_MAX],
        about_ettn=about_ettn,
        about_number=about_number,
        lines=lines,
    )


def _head(root: etree._Element) -> tuple[UUID, str, date, str]:
    ettn, day = _text(root, "cbc:UUID"), _text(root, "cbc:IssueDate")
    if not _UUID.fullmatch(ettn):
        raise _missing(root, "cbc:UUID")
    try:
        issued = date.fromisoformat(day)
    except ValueError as error:
        raise _missing(root, "cbc:IssueDate") from error
    number, profile = _text(root, "cbc:ID"), _text(root, "cbc:ProfileID")
    if not number:
        raise _missing(root, "cbc:ID")
    return UUID(ettn), number[:100], issued, profile[:40]


def _named(names: list[str]) -> tuple[UUID | None, str]:
    """The ETTN and the number among what a reference says: both forms are in use."""
    ettn = next((UUID(name) for name in names if _UUID.fullmatch(name)), None)
    number = next((name for name in names if re.fullmatch(r"[A-Z0-9]{16}", name)), "")
    return ettn, number


def _line(element: etree._Element) -> ReadLine:
    received = element.find(tag("cbc:ReceivedQuantity"))
    reasons = [*element.iterfind(tag("cbc:RejectReason")), *element.iterfind(tag("cbc:TimingComplaint"))]
    return ReadLine(
        line=_text(element, "cac:DespatchLineReference/cbc:LineID") or _text(element, "cbc:ID"),
        unit="" if received is None else received.get("unitCode", ""),
        received=_quantity(element, "cbc:ReceivedQuantity"),
        short=_quantity(element, "cbc:ShortQuantity"),
        rejected=_quantity(element, "cbc:RejectedQuantity"),
        oversupply=_quantity(element, "cbc:OversupplyQuantity"),
        reason="; ".join((e.text or "").strip() for e in reasons)[:_TEXT_MAX],
    )


def _quantity(element: etree._Element, name: str) -> Decimal:
    text = _text(element, name)
    with suppress(InvalidOperation):
        if not text or _FIGURE.fullmatch(text):
            return Decimal(text or "0")
    raise _missing(element, name)


def _customs(root: etree._Element) -> dict[str, str]:
    """What customs say of an export: reference, declaration and the day the goods left."""
    ids = root.iterfind("/".join(map(tag, ("cac:SenderParty", "cac:PartyIdentification", "cbc:ID"))))
    return {
        e.get("schemeID", ""): (e.text or "").strip()[:100] for e in ids if e.get("schemeID", "").startswith("GTB_")
    }


def _party(element: etree._Element | None) -> str:
    if element is None:
        return ""
    ids = element.iterfind("/".join(map(tag, ("cac:PartyIdentification", "cbc:ID"))))
    return next(((e.text or "").strip()[:11] for e in ids if e.get("schemeID") in ("VKN", "TCKN")), "")


def _text(element: etree._Element, path: str) -> str:
    return (element.findtext("/".join(map(tag, path.split("/")))) or "").strip()


def _missing(at: etree._Element, name: str) -> UnreadableDocument:
    finding = unreadable(
        "EB-ANSWER",
        f"Yanıtta {name} eksik ya da okunamıyor.",
        f"{name} is missing in the answer, or cannot be read.",
        "Yanıtı GİB'in örneklerine göre düzenleyin.",
        "Write the answer as GİB's samples do.",
        line_of(at),
    )
    return UnreadableDocument(findings=[finding])
