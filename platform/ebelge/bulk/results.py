"""What became of each document of an upload: in words, and as the sheet again with the result beside each row."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Final

from sqlalchemy.orm import Session

from ebelge.bulk import queries
from ebelge.bulk.mapping import header_of
from ebelge.bulk.models import BulkItem, BulkUpload
from ebelge.bulk.sheet import open_sheet
from ebelge.bulk.uploads import form_of
from ebelge.core import workbooks
from ebelge.core.cells import plain
from ebelge.core.sheets import Cell, Lira, Table

ITEM_STATES: Final[dict[str, tuple[str, str]]] = {
    "waiting": ("Denetleniyor", "Being checked"),
    "good": ("Hazır", "Ready"),
    "bad": ("Hatalı", "Wrong"),
    "sent": ("Gönderildi", "Sent"),
    "failed": ("Gönderilemedi", "Not sent"),
}
UPLOAD_STATES: Final[dict[str, tuple[str, str]]] = {
    "mapping": ("Sütunları eşleyin", "Map the columns"),
    "checking": ("Denetleniyor", "Being checked"),
    "checked": ("Denetlendi, gönderilmedi", "Checked, not sent"),
    "sending": ("Gönderiliyor", "Being sent"),
    "paused": ("Kontör bekliyor", "Waits for kontör"),
    "done": ("Bitti", "Done"),
    "dropped": ("Vazgeçildi", "Dropped"),
}
_HEAD: Final = (
    ("Sonuç", "Result"), ("Belge numarası", "Number"), ("Ödenecek", "Payable"), ("Kontör", "Kontör"),
    ("Hata", "Error"), ("Ne yapmalı", "How to mend"),
)  # fmt: skip


def result_table(session: Session, upload: BulkUpload, *, turkish: bool) -> Table:
    """The rows of the sheet, or the files of the ZIP, each with what became of it."""
    items = queries.items(session, tenant_id=upload.tenant_id, upload_id=upload.upload_id, limit=100_000)
    side = 0 if turkish else 1
    head = [one[side] for one in _HEAD]
    if upload.file is None:  # a ZIP, or a sheet that has been forgotten
        place = ("Dosya", "File") if upload.form == "zip" else ("Yer", "Place")
        return [[place[side], *head], *([one.place, *_told(one, turkish)] for one in items)]
    return [*_beside(upload, items, head, turkish)]


def _beside(upload: BulkUpload, items: Sequence[BulkItem], head: list[str], turkish: bool) -> Iterator[list[Cell]]:
    sheet = open_sheet(upload.file or b"")
    at = (header_of(sheet, form_of(upload)) or (0, []))[0]
    width = max((place for row in sheet.rows for place, cell in enumerate(row, start=1) if plain(cell)), default=0)
    by_row = {row: one for one in items for row in one.rows}
    for number, cells in enumerate(sheet.rows, start=1):
        shown = [_again(cell) for cell in cells[:width]]
        shown += [""] * (width - len(shown))
        if number == at + 1:
            yield [*shown, *head]
        else:
            yield [*shown, *(_told(by_row[number], turkish, row=number) if number in by_row else [])]


def _again(cell: workbooks.Cell) -> Cell:
    """A cell as it came: what is corrected in the result is uploaded again."""
    if isinstance(cell, datetime):
        return cell.date() if cell.time() == time() else plain(cell)
    return cell if isinstance(cell, int | Decimal | date) else plain(cell)


def _told(item: BulkItem, turkish: bool, *, row: int | None = None) -> list[Cell]:
    """A document's result; of its findings, those of the row if it is told beside one."""
    language, side = ("tr", 0) if turkish else ("en", 1)
    found = [one for one in item.findings if row is None or one.get("line") in (row, None)]
    return [
        ITEM_STATES[item.state][side],
        item.number,
        None if item.payable_kurus is None else Lira(item.payable_kurus),
        item.kontor,
        " ".join(str(one[f"message_{language}"]) for one in found),
        " ".join(str(one[f"mend_{language}"]) for one in found if one[f"mend_{language}"]),
    ]
