"""The figures of what is still being written: every line that can be reckoned, by the rules that documents keep.

The same functions as for a whole document (`sums`, `esmm_sums`), so that what the form shows is what will be sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from ebelge.core.money import kdv_kurus, kurus
from ebelge.ubl.draft import DeductionDraft, InvoiceDraft, ProducerLineDraft
from ebelge.ubl.draft_line import LineDraft, OtherTaxDraft
from ebelge.ubl.draft_parts import DiscountDraft
from ebelge.ubl.esmm_draft import FeeDraft, ProfessionalReceiptDraft
from ebelge.ubl.esmm_sums import receipt_sums
from ebelge.ubl.sums import DiscountTooLarge, OtherTaxSum, gross_kurus, invoice_sums
from ebelge.ubl.type_rules import scenario, type_code
from ebelge.ubl.type_table import arithmetic_of

_SOMEBODY: Final = {"vkn": "1111111111", "name": "-", "district": "-", "city": "-"}
_NAMELESS: Final = {"name": "-"}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the totals: what (`kdv`, `tax_0071`, `stopaj` …), its rate or code, its base and amount in kuruş."""

    what: str
    rate: str
    base_kurus: int
    amount_kurus: int


@dataclass(frozen=True, slots=True)
class LiveSums:
    """`lines`: each line's net by its place in the body; rows of taxes; what is to be paid."""

    lines: Mapping[int, int]
    net_kurus: int
    discount_kurus: int
    rows: tuple[Row, ...]
    payable_kurus: int


def live_sums(body: Mapping[str, Any], *, default_profile: str = "TEMELFATURA") -> LiveSums | None:
    """The figures of a body that may lack much; None where nothing can be reckoned, and for despatch notes."""
    kind = body.get("kind", "auto")
    if kind == "eirsaliye":
        return None
    if kind == "emm":
        return _producer(body)
    if kind == "esmm":
        return _professional(body)
    return _invoice(body, default_profile)


def _invoice(body: Mapping[str, Any], default_profile: str) -> LiveSums | None:
    places, lines = _reckonable(body, LineDraft)
    if not lines:
        return None
    whole = {"buyer": _SOMEBODY, "lines": lines}
    found = _one(InvoiceDraft, whole | _plain(body, ("profile", "type_code"))) or _one(InvoiceDraft, whole)
    discounts = [one for given in _items(body, "discounts") if (one := _one(DiscountDraft, given)) is not None]
    draft = found.model_copy(update={"discounts": discounts})
    if body.get("returned_invoices") and draft.type_code is None:
        draft = draft.model_copy(update={"type_code": "IADE"})
    try:
        sums = invoice_sums(draft, arithmetic_of(scenario(draft, default_profile), type_code(draft)))
    except DiscountTooLarge:
        return None
    rows = [_tax(tax) for tax in sums.others if tax.in_kdv_base]
    rows += [Row("kdv", _rate(group.rate), group.base_kurus, group.tax_kurus) for group in sums.groups]
    rows += [_tax(tax) for tax in sums.others if not tax.in_kdv_base]
    rows += [
        Row("withheld", f"{one.code} · {_rate(one.percent)}", one.base_kurus, -one.withheld_kurus)
        for one in sums.withholdings
    ]
    nets = {place: line.net_kurus for place, line in zip(places, sums.lines, strict=True)}
    return LiveSums(nets, sums.line_extension_kurus, sums.discount_kurus, tuple(rows), sums.payable_kurus)


def _tax(tax: OtherTaxSum) -> Row:
    return Row(f"tax_{tax.code}", "" if tax.rate is None else _rate(tax.rate), tax.base_kurus, tax.tax_kurus)


def _producer(body: Mapping[str, Any]) -> LiveSums | None:
    places, lines = _reckonable(body, ProducerLineDraft)
    if not lines:
        return None
    nets = [gross_kurus(line.quantity, line.unit_price) for line in lines]
    total = sum(nets)
    deductions = [one for given in _items(body, "deductions") if (one := _one(DeductionDraft, given)) is not None]
    rows = tuple(
        Row(f"deduction_{one.code}", _rate(one.percent), total, -kdv_kurus(total, one.percent)) for one in deductions
    )
    return LiveSums(
        dict(zip(places, nets, strict=True)), total, 0, rows, total + sum(row.amount_kurus for row in rows)
    )  # fmt: skip


def _professional(body: Mapping[str, Any]) -> LiveSums | None:
    places, lines = _reckonable(body, FeeDraft)
    whole = {"buyer": _SOMEBODY, "lines": lines, "stopaj_rate": "0"} | _plain(body, ("stopaj_rate", "kdv_withholding"))
    draft = _one(ProfessionalReceiptDraft, whole) if lines else None
    if draft is None:
        return None
    sums = receipt_sums(draft)
    rows = [Row("kdv", _rate(rate), base, tax) for rate, base, tax in sums.kdv_groups]
    if sums.stopaj_kurus:
        rows.append(Row("stopaj", _rate(draft.stopaj_rate), sums.gross_kurus, -sums.stopaj_kurus))
    if draft.kdv_withholding is not None:
        rate = f"{draft.kdv_withholding.code} · {_rate(draft.kdv_withholding.percent)}"
        rows.append(Row("withheld", rate, sums.kdv_kurus, -sums.withheld_kurus))
    nets = {place: kurus(line.gross) for place, line in zip(places, lines, strict=True)}
    return LiveSums(nets, sums.gross_kurus, 0, tuple(rows), sums.payable_kurus)


def _reckonable(body: Mapping[str, Any], model: Any) -> tuple[list[int], list[Any]]:
    """The lines that have what sums need, with their places; a name is not among it."""
    found = [
        (place, one)
        for place, given in enumerate(_items(body, "lines"))
        if (one := _one(model, given) or _one(model, _NAMELESS | _figures(given))) is not None
    ]
    return [place for place, _ in found], [one for _, one in found]


def _figures(given: Any) -> dict[str, Any]:
    kept = (
        "quantity", "unit", "unit_price", "discounts", "kdv_rate", "withholding_code", "withholding_rate",
        "exemption_code", "special_base", "accommodation_tax_rate", "gross",
    )  # fmt: skip
    if not isinstance(given, dict):
        return {}
    taxes = [one for one in _items(given, "other_taxes") if _one(OtherTaxDraft, one) is not None]
    return {name: given[name] for name in kept if name in given} | {"other_taxes": taxes}


def _items(body: Mapping[str, Any], name: str) -> list[Any]:
    found = body.get(name)
    return found if isinstance(found, list) else []


def _plain(body: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: body[name] for name in names if body.get(name)}


def _one(model: Any, given: Any) -> Any:
    try:
        return TypeAdapter(model).validate_python(given)
    except ValidationError:
        return None


def _rate(rate: Decimal) -> str:
    return f"%{rate.normalize():f}".replace(".", ",")
