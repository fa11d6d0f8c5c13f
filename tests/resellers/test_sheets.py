"""The statement as a sheet: Turkish Excel opens it, it adds up, and a customer's name never becomes a formula."""

import csv
import importlib
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from billing.commissions import entries, statement
from billing.resellers import contracts
from ebelge.core.errors import InvalidRequest
from ebelge.core.ids import new_id

NOON = datetime(2026, 11, 10, 9, tzinfo=UTC)
EVIL = '=HYPERLINK("http://evil.example";"Bora")'


@pytest.fixture
def month(trade):
    """November of a reseller: two orders, one of an evil name, half of the other refunded."""
    ceren = trade.open("reseller", "Ceren Ltd.")
    with trade.session(ceren) as session:
        of = {"tenant_id": ceren, "at": NOON}
        contracts.conclude(session, model="commission", commission_bp=1250, valid_from=NOON, created_by="x", **of)
        order = new_id()
        for title, net, order_id in ((EVIL, 10_000, new_id()), ("Şükrü Ağaoğlu; Tic.", 123_457, order)):
            entries.accrue(session, customer_id=new_id(), customer_title=title, order_reference="KNT-ABCDE-F",
                           order_id=order_id, net_kurus=net, credited_at=NOON, **of)  # fmt: skip
        entries.reverse(session, cause_id=new_id(), order_id=order, net_kurus=61_729, **of)
        with pytest.raises(InvalidRequest):
            statement.statement(session, tenant_id=ceren, month=date(2026, 12, 1), at=NOON)
        return statement.statement(session, tenant_id=ceren, month=date(2026, 11, 30), at=NOON + timedelta(days=1))


def test_the_csv_opens_in_turkish_excel(month) -> None:
    data = statement.as_csv(month)
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert data.count(b"\r\n") == len(rows) == 8
    assert {len(row) for row in rows} == {len(statement.HEADER)}
    lines = rows[2:5]
    assert {row[2] for row in lines} == {f"'{EVIL}", "Şükrü Ağaoğlu; Tic."}
    assert [row[6] for row in lines] == ["12,50", "154,32", "-77,16"]
    assert rows[5][1:7] == ["Ay sonu", "", "", "", "", "89,66"]
    assert (rows[6][6], rows[7][6]) == ("89,66", "0,00")
    assert (lines[0][0], lines[0][5]) == ("10.11.2026 12:00:00", "12,50")


def test_the_xlsx_holds_numbers_and_no_formula(month) -> None:
    openpyxl = importlib.import_module("openpyxl")
    sheet = openpyxl.load_workbook(io.BytesIO(statement.as_xlsx(month))).active
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert f"'{EVIL}" in {cell.value for cell in cells}
    commission = [row[6].value for row in sheet.iter_rows(min_row=3, max_row=5)]
    assert [Decimal(str(value)) for value in commission] == [Decimal("12.5"), Decimal("154.32"), Decimal("-77.16")]
    assert sheet["A3"].value == datetime(2026, 11, 10, 12, 0)
    assert sheet.title == "Komisyon 2026-11"
