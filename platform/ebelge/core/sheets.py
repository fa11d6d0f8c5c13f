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
_MEASURED, _NARROWEST, _WIDEST = 500, 10, 60
_ABOVE = 10  # rows in which the headings are looked for
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Lira:
    """An amount in kuruş, shown in lira with two places."""

    kurus: int

    def decimal(self) -> Decimal:
        """The amount in lira."""
        return Decimal(self.kurus).scaleb(-2)


Cell = str | int | Decimal | Lira | date | datetime | None
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
    """A workbook of several sheets, each with its title (cut at 31 characters) and rows.

    Columns are as wide as what stands in them, and headings stay in sight.
    """
    # Loaded on use: signing and sending processes never write a sheet.
    openpyxl: Any = importlib.import_module("openpyxl")
    book = openpyxl.Workbook(write_only=True)
    cell_of: Any = importlib.import_module("openpyxl.cell").WriteOnlyCell
    get_column_letter: Any = importlib.import_module("openpyxl.utils").get_column_letter
    bold: Any = importlib.import_module("openpyxl.styles").Font(bold=True)
    for title, rows in sheets:
        sheet = book.create_sheet(title[:31])
        for place, width in enumerate(_widths(rows)):
            sheet.column_dimensions[get_column_letter(place + 1)].width = width
        head = next((at for at, row in enumerate(rows[:_ABOVE]) if _is_head(row)), None)
        if head is not None:
            sheet.freeze_panes = f"A{head + 2}"
        for number, row in enumerate(rows):
            made = [_xlsx_cell(cell_of, sheet, cell) for cell in row]
            if number == head:
                for cell in made:
                    cell.font = bold
            sheet.append(made)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _is_head(row: Sequence[Cell]) -> bool:
    return len(row) > 1 and all(isinstance(cell, str) and cell for cell in row)


def _widths(rows: Table) -> list[int]:
    """How wide each column is to be, by its first rows, in characters: an amount too wide is shown as ####."""
    found: list[int] = []
    for row in rows[:_MEASURED]:
        if len(row) == 1:  # a title runs on over the cells beside it
            continue
        found += [_NARROWEST] * (len(row) - len(found))
        for place, cell in enumerate(row):
            match cell:
                case Lira():
                    long = len(f"{cell.decimal():,.2f}")
                case datetime():
                    long = len("31.12.2026 23:59:59")
                case date():
                    long = len("31.12.2026")
                case _:
                    long = 0 if cell is None else len(str(cell))
            found[place] = max(found[place], min(long + 2, _WIDEST))
    return found


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
        case int() | Decimal():
            return f"{cell:f}".replace(".", ",") if isinstance(cell, Decimal) else str(cell)
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
