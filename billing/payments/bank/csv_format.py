"""Statements as CSV: any of the encodings and separators that Turkish banks use."""

import csv
import io
import re

from billing.payments.bank.statement import StatementLine
from billing.payments.bank.tables import find_header, read_rows
from billing.payments.errors import StatementUnreadable
from ebelge.core.workbooks import Cell

SEPARATORS = (";", "\t", ",", "|")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_TURKISH = re.compile("[ıİşŞğĞüÜöÖçÇ]")


def read_csv(data: bytes, *, account: str) -> tuple[StatementLine, ...]:
    """The lines of a CSV statement.

    :raises StatementUnreadable: another encoding, no header, a row that makes no sense.
    """
    text = decode(data)
    for separator in SEPARATORS:
        rows = _rows(text, separator)
        if rows is not None and find_header(rows) is not None:
            return read_rows(rows, account=account)
    raise StatementUnreadable(
        "Tarih, tutar ve açıklama sütunlarının başlıkları bulunamadı", "no header row with date, amount and description"
    )


def decode(data: bytes) -> str:
    """The text of a file: UTF-8, UTF-16 with its mark, or Windows-1254. :raises StatementUnreadable: none of them."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp1254")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeError:
            continue
        if not _CONTROL.search(text) and not _is_encoded_twice(text):
            return text
    raise StatementUnreadable(
        "Dosyanın karakter kodlaması tanınmadı; UTF-8 veya Windows-1254 olarak kaydedin",
        "the file's encoding is unknown; save it as UTF-8 or Windows-1254",
    )


def _is_encoded_twice(text: str) -> bool:
    # UTF-8 that somebody took for Windows-1254: "ÅŸ" for ş. Read as it stands, names would never match again.
    if text.isascii():
        return False
    try:
        return bool(_TURKISH.search(text.encode("cp1254").decode("utf-8")))
    except UnicodeError:
        return False


def _rows(text: str, separator: str) -> list[list[Cell]] | None:
    try:
        return [list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator)]
    except csv.Error:
        return None
