"""İrsaliye yanıtı: what came of an e-İrsaliye, line by line, as a UBL-TR ReceiptAdvice (gib/FACTS 7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from uuid import UUID

from lxml import etree

from ebelge.ubl import nodes
from ebelge.ubl.names import RECEIPT_ADVICE
from ebelge.ubl.nodes import plain, sub
from ebelge.ubl.prepare import cac_signature, serialise, signature_id, stylesheet_reference
from ebelge.ubl.response import Answered
from ebelge.ubl.types import Party, Signatory

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class ReceivedLine:
    """What came of a line of the despatch. Quantities in the line's own unit; `received` is what was kept."""

    line: str
    name: str
    unit: str
    received: Decimal
    short: Decimal = _ZERO
    rejected: Decimal = _ZERO
    oversupply: Decimal = _ZERO
    reject_reason: str = ""
    late_reason: str = ""
    note: str = ""
    seller_code: str = ""
    buyer_code: str = ""


def receipt_advice(
    *,
    about: Answered,
    lines: Sequence[ReceivedLine],
    note: str,
    delivered_on: date,
    sender: Party,
    receiver: Party,
    number: str,
    ettn: UUID,
    issue_date: date,
    issue_time: time,
    signatory: Signatory,
) -> bytes:
    """The answer ready for its seal, with our stylesheet. `sender` took the goods, `receiver` despatched them."""
    root = nodes.root(RECEIPT_ADVICE, "ReceiptAdvice")
    sub(root, "cbc:UBLVersionID", "2.1")
    sub(root, "cbc:CustomizationID", "TR1.2.1")
    sub(root, "cbc:ProfileID", about.profile)
    sub(root, "cbc:ID", number)
    sub(root, "cbc:CopyIndicator", "false")
    sub(root, "cbc:UUID", str(ettn))
    sub(root, "cbc:IssueDate", issue_date.isoformat())
    sub(root, "cbc:IssueTime", issue_time.strftime("%H:%M:%S"))
    sub(root, "cbc:ReceiptAdviceTypeCode", "SEVK")
    nodes.optional(root, "cbc:Note", note)
    sub(root, "cbc:LineCountNumeric", str(len(lines)))
    despatch = sub(root, "cac:DespatchDocumentReference")
    sub(despatch, "cbc:ID", str(about.ettn))
    sub(despatch, "cbc:IssueDate", about.issue_date.isoformat())
    named = sub(root, "cac:AdditionalDocumentReference")
    sub(named, "cbc:ID", about.number)
    sub(named, "cbc:IssueDate", about.issue_date.isoformat())
    sub(named, "cbc:DocumentTypeCode", "DespatchAdviceID")
    sub(named, "cbc:DocumentType", "DespatchAdvice ID")
    root.append(stylesheet_reference(root))
    root.append(cac_signature(signatory, signature_id(root)))
    nodes.party(sub(root, "cac:DeliveryCustomerParty"), sender)
    nodes.party(sub(root, "cac:DespatchSupplierParty"), receiver)
    shipment = sub(root, "cac:Shipment")
    sub(shipment, "cbc:ID", "1")
    sub(sub(shipment, "cac:Delivery"), "cbc:ActualDeliveryDate", delivered_on.isoformat())
    for position, line in enumerate(lines, start=1):
        _line(root, position, line)
    return serialise(root)


def _line(root: etree._Element, position: int, line: ReceivedLine) -> None:
    element = sub(root, "cac:ReceiptLine")
    sub(element, "cbc:ID", str(position))
    nodes.optional(element, "cbc:Note", line.note)
    sub(element, "cbc:ReceivedQuantity", plain(line.received), unitCode=line.unit)
    _more(element, "cbc:ShortQuantity", line.short, line.unit)
    _more(element, "cbc:RejectedQuantity", line.rejected, line.unit)
    nodes.optional(element, "cbc:RejectReason", line.reject_reason)
    _more(element, "cbc:OversupplyQuantity", line.oversupply, line.unit)
    nodes.optional(element, "cbc:TimingComplaint", line.late_reason)
    sub(sub(element, "cac:DespatchLineReference"), "cbc:LineID", line.line)
    nodes.item(element, name=line.name, buyer_code=line.buyer_code, seller_code=line.seller_code)


def _more(element: etree._Element, name: str, quantity: Decimal, unit: str) -> None:
    if quantity:
        sub(element, name, plain(quantity), unitCode=unit)
