"""A faulty document of a workbook, corrected where it is seen: its cells are written into the workbook, then checked.

So the file stays the one truth: the result sheet, another mapping of columns and the next check see what was corrected.
"""

import importlib
import io
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from ebelge.bulk import sheet
from ebelge.bulk.columns import COLUMNS, REFERENCE, BulkColumn
from ebelge.bulk.mapping import HEADING_MAX, header_of
from ebelge.bulk.models import BulkItem, BulkUpload
from ebelge.bulk.queries import get, look
from ebelge.bulk.uploads import TOPIC, BulkRefused, form_of
from ebelge.core.cells import TEXT_MAX, plain, shown
from ebelge.core.errors import InvalidRequest, NotFound
from ebelge.core.folding import fold
from ebelge.core.workbooks import Sheet
from ebelge.outbox import messages

# More lines are corrected in the file.
LINES_MAX: Final = 50
Key = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Open:
    """A cell that can be corrected: its row (0: of the whole document), its column, and what stands there."""

    row: int
    column: BulkColumn
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Correctable:
    """A faulty document with its cells, those of the document first."""

    item: BulkItem
    cells: tuple[Open, ...]


def look_at(session: Session, *, tenant_id: UUID, upload_id: UUID, item: int) -> Correctable:
    """A faulty document's cells. :raises NotFound: no such document. :raises BulkRefused: it cannot be corrected."""
    upload = look(session, tenant_id=tenant_id, upload_id=upload_id)
    row = _faulty(session, upload, item)
    opened = sheet.open_sheet(upload.file or b"")
    return Correctable(row, tuple(_cells(upload, opened, row)))


def correct(
    session: Session, *, tenant_id: UUID, upload_id: UUID, item: int, given: Mapping[Key, str], at: datetime
) -> BulkItem:
    """Write cells of a faulty document into the workbook and have the document checked again; only it.

    `given`: text by row (0: of the whole document) and field; what is not given, or says the same, stays as it is.
    :raises NotFound, BulkRefused: see `look_at`. :raises InvalidRequest: a cell that is none of its own, or too long.
    """
    upload = get(session, tenant_id=tenant_id, upload_id=upload_id)
    row = _faulty(session, upload, item)
    opened = sheet.open_sheet(upload.file or b"")
    known = {(one.row, one.column.field): one for one in _cells(upload, opened, row)}
    places = _places(upload, opened)
    for key, text in given.items():
        if key not in known or len(text) > TEXT_MAX:
            raise InvalidRequest("Hücre yok ya da metin çok uzun.", "There is no such cell, or the text is too long.")
        if text != known[key].text:
            for number in row.rows if key[0] == 0 else [key[0]]:
                _put(opened, number, places[key[1]], text, always=number == (key[0] or row.rows[0]))
    upload.file = _written(opened)
    if len(upload.file) > sheet.BYTES_MAX:
        raise BulkRefused("Dosya çok büyüdü.", "The workbook has grown too large.")
    _again(session, upload, row, opened, at)
    return row


def _again(session: Session, upload: BulkUpload, row: BulkItem, opened: Sheet, at: datetime) -> None:
    found = sheet.documents(opened, form=form_of(upload), mapping=upload.mapping)
    now = next((one for one in found if list(one.rows) == row.rows), None)
    if now is None:  # it was emptied
        raise BulkRefused("Satırların hepsi boşaltılamaz.", "Not all of its cells can be emptied.")
    row.content, row.receiver_alias, row.buyer = now.content, now.receiver_alias, now.buyer
    row.findings = [asdict(one) for one in now.findings]
    row.state = "bad" if now.content is None else "waiting"
    if row.state == "waiting":
        upload.state, upload.problem = "checking", None
        messages.put(session, tenant_id=upload.tenant_id, topic=TOPIC, key=upload.upload_id, at=at)
    session.flush()


def _faulty(session: Session, upload: BulkUpload, item: int) -> BulkItem:
    row = session.get(BulkItem, (upload.tenant_id, upload.upload_id, item), populate_existing=True)
    if row is None:
        raise NotFound()
    if upload.file is None or upload.state != "checked" or row.state != "bad":
        raise BulkRefused(
            "Yalnız denetlenmiş bir Excel yüklemesinin hatalı belgesi burada düzeltilir.",
            "Only a faulty document of a workbook that was checked is corrected here.",
        )
    if len(row.rows) > LINES_MAX:
        raise BulkRefused(
            f"{LINES_MAX} satırdan uzun belgeyi dosyada düzeltip yeniden yükleyin.",
            f"Correct a document of more than {LINES_MAX} lines in the file and upload it again.",
        )
    return row


def _cells(upload: BulkUpload, opened: Sheet, row: BulkItem) -> list[Open]:
    places, found = _places(upload, opened), list[Open]()
    columns = [one for one in COLUMNS[form_of(upload)] if one.field in places and one.field != REFERENCE]
    for column in sorted(columns, key=lambda one: one.line):
        heading, place = upload.mapping[column.field], places[column.field]
        if column.line:
            found += [Open(number, column, heading, _text(opened, number, place)) for number in row.rows]
        else:
            texts = [_text(opened, number, place) for number in row.rows]
            found.append(Open(0, column, heading, next((text for text in texts if text), "")))
    return sorted(found, key=lambda one: one.row)


def _places(upload: BulkUpload, opened: Sheet) -> dict[str, int]:
    """Where each mapped field stands, counted from 0."""
    at = header_of(opened, form_of(upload))
    heads = [] if at is None else [fold(plain(cell)[:HEADING_MAX]) for cell in opened.rows[at[0]]]
    return {field: heads.index(fold(head)) for field, head in upload.mapping.items() if fold(head) in heads}


def _text(opened: Sheet, number: int, place: int) -> str:
    cells = opened.rows[number - 1]
    return shown(cells[place]) if place < len(cells) else ""


def _put(opened: Sheet, number: int, place: int, text: str, *, always: bool) -> None:
    """Write a cell; one of the whole document into its first row, and wherever its other rows say something."""
    if not always and not _text(opened, number, place):
        return
    cells = opened.rows[number - 1]
    cells += [None] * (place + 1 - len(cells))
    cells[place] = text or None


def _written(opened: Sheet) -> bytes:
    """The sheet as a workbook, its values as they are: only we open it, so a text may begin like a formula."""
    openpyxl: Any = importlib.import_module("openpyxl")
    cell_of: Any = importlib.import_module("openpyxl.cell").WriteOnlyCell
    book = openpyxl.Workbook(write_only=True)
    made = book.create_sheet(opened.title[:31])
    for cells in opened.rows:
        written = []
        for value in cells:
            cell = cell_of(made, value=value)
            if isinstance(value, str):
                cell.data_type = "s"
            written.append(cell)
        made.append(written)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
