"""Statements as XLSX: the first sheet that has a header. The file is weighed before openpyxl sees it."""

import importlib
import io
import zipfile
from datetime import date
from decimal import Decimal
from typing import Any

from billing.payments.bank.statement import LINES_MAX, StatementLine
from billing.payments.bank.tables import Cell, find_header, read_rows
from billing.payments.errors import StatementUnreadable

PARTS_MAX = 500
UNPACKED_BYTES_MAX = 60 * 1024 * 1024
COLUMNS_MAX = 60
SHEETS_MAX = 10
NUMBER_MAX = 10**15
_FORBIDDEN = (b"<!DOCTYPE", b"<!ENTITY")


def read_xlsx(data: bytes, *, account: str) -> tuple[StatementLine, ...]:
    """The lines of a workbook. :raises StatementUnreadable: no workbook, too large, DTD inside, no header."""
    _weigh(data)
    # Loaded on use: web and signing processes never read a sheet, and openpyxl takes its time and memory.
    openpyxl: Any = importlib.import_module("openpyxl")
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheets = [_cells(sheet) for sheet in book.worksheets[:SHEETS_MAX]]
        book.close()
    except StatementUnreadable:
        raise
    except Exception as error:  # openpyxl raises whatever it trips over: KeyError, ValueError, XML errors
        raise _unreadable(type(error).__name__) from error
    for rows in sheets:
        if find_header(rows) is not None:
            return read_rows(rows, account=account)
    raise StatementUnreadable(
        "Tarih, tutar ve açıklama sütunlarının başlıkları bulunamadı", "no header row with date, amount and description"
    )


def _weigh(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > PARTS_MAX:
                raise _unreadable("too many parts")
            left = UNPACKED_BYTES_MAX
            for part in parts:
                with archive.open(part) as stream:
                    # What is really there counts, not what the directory says.
                    content = stream.read(left + 1)
                left -= len(content)
                if left < 0:
                    raise _unreadable("too large when unpacked")
                if any(word in content for word in _FORBIDDEN) or content.startswith((b"\xff\xfe", b"\xfe\xff")):
                    raise _unreadable("a document type inside")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise _unreadable("no zip file") from error
    except Exception as error:
        if isinstance(error, StatementUnreadable):
            raise
        raise _unreadable("a broken zip file") from error  # zlib.error and its like


def _cells(sheet: Any) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    for row in sheet.iter_rows(max_col=COLUMNS_MAX, values_only=True):
        rows.append([_cell(value) for value in row])
        if len(rows) > LINES_MAX + 100:
            raise StatementUnreadable(f"Dosyada {LINES_MAX} satırdan fazla var", f"more than {LINES_MAX} rows")
    return rows


def _cell(value: Any) -> Cell:
    if value is None or isinstance(value, str | date):
        return value
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        # A spreadsheet holds binary numbers: 1234.56 is stored as the nearest one, its shortest text is what was typed
        # (a formula may leave noise far behind the kuruş).
        number = Decimal(repr(value))
        return round(number, 6) if abs(value) < NUMBER_MAX else number
    return str(value)


def _unreadable(reason: str) -> StatementUnreadable:
    return StatementUnreadable("Dosya okunabilir bir Excel dosyası değil", f"not a readable workbook: {reason}")
