"""An incoming invoice turned round: the JSON of the return invoice (IADE), ready for POST /documents.

Buyer and seller change places, the lines keep their prices, taxes and discounts in proportion to what is returned.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from lxml import etree

from ebelge.core.errors import InvalidRequest
from ebelge.ubl.codes import KDV
from ebelge.ubl.delivered import DeliveredLine, delivered_lines, figure, text_of
from ebelge.ubl.names import tag
from ebelge.ubl.nodes import plain
from ebelge.ubl.other_taxes import OTHER_TAXES
from ebelge.ubl.parse import ParsedDocument

_PARTY_FIELDS: Final = (
    "tax_office", "street", "building_number", "district", "city", "postal_zone", "country", "email", "phone",
)  # fmt: skip
_KURUS: Final = Decimal("0.01")
_RATE: Final = Decimal("0.001")


def return_draft(invoice: ParsedDocument, quantities: Mapping[str, Decimal]) -> tuple[dict[str, Any], list[str]]:
    """The draft, and the ids of lines that carry a tax which no draft can (stopaj …): those are to be entered by hand.

    `quantities`: how much of which line is returned; empty: everything.
    :raises InvalidRequest: a line that is not on the invoice, or more of it than was invoiced, or nothing at all.
    """
    lines = delivered_lines(invoice.tree)
    wanted = _wanted(lines, quantities)
    draft: dict[str, Any] = {
        "kind": "auto",
        "profile": "TEMELFATURA",
        "type_code": "IADE",
        "buyer": _buyer(invoice),
        "currency": invoice.currency,
        "returned_invoices": [{"number": invoice.number, "date": invoice.issue_date.isoformat()}],
        "notes": [f"{invoice.issue_date:%d.%m.%Y} tarihli {invoice.number} numaralı faturanın iadesidir."],
        "lines": [_turned(invoice_line(line, quantity)) for line, quantity in wanted],
    }
    if invoice.currency != "TRY":
        rate = text_of(invoice.tree, "cac:PricingExchangeRate/cbc:CalculationRate")
        draft["exchange_rate"] = plain(figure(rate).quantize(Decimal("0.000001")))
    draft |= discount_of_whole(invoice)
    return draft, [line.line for line, _ in wanted if _beyond_drafts(line.element)]


def _wanted(lines: Sequence[DeliveredLine], quantities: Mapping[str, Decimal]) -> list[tuple[DeliveredLine, Decimal]]:
    unknown = sorted(quantities.keys() - {line.line for line in lines})
    if unknown:
        raise InvalidRequest(
            f"Faturada böyle satır yok: {', '.join(unknown)}.", f"There is no such line: {', '.join(unknown)}."
        )
    found = []
    for line in lines:
        quantity = quantities.get(line.line, Decimal(0)) if quantities else line.quantity
        if quantity < 0 or quantity > line.quantity:
            raise InvalidRequest(
                f"{line.line}. satırdan en çok {plain(line.quantity)} iade edilebilir.",
                f"Of line {line.line} at most {plain(line.quantity)} can be returned.",
            )
        if quantity:
            found.append((line, quantity))
    if not found:
        raise InvalidRequest("İade edilecek miktar yok.", "There is nothing to return.")
    return found


def _buyer(invoice: ParsedDocument) -> dict[str, str]:
    """The seller of then is the buyer of the return."""
    seller = invoice.supplier
    found = {name: getattr(seller, name) for name in _PARTY_FIELDS}
    if seller.scheme == "TCKN":
        names = {"tckn": seller.vkn_tckn, "first_name": seller.first_name, "family_name": seller.family_name}
    else:
        names = {"vkn": seller.vkn_tckn, "name": seller.name}
    return {name: value for name, value in (names | found).items() if value}


def _turned(line: dict[str, Any]) -> dict[str, Any]:
    """The codes change sides, too."""
    names = {"seller_code": "buyer_code", "buyer_code": "seller_code"}
    return {names.get(name, name): value for name, value in line.items()}


def invoice_line(line: DeliveredLine, quantity: Decimal) -> dict[str, Any]:
    """A line of an invoice as a draft has it, of so much of it; discounts in proportion."""
    element = line.element
    kdv = _kdv(element)
    draft: dict[str, Any] = {
        "name": line.name[:300],
        "quantity": plain(quantity),
        "unit": line.unit,
        "unit_price": plain(figure(text_of(element, "cac:Price/cbc:PriceAmount")).quantize(Decimal("0.00000001"))),
        "kdv_rate": plain(figure(None if kdv is None else text_of(kdv, "cbc:Percent"))),
    }
    discounts = [one for e in _allowances(element) if (one := _discount(e, line, quantity))]
    if discounts:
        draft["discounts"] = discounts[:10]
    code = "" if kdv is None else text_of(kdv, "cac:TaxCategory/cbc:TaxExemptionReasonCode")
    if code:
        draft["exemption_code"] = code
        draft["exemption_reason"] = "" if kdv is None else text_of(kdv, "cac:TaxCategory/cbc:TaxExemptionReason")
    withheld = element.find("/".join(map(tag, ("cac:WithholdingTaxTotal", "cac:TaxSubtotal"))))
    if withheld is not None:
        draft["withholding_code"] = text_of(withheld, "cac:TaxCategory/cac:TaxScheme/cbc:TaxTypeCode")
        draft["withholding_rate"] = plain(figure(text_of(withheld, "cbc:Percent")))
    others = [tax for part in _subtotals(element) if (tax := _other_tax(part, line, quantity))]
    if others:
        draft["other_taxes"] = others[:5]
    if line.seller_code:
        draft["seller_code"] = line.seller_code
    if line.buyer_code:
        draft["buyer_code"] = line.buyer_code
    return draft


def _subtotals(element: etree._Element) -> Iterator[etree._Element]:
    return element.iterfind("/".join(map(tag, ("cac:TaxTotal", "cac:TaxSubtotal"))))


def _code(subtotal: etree._Element) -> str:
    return text_of(subtotal, "cac:TaxCategory/cac:TaxScheme/cbc:TaxTypeCode")


def _kdv(element: etree._Element) -> etree._Element | None:
    return next((subtotal for subtotal in _subtotals(element) if _code(subtotal) == KDV), None)


def _other_tax(subtotal: etree._Element, line: DeliveredLine, quantity: Decimal) -> dict[str, str] | None:
    """A tax beside KDV as a draft has it: its rate, or its amount in proportion where no short rate gives it."""
    code, rate = _code(subtotal), figure(text_of(subtotal, "cbc:Percent"))
    rule, amount = OTHER_TAXES.get(code), figure(text_of(subtotal, "cbc:TaxAmount"))
    if rule is None or amount <= 0:
        return None
    if 0 < rate <= rule.rate_max and rate == rate.quantize(_RATE):
        return {"code": code, "rate": plain(rate)}
    share = _share(amount, line, quantity)
    return {"code": code, "amount": plain(share)} if share > 0 else None


def _beyond_drafts(element: etree._Element) -> bool:
    codes = {_code(subtotal) for subtotal in _subtotals(element)}
    return bool(codes - {"", KDV} - OTHER_TAXES.keys())


def _allowances(element: etree._Element) -> list[etree._Element]:
    found = element.iterfind(tag("cac:AllowanceCharge"))
    return [one for one in found if text_of(one, "cbc:ChargeIndicator") == "false"]


def _discount(allowance: etree._Element, line: DeliveredLine, quantity: Decimal) -> dict[str, str] | None:
    """A discount in proportion to what is returned, rounded to the kuruş."""
    amount = figure(text_of(allowance, "cbc:Amount"))
    share = _share(amount, line, quantity)
    return {"amount": plain(share)} if share > 0 else None


def _share(amount: Decimal, line: DeliveredLine, quantity: Decimal) -> Decimal:
    part = amount if quantity == line.quantity else amount * quantity / line.quantity
    return part.quantize(_KURUS, rounding=ROUND_HALF_UP)


def discount_of_whole(invoice: ParsedDocument) -> dict[str, Any]:
    """A discount on the whole invoice as a percentage: of what is returned, or of a copy."""
    whole, percent = invoice.line_extension, Decimal(0)
    for one in _allowances(invoice.tree):
        factor = text_of(one, "cbc:MultiplierFactorNumeric")
        amount = figure(text_of(one, "cbc:Amount"))
        percent += figure(factor) * 100 if factor else (amount * 100 / whole if whole > 0 else Decimal(0))
    percent = percent.quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP)
    return {"discounts": [{"percent": plain(percent)}]} if 0 < percent <= 100 else {}
