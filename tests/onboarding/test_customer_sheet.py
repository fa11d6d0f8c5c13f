"""A reseller's sheet of customers: hostile files are refused, every row is read or explained."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import openpyxl
import pytest
from stdnum.tr.vkn import calc_check_digit

from ebelge.core.workbooks import Sheet
from ebelge.onboarding import customer_sheet
from ebelge.onboarding.customer_sheet import COLUMNS, ROWS_MAX, SheetRefused
from ebelge.ubl.examples import tckn, vkn

HEAD = [one.name_tr for one in COLUMNS]


def line(number: int = 1, **changes: Any) -> list[Any]:
    cells = {"vkn_tckn": vkn(number), "title": "Işık & Oğlu", "district": "Şişli", "city": "İstanbul",
             "owner_email": "isik@ornek.example"} | changes  # fmt: skip
    return [cells.get(one.field) for one in COLUMNS]


def rows(*lines: list[Any], head: list[Any] = HEAD):
    return customer_sheet.rows_of(Sheet("Müşteriler", [head, *lines]))


def book(*lines: list[Any]) -> bytes:
    made = openpyxl.Workbook()
    for one in lines:
        made.active.append(one)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def with_part(data: bytes, name: str, content: bytes = b"x") -> bytes:
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


def test_a_row_becomes_a_customer_with_its_owner_and_services() -> None:
    (row,) = customer_sheet.read(book(["Ceren'in listesi"], HEAD, line(3, services="e-Fatura, earsiv", language="EN")))
    assert row.number == 3
    assert row.findings == ()
    assert row.customer.identity.vkn_tckn == vkn(3)
    assert row.customer.identity.email == row.customer.owner_email == "isik@ornek.example"
    assert (row.customer.services, row.customer.language) == (("efatura", "earsiv"), "en")


def test_english_headings_and_numbers_that_lost_their_zero_are_understood() -> None:
    zero = "012345678" + calc_check_digit("012345678")
    head = [one.name_en.upper() for one in COLUMNS]
    (row,) = rows(line(vkn_tckn=int(zero)), head=head)
    assert row.customer.identity.vkn_tckn == zero


def test_a_person_needs_first_and_family_name_a_company_its_title() -> None:
    good, bad, company = rows(
        line(vkn_tckn=tckn(1), title=None, first_name="Ayşe", family_name="Işık"),
        line(vkn_tckn=tckn(2), title="Ayşe Işık"),
        line(5, title=None),
    )
    assert (good.customer.identity.title, good.customer.identity.family_name) == ("Ayşe Işık", "Işık")
    assert [one.rule for one in bad.findings] == ["sheet.first_name"]
    assert [one.rule for one in company.findings] == ["sheet.title"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("vkn_tckn", "1234567891"), ("owner_email", "kim@"), ("owner_email", None), ("city", None), ("phone", "yok"),
     ("services", "efatura, faks"), ("language", "de"), ("title", "=HYPERLINK(1)"), ("title", "x" * 301),
     ("district", "@SUM(1)")],
)  # fmt: skip
def test_what_is_wrong_is_told_with_row_column_value_and_how_to_mend_it(field: str, value: Any) -> None:
    good, bad = rows(line(1), line(2, **{field: value}))
    assert good.customer is not None
    assert bad.customer is None
    (found,) = bad.findings
    column = next(one for one in COLUMNS if one.field == field)
    assert (found.rule, found.line, found.path) == (f"sheet.{field}", 3, f"Müşteriler!{column.name_tr}")
    assert "satır 3" in found.message_tr
    assert "row 3" in found.message_en
    assert found.mend_tr
    assert found.mend_en
    assert bad.cells[field] == ("" if value is None else value[:300])
    if value:
        assert value[:60] in found.message_tr


def test_a_taxpayer_stands_in_a_sheet_once() -> None:
    first, second = rows(line(7), line(7, title="Başka"))
    assert first.customer is not None
    assert (second.customer, second.findings[0].rule) == (None, "sheet.vkn_tckn")
    assert "2. satırda" in second.findings[0].message_tr


def test_the_template_is_read_back_and_holds_no_customer() -> None:
    for turkish in (True, False):
        data = customer_sheet.template_xlsx(turkish=turkish)
        with pytest.raises(SheetRefused, match="no filled row"):
            customer_sheet.read(data)
        sheet = openpyxl.load_workbook(io.BytesIO(data))
        sheet.active.append(line(9))
        out = io.BytesIO()
        sheet.save(out)
        (row,) = customer_sheet.read(out.getvalue())
        assert row.customer is not None, row.findings


@pytest.mark.parametrize(
    "part",
    ["xl/vbaProject.bin", "xl/externalLinks/externalLink1.xml", "xl/macrosheets/sheet1.xml", "xl/embeddings/a.bin",
     "xl/activeX/activeX1.xml", "XL/VBAPROJECT.BIN", "customUI/customUI.xml", "xl/connections.xml"],
)  # fmt: skip
def test_what_could_act_or_reach_elsewhere_is_refused(part: str) -> None:
    with pytest.raises(SheetRefused):
        customer_sheet.read(with_part(book(HEAD, line()), part))


def test_a_bomb_a_document_type_and_no_workbook_are_refused() -> None:
    bomb = with_part(book(HEAD, line()), "xl/media/x", bytes(70 * 1024 * 1024))
    assert len(bomb) < customer_sheet.BYTES_MAX
    dtd = with_part(book(HEAD, line()), "xl/x.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a/>')
    for hostile in (bomb, dtd, b"", b"PK\x03\x04", b"VKN;Unvan\n", bytes(customer_sheet.BYTES_MAX + 1)):
        with pytest.raises(SheetRefused):
            customer_sheet.read(hostile)


def test_without_heading_without_rows_or_with_too_many_nothing_is_kept() -> None:
    with pytest.raises(SheetRefused, match="lacks these columns"):
        rows(line(), head=["Unvan", "İl"])
    with pytest.raises(SheetRefused):
        rows()
    with pytest.raises(SheetRefused):
        rows(*[line(n) for n in range(1, ROWS_MAX + 2)])
    assert len(rows(*[line(n) for n in range(1, ROWS_MAX + 1)])) == ROWS_MAX
    with pytest.raises(SheetRefused):
        customer_sheet.read(book(HEAD, *[line(1)] * (ROWS_MAX + 50)))
