"""The arithmetic of an e-SMM, exact in kuruş: every tax is rounded once, half up, on its whole base.

Lines get shares of their rate's KDV that add up to it (ADR 0113).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ebelge.core.money import kdv_kurus, kurus
from ebelge.ubl.esmm_draft import FeeDraft, ProfessionalReceiptDraft


@dataclass(frozen=True, slots=True)
class ReceiptSums:
    """All figures of a receipt. `kdv_groups`: rate -> (base, KDV); `line_kdv`: each line's share, in order."""

    gross_kurus: int
    kdv_groups: tuple[tuple[Decimal, int, int], ...]
    line_kdv: tuple[int, ...]
    stopaj_kurus: int
    withheld_kurus: int

    @property
    def kdv_kurus(self) -> int:
        """KDV of the receipt."""
        return sum(tax for _, _, tax in self.kdv_groups)

    @property
    def payable_kurus(self) -> int:
        """What the client pays: gross + KDV - stopaj - KDV tevkifat."""
        return self.gross_kurus + self.kdv_kurus - self.stopaj_kurus - self.withheld_kurus


def receipt_sums(draft: ProfessionalReceiptDraft) -> ReceiptSums:
    """The figures of a draft."""
    rates = sorted({line.kdv_rate for line in draft.lines}, reverse=True)
    groups = []
    for rate in rates:
        base = sum(kurus(line.gross) for line in draft.lines if line.kdv_rate == rate)
        groups.append((rate, base, kdv_kurus(base, rate)))
    gross = sum(kurus(line.gross) for line in draft.lines)
    kdv = sum(tax for _, _, tax in groups)
    held = draft.kdv_withholding
    return ReceiptSums(
        gross_kurus=gross,
        kdv_groups=tuple(groups),
        line_kdv=_shares(draft.lines),
        stopaj_kurus=kdv_kurus(gross, draft.stopaj_rate),
        withheld_kurus=0 if held is None else kdv_kurus(kdv, held.percent),
    )


def _shares(lines: Sequence[FeeDraft]) -> tuple[int, ...]:
    """Each line's KDV: what the rate's KDV grows by when the line is added, so that the shares sum up."""
    bases: dict[Decimal, int] = {}
    shares = []
    for line in lines:
        before = bases.get(line.kdv_rate, 0)
        bases[line.kdv_rate] = before + kurus(line.gross)
        shares.append(kdv_kurus(bases[line.kdv_rate], line.kdv_rate) - kdv_kurus(before, line.kdv_rate))
    return tuple(shares)
