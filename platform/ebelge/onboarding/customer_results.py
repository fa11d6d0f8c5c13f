"""What became of each row of a reseller's sheet, in words and as a sheet again."""

from collections.abc import Sequence

from ebelge.core.sheets import Cell, Table
from ebelge.onboarding.customer_models import CustomerImportRow
from ebelge.onboarding.customer_sheet import COLUMNS

ROW_STATES: dict[str, tuple[str, str]] = {
    "bad": ("Hatalı", "Wrong"),
    "good": ("Hazır", "Ready"),
    "known": ("Zaten müşteriniz", "Your customer already"),
    "made": ("Eklendi", "Added"),
    "failed": ("Eklenemedi", "Not added"),
}


def result_table(found: Sequence[CustomerImportRow], *, turkish: bool) -> Table:
    """The sheet again with what became of each row, and what is wrong and how to mend it."""
    said = 0 if turkish else 1
    head = [("Satır", "Row"), ("Sonuç", "Result"), ("Hata", "Error"), ("Ne yapmalı", "How to mend")]
    table: list[list[Cell]] = [
        [*(one[said] for one in head), *(one.name_tr if turkish else one.name_en for one in COLUMNS)]
    ]
    language = "tr" if turkish else "en"
    for row in found:
        told = [" ".join(str(one[f"{part}_{language}"]) for one in row.findings) for part in ("message", "mend")]
        table.append([row.row, ROW_STATES[row.state][said], *told, *(row.cells.get(one.field, "") for one in COLUMNS)])
    return table
