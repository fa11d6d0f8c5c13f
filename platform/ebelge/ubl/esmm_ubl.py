"""e-SMM as integrators take it: draft -> UBL-TR Invoice of profile EARSIVBELGE (setting EBELGE_ESMM_FORM=ubl).

GİB publishes no guide of this form and its schematron refuses the profile on an invoice (ADR 0113), so the schema
alone and our sums hold it.
"""

from datetime import date, time
from decimal import Decimal
from uuid import UUID

from lxml import etree

from ebelge.ubl import codes, internet, nodes
from ebelge.ubl.esmm import PROFILE, STOPAJ
from ebelge.ubl.esmm_draft import ProfessionalReceiptDraft
from ebelge.ubl.esmm_sums import receipt_sums
from ebelge.ubl.names import INVOICE
from ebelge.ubl.nodes import plain, sub
from ebelge.ubl.types import Party

TYPE_CODE = "SERBESTMESLEKMAKBUZU"


def receipt_invoice(
    draft: ProfessionalReceiptDraft, *, supplier: Party, number: str, ettn: UUID, issue_date: date, issue_time: time
) -> etree._Element:
    """The unsigned receipt, without cac:Signature and stylesheet (`prepare` adds both)."""
    sums, currency = receipt_sums(draft), draft.currency
    root = nodes.root(INVOICE, "Invoice")
    for name, text in (
        ("cbc:UBLVersionID", "2.1"), ("cbc:CustomizationID", "TR1.2"), ("cbc:ProfileID", PROFILE), ("cbc:ID", number),
        ("cbc:CopyIndicator", "false"), ("cbc:UUID", str(ettn)), ("cbc:IssueDate", issue_date.isoformat()),
        ("cbc:IssueTime", issue_time.strftime("%H:%M:%S")), ("cbc:InvoiceTypeCode", TYPE_CODE),
        ("cbc:DocumentCurrencyCode", currency), ("cbc:LineCountNumeric", str(len(draft.lines))),
    ):  # fmt: skip
        sub(root, name, text)
    sending = draft.sending or ("ELEKTRONIK" if draft.buyer.email else "KAGIT")
    internet.references(root, internet=False, sending=sending, ettn=str(ettn), issue_date=issue_date)
    nodes.party(sub(root, "cac:AccountingSupplierParty"), supplier)
    nodes.party(sub(root, "cac:AccountingCustomerParty"), draft.buyer.party())
    if currency != "TRY":
        rate = sub(root, "cac:PricingExchangeRate")
        sub(rate, "cbc:SourceCurrencyCode", currency)
        sub(rate, "cbc:TargetCurrencyCode", "TRY")
        sub(rate, "cbc:CalculationRate", plain(draft.exchange_rate or Decimal(1)))
    total = sub(root, "cac:TaxTotal")
    nodes.amount(total, "cbc:TaxAmount", sums.kdv_kurus + sums.stopaj_kurus, currency)
    for percent, base, tax in sums.kdv_groups:
        _part(total, base, tax, percent, codes.KDV, "KDV", currency)
    _part(total, sums.gross_kurus, sums.stopaj_kurus, draft.stopaj_rate, STOPAJ, "GV STOPAJI", currency)
    held = draft.kdv_withholding
    if held is not None:
        withheld = sub(root, "cac:WithholdingTaxTotal")
        nodes.amount(withheld, "cbc:TaxAmount", sums.withheld_kurus, currency)
        _part(withheld, sums.kdv_kurus, sums.withheld_kurus, held.percent, held.code, "KDV TEVKİFATI", currency)
    money = sub(root, "cac:LegalMonetaryTotal")
    with_kdv = sums.gross_kurus + sums.kdv_kurus
    for name, amount in (
        ("cbc:LineExtensionAmount", sums.gross_kurus), ("cbc:TaxExclusiveAmount", sums.gross_kurus),
        ("cbc:TaxInclusiveAmount", with_kdv), ("cbc:PayableAmount", sums.payable_kurus),
    ):  # fmt: skip
        nodes.amount(money, name, amount, currency)
    for position, (line, kdv) in enumerate(zip(draft.lines, sums.line_kdv, strict=True), start=1):
        gross = int(line.gross * 100)
        element = sub(root, "cac:InvoiceLine")
        sub(element, "cbc:ID", str(position))
        sub(element, "cbc:InvoicedQuantity", "1", unitCode="C62")
        nodes.amount(element, "cbc:LineExtensionAmount", gross, currency)
        own = sub(element, "cac:TaxTotal")
        nodes.amount(own, "cbc:TaxAmount", kdv, currency)
        _part(own, gross, kdv, line.kdv_rate, codes.KDV, "KDV", currency)
        nodes.item(element, name=line.name)
        sub(sub(element, "cac:Price"), "cbc:PriceAmount", plain(line.gross), currencyID=currency)
    return root


def _part(total: etree._Element, base: int, tax: int, percent: Decimal, code: str, name: str, currency: str) -> None:
    part = sub(total, "cac:TaxSubtotal")
    nodes.amount(part, "cbc:TaxableAmount", base, currency)
    nodes.amount(part, "cbc:TaxAmount", tax, currency)
    sub(part, "cbc:Percent", plain(percent))
    nodes.tax_category(part, code=code, name=name)
