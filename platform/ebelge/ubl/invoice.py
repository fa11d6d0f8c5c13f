"""e-Fatura and e-Arşiv invoice: draft -> UBL-TR Invoice."""

from collections.abc import Sequence
from datetime import date, time
from decimal import Decimal
from uuid import UUID

from lxml import etree

from ebelge.ubl import codes, exemptions, invoice_special, nodes, withholding
from ebelge.ubl import internet as internet_parts
from ebelge.ubl.draft import InvoiceDraft
from ebelge.ubl.draft_line import LineDraft
from ebelge.ubl.names import INVOICE
from ebelge.ubl.nodes import plain, sub
from ebelge.ubl.other_taxes import OTHER_TAXES
from ebelge.ubl.sums import Discount, InvoiceSums, LineSums, OtherTaxSum, TaxGroup, Withholding, invoice_sums
from ebelge.ubl.type_rules import type_code
from ebelge.ubl.type_table import arithmetic_of
from ebelge.ubl.types import DocumentKind, Party

# A part of the taxes that is shown and not added to the sum (GİB's sample of an exempt investment: FACTS 11, YTB_*).
NOT_ADDED = "-1"


def invoice(
    draft: InvoiceDraft,
    *,
    supplier: Party,
    kind: DocumentKind,
    number: str,
    ettn: UUID,
    issue_date: date,
    issue_time: time,
) -> etree._Element:
    """The unsigned invoice, without cac:Signature and stylesheet (`prepare` adds both).

    :raises DiscountTooLarge: a discount is larger than what it stands on.
    """
    profile, code = "EARSIVFATURA" if kind is DocumentKind.EARSIV else draft.profile, type_code(draft)
    sums = invoice_sums(draft, arithmetic_of(profile, code))
    currency = draft.currency
    root = nodes.root(INVOICE, "Invoice")
    sub(root, "cbc:UBLVersionID", "2.1")
    sub(root, "cbc:CustomizationID", "TR1.2")
    sub(root, "cbc:ProfileID", profile)
    sub(root, "cbc:ID", number)
    sub(root, "cbc:CopyIndicator", "false")
    sub(root, "cbc:UUID", str(ettn))
    sub(root, "cbc:IssueDate", issue_date.isoformat())
    sub(root, "cbc:IssueTime", issue_time.strftime("%H:%M:%S"))
    sub(root, "cbc:InvoiceTypeCode", code)
    internet = draft.internet_sale if kind is DocumentKind.EARSIV else None
    for note in [*draft.notes, *(internet.sentences() if internet else [])]:
        nodes.optional(root, "cbc:Note", note)
    sub(root, "cbc:DocumentCurrencyCode", currency)
    nodes.optional(root, "cbc:AccountingCost", draft.accounting_cost or "")
    sub(root, "cbc:LineCountNumeric", str(len(draft.lines)))
    invoice_special.period(root, draft)
    if draft.order:
        nodes.reference(root, "cac:OrderReference", draft.order)
    for returned in draft.returned_invoices:
        billing = sub(root, "cac:BillingReference")
        nodes.reference(billing, "cac:InvoiceDocumentReference", returned, type_code="IADE")
    for despatch in draft.despatches:
        nodes.reference(root, "cac:DespatchDocumentReference", despatch)
    invoice_special.documents(root, draft)
    sending = draft.sending if kind is DocumentKind.EARSIV else None
    internet_parts.references(root, internet=bool(internet), sending=sending, ettn=str(ettn), issue_date=issue_date)
    seller = internet_parts.seller(supplier, internet)
    nodes.party(sub(root, "cac:AccountingSupplierParty"), seller, also=invoice_special.supplier_numbers(draft))
    nodes.party(
        sub(root, "cac:AccountingCustomerParty"), draft.buyer.party(), also=invoice_special.customer_numbers(draft)
    )
    invoice_special.parties(root, draft)
    invoice_special.delivery(root, draft)
    if internet:
        internet_parts.delivery_and_payment(root, internet, draft.payment, issue_date=issue_date, currency=currency)
    else:
        _payment(root, draft)
    for discount in sums.discounts:
        _discount(root, discount, currency)
    if currency != "TRY":
        rate = sub(root, "cac:PricingExchangeRate")
        sub(rate, "cbc:SourceCurrencyCode", currency)
        sub(rate, "cbc:TargetCurrencyCode", "TRY")
        sub(rate, "cbc:CalculationRate", plain(draft.exchange_rate or Decimal(1)))
        sub(rate, "cbc:Date", issue_date.isoformat())
    _totals(root, sums, currency)
    for position, (line, figures) in enumerate(zip(draft.lines, sums.lines, strict=True), start=1):
        _line(root, position, draft, line, figures, sums.collected)
    return root


def _payment(root: etree._Element, draft: InvoiceDraft) -> None:
    payment = draft.payment
    if payment is None:
        return
    means = sub(root, "cac:PaymentMeans")
    sub(means, "cbc:PaymentMeansCode", payment.means_code)
    if payment.due_date:
        sub(means, "cbc:PaymentDueDate", payment.due_date.isoformat())
    nodes.optional(means, "cbc:InstructionNote", payment.note)
    if payment.iban:
        account = sub(means, "cac:PayeeFinancialAccount")
        sub(account, "cbc:ID", payment.iban.replace(" ", ""))
        sub(account, "cbc:CurrencyCode", draft.currency)


