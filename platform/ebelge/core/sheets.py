"""Tables for people as CSV and XLSX, as Turkish Excel opens them; what a stranger typed never becomes a formula."""

import csv
import importlib
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ebelge.core.clock import ISTANBUL

# Excel, LibreOffice and Google Sheets run a cell that begins like this.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Lira:
    """An amount in kuruş, shown in lira with two places."""

    kurus: int

    def decimal(self) -> Decimal:
        """The amount in lira."""
        return Decimal(self.kurus).scaleb(-2)


Cell = str | int | Lira | date | datetime | None
Table = Sequence[Sequence[Cell]]


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe goes before what begins like one."""
    clean = _UNPRINTABLE.sub(" ", text)
    return f"'{clean}" if clean.startswith(_FORMULA) else clean


def csv_bytes(rows: Table) -> bytes:
    """UTF-8 with byte order mark, `;` between cells, decimal comma, CRLF: a double click opens it right."""
    return b"\xef\xbb\xbf" + "".join(csv_line(row) for row in rows).encode()


def csv_line(row: Sequence[Cell]) -> str:
    """One row as it stands in such a file, for files that are sent while they are read."""
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerow([_csv_cell(cell) for cell in row])
    return out.getvalue()


def xlsx_bytes(rows: Table, *, title: str) -> bytes:
    """A workbook of one sheet; amounts and days are numbers and dates, texts are texts."""
    return xlsx_sheets([(title, rows)])


def xlsx_sheets(sheets: Sequence[tuple[str, Table]]) -> bytes:
    """A workbook of several sheets, each with its title (cut at 31 characters) and rows."""
    # Loaded on use: signing and sending processes never write a sheet.
    openpyxl: Any = importlib.import_module("openpyxl")
    book = openpyxl.Workbook(write_only=True)
    cell_of: Any = importlib.import_module("openpyxl.cell").WriteOnlyCell
    for title, rows in sheets:
        sheet = book.create_sheet(title[:31])
        for row in rows:
            sheet.append([_xlsx_cell(cell_of, sheet, cell) for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _csv_cell(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case Lira():
            return f"{cell.decimal():.2f}".replace(".", ",")
        case datetime():
            return f"{cell.astimezone(ISTANBUL):%d.%m.%Y %H:%M:%S}"
        case date():
            return f"{cell:%d.%m.%Y}"
        case int():
            return str(cell)
        case _:
            return harmless(cell)


def _xlsx_cell(cell_of: Any, sheet: Any, cell: Cell) -> Any:
    match cell:
        case Lira():
            made = cell_of(sheet, value=cell.decimal())
            made.number_format = "#,##0.00"
        case datetime():
            # A sheet's times have no zone.
            made = cell_of(sheet, value=cell.astimezone(ISTANBUL).replace(tzinfo=None, microsecond=0))
            made.number_format = "dd.mm.yyyy hh:mm:ss"
        case date():
            made = cell_of(sheet, value=cell)
            made.number_format = "dd.mm.yyyy"
        case str():
            made = cell_of(sheet, value=harmless(cell))
            made.data_type = "s"
        case _:
            made = cell_of(sheet, value=cell)
    return made
