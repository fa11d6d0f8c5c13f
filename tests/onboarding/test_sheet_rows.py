"""Sheets that strangers fill in: every cell is read or explained, with its place and in both languages."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from stdnum.tr import vkn as tr_vkn

from ebelge.core import cells
from ebelge.core.cells import BadCell, Column
from ebelge.core.sheet_rows import read_rows, template
from ebelge.core.workbooks import Sheet
from ebelge.ubl.examples import tckn, vkn

COLUMNS = (
    Column("vkn_tckn", "VKN/TCKN", "Tax number", cells.tax_number),
    Column("title", "Unvan", "Title", cells.text),
    Column("kontor", "Kontör", "Kontor", cells.whole(1, 100), required=False),
)


def test_rows_below_the_header_are_read_and_empty_ones_passed_over() -> None:
    sheet = Sheet(
        "Hesaplar", [["Ceren'in listesi"], ["UNVAN *", "vkn / tckn", "not"], ["Işık & Oğlu", vkn(3)], [None], []]
    )
    rows, findings = read_rows(sheet, COLUMNS)
    assert findings == []
    assert [(row.number, row.fields) for row in rows] == [
        (3, {"vkn_tckn": vkn(3), "title": "Işık & Oğlu", "kontor": None})
    ]


def test_each_wrong_cell_is_told_with_row_column_and_what_stands_there() -> None:
    sheet = Sheet("Hesaplar", [["VKN/TCKN", "Unvan", "Kontör"], ["1234567891", "", "-3"], [vkn(4), "Efe", 7]])
    rows, findings = read_rows(sheet, COLUMNS)
    assert [row.number for row in rows] == [3]
    assert [(one.line, one.path, one.rule) for one in findings] == [
        (2, "Hesaplar!VKN/TCKN", "sheet.vkn_tckn"),
        (2, "Hesaplar!Unvan", "sheet.title"),
        (2, "Hesaplar!Kontör", "sheet.kontor"),
    ]
    assert findings[0].message_tr == "Hesaplar, satır 2: VKN/TCKN geçerli bir VKN ya da TCKN değil ('1234567891')."
    assert findings[1].message_en == "Hesaplar, row 2: Title is needed."


def test_without_its_headings_a_sheet_says_which_are_missing() -> None:
    rows, (finding,) = read_rows(Sheet("Hesaplar", [["Unvan", "Kontör"], ["Efe", 3]]), COLUMNS)
    assert rows == []
    assert finding.message_tr == "Hesaplar: başlık satırında şu sütunlar eksik: VKN/TCKN."


def test_the_template_stars_what_must_be_filled_in_and_is_understood_again() -> None:
    for turkish in (True, False):
        header = template(COLUMNS, turkish=turkish)
        assert [name.endswith(" *") for name in header] == [True, True, False]
        rows, findings = read_rows(Sheet("x", [list(header), [vkn(5), "Deniz", 1]]), COLUMNS)
        assert (len(rows), findings) == (1, [])


def test_a_leading_zero_that_a_spreadsheet_ate_is_put_back() -> None:
    short = "012345678" + tr_vkn.calc_check_digit("012345678")
    assert cells.tax_number(Decimal(int(short))) == short
    assert cells.tax_number(tckn(41)) == tckn(41)


@pytest.mark.parametrize(
    ("cell", "kurus"),
    [("1.234,56", 123456), ("1234.5", 123450), (Decimal("0.07"), 7), (12, 1200), ("0", 0)],
)
def test_amounts_are_read_to_the_kurus(cell, kurus) -> None:
    assert cells.kurus(cell) == kurus


@pytest.mark.parametrize("cell", ["-1", "1,234", Decimal("0.005"), "on lira", "NaN", "1e99", "99999999999999"])
def test_what_is_no_amount_is_refused(cell) -> None:
    with pytest.raises(BadCell):
        cells.kurus(cell)


@pytest.mark.parametrize("cell", ["31.12.2026", "2026-12-31", date(2026, 12, 31), datetime(2026, 12, 31, 14, 5)])
def test_a_day_is_a_day_however_it_was_typed(cell) -> None:
    assert cells.day(cell) == date(2026, 12, 31)


@pytest.mark.parametrize("cell", ["31.02.2026", "12/31/2026", "yarın", 46022])
def test_what_is_no_day_is_refused(cell) -> None:
    with pytest.raises(BadCell):
        cells.day(cell)


def test_words_are_known_in_any_of_their_forms() -> None:
    read = cells.choice({"efatura": ("e-Fatura",), "eirsaliye": ("e-İrsaliye",)})
    assert (read("E-FATURA"), read("e-irsaliye"), read("E-İRSALİYE")) == ("efatura", "eirsaliye", "eirsaliye")
    assert cells.several(read)("e-Fatura, e-İrsaliye, efatura") == ("efatura", "eirsaliye")
    with pytest.raises(BadCell, match="must be one of: efatura, eirsaliye"):
        read("fatura")
    assert (cells.yes("Evet"), cells.yes(""), cells.yes("hayır")) == (True, False, False)


@pytest.mark.parametrize("cell", ["ceren@", "a b@c.de", "a@b", "a@b.c,d@e.fg", "x" * 65 + "@a.bc"])
def test_what_is_no_address_is_refused(cell) -> None:
    with pytest.raises(BadCell):
        cells.email(cell)
