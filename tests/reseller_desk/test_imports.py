"""A sheet of customers: checked whole, opened row by row or all at once, gone on with after a kill, never twice."""

import pytest

from ebelge.core.db import role_session
from ebelge.core.errors import NotFound
from ebelge.jobs import customer_onboarding as desk
from ebelge.jobs.inviting import invite
from ebelge.onboarding import customer_imports, customer_results
from ebelge.onboarding.customer_imports import ImportRefused, Progress
from ebelge.outbox import relay
from tests.reseller_desk.newcomers import WHO, book, someone


def check(trade, reseller, data: bytes):
    return trade.do(
        customer_imports.check, reseller, file_name="liste.xlsx", data=data, by="Selin Kaya", by_id=None
    ).import_id


def progress(trade, reseller, sheet) -> Progress:
    with trade.session(reseller) as session:
        return customer_imports.progress(session, tenant_id=reseller, import_id=sheet)


def start(trade, reseller, sheet, *, whole: bool = False) -> None:
    desk.start(reseller, sheet, whole=whole, actor=WHO, at=trade.at())


def work() -> int:
    """The queue's worker, until nothing is left."""
    count = 0
    while True:
        with role_session("relay") as session:
            found = relay.claim(session, queue="invoices", limit=10, turns=relay.Turns(), at=desk.utc_now())
        for claim in found:
            desk.work(claim)
        if not found:
            return count
        count += len(found)


def state(trade, reseller, sheet) -> str:
    return trade.rows(reseller, "SELECT state FROM customer_import WHERE import_id = :id", id=sheet)[0].state


def customers_of(trade, reseller) -> int:
    return trade.rows(reseller, "SELECT count(*) FROM customers_of(:tenant_id)")[0][0]


def test_nothing_is_opened_before_it_is_started_and_then_the_good_rows(trade, ece) -> None:
    sheet = check(trade, ece, book(someone(), someone(), vkn_tckn="123"))
    assert progress(trade, ece, sheet) == Progress(good=2, bad=1)
    assert customers_of(trade, ece) == 0
    start(trade, ece, sheet)
    work()
    assert state(trade, ece, sheet) == "done"
    assert progress(trade, ece, sheet) == Progress(made=2, bad=1)
    assert customers_of(trade, ece) == 2
    with trade.session(ece) as session:
        rows = customer_imports.rows(session, tenant_id=ece, import_id=sheet)
        table = customer_results.result_table(rows, turkish=False)
    assert [line[1] for line in table] == ["Result", "Added", "Added", "Wrong"]
    assert "is no valid VKN or TCKN ('123')" in table[3][2]


def test_the_same_file_twice_makes_no_second_customer(trade, ece) -> None:
    data = book(someone(), someone())
    first = check(trade, ece, data)
    second = check(trade, ece, data)  # before the first was started: its rows are good still
    start(trade, ece, first)
    start(trade, ece, second)
    work()
    assert customers_of(trade, ece) == 2
    assert progress(trade, ece, first) == Progress(made=2)
    assert progress(trade, ece, second) == Progress(known=2)
    third = check(trade, ece, data)
    assert progress(trade, ece, third) == Progress(known=2)
    with pytest.raises(ImportRefused):
        start(trade, ece, third)


def test_all_or_none_where_that_was_chosen(shop, trade, ece) -> None:
    with pytest.raises(ImportRefused):
        start(trade, ece, check(trade, ece, book(someone(), vkn_tckn="123")), whole=True)
    taken = someone()
    sheet = check(trade, ece, book(someone(), taken, someone()))
    desk.onboard(shop.ceren, taken, actor=WHO)  # another reseller was quicker
    start(trade, ece, sheet, whole=True)
    work()
    assert state(trade, ece, sheet) == "refused"
    assert progress(trade, ece, sheet) == Progress(good=2, failed=1)
    assert customers_of(trade, ece) == 0
    (failed,) = trade.rows(ece, "SELECT findings FROM customer_import_row WHERE state = 'failed'")
    assert "has an account" in failed.findings[0]["message_en"]
    again = check(trade, ece, book(someone(), someone()))
    start(trade, ece, again, whole=True)
    work()
    assert progress(trade, ece, again) == Progress(made=2)


def test_a_taxpayer_with_an_account_elsewhere_is_a_wrong_row_that_tells_nothing(shop, trade, ece, bora) -> None:
    other = someone()
    object.__setattr__(other.identity, "vkn_tckn", shop.vkn(bora))
    sheet = check(trade, ece, book(other))
    (row,) = trade.rows(ece, "SELECT state, findings FROM customer_import_row WHERE import_id = :id", id=sheet)
    assert row.state == "bad"
    assert row.findings[0]["rule"] == "sheet.has_account"
    assert "Bora" not in str(row.findings)


def test_whoever_goes_on_after_a_kill_opens_what_is_left(trade, ece) -> None:
    sheet = check(trade, ece, book(*[someone() for _ in range(3)]))
    start(trade, ece, sheet)
    trade.do(customer_imports.open_next, ece, import_id=sheet, actor=WHO, invite=invite)  # then the worker dies
    assert progress(trade, ece, sheet) == Progress(good=2, made=1)
    start(trade, ece, sheet)  # a second click is harmless
    work()
    assert progress(trade, ece, sheet) == Progress(made=3)
    assert customers_of(trade, ece) == 3


def test_a_long_sheet_goes_on_from_message_to_message(trade, ece, monkeypatch) -> None:
    monkeypatch.setattr(desk, "ROWS_PER_MESSAGE", 2)
    sheet = check(trade, ece, book(*[someone() for _ in range(5)]))
    start(trade, ece, sheet)
    assert work() == 3
    assert progress(trade, ece, sheet) == Progress(made=5)


def test_a_sheet_is_its_resellers_own(shop, trade, ece) -> None:
    sheet = check(trade, ece, book(someone()))
    with pytest.raises(NotFound):
        start(trade, shop.ceren, sheet)


def test_all_or_none_has_a_bound_because_it_is_one_transaction(trade, ece, monkeypatch) -> None:
    monkeypatch.setattr(customer_imports, "WHOLE_MAX", 1)
    sheet = check(trade, ece, book(someone(), someone()))
    with pytest.raises(ImportRefused):
        start(trade, ece, sheet, whole=True)
    start(trade, ece, sheet)
