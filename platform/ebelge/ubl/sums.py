"""The arithmetic of an invoice: whole kuruş, one rounding per sum, parts that add up to their whole.

KDV is rounded half up once per rate on the invoice total; lines get shares of it by cumulative rounding,
so line taxes add up to the invoice's tax. A document discount is shared over the lines in the same way.
(Arithmetic of tevkifat: gib/FACTS 2.2: TaxTotal = KDV - withheld; payable = tax inclusive - withheld.)
ÖTV and its like stand on the line's net, and KDV on both; ÖİV and konaklama vergisi bear no KDV (ADR 0137).
Some types reckon otherwise (ADR 0100): on a base of their own, KDV that is shown and not collected, or only the KDV
that was not withheld.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from ebelge.core.money import kdv_kurus, kurus
from ebelge.ubl.draft import InvoiceDraft
from ebelge.ubl.draft_line import LineDraft
from ebelge.ubl.draft_parts import DiscountDraft
from ebelge.ubl.other_taxes import OTHER_TAXES
from ebelge.ubl.type_table import Arithmetic
from ebelge.ubl.withholding import current_percent


class DiscountTooLarge(ValueError):
    """A discount is larger than what it stands on; `path` is its place in the draft."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} exceeds its base")
        self.path = path


@dataclass(frozen=True, slots=True)
class Discount:
    """A discount as the document shows it."""

    amount_kurus: int
    base_kurus: int
    percent: Decimal | None
    reason: str


@dataclass(frozen=True, slots=True)
class TaxGroup:
    """All that is taxed alike: one TaxSubtotal of the invoice."""

    rate: Decimal
    exemption_code: str
    exemption_reason: str
    base_kurus: int
    tax_kurus: int


@dataclass(frozen=True, slots=True)
class Withholding:
    """Tevkifat of one code: its base is the KDV of the lines that carry the code."""

    code: str
    percent: Decimal
    base_kurus: int
    withheld_kurus: int


@dataclass(frozen=True, slots=True)
class OtherTaxSum:
    """A tax beside KDV at one rate, or in amounts (`rate` None): on the net of the lines that bear it."""

    code: str
    rate: Decimal | None
    base_kurus: int
    tax_kurus: int

    @property
    def in_kdv_base(self) -> bool:
        """Whether KDV is reckoned on it, too."""
        return OTHER_TAXES[self.code].in_kdv_base


@dataclass(frozen=True, slots=True)
class LineSums:
    """A line: net of its own discounts, the base of its KDV (after its share of the document discount), its taxes."""

    net_kurus: int
    discounts: tuple[Discount, ...]
    base_kurus: int
    tax_kurus: int
    withholding: Withholding | None
    others: tuple[OtherTaxSum, ...] = ()


@dataclass(frozen=True, slots=True)
class InvoiceSums:
    """All figures of an invoice, in minor units of its currency."""

    lines: tuple[LineSums, ...]
    discounts: tuple[Discount, ...]
    groups: tuple[TaxGroup, ...]
    withholdings: tuple[Withholding, ...]
    line_extension_kurus: int
    discount_kurus: int
    tax_exclusive_kurus: int
    kdv_kurus: int
    withheld_kurus: int
    others: tuple[OtherTaxSum, ...] = ()
    collected: bool = True

    @property
    def _taxes_kurus(self) -> int:
        return (self.kdv_kurus if self.collected else 0) + sum(tax.tax_kurus for tax in self.others)

    @property
    def tax_inclusive_kurus(self) -> int:
        """Net plus full KDV (where it is collected) and other taxes."""
        return self.tax_exclusive_kurus + self._taxes_kurus

    @property
    def payable_kurus(self) -> int:
        """What the buyer pays the seller: the withheld KDV goes to the state."""
        return self.tax_inclusive_kurus - self.withheld_kurus

    @property
    def tax_total_kurus(self) -> int:
        """cac:TaxTotal/cbc:TaxAmount: taxes less what is withheld."""
        return self._taxes_kurus - self.withheld_kurus


def invoice_sums(draft: InvoiceDraft, arithmetic: Arithmetic = "plain") -> InvoiceSums:
    """All figures of a draft, in kuruş, by the arithmetic of its type.

    :raises DiscountTooLarge: a discount is larger than what it stands on.
    """
    per_line = [_net_of_line(line, f"lines[{index}].") for index, line in enumerate(draft.lines)]
    nets = [net for net, _ in per_line]
    total = sum(nets)
    discounts = discounts_on(total, draft.discounts, place="")
    off = sum(discount.amount_kurus for discount in discounts)
    bases = [net - share for net, share in zip(nets, shares(off, nets), strict=True)]
    others, other_sums = _others(draft.lines, bases)
    bases = [
        base + sum(tax.tax_kurus for tax in own if tax.in_kdv_base) for base, own in zip(bases, others, strict=True)
    ]
    bases = _own_bases(draft.lines, bases, arithmetic)
    groups, taxes = _taxes(draft.lines, bases)
    if arithmetic == "remaining":
        line_withholdings: list[Withholding | None] = [None] * len(taxes)
        withholdings: tuple[Withholding, ...] = ()
    else:
        line_withholdings, withholdings = _withheld(draft.lines, taxes)
    lines = tuple(
        LineSums(net, own, base, tax, withholding, beside)
        for (net, own), base, tax, withholding, beside in zip(
            per_line, bases, taxes, line_withholdings, others, strict=True
        )
    )
    return InvoiceSums(
        lines=lines,
        discounts=discounts,
        groups=groups,
        withholdings=withholdings,
        line_extension_kurus=total,
        discount_kurus=off,
        tax_exclusive_kurus=total - off,
        kdv_kurus=sum(taxes),
        withheld_kurus=sum(w.withheld_kurus for w in withholdings),
        others=other_sums,
        collected=arithmetic != "not_collected",
    )


