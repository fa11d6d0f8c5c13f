"""Statements as XLSX: the first sheet that has a header."""

from billing.payments.bank.statement import LINES_MAX, StatementLine
from billing.payments.bank.tables import find_header, read_rows
from billing.payments.errors import StatementUnreadable
from ebelge.core.workbooks import TooManyRows, WorkbookUnreadable, read_workbook


def read_xlsx(data: bytes, *, account: str) -> tuple[StatementLine, ...]:
    """The lines of a workbook. :raises StatementUnreadable: no workbook, too large, DTD inside, no header."""
    try:
        sheets = read_workbook(data, rows_max=LINES_MAX + 100)
    except TooManyRows as error:
        raise StatementUnreadable(f"Dosyada {LINES_MAX} satırdan fazla var", f"more than {LINES_MAX} rows") from error
    except WorkbookUnreadable as error:
        raise StatementUnreadable(
            "Dosya okunabilir bir Excel dosyası değil", f"not a readable workbook: {error}"
        ) from error
    for sheet in sheets:
        if find_header(sheet.rows) is not None:
            return read_rows(sheet.rows, account=account)
    raise StatementUnreadable(
        "Tarih, tutar ve açıklama sütunlarının başlıkları bulunamadı", "no header row with date, amount and description"
    )
