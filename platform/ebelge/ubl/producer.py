"""e-Müstahsil Makbuzu: draft -> UBL-TR CreditNote (gib/FACTS 5).

The supplier of the document is the firm that buys and issues it; the customer is the farmer.
"""

from datetime import date, time
from decimal import Decimal
from uuid import UUID

from lxml import etree

from ebelge.core.money import kdv_kurus
from ebelge.ubl import codes, nodes
from ebelge.ubl.draft import DeductionDraft, ProducerLineDraft, ProducerReceiptDraft
from ebelge.ubl.names import CREDIT_NOTE
from ebelge.ubl.nodes import plain, sub
from ebelge.ubl.sums import gross_kurus
from ebelge.ubl.types import Party

CURRENCY = "TRY"


def producer_receipt(
    draft: ProducerReceiptDraft, *, supplier: Party, number: str, ettn: UUID, issue_date: date, issue_time: time
) -> etree._Element:
    """The unsigned producer receipt, without cac:Signature and stylesheet (`prepare` adds both)."""
    nets = [gross_kurus(line.quantity, line.unit_price) for line in draft.lines]
    total = sum(nets)
    deducted = [(deduction, kdv_kurus(total, deduction.percent)) for deduction in draft.deductions]
    payable = total - sum(amount for _, amount in deducted)
    root = nodes.root(CREDIT_NOTE, "CreditNote")
    sub(root, "cbc:UBLVersionID", "2.1")
    sub(root, "cbc:CustomizationID", "TR1.2.1")
    sub(root, "cbc:ProfileID", "EARSIVBELGE")
    sub(root, "cbc:ID", number)
    sub(root, "cbc:CopyIndicator", "false")
    sub(root, "cbc:UUID", str(ettn))
    sub(root, "cbc:IssueDate", issue_date.isoformat())
    sub(root, "cbc:IssueTime", issue_time.strftime("%H:%M:%S"))
    sub(root, "cbc:CreditNoteTypeCode", "MUSTAHSILMAKBUZ")
    for note in draft.notes:
        nodes.optional(root, "cbc:Note", note)
    sub(root, "cbc:DocumentCurrencyCode", CURRENCY)
    sub(root, "cbc:LineCountNumeric", str(len(draft.lines)))
    nodes.party(sub(root, "cac:AccountingSupplierParty"), supplier)
    nodes.party(sub(root, "cac:AccountingCustomerParty"), draft.farmer.party())
    delivery = sub(root, "cac:Delivery")
    sub(delivery, "cbc:ActualDeliveryDate", (draft.delivery_date or issue_date).isoformat())
    _tax_total(root, total, deducted)
    money = sub(root, "cac:LegalMonetaryTotal")
    nodes.amount(money, "cbc:LineExtensionAmount", total, CURRENCY)
    nodes.amount(money, "cbc:TaxExclusiveAmount", payable, CURRENCY)
    nodes.amount(money, "cbc:TaxInclusiveAmount", payable, CURRENCY)
    nodes.amount(money, "cbc:PayableAmount", payable, CURRENCY)
    for position, (line, net) in enumerate(zip(draft.lines, nets, strict=True), start=1):
        _line(root, position, line, net, draft.deductions)
    return root


def _tax_total(parent: etree._Element, base: int, deducted: list[tuple[DeductionDraft, int]]) -> None:
    total = sub(parent, "cac:TaxTotal")
    nodes.amount(total, "cbc:TaxAmount", sum(amount for _, amount in deducted), CURRENCY)
    for deduction, amount in deducted or [(DeductionDraft(code="0003", percent=Decimal(0)), 0)]:
        subtotal = sub(total, "cac:TaxSubtotal")
        nodes.amount(subtotal, "cbc:TaxableAmount", base, CURRENCY)
        nodes.amount(subtotal, "cbc:TaxAmount", amount, CURRENCY)
        sub(subtotal, "cbc:Percent", plain(deduction.percent))
        nodes.tax_category(subtotal, code=deduction.code, name=codes.PRODUCER_DEDUCTIONS[deduction.code])


def _line(
    root: etree._Element,
    position: int,
    line: ProducerLineDraft,
    net: int,
    deductions: list[DeductionDraft],
) -> None:
    element = sub(root, "cac:CreditNoteLine")
    sub(element, "cbc:ID", str(position))
    sub(element, "cbc:CreditedQuantity", plain(line.quantity), unitCode=line.unit)
    nodes.amount(element, "cbc:LineExtensionAmount", net, CURRENCY)
    _tax_total(element, net, [(deduction, kdv_kurus(net, deduction.percent)) for deduction in deductions])
    nodes.item(element, name=line.name, description=line.description)
    sub(sub(element, "cac:Price"), "cbc:PriceAmount", plain(line.unit_price), currencyID=CURRENCY)
