"""Decisions of people about bank lines: splitting, too little, too much, two persons, and taking it back."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from billing.settlement import bank_credit, bank_desk
from billing.settlement.bank_desk import TooMuch
from billing.settlement.bank_lines import LineDecided, SecondPersonNeeded
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.errors import InvalidRequest, NotFound


@pytest.fixture
def paid(bank):
    """Call it with kuruş: a line of that amount that says nothing."""

    def line(kurus: int, words: str = "havale"):
        bank.bring(bank.row(words, kurus))
        return bank.line().line_id

    return line


def test_one_payment_for_orders_of_two_tenants_is_split(bank, paid):
    one, other = bank.order(bank.akin), bank.order(bank.bora)
    line_id = paid(2_400_00)
    bank.allocate(line_id, one, other)
    assert sorted(bank.credit()) == ["credited", "credited"]
    assert (bank.kontor(bank.akin), bank.kontor(bank.bora), bank.line().state) == (1000, 1000, "credited")
    keys = {row.payment_ref for row in bank.decisions()}
    assert keys == {str(line_id), f"{line_id}:2"}


def test_more_than_the_line_has_is_refused(bank, paid):
    one, other = bank.order(bank.akin), bank.order(bank.bora)
    line_id = paid(2_000_00)
    with pytest.raises(TooMuch):
        bank.allocate(line_id, (one, 1_200_00), (other, 1_200_00))
    assert bank.decisions() == []
    with pytest.raises(TooMuch):
        bank.allocate(line_id, (one, 1_200_01))
    with pytest.raises(TooMuch):
        bank.allocate(line_id, (one, 0))
    assert bank.line().state == "new"


def test_sixteen_desks_at_once_never_give_out_more_than_the_line(bank, paid):
    orders = [bank.order(bank.akin) for _ in range(16)]
    line_id = paid(3_600_00)
    refused: list[str] = []

    def give(order):
        try:
            bank.allocate(line_id, order)
        except TooMuch as error:
            refused.append(error.code)

    threads = [threading.Thread(target=give, args=(order,)) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(refused), sum(row.amount_kurus for row in bank.decisions())) == (13, 3_600_00)
    assert (bank.credit().count("credited"), bank.kontor(bank.akin)) == (3, 3000)


def test_an_order_is_never_given_more_than_it_costs_by_two_lines_at_once(bank, paid):
    order = bank.order(bank.akin)
    lines = [paid(1_200_00) for _ in range(8)]
    refused: list[str] = []

    def give(line_id):
        try:
            bank.allocate(line_id, order)
        except TooMuch as error:
            refused.append(error.code)

    threads = [threading.Thread(target=give, args=(line_id,)) for line_id in lines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(refused), bank.credit(), bank.kontor(bank.akin)) == (7, ["credited"], 1000)
    assert bank.breaks(bank.akin) == []


def test_two_transfers_that_make_up_the_price_credit_once(bank, paid):
    order = bank.order(bank.akin)
    first, second = paid(700_00), paid(500_00)
    bank.allocate(first, order)
    assert (bank.credit(), bank.kontor(bank.akin)) == ([], 0)
    bank.allocate(second, order)
    assert (bank.credit(), bank.credit(), bank.kontor(bank.akin)) == (["credited"], [], 1000)
    payments = bank.rows(bank.akin, "SELECT amount_kurus, evidence FROM payment")
    assert [row.amount_kurus for row in payments] == [1_200_00]
    assert [part["kurus"] for part in payments[0].evidence["lines"]] == [700_00, 500_00]
    assert {line.state for line in bank.lines()} == {"credited"}


def test_part_of_a_price_can_be_withdrawn_until_it_is_whole(bank, paid):
    order = bank.order(bank.akin)
    (part,) = bank.allocate(paid(700_00), order)
    bank.desk(bank_desk.refuse, allocation_id=part, by="ayse", note="yanlış sipariş")
    assert (bank.line().state, bank.decisions()[0].state) == ("new", "refused")
    (whole,) = bank.allocate(paid(1_200_00), order)
    with pytest.raises(LineDecided):
        bank.desk(bank_desk.refuse, allocation_id=whole, by="ayse", note="vazgeçtim")
    assert bank.credit() == ["credited"]


def test_what_is_too_much_stays_on_the_line_and_goes_back(bank, paid):
    order = bank.order(bank.akin)
    line_id = paid(1_500_00)
    bank.allocate(line_id, order)
    assert (bank.credit(), bank.line().state, bank.kontor(bank.akin)) == (["credited"], "to_refund", 1000)
    bank.bring(bank.row("iade", -250_00), bank.row("iade", -300_00))
    wrong, right = (line.line_id for line in bank.lines() if line.amount_kurus < 0)
    with pytest.raises(TooMuch):
        bank.desk(bank_desk.refunded, line_id=line_id, out_line_id=wrong, by="ayse")
    bank.desk(bank_desk.refunded, line_id=line_id, out_line_id=right, by="ayse")
    states = {line.line_id: line.state for line in bank.lines()}
    assert (states[line_id], states[right], states[wrong]) == ("refunded", "refunded", "ignored")
    with pytest.raises(LineDecided):
        bank.allocate(line_id, bank.order(bank.akin))


def test_a_second_payment_is_marked_for_refund_and_cannot_be_credited(bank, paid):
    order = bank.order(bank.akin)
    bank.allocate(paid(1_200_00), order)
    bank.credit()
    again = paid(1_200_00)
    with pytest.raises(TooMuch):
        bank.allocate(again, order)
    assert bank.desk(bank_desk.to_refund, line_id=again, by="ayse", note="ikinci ödeme") == 1_200_00
    assert (bank.line().state, bank.kontor(bank.akin)) == ("to_refund", 1000)


def test_above_the_limit_the_same_person_cannot_approve_however_the_name_is_typed(bank, paid):
    order = bank.order(bank.akin, code="k50000")
    (asked,) = bank.allocate(paid(54_000_00), order, by="Ayşe Işık")
    for name in ("Ayşe Işık", "ayse  isik", "AYŞE IŞIK"):
        with pytest.raises(SecondPersonNeeded):
            bank.desk(bank_desk.approve, allocation_id=asked, by=name)
    assert bank.credit() == []
    bank.desk(bank_desk.approve, allocation_id=asked, by="Mehmet")
    assert (bank.credit(), bank.kontor(bank.akin)) == (["credited"], 50_500)


def test_the_database_itself_refuses_a_second_person_who_is_the_first(bank, paid):
    order = bank.order(bank.akin, code="k50000")
    (asked,) = bank.allocate(paid(54_000_00), order)
    sql = "UPDATE bank_allocation SET state = 'approved', approved_by = {} WHERE allocation_id = :id"
    for who in ("asked_by", "NULL"):
        with pytest.raises(IntegrityError), bank.finance() as session:
            session.execute(text(sql.format(who)), {"id": asked})


def test_splitting_does_not_get_round_the_limit(bank, paid):
    orders = [bank.order(bank.akin) for _ in range(2)]
    bank.allocate(paid(60_000_00), *orders)
    assert {row.state for row in bank.decisions()} == {"asked"}
    big = bank.order(bank.bora, code="k50000")
    bank.allocate(paid(27_000_00), big)
    bank.allocate(paid(27_000_00), big)
    assert {row.state for row in bank.decisions()} == {"asked"}
    assert bank.credit() == []


def test_refusing_what_was_asked_frees_the_line(bank, paid):
    order = bank.order(bank.akin, code="k50000")
    line_id = paid(54_000_00)
    (asked,) = bank.allocate(line_id, order)
    assert bank.line().state == "decided"
    with pytest.raises(InvalidRequest):
        bank.desk(bank_desk.refuse, allocation_id=asked, by="mehmet", note=" ")
    bank.desk(bank_desk.refuse, allocation_id=asked, by="mehmet", note="başkasının parası")
    assert bank.line().state == "new"
    with pytest.raises(LineDecided):
        bank.desk(bank_desk.approve, allocation_id=asked, by="mehmet")
    bank.allocate(line_id, order, by="mehmet")
    assert [row.payment_ref for row in bank.decisions()] == [str(line_id), f"{line_id}:2"]


def test_a_line_is_set_aside_with_a_note_and_may_come_back(bank, paid):
    order = bank.order(bank.akin)
    line_id = paid(1_200_00)
    with pytest.raises(InvalidRequest):
        bank.desk(bank_desk.ignore, line_id=line_id, by="ayse", note="")
    bank.desk(bank_desk.ignore, line_id=line_id, by="ayse", note="kira depozitosu")
    assert (bank.line().state, bank.line().note, bank.take_automatic()) == ("ignored", "kira depozitosu", 0)
    bank.allocate(line_id, order)
    assert bank.credit() == ["credited"]
    with pytest.raises(LineDecided):
        bank.desk(bank_desk.ignore, line_id=line_id, by="ayse", note="olmaz")


def test_a_kill_between_crediting_and_writing_it_down_credits_once(bank, paid):
    order = bank.order(bank.akin)
    bank.allocate(paid(1_200_00), order)
    with bank.finance() as session:
        (ready,) = bank_credit.ready(session)
    with tenant_session(bank.akin) as session:
        assert bank_credit.credit(session, ready, at=utc_now()).outcome == "credited"
    # here the process is killed; the next look finds the decision approved still
    assert (bank.credit(), bank.kontor(bank.akin)) == (["already"], 1000)
    assert (bank.decisions()[0].state, bank.line().state) == ("credited", "credited")
    assert len(bank.rows(bank.akin, "SELECT 1 FROM payment")) == 1


def test_two_clocks_crediting_at_once_credit_once(bank, paid):
    bank.allocate(paid(1_200_00), bank.order(bank.akin))
    said: list[str] = []
    threads = [threading.Thread(target=lambda: said.extend(bank.credit())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (said.count("credited"), set(said) <= {"credited", "already"}) == (1, True)
    assert (bank.kontor(bank.akin), bank.line().state) == (1000, "credited")


def test_nonsense_is_refused_and_changes_nothing(bank, paid):
    order = bank.order(bank.akin)
    bank.bring(bank.row("kira", -100_00))
    out = bank.line().line_id
    with pytest.raises(InvalidRequest):
        bank.allocate(out, order)
    line_id = paid(1_200_00)
    with pytest.raises(InvalidRequest):
        bank.allocate(line_id, order, by="  ")
    with pytest.raises(InvalidRequest):
        bank.allocate(line_id, order, order)
    with pytest.raises(NotFound):
        bank.desk(bank_desk.approve, allocation_id=line_id, by="ayse")
    with pytest.raises(NotFound):
        bank.allocate(order.order_id, order)
    assert bank.decisions() == []


def test_finance_may_see_orders_and_may_not_touch_them(bank):
    order = bank.order(bank.akin)
    with pytest.raises(Exception, match="permission denied"), bank.finance() as session:
        session.execute(text("UPDATE kontor_order SET state = 'credited' WHERE order_id = :id"), {"id": order.order_id})
    with pytest.raises(Exception, match="permission denied"), tenant_session(bank.akin) as session:
        session.execute(text("SELECT * FROM bank_line"))
