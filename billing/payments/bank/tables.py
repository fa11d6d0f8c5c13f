"""Statements that are tables (CSV, XLSX): which column is what, and each row as a line."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from billing.payments.bank.faults import Unfit, said
from billing.payments.bank.figures import Mark, amount_kurus, date_of, decimal_kurus, decimal_mark
from billing.payments.bank.identity import ibans_in, tr_iban, vkn_tckn, vkn_tckn_in
from billing.payments.bank.statement import (
    LINES_MAX,
    TEXT_CHARACTERS_MAX,
    StatementLine,
    check_account,
    with_references,
)
from billing.payments.errors import StatementUnreadable
from ebelge.core.findings import Finding
from ebelge.core.folding import fold
from ebelge.core.workbooks import Cell

HEADER_ROWS_MAX = 40
FINDINGS_MAX = 20
# Column names as banks write them, folded.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "date": ("TARIH", "ISLEM TARIHI", "ISLEM TARIH", "HAREKET TARIHI", "DATE", "TRANSACTION DATE", "BOOKING DATE"),
    "value_date": ("VALOR", "VALOR TARIHI", "VALUE DATE"),
    "amount": ("TUTAR", "ISLEM TUTARI", "MIKTAR", "AMOUNT", "TUTAR TL", "ISLEM TUTARI TL"),
    "debit": ("BORC", "CIKIS", "CIKAN", "DEBIT", "BORC TUTARI"),
    "credit": ("ALACAK", "GIRIS", "GELEN", "CREDIT", "ALACAK TUTARI"),
    "description": ("ACIKLAMA", "ISLEM ACIKLAMASI", "ACIKLAMALAR", "DESCRIPTION", "DETAILS"),
    "sender": ("GONDEREN", "GONDEREN ADI", "GONDEREN UNVANI", "GONDEREN AD SOYAD", "KARSI HESAP ADI", "KARSI TARAF",
               "KARSI UNVAN", "ALICI GONDEREN", "SENDER", "SENDER NAME", "COUNTERPARTY"),
    "vkn": ("VKN", "TCKN", "VKN TCKN", "TCKN VKN", "VERGI NO", "GONDEREN VKN", "GONDEREN VKN TCKN", "KARSI VKN",
            "KARSI VKN TCKN", "SENDER TAX NUMBER"),
    "iban": ("GONDEREN IBAN", "KARSI IBAN", "KARSI HESAP", "KARSI HESAP IBAN", "SENDER IBAN"),
    "ref": ("DEKONT NO", "ISLEM NO", "REFERANS", "REFERANS NO", "FIS NO", "DEKONT", "ISLEM REFERANSI", "REFERENCE"),
    "currency": ("DOVIZ", "DOVIZ CINSI", "PARA BIRIMI", "CURRENCY"),
    "balance": ("BAKIYE", "BAKIYE TL", "BALANCE"),
}  # fmt: skip
_BY_NAME = {name: column for column, names in _NAMES.items() for name in names}
_TOTALS = ("TOPLAM", "DEVIR", "DEVREDEN", "ACILIS BAKIYESI", "KAPANIS BAKIYESI", "TOTAL")
_CURRENCIES = {"TL": "TRY", "TRY": "TRY", "YTL": "TRY", "": "TRY"}


@dataclass(frozen=True, slots=True)
class Header:
    """Where the header is and which column is what."""

    row: int
    columns: Mapping[str, int]


def find_header(rows: Sequence[Sequence[Cell]]) -> Header | None:
    """The first row that names a date, an amount and a description; None if there is none."""
    for number, row in enumerate(rows[:HEADER_ROWS_MAX]):
        columns: dict[str, int] = {}
        for place, cell in enumerate(row):
            column = _BY_NAME.get(fold(cell)) if isinstance(cell, str) and len(cell) < 80 else None
            if column is not None and column not in columns:
                columns[column] = place
        if {"date", "description"} <= set(columns) and ("amount" in columns or "credit" in columns):
            return Header(number, columns)
    return None


def read_rows(rows: Sequence[Sequence[Cell]], *, account: str) -> tuple[StatementLine, ...]:
    """All rows below the header as lines; one that cannot be read refuses the whole file, with what is wrong where."""
    header = find_header(rows)
    if header is None:
        raise StatementUnreadable(
            "Tarih, tutar ve açıklama sütunlarının başlıkları bulunamadı",
            "no header row with date, amount and description",
        )
    if len(rows) - header.row > LINES_MAX:
        raise StatementUnreadable(f"Dosyada {LINES_MAX} satırdan fazla var", f"more than {LINES_MAX} rows")
    # What stands above the header is about the account itself.
    check_account(account, (iban for row in rows[: header.row] for cell in row for iban in ibans_in(str(cell))))
    lines: list[StatementLine] = []
    findings: list[Finding] = []
    mark = _mark(rows, header)
    for number, row in enumerate(rows[header.row + 1 :], start=header.row + 2):
        if _is_no_movement(row):
            continue
        try:
            lines.append(_line(_cells(row, header.columns), account, number, mark))
        except ValueError as error:
            findings.append(_finding(number, error))
            if len(findings) == FINDINGS_MAX:
                break
    if findings:
        raise StatementUnreadable("Bazı satırlar okunamadı", "some rows cannot be read", findings=findings)
    return with_references(lines)


def _mark(rows: Sequence[Sequence[Cell]], header: Header) -> Mark:
    places = [header.columns[name] for name in ("amount", "debit", "credit", "balance") if name in header.columns]
    found: set[Mark] = set()
    for row in rows[header.row + 1 :]:
        for place in places:
            cell = row[place] if place < len(row) else None
            if isinstance(cell, str) and len(cell) <= 60 and (mark := decimal_mark(cell)):
                found.add(mark)
    if len(found) > 1:
        raise StatementUnreadable(
            "Tutarların ondalık ayracı bir satırda virgül, birinde nokta", "amounts with two different decimal marks"
        )
    return found.pop() if found else ","


def _line(cell: Callable[[str], Cell], account: str, number: int, mark: Mark) -> StatementLine:
    description, sender = _text(cell("description")), _text(cell("sender"))
    currency = fold(_text(cell("currency")))
    iban = tr_iban(_text(cell("iban"))) or next(iter(ibans_in(description)), "")
    own = vkn_tckn(_text(cell("vkn"))) or next(iter(vkn_tckn_in(description)), "")
    value_date, balance = cell("value_date"), cell("balance")
    return StatementLine(
        account=account,
        booked_on=date_of(cell("date")),
        amount_kurus=_amount(cell, mark),
        currency=_CURRENCIES.get(currency, currency),
        description=description,
        bank_ref=_text(cell("ref")),
        row=number,
        value_on=None if value_date in (None, "") else date_of(value_date),
        sender_name=sender,
        sender_vkn=own,
        sender_iban=iban,
        balance_kurus=None if balance in (None, "") else _kurus(balance, mark),
    )


def _amount(cell: Callable[[str], Cell], mark: Mark) -> int:
    if cell("amount") not in (None, ""):
        return _kurus(cell("amount"), mark)
    given = {name: _kurus(cell(name), mark) for name in ("credit", "debit") if cell(name) not in (None, "")}
    moved = {name: abs(value) for name, value in given.items() if value}
    if len(moved) != 1:
        raise Unfit("alacak ve borçtan yalnız biri dolu olmalı", "exactly one of credit and debit is needed")
    return moved["credit"] if "credit" in moved else -moved["debit"]


def _kurus(value: Cell, mark: Mark) -> int:
    if isinstance(value, Decimal | int):
        return decimal_kurus(Decimal(value))
    return amount_kurus(_text(value), mark=mark)


def _cells(row: Sequence[Cell], columns: Mapping[str, int]) -> Callable[[str], Cell]:
    def cell(name: str) -> Cell:
        place = columns.get(name)
        value = row[place] if place is not None and place < len(row) else None
        return value.strip() if isinstance(value, str) else value

    return cell


def _text(value: Cell) -> str:
    text = "" if value is None else " ".join(str(value).split())
    if len(text) > TEXT_CHARACTERS_MAX:
        raise Unfit(
            f"{TEXT_CHARACTERS_MAX} karakterden uzun metin", f"a text of more than {TEXT_CHARACTERS_MAX} characters"
        )
    return text


def _is_no_movement(row: Sequence[Cell]) -> bool:
    filled = [cell for cell in row if cell not in (None, "") and not (isinstance(cell, str) and not cell.strip())]
    return not filled or (isinstance(filled[0], str) and fold(filled[0]).startswith(_TOTALS))


def _finding(number: int, error: ValueError) -> Finding:
    turkish, english = said(error)
    return Finding(
        rule="statement.row",
        message_tr=f"Satır okunamadı: {turkish}",
        message_en=f"unreadable row: {english}",
        line=number,
    )
