"""Whether all sums of an invoice hold, quickly: the common case, so that the thorough check is for the others.

`sums_hold` is True only if every test of efatura-kontrol's `hesap` passes (a sum may be a kuruş away from the
reckoned one); False means "not sure", and then `hesap` itself is asked and finds the words.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from lxml import etree

from ebelge.ubl.names import tag

_CENT: Final = Decimal("0.01")
_HALF_CENT: Final = Decimal("0.005")
_NOTHING: Final = Decimal(0)
# KDV that is shown and not collected: GİB writes it with this number in the order of taxes, and adds it to no sum.
_NOT_ADDED: Final = Decimal(-1)
_LINE, _PRICE, _TOTALS = tag("cac:InvoiceLine"), tag("cac:Price"), tag("cac:LegalMonetaryTotal")
_ALLOWANCE, _TAX, _WITHHELD = tag("cac:AllowanceCharge"), tag("cac:TaxTotal"), tag("cac:WithholdingTaxTotal")
_SUBTOTAL, _BASE, _PERCENT = tag("cac:TaxSubtotal"), tag("cbc:TaxableAmount"), tag("cbc:Percent")
_TAX_AMOUNT, _AMOUNT, _INDICATOR = tag("cbc:TaxAmount"), tag("cbc:Amount"), tag("cbc:ChargeIndicator")
_SEQUENCE = tag("cbc:CalculationSequenceNumeric")
_QUANTITY, _NET, _EACH = tag("cbc:InvoicedQuantity"), tag("cbc:LineExtensionAmount"), tag("cbc:PriceAmount")

_EXCLUSIVE, _INCLUSIVE = tag("cbc:TaxExclusiveAmount"), tag("cbc:TaxInclusiveAmount")
_PAYABLE, _ROUNDING = tag("cbc:PayableAmount"), tag("cbc:PayableRoundingAmount")
_ALL_OFF, _ALL_ON = tag("cbc:AllowanceTotalAmount"), tag("cbc:ChargeTotalAmount")


class _NotSure(Exception):
    """Something is wrong, missing, doubled or unusual."""


def sums_hold(root: etree._Element) -> bool:
    """True if the sums of the invoice certainly hold; False leaves it open."""
    try:
        _invoice(root)
    except (_NotSure, ArithmeticError, KeyError):
        return False
    return True


def _invoice(root: etree._Element) -> None:
    lines = _NOTHING
    for line in root.iterchildren(_LINE):
        lines += _line(line)
    taxes, withheld, off, on = _taxes(root)
    totals = root.findall(_TOTALS)
    if len(totals) != 1:
        raise _NotSure
    money = {element.tag: Decimal(element.text or "x") for element in totals[0].iterchildren("*")}
    if len(money) != len(totals[0]):
        raise _NotSure
    total_off = money.get(_ALL_OFF)
    total_on = money.get(_ALL_ON)
    exclusive, inclusive = money[_EXCLUSIVE], money[_INCLUSIVE]
    _agree(lines, money[_NET])
    _agree(off, off if total_off is None else total_off)
    _agree(on, on if total_on is None else total_on)
    _agree(money[_NET] - (total_off or off) + (total_on or on), exclusive)
    _agree(exclusive + taxes, inclusive)
    _agree(inclusive - withheld + money.get(_ROUNDING, _NOTHING), money[_PAYABLE])


def _line(line: etree._Element) -> Decimal:
    """The net of a line whose sums hold."""
    quantity, net, price = line.findall(_QUANTITY), line.findall(_NET), line.findall(_PRICE)
    if not len(quantity) == len(net) == len(price) == 1:
        raise _NotSure
    each = price[0].findall(_EACH)
    if len(each) != 1:
        raise _NotSure
    _, _, off, on = _taxes(line)
    amount = Decimal(net[0].text or "x")
    _agree(Decimal(quantity[0].text or "x") * Decimal(each[0].text or "x") - off + on, amount)
    return amount


def _taxes(holder: etree._Element) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """Taxes, what is withheld, discounts and charges that stand directly in an invoice or line."""
    taxes = withheld = off = on = _NOTHING
    written: list[tuple[Decimal, Decimal]] = []
    for child in holder.iterchildren(_TAX, _WITHHELD, _ALLOWANCE):
        if child.tag == _ALLOWANCE:
            amount = Decimal(_only(child, _AMOUNT))
            if (child.findtext(_INDICATOR) or "").strip() == "true":
                on += amount
            else:
                off += amount
            continue
        parts, whole = _subtotals(child)
        if child.tag == _TAX:
            taxes += parts
            written.append((parts, whole))
        else:
            _agree(parts, whole)
            withheld += whole
    for parts, whole in written:
        if not _near(parts, whole):
            _agree(parts - withheld, whole)
    return taxes, withheld, off, on


def _subtotals(total: etree._Element) -> tuple[Decimal, Decimal]:
    """The sum of the parts and the total as written; every part is base times percentage."""
    parts = _NOTHING
    whole: Decimal | None = None
    for child in total.iterchildren(_TAX_AMOUNT, _SUBTOTAL):
        if child.tag == _TAX_AMOUNT:
            if whole is not None:
                raise _NotSure
            whole = Decimal(child.text or "x")
            continue
        figures: dict[str, Decimal] = {}
        for element in child.iterchildren(_BASE, _TAX_AMOUNT, _PERCENT, _SEQUENCE):
            if element.tag in figures:
                raise _NotSure
            figures[str(element.tag)] = Decimal(element.text or "x")
        base, percent, amount = figures.get(_BASE), figures.get(_PERCENT), figures[_TAX_AMOUNT]
        if percent is not None:
            if base is None:
                raise _NotSure
            _agree(base * percent / 100, amount)
        if figures.get(_SEQUENCE) != _NOT_ADDED:
            parts += amount
    if whole is None:
        raise _NotSure
    return parts, whole


def _only(holder: etree._Element, name: str) -> str:
    found = holder.findall(name)
    if len(found) != 1 or not found[0].text:
        raise _NotSure
    return found[0].text


def _near(reckoned: Decimal, written: Decimal) -> bool:
    if abs(reckoned - written) <= _HALF_CENT:
        return True
    return abs(reckoned.quantize(_CENT, rounding=ROUND_HALF_UP) - written) <= _CENT


def _agree(reckoned: Decimal, written: Decimal) -> None:
    if not _near(reckoned, written):
        raise _NotSure
