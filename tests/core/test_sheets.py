"""Sheets: what a stranger typed never becomes a formula, amounts are numbers, Turkish Excel opens the CSV."""

import csv
import importlib
import io
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebelge.core.sheets import Lira, csv_bytes, harmless, xlsx_bytes

EVIL = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", '=cmd|"/c calc"!A1']


@pytest.mark.parametrize("text", EVIL)
def test_a_text_is_never_a_formula(text: str) -> None:
    rows = list(csv.reader(io.StringIO(csv_bytes([[text]]).decode("utf-8-sig"), newline=""), delimiter=";"))
    assert rows == [["'" + text]]
    openpyxl = importlib.import_module("openpyxl")
    (cell,) = next(openpyxl.load_workbook(io.BytesIO(xlsx_bytes([[text]], title="x"))).active.iter_rows())
    assert (cell.data_type, cell.value[0]) == ("s", "'")


@given(st.text(max_size=30))
def test_every_text_can_be_written(text: str) -> None:
    assert not harmless(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert csv_bytes([[text]])
    assert xlsx_bytes([[text]], title="x").startswith(b"PK")


def test_cells_are_what_excel_expects() -> None:
    row = [Lira(-1_234_505), 7, None, date(2026, 2, 1), datetime(2026, 1, 31, 21, 30, 5, tzinfo=UTC), "Şükrü; Ltd."]
    assert csv_bytes([row]).decode("utf-8-sig") == '-12345,05;7;;01.02.2026;01.02.2026 00:30:05;"Şükrü; Ltd."\r\n'
    openpyxl = importlib.import_module("openpyxl")
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_bytes([row], title="Komisyon " * 9))).active
    amount, count, empty, day, instant, name = (cell.value for cell in next(sheet.iter_rows()))
    assert (round(amount * 100), count, empty, name) == (-1_234_505, 7, None, "Şükrü; Ltd.")
    assert (day.date(), instant) == (date(2026, 2, 1), datetime(2026, 2, 1, 0, 30, 5))
    assert len(sheet.title) == 31


def test_a_workbook_can_be_read_without_dragging_its_columns() -> None:
    rows = [
        ["Ekstre, " * 20],
        ["Fatura no", "Alıcı", "Tutar"],
        ["AKN2026000000114", "Işık Ltd. Şti. " * 20, Lira(1_234_567_890_12)],
    ]
    openpyxl = importlib.import_module("openpyxl")
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(rows, title="x"))).active
    assert [sheet.column_dimensions[name].width for name in "ABC"] == [18, 60, 18]
    assert sheet.freeze_panes == "A3"
    assert [row[0].font.b for row in sheet.iter_rows()] == [False, True, False]
