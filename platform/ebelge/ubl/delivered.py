"""The lines of a document that came in: what was despatched, or invoiced, as its answer or its return needs them."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from lxml import etree

from ebelge.ubl.names import LINE, ROOTS, tag

_QUANTITIES = tuple(tag(f"cbc:{name}") for name in ("DeliveredQuantity", "InvoicedQuantity", "CreditedQuantity"))


@dataclass(frozen=True, slots=True)
class DeliveredLine:
    """A line: its id in the document, what, and how much of it. `element` is the line itself."""

    line: str
    name: str
    unit: str
    quantity: Decimal
    seller_code: str
    buyer_code: str
    element: etree._Element


def delivered_lines(root: etree._Element) -> list[DeliveredLine]:
    """The lines in their order; one without an id is named by its place. Quantities that are no figure count as 0."""
    found = []
    for place, element in enumerate(root.iterchildren(LINE[ROOTS[root.tag]]), start=1):
        quantity = next((e for e in element if e.tag in _QUANTITIES), None)
        found.append(
            DeliveredLine(
                line=text_of(element, "cbc:ID") or str(place),
                name=text_of(element, "cac:Item/cbc:Name"),
                unit="C62" if quantity is None else quantity.get("unitCode", "C62"),
                quantity=Decimal(0) if quantity is None else figure(quantity.text),
                seller_code=text_of(element, "cac:Item/cac:SellersItemIdentification/cbc:ID"),
                buyer_code=text_of(element, "cac:Item/cac:BuyersItemIdentification/cbc:ID"),
                element=element,
            )
        )
    return found


def text_of(element: etree._Element, path: str) -> str:
    """The text at a path of prefixed names, or ""."""
    return (element.findtext("/".join(map(tag, path.split("/")))) or "").strip()


def figure(text: str | None) -> Decimal:
    """A finite figure of at most 18 digits before the point; anything else is 0."""
    try:
        value = Decimal((text or "").strip())
    except InvalidOperation:
        return Decimal(0)
    return value if value.is_finite() and abs(value) < Decimal(10) ** 18 else Decimal(0)
