"""Lists of documents: words, amounts and tags, marked rows, exports, columns, and as many statements for any length."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import openpyxl
import pytest
from sqlalchemy import Engine, event, select

from ebelge.archive.models import Tag
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.documents.models import Document
from ebelge.jobs import archive_keeping
from ebelge.web import document_words
from tests.web.test_documents import numbers, send


@pytest.fixture(scope="module")
def sent(world):
    """Two e-Arşiv invoices and one e-Müstahsil receipt of Akın's."""
    akin = UUID(world.accounts["akin"].tenant_id)
    return {"AKA": send(akin, "earsiv"), "second": send(akin, "earsiv", 2), "AKM": send(akin, "emm")}


def test_words_amounts_and_tags_find_by_the_index_and_go_with_a_state(browser, sent) -> None:
    archive_keeping._looked.clear()
    archive_keeping.enter_new(utc_now())
    one, document = browser("sender"), sent["AKA"]
    word = document.buyer_title.split()[0]
    assert numbers(one.text(f"/documents?q={word}&kind=earsiv"), sent) >= {"AKA"}
    assert numbers(one.text(f"/documents?q={word}&state=accepted&kind=earsiv"), sent) >= {"AKA"}
    assert numbers(one.text(f"/documents?q={word}&state=refused"), sent) == set()
    amount = f"{document.payable_kurus // 100},{document.payable_kurus % 100:02d}"
    assert numbers(one.text(f"/documents?lira_from={amount}&lira_to={amount}"), sent) >= {"AKA"}
    assert numbers(one.text("/documents?lira_from=99999999"), sent) == set()
    assert numbers(one.text("/documents?lira_from=900.000"), sent) == set(), "a point parts thousands"
    assert one.submit("/archive/tags", name="Vergi", colour="red").status_code == 303
    with tenant_session(one.tenant_id) as session:
        tag = session.scalars(select(Tag).where(Tag.tenant_id == one.tenant_id, Tag.name == "Vergi")).one().tag_id
    assert one.submit("/lists/outgoing/tagging?kind=emm", tag=str(tag), id=sent["AKM"].document_id).status_code == 303
    assert numbers(one.text(f"/documents?tags={tag}"), sent) == {"AKM"}
    assert numbers(one.text(f"/documents?tags={tag}&state=accepted"), sent) == {"AKM"}
    assert one.submit("/lists/outgoing/searches?period=month&kind=emm", name="Müstahsil").status_code == 303
    assert "/documents?kind=emm&period=month" in one.text("/documents")
    assert "/documents?kind=emm&period=month" not in one.text("/archive")


def test_deeds_on_marked_documents_leave_a_strangers_alone(browser, sent) -> None:
    theirs, mine = send(browser("owner", "bora").tenant_id, "earsiv"), send(sent["AKA"].tenant_id, "earsiv", 9)
    one = browser("sender")
    both = [str(theirs.document_id), str(mine.document_id)]
    done = one.submit("/documents/withdraw", id=both)
    assert "n=1" in done.headers["Location"]
    assert "k=1" in done.headers["Location"]
    assert one.submit("/lists/outgoing/tagging", id=both[0], tag=str(uuid4())).status_code == 404
    assert one.submit("/documents/zip", id=both).status_code == 404
    with tenant_session(theirs.tenant_id) as session:
        assert session.get(Document, (theirs.tenant_id, theirs.document_id)).state == "accepted"
    with tenant_session(mine.tenant_id) as session:
        assert session.get(Document, (mine.tenant_id, mine.document_id)).state == "withdrawn"


def test_exports_hold_what_is_filtered_with_days_and_amounts_as_such(browser, sent) -> None:
    one = browser("viewer")
    with tenant_session(one.tenant_id) as session:
        session.get(Document, (one.tenant_id, sent["AKM"].document_id)).buyer_title = "=HYPERLINK(1)"
    lines = one.get("/documents/export.csv?kind=emm").get_data().decode("utf-8-sig").splitlines()
    assert lines[1].split(";")[1] == sent["AKM"].number
    assert all("e-Müstahsil" in line.split(";")[0] for line in lines[1:])
    assert "'=HYPERLINK(1)" in lines[1]
    book = openpyxl.load_workbook(io.BytesIO(one.get("/documents/export.xlsx?kind=emm").data))
    row = [cell.value for cell in list(book.active.rows)[1]]
    assert row[3].date() == sent["AKM"].issue_date
    assert row[9] * 100 == sent["AKM"].payable_kurus
    assert one.get("/documents/export.pdf").status_code == 404


def test_a_list_asks_as_much_for_one_row_as_for_many(browser, sent) -> None:
    one, akin = browser("viewer"), sent["AKA"].tenant_id
    one.text("/documents")
    few = statements(one, "/documents?kind=emm")
    for n in range(10, 30):
        send(akin, "earsiv", n)
    assert statements(one, "/documents?kind=earsiv") == few
    assert one.text("/documents?kind=earsiv").count("<tr data-href") >= 20


def statements(one, path: str) -> int:
    """How many statements a page sends."""
    counted = []

    def count(*_: object) -> None:
        counted.append(1)

    event.listen(Engine, "before_cursor_execute", count)
    try:
        one.text(path)
    finally:
        event.remove(Engine, "before_cursor_execute", count)
    return len(counted)


def test_columns_are_remembered_in_the_browser(browser, sent) -> None:
    one = browser("viewer")
    assert ">Buyer</th>" in one.text("/documents")
    assert one.submit("/lists/outgoing/columns?kind=emm", column=["amount", "state"]).status_code == 303
    page = one.text("/documents")
    assert ">Amount</th>" in page
    assert ">Buyer</th>" not in page


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(-1, "awaited; at the latest 08.12.2026 23:59."), (0, "it will count as accepted")],
)
def test_the_buyers_time_ends_with_the_eighth_day_in_istanbul(minutes: int, words: str) -> None:
    delivered = datetime(2026, 11, 29, 21, 30, tzinfo=UTC)  # 00:30 of 30 November in Istanbul
    document = Document(
        kind="efatura", profile="TICARIFATURA", state="delivered", final_at=delivered, superseded=False,
        buyer_answer=None, channel="gib",
    )  # fmt: skip
    at = datetime(2026, 12, 8, 21, 0, tzinfo=UTC) + timedelta(minutes=minutes)
    assert words in document_words.at_length(document, document_words.Around(), at=at, side=1).words