def discounts_on(base_kurus: int, drafts: Iterable[DiscountDraft], *, place: str) -> tuple[Discount, ...]:
    """Discounts one after the other, each percentage on what the ones before have left.

    :raises DiscountTooLarge: together they exceed the base.
    """
    done: list[Discount] = []
    rest = base_kurus
    for draft in drafts:
        if draft.percent is not None:
            amount = kdv_kurus(rest, draft.percent)
        else:
            amount = kurus(draft.amount or Decimal(0))
        if amount > rest:
            raise DiscountTooLarge(f"{place}discounts[{len(done)}]")
        done.append(Discount(amount, rest, draft.percent, draft.reason))
        rest -= amount
    return tuple(done)


def gross_kurus(quantity: Decimal, unit_price: Decimal) -> int:
    """Quantity times price, half up."""
    return kurus(quantity * unit_price)


def shares(total: int, weights: Sequence[int]) -> list[int]:
    """`total` split by weight with cumulative rounding: the parts sum to it, none exceeds its exact share by 1."""
    whole = sum(weights)
    if whole == 0:
        return [0] * len(weights)
    parts, seen, given = [], 0, 0
    for weight in weights:
        seen += weight
        until = (2 * total * seen + whole) // (2 * whole)
        parts.append(until - given)
        given = until
    return parts


def _net_of_line(line: LineDraft, place: str) -> tuple[int, tuple[Discount, ...]]:
    gross = gross_kurus(line.quantity, line.unit_price)
    discounts = discounts_on(gross, line.discounts, place=place)
    return gross - sum(discount.amount_kurus for discount in discounts), discounts


def _taxes(lines: Sequence[LineDraft], bases: Sequence[int]) -> tuple[tuple[TaxGroup, ...], list[int]]:
    members: dict[tuple[Decimal, str, str], list[int]] = {}
    for index, line in enumerate(lines):
        key = (line.kdv_rate.normalize(), line.exemption_code or "", line.exemption_reason)
        members.setdefault(key, []).append(index)
    groups, taxes = [], [0] * len(lines)
    for (rate, code, reason), indexes in members.items():
        base = sum(bases[index] for index in indexes)
        seen = given = 0
        for index in indexes:
            seen += bases[index]
            until = kdv_kurus(seen, rate)
            taxes[index] = until - given
            given = until
        groups.append(TaxGroup(rate, code, reason, base, given))
    return tuple(groups), taxes


def _withheld(
    lines: Sequence[LineDraft], taxes: Sequence[int]
) -> tuple[list[Withholding | None], tuple[Withholding, ...]]:
    totals: dict[tuple[str, Decimal], int] = {}
    of_lines: list[Withholding | None] = []
    for line, tax in zip(lines, taxes, strict=True):
        if line.withholding_code is None:
            of_lines.append(None)
            continue
        percent = _withheld_percent(line)
        key = (line.withholding_code, percent.normalize())
        before = totals.get(key, 0)
        totals[key] = before + tax
        withheld = _percent_of(before + tax, percent) - _percent_of(before, percent)
        of_lines.append(Withholding(line.withholding_code, percent, tax, withheld))
    whole = tuple(
        Withholding(code, percent, base, _percent_of(base, percent)) for (code, percent), base in totals.items()
    )
    return of_lines, whole


def _own_bases(lines: Sequence[LineDraft], bases: list[int], arithmetic: Arithmetic) -> list[int]:
    if arithmetic == "special_base":
        return [
            base if line.special_base is None else kurus(line.special_base)
            for line, base in zip(lines, bases, strict=True)
        ]
    if arithmetic == "remaining":
        return [base - _percent_of(base, _withheld_percent(line)) for line, base in zip(lines, bases, strict=True)]
    return bases


def _withheld_percent(line: LineDraft) -> Decimal:
    if line.withholding_code is None:
        return Decimal(0)
    return line.withholding_rate or Decimal(current_percent(line.withholding_code))


def _others(
    lines: Sequence[LineDraft], bases: Sequence[int]
) -> tuple[Sequence[tuple[OtherTaxSum, ...]], tuple[OtherTaxSum, ...]]:
    """The taxes beside KDV of each line, and of the whole: a percentage is rounded once per code and rate."""
    totals: dict[tuple[str, Decimal | None], tuple[int, int]] = {}
    of_lines: list[tuple[OtherTaxSum, ...]] = []
    for line, base in zip(lines, bases, strict=True):
        own: list[OtherTaxSum] = []
        for code, rate, amount in line.taxes:
            key = (code, None if rate is None else rate.normalize())
            seen, given = totals.get(key, (0, 0))
            until = given + kurus(amount or Decimal(0)) if rate is None else kdv_kurus(seen + base, rate)
            totals[key] = seen + base, until
            own.append(OtherTaxSum(code, key[1], base, until - given))
        of_lines.append(tuple(own))
    return of_lines, tuple(OtherTaxSum(*key, *figures) for key, figures in totals.items())


def _percent_of(amount: int, percent: Decimal) -> int:
    return int((amount * percent / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))
