"""Taxes of a document of ours, by kind and rate, exactly as its XML says them: nothing is computed anew."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from lxml import etree

from ebelge.core.money import kurus
from ebelge.ubl.names import CAC, CBC, CREDIT_NOTE, OWN_FORM
from ebelge.ubl.received import KDV, TaxLine

_CAC, _CBC = f"{{{CAC}}}", f"{{{CBC}}}"
_OWN = "{http://earsiv.efatura.gov.tr}"


@dataclass(frozen=True, slots=True)
class Taxes:
    """What a document says it is worth before tax, and its taxes. Amounts in hundredths of its currency."""

    base_kurus: int
    lines: tuple[TaxLine, ...]

    @property
    def kdv_kurus(self) -> int:
        """KDV of all rates, withheld or not."""
        return sum(one.tax_kurus for one in self.lines if one.code == KDV and not one.withheld)

    @property
    def other_kurus(self) -> int:
        """All other taxes that the document names, stopaj included."""
        return sum(one.tax_kurus for one in self.lines if one.code != KDV and not one.withheld)

    @property
    def withheld_kurus(self) -> int:
        """Tevkifat: the part of the KDV that the buyer pays."""
        return sum(one.tax_kurus for one in self.lines if one.withheld)

    @property
    def largest_kurus(self) -> int:
        """The largest amount among them, without its sign; sums of several stay below the sum of all."""
        parts = [abs(self.base_kurus), *(abs(one.base_kurus) for one in self.lines)]
        return max(*parts, sum(abs(one.tax_kurus) for one in self.lines))


def taxes_of(root: etree._Element) -> Taxes:
    """The taxes of an invoice, a receipt or an e-SMM of either form; a despatch has none."""
    if root.tag in OWN_FORM:
        return _of_own_form(root)
    money = root.find(f"{_CAC}LegalMonetaryTotal")
    if money is None:
        return Taxes(0, ())
    base = money.findtext(f"{_CBC}TaxExclusiveAmount") or money.findtext(f"{_CBC}LineExtensionAmount")
    if root.tag == f"{{{CREDIT_NOTE}}}CreditNote":
        # A producer's receipt names the price of the goods here; its TaxExclusiveAmount is what is left after stopaj
        # (samples of the e-Müstahsil guide), and a base of less than its own stopaj's would be told.
        base = money.findtext(f"{_CBC}LineExtensionAmount") or base
    found: list[TaxLine] = []
    for name, withheld in (("TaxTotal", False), ("WithholdingTaxTotal", True)):
        for part in root.iterfind(f"{_CAC}{name}/{_CAC}TaxSubtotal"):
            code = (part.findtext(f"{_CAC}TaxCategory/{_CAC}TaxScheme/{_CBC}TaxTypeCode") or "").strip()[:20]
            base_kurus, tax_kurus = (_amount(part.findtext(f"{_CBC}{one}")) for one in ("TaxableAmount", "TaxAmount"))
            found.append(TaxLine(code, rate_text(part.findtext(f"{_CBC}Percent")), base_kurus, tax_kurus, withheld))
    return Taxes(_amount(base), _summed(found))


def rate_text(text: str | None) -> str:
    """A rate as one writes it once: "20.00" -> "20", "8.50" -> "8.5"."""
    try:
        value = Decimal((text or "0").strip() or "0")
    except InvalidOperation:
        return (text or "").strip()[:20]
    if not value.is_finite() or abs(value) > 1000:
        return (text or "").strip()[:20]
    return f"{value.normalize():f}"


def _of_own_form(root: etree._Element) -> Taxes:
    """GİB's own form of an e-SMM: KDV and stopaj by rate, tevkifat apart."""
    body = next(iter(root.iterchildren(f"{_OWN}serbestMeslekMakbuz")), None)
    whole = None if body is None else body.find(f"{_OWN}vergiBilgisi")
    if body is None or whole is None:
        return Taxes(0, ())

    def said(part: etree._Element, name: str) -> str:
        return (part.findtext(f"{_OWN}{name}") or "").strip()

    lines = [
        TaxLine(
            said(tax, "vergiKodu")[:20], rate_text(said(tax, "vergiOrani")), _amount(said(tax, "matrah")),
            _amount(said(tax, "vergiTutari")), False,
        )
        for tax in whole.iterfind(f"{_OWN}vergi")
    ]  # fmt: skip
    kdv = sum(one.tax_kurus for one in lines if one.code == KDV)
    lines += [
        TaxLine(
            said(held, "tevkifatKodu")[:20], rate_text(said(held, "tevkifatOrani")), kdv,
            _amount(said(held, "tevkifatTutari")), True,
        )
        for held in whole.iterfind(f"{_OWN}tevkifat")
    ]  # fmt: skip
    return Taxes(_amount(said(body, "toplamTutar")), _summed(lines))


def _summed(lines: list[TaxLine]) -> tuple[TaxLine, ...]:
    """One line for each kind and rate: a document may name one several times."""
    found: dict[tuple[str, str, bool], tuple[int, int]] = {}
    for one in lines:
        base, tax = found.get((one.code, one.rate, one.withheld), (0, 0))
        found[one.code, one.rate, one.withheld] = base + one.base_kurus, tax + one.tax_kurus
    return tuple(TaxLine(code, rate, base, tax, held) for (code, rate, held), (base, tax) in found.items())


def _amount(text: str | None) -> int:
    try:
        value = Decimal((text or "0").strip() or "0")
    except InvalidOperation:
        return 0
    return kurus(value) if value.is_finite() and value.adjusted() < 25 else 0