def _discount(parent: etree._Element, discount: Discount, currency: str) -> None:
    element = sub(parent, "cac:AllowanceCharge")
    sub(element, "cbc:ChargeIndicator", "false")
    nodes.optional(element, "cbc:AllowanceChargeReason", discount.reason)
    if discount.percent is not None:
        sub(element, "cbc:MultiplierFactorNumeric", plain(discount.percent / 100))
    nodes.amount(element, "cbc:Amount", discount.amount_kurus, currency)
    nodes.amount(element, "cbc:BaseAmount", discount.base_kurus, currency)


def _totals(root: etree._Element, sums: InvoiceSums, currency: str) -> None:
    total = sub(root, "cac:TaxTotal")
    nodes.amount(total, "cbc:TaxAmount", sums.tax_total_kurus, currency)
    _taxes(total, sums.groups, sums.others, currency, collected=sums.collected)
    _withholdings(root, sums.withholdings, currency)
    money = sub(root, "cac:LegalMonetaryTotal")
    nodes.amount(money, "cbc:LineExtensionAmount", sums.line_extension_kurus, currency)
    nodes.amount(money, "cbc:TaxExclusiveAmount", sums.tax_exclusive_kurus, currency)
    nodes.amount(money, "cbc:TaxInclusiveAmount", sums.tax_inclusive_kurus, currency)
    if sums.discounts:
        nodes.amount(money, "cbc:AllowanceTotalAmount", sums.discount_kurus, currency)
    nodes.amount(money, "cbc:PayableAmount", sums.payable_kurus, currency)


def _kdv(total: etree._Element, group: TaxGroup, currency: str, *, collected: bool) -> None:
    subtotal = sub(total, "cac:TaxSubtotal")
    nodes.amount(subtotal, "cbc:TaxableAmount", group.base_kurus, currency)
    nodes.amount(subtotal, "cbc:TaxAmount", group.tax_kurus, currency)
    if not collected:
        sub(subtotal, "cbc:CalculationSequenceNumeric", NOT_ADDED)
    sub(subtotal, "cbc:Percent", plain(group.rate))
    # GİB wants a reason for any KDV of 0, also of goods given free at a rate above 0: no exemption, so 351.
    free = group.tax_kurus == 0 and group.rate > 0
    code = group.exemption_code or (exemptions.NO_EXEMPTION if free else "")
    reason = group.exemption_reason or exemptions.reason(code)
    nodes.tax_category(subtotal, code=codes.KDV, name="KDV", exemption_code=code, exemption_reason=reason)


def _taxes(
    total: etree._Element, groups: Sequence[TaxGroup], others: Sequence[OtherTaxSum], currency: str, *, collected: bool
) -> None:
    """The parts of a tax total in the order they are reckoned: what KDV stands on, KDV, what it does not stand on."""
    for tax in others:
        if tax.in_kdv_base:
            _other(total, tax, currency)
    for group in groups:
        _kdv(total, group, currency, collected=collected)
    for tax in others:
        if not tax.in_kdv_base:
            _other(total, tax, currency)


def _other(total: etree._Element, tax: OtherTaxSum, currency: str) -> None:
    subtotal = sub(total, "cac:TaxSubtotal")
    nodes.amount(subtotal, "cbc:TaxableAmount", tax.base_kurus, currency)
    nodes.amount(subtotal, "cbc:TaxAmount", tax.tax_kurus, currency)
    if tax.rate is not None:  # an amount by the litre or packet has none: base times percentage would not be the tax
        sub(subtotal, "cbc:Percent", plain(tax.rate))
    nodes.tax_category(subtotal, code=tax.code, name=OTHER_TAXES[tax.code].tr)


def _withholdings(parent: etree._Element, withholdings: tuple[Withholding, ...], currency: str) -> None:
    if not withholdings:
        return
    total = sub(parent, "cac:WithholdingTaxTotal")
    nodes.amount(total, "cbc:TaxAmount", sum(w.withheld_kurus for w in withholdings), currency)
    for part in withholdings:
        subtotal = sub(total, "cac:TaxSubtotal")
        nodes.amount(subtotal, "cbc:TaxableAmount", part.base_kurus, currency)
        nodes.amount(subtotal, "cbc:TaxAmount", part.withheld_kurus, currency)
        sub(subtotal, "cbc:Percent", plain(part.percent))
        nodes.tax_category(subtotal, code=part.code, name=withholding.name(part.code))


def _line(
    root: etree._Element, position: int, draft: InvoiceDraft, line: LineDraft, sums: LineSums, collected: bool
) -> None:
    currency = draft.currency
    element = sub(root, "cac:InvoiceLine")
    sub(element, "cbc:ID", str(position))
    nodes.optional(element, "cbc:Note", line.note)
    sub(element, "cbc:InvoicedQuantity", plain(line.quantity), unitCode=line.unit)
    nodes.amount(element, "cbc:LineExtensionAmount", sums.net_kurus, currency)
    invoice_special.line_delivery(element, draft, line)
    for discount in sums.discounts:
        _discount(element, discount, currency)
    total = sub(element, "cac:TaxTotal")
    tax = (sums.tax_kurus if collected else 0) + sum(other.tax_kurus for other in sums.others)
    nodes.amount(total, "cbc:TaxAmount", tax, currency)
    kdv = TaxGroup(line.kdv_rate, line.exemption_code or "", line.exemption_reason, sums.base_kurus, sums.tax_kurus)
    _taxes(total, (kdv,), sums.others, currency, collected=collected)
    if sums.withholding:
        _withholdings(element, (sums.withholding,), currency)
    invoice_special.item(element, line)
    sub(sub(element, "cac:Price"), "cbc:PriceAmount", plain(line.unit_price), currencyID=currency)
