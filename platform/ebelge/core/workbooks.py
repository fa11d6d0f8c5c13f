"""Workbooks (XLSX) of strangers: weighed before openpyxl sees them, read as plain cells, never computed."""

import importlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

PARTS_MAX = 500
UNPACKED_BYTES_MAX = 60 * 1024 * 1024
COLUMNS_MAX = 60
SHEETS_MAX = 10
NUMBER_MAX = 10**15
Cell = str | int | Decimal | date | None
_TURKISH = {
    "too many parts": "çok fazla parçası var; sayfayı yeni bir çalışma kitabına kopyalayın",
    "too large when unpacked": "açılınca çok büyük; dosyayı bölün",
    "macros, links to other files or embedded objects inside":
        "makro, başka dosyaya bağlantı ya da gömülü nesne taşıyor; sayfayı yeni bir kitaba değer olarak yapıştırın",
}  # fmt: skip
# What Excel wrote before 2007, and the box in which it seals a workbook under a password.
_COMPOUND, _SEALED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "EncryptedPackage".encode("utf-16-le")
_FORBIDDEN = (b"<!DOCTYPE", b"<!ENTITY")
# Parts of a workbook that do something or reach elsewhere: macros, links to other files, embedded and active objects.
_ACTIVE = (
    "vbaproject", "/externallinks/", "/macrosheets/", "/dialogsheets/", "/activex/", "/embeddings/", "/customui/",
    "/connections.xml", "/querytables/",
)  # fmt: skip


class WorkbookUnreadable(Exception):
    """No workbook, too large when unpacked, a document type inside, or broken; the text says which."""

    @property
    def tr(self) -> str:
        """The same in Turkish, with what its owner can do."""
        return _TURKISH.get(str(self), "dosya bozuk ya da eksik inmiş")


class TooManyRows(WorkbookUnreadable):
    """A sheet has more rows than the reader takes."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet's name and its rows, each as wide as its last cell that is filled (at most `COLUMNS_MAX`)."""

    title: str
    rows: list[list[Cell]]


def read_workbook(data: bytes, *, rows_max: int, inert: bool = False) -> list[Sheet]:
    """The first sheets of a workbook. Formulas give the value that was stored with them, or nothing; what is shown as
    a percentage is a text, %20.

    `inert`: also refuse what has macros, links to other files or embedded objects, although none of it would be run.

    :raises TooManyRows: a sheet is longer than `rows_max`. :raises WorkbookUnreadable: see there.
    """
    _weigh(data, inert=inert)
    # Loaded on use: web and signing processes seldom read a sheet, and openpyxl takes its time and memory.
    openpyxl: Any = importlib.import_module("openpyxl")
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheets = [Sheet(str(sheet.title), list(_rows(sheet, rows_max))) for sheet in book.worksheets[:SHEETS_MAX]]
        book.close()
    except WorkbookUnreadable:
        raise
    except Exception as error:  # openpyxl raises whatever it trips over: KeyError, ValueError, XML errors
        raise WorkbookUnreadable(type(error).__name__) from error
    return sheets


def old_or_sealed(data: bytes) -> tuple[str, str] | None:
    """What to do with a workbook of Excel before 2007, or one under a password; None for any other file."""
    if not data.startswith(_COMPOUND):
        return None
    if _SEALED in data:
        return (
            "Excel dosyası parolalı; Excel'de açın, parolayı kaldırıp yeniden kaydedin.",
            "The workbook has a password; open it in Excel, take the password off and save it again.",
        )
    return (
        "Dosya eski Excel biçiminde (.xls); Excel'de açıp .xlsx olarak kaydedin.",
        "The file is in the old format of Excel, .xls; open it in Excel and save it as .xlsx.",
    )


def _weigh(data: bytes, *, inert: bool) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > PARTS_MAX:
                raise WorkbookUnreadable("too many parts")
            names = [f"/{part.filename.casefold()}" for part in parts]
            if inert and any(word in name for name in names for word in _ACTIVE):
                raise WorkbookUnreadable("macros, links to other files or embedded objects inside")
            left = UNPACKED_BYTES_MAX
            for part in parts:
                with archive.open(part) as stream:
                    # What is really there counts, not what the directory says.
                    content = stream.read(left + 1)
                left -= len(content)
                if left < 0:
                    raise WorkbookUnreadable("too large when unpacked")
                if any(word in content for word in _FORBIDDEN) or content.startswith((b"\xff\xfe", b"\xfe\xff")):
                    raise WorkbookUnreadable("a document type inside")
    except WorkbookUnreadable:
        raise
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise WorkbookUnreadable("no zip file") from error
    except Exception as error:  # zlib.error and its like
        raise WorkbookUnreadable("a broken zip file") from error


def _rows(sheet: Any, rows_max: int) -> Iterator[list[Cell]]:
    for number, row in enumerate(sheet.iter_rows(max_col=COLUMNS_MAX), start=1):
        if number > rows_max:
            raise TooManyRows(f"more than {rows_max} rows")
        yield [_read(cell) for cell in row]


def _read(cell: Any) -> Cell:
    value = _cell(cell.value)
    if isinstance(value, int | Decimal) and "%" in (cell.number_format or ""):
        # Who types %20 into a spreadsheet is shown %20, and 0.2 is stored.
        return f"%{_bare(Decimal(value) * 100):f}"
    return value


def _cell(value: Any) -> Cell:
    if value is None or isinstance(value, str | date):
        return value
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        # A spreadsheet holds binary numbers: 1234.56 is stored as the nearest one, its shortest text is what was typed
        # (a formula may leave noise far behind the kuruş).
        number = Decimal(repr(value))
        return _bare(round(number, 6)) if abs(value) < NUMBER_MAX else number
    return str(value)


def _bare(number: Decimal) -> Decimal:
    """Without zeros behind the last digit: 1.500000 -> 1.5."""
    return number.to_integral_value() if number == number.to_integral_value() else number.normalize()
