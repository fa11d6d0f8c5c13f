"""Cells as Turkish bookkeepers fill them in: figures, days, percentages and numbers of taxpayers."""

import importlib
import io
from datetime import date, datetime
from decimal import Decimal

import pytest

from ebelge.core.cells import BadCell, currency, day, kurus, number, plain, shown, tax_number
from ebelge.core.workbooks import read_workbook


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("1.234,56", "1234.56"), ("1,234.56", "1234.56"), ("1234.5", "1234.5"), ("₺ 2.500,00", "2500"),
     ("45,90 TL", "45.9"),
     ("1.234.567", "1234567"), ("1 250", "1250"), ("0.125", "0.125"), ("1,250", "1.25"), ("10", "10"),
     ("1250.000", "1250")],
)  # fmt: skip
def test_a_figure_is_read_as_it_is_meant(typed: str, meant: str) -> None:
    assert number(typed) == Decimal(meant)


@pytest.mark.parametrize("typed", ["1.250", "12.500", "1.23,4", "1,23.4", "abc", "1e5", "", "--1", "NaN", "١٢"])
def test_what_may_be_another_figure_is_refused(typed: str) -> None:
    with pytest.raises(BadCell):
        number(typed)
    with pytest.raises(BadCell):
        kurus(typed)


def test_an_amount_keeps_its_kurus() -> None:
    assert [kurus(cell) for cell in ("1.249,90", Decimal("1249.9"), 7)] == [1_249_90, 1_249_90, 700]
    with pytest.raises(BadCell):
        kurus("1,234")


@pytest.mark.parametrize(
    "cell", ["1.2.2026", "01/02/2026", "01-02-2026", "2026-02-01", "2026-02-01 00:00:00", datetime(2026, 2, 1)]
)
def test_a_day_is_read_the_turkish_way(cell: str | datetime) -> None:
    assert day(cell) == date(2026, 2, 1)


@pytest.mark.parametrize("cell", ["31.11.2026", "1/2-2026", "1 Şubat", "2026-02-01 14:30:00", ""])
def test_what_is_no_day_is_refused(cell: str) -> None:
    with pytest.raises(BadCell):
        day(cell)


def test_a_number_of_a_taxpayer_may_be_written_with_blanks() -> None:
    assert [tax_number(cell) for cell in ("192 038 475 1", 1920384751)] == ["1920384751"] * 2


def test_a_currency_is_read_as_people_write_it() -> None:
    assert [currency(cell) for cell in ("TL", "₺", "try", "usd", "Avro", "GBP")] == [
        "TRY", "TRY", "TRY", "USD", "EUR", "GBP",
    ]  # fmt: skip
    with pytest.raises(BadCell):
        currency("lira")


def test_a_sheet_is_read_as_it_is_shown() -> None:
    openpyxl = importlib.import_module("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["KDV", 0.2, 0.175, 0.2, 1.5, 10.0, date(2026, 2, 1), datetime(2026, 2, 1, 14, 30)])
    for place in (2, 3):
        book.active.cell(1, place).number_format = "0%"
    out = io.BytesIO()
    book.save(out)
    (sheet,) = read_workbook(out.getvalue(), rows_max=5)
    (row,) = sheet.rows
    assert row[1:3] == ["%20", "%17.5"]
    assert [plain(cell) for cell in row[3:8]] == ["0.2", "1.5", "10", "01.02.2026", "01.02.2026 14:30"]
    assert shown(row[4]) == "1,5"
