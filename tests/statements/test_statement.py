"""A statement says what the journal says, as of any final instant, and its files open with the same sums."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from uuid import UUID

import openpyxl
import pytest

from billing.ledger import charges
from billing.statements import statement, table
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.errors import InvalidRequest
from ebelge.core.ids import new_id
from ebelge.core.sheets import csv_bytes, xlsx_bytes
from tests.orders import shop

pytestmark = pytest.mark.usefixtures("settings")
PRICE_ID = UUID("00000000-0000-7000-8000-000000000001")


@pytest.fixture(scope="module")
def akin(settings: object) -> UUID:
    """A customer that bought 1,000 kontör, used 3 of 5 reserved, and numbered a document like a formula."""
    tenant_id = shop.customer()
    placed = shop.order(tenant_id, shop.on_sale(kontor=1_000, bonus=50, net_kurus=104_158))
    assert shop.settled(placed, shop.evidence(placed)).outcome == "credited"
    used, kept = new_id(), new_id()
    with tenant_session(tenant_id) as session:
        for charge_id, kontor, name in ((used, 3, "AKN2026000000001"), (kept, 2, "=HYPERLINK(1)")):
            charges.reserve(
                session, tenant_id=tenant_id, charge_id=charge_id, kind="efatura.out", kontor=kontor, price_id=PRICE_ID,
                reference=name, at=utc_now(),
            )  # fmt: skip
        charges.capture(session, tenant_id=tenant_id, charge_ids=[used], at=utc_now())
        charges.release(session, tenant_id=tenant_id, charge_ids=[kept], at=utc_now())
    return tenant_id


def _stated(tenant_id: UUID, **period: timedelta) -> tuple[statement.Frame, list[statement.Line], list[list[object]]]:
    now = utc_now() + timedelta(minutes=5)  # as it will be read when all of it is final
    start, end = now - timedelta(days=1), now - period.get("before", timedelta())
    with tenant_session(tenant_id) as session:
        found = statement.frame(session, tenant_id=tenant_id, start=start, end=end, now=now)
        lines = list(statement.lines(session, found))
        rows = table.rows("Akın Ltd. Şti.", found, lines, statement.lots_left(session, found))
    return found, lines, rows


def test_every_entry_is_a_line_with_its_document_lot_and_payment(akin: UUID) -> None:
    found, lines, _ = _stated(akin)
    assert [(line.kind, line.kontor, line.change) for line in lines] == [
        ("granted", 1_000, 1_000), ("granted", 50, 50), ("reserved", 3, -3), ("reserved", 2, -2), ("captured", 3, 0),
        ("released", 2, 2),
    ]  # fmt: skip
    assert (found.opening.available, found.closing.available, found.line_count) == (0, 1_047, 6)
    assert found.opening.available + sum(line.change for line in lines) == found.closing.available
    captured = lines[4]
    assert (captured.reference, captured.charge_kind) == ("AKN2026000000001", "efatura.out")
    assert captured.lot_reference.startswith("KNT-")
    assert captured.source in ("payment", "bonus")
    assert lines[0].payment.startswith("iyzico:pay-")


def test_what_is_left_is_said_lot_by_lot(akin: UUID) -> None:
    now = utc_now() + timedelta(minutes=5)
    with tenant_session(akin) as session:
        found = statement.frame(session, tenant_id=akin, start=now - timedelta(days=1), end=now, now=now)
        left = statement.lots_left(session, found)
    assert sum(lot.left_kontor for lot in left) == 1_047
    assert {lot.source for lot in left} == {"payment", "bonus"}


def test_a_statement_ends_at_the_last_final_instant_and_a_future_one_is_refused(akin: UUID) -> None:
    now = utc_now()
    with tenant_session(akin) as session:
        found = statement.frame(
            session, tenant_id=akin, start=now - timedelta(days=1), end=now + timedelta(days=9), now=now
        )
        assert found.end == now - timedelta(seconds=90)
        with pytest.raises(InvalidRequest):
            statement.frame(session, tenant_id=akin, start=now, end=now + timedelta(days=9), now=now)


def test_another_tenant_gets_nothing_of_it(akin: UUID) -> None:
    bora, now = shop.customer("Bora A.Ş."), utc_now() + timedelta(minutes=5)
    with tenant_session(bora) as session:
        with pytest.raises(InvalidRequest):
            statement.frame(session, tenant_id=bora, start=now, end=now, now=now)
        found, _, _ = _stated(akin)
        assert list(statement.lines(session, found)) == []
        assert statement.lots_left(session, found) == []


def test_files_open_again_with_the_same_sums_and_no_formula(akin: UUID) -> None:
    _, lines, rows = _stated(akin)
    text = csv_bytes(rows).decode("utf-8-sig")
    read = list(csv.reader(io.StringIO(text), delimiter=";"))
    body = [row for row in read if row and row[0].isdigit()]
    assert sum(int(row[6]) for row in body) == sum(line.change for line in lines) == 1_047
    assert "'=HYPERLINK(1)" in text
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(rows, title="2026-11"))).active
    numbers = [row for row in sheet.iter_rows(values_only=True) if isinstance(row[0], int)]
    assert sum(row[6] for row in numbers) == 1_047
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
