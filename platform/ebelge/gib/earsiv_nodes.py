"""Elements of the e-Arşiv report and of the documents it reports, read and written."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from lxml import etree

from ebelge.gib.zarf import CAC, CBC

NAMESPACE = "http://earsiv.efatura.gov.tr"
EARSIV = f"{{{NAMESPACE}}}"


def element(name: str) -> etree._Element:
    """An element of the report, its namespace the default one."""
    return etree.fromstring(f'<{name} xmlns="{NAMESPACE}"/>')


def cac(name: str) -> str:
    """A tag of UBL's aggregates."""
    return f"{CAC}{name}"


def cbc(name: str) -> str:
    """A tag of UBL's basic components."""
    return f"{CBC}{name}"


def add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    """A new last child in the report's namespace."""
    child = etree.SubElement(parent, f"{EARSIV}{name}")
    child.text = text
    return child


def text_of(element: etree._Element, path: str) -> str:
    """The text at a path, without white space around it; "" where there is none."""
    return (element.findtext(path) or "").strip()


def decimal_of(element: etree._Element, path: str) -> Decimal:
    """The number at a path; 0 where there is none."""
    try:
        value = Decimal(text_of(element, path) or "0")
    except InvalidOperation:
        return Decimal(0)
    return value if value.is_finite() else Decimal(0)


def money(amount: Decimal) -> str:
    """An amount with two decimals, half up (the report allows no more)."""
    return f"{amount.quantize(Decimal('0.01'), rounding=ROUND_HALF_UP):f}"


def rate(value: Decimal, *, places: int) -> str:
    """A rate with at most `places` decimals, without trailing zeros."""
    shown = f"{value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP):f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown
