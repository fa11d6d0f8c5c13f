"""A line put to the wrong order is taken back by rows of its own; unspent kontör go, spent ones are owed."""

from __future__ import annotations

import threading

import pytest

from billing.settlement import bank_desk, bank_reversal, receivables
from billing.settlement.bank_desk import TooMuch
from billing.settlement.bank_lines import LineDecided, SecondPersonNeeded
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session

LIMIT_KURUS = 50_000_00


@pytest.fixture
def wrong(bank):
    """Akın's order, paid by mistake with Bora's money: the order and the decision."""
    order = bank.order(bank.akin)
    bank.bring(bank.row("havale", 1_200_00))
    (decision,) = bank.allocate(bank.line().line_id, order)
    assert bank.credit() == ["credited"]
    return order, decision


def reverse(bank, decision, *, by="ayse", limit_kurus=LIMIT_KURUS):
    return bank.desk(
        bank_reversal.reverse, allocation_id=decision, by=by, note="Bora'nın parası", limit_kurus=limit_kurus
    )


def test_unspent_kontor_are_void_and_the_line_pays_the_right_order(bank, wrong):
    order, decision = wrong
    right = bank.order(bank.bora)
    reverse(bank, decision)
    assert bank.line().state == "decided"
    assert (bank.take_back(), bank.take_back()) == (1, 0)
    assert (bank.kontor(bank.akin), bank.state(order)) == (0, "charged_back")
    assert bank.rows(bank.akin, "SELECT 1 FROM receivable") == []
    first, back = bank.decisions()
    assert (first.state, back.state, back.amount_kurus, back.reverses_id) == (
        "reversed", "credited", -1_200_00, first.allocation_id,
    )  # fmt: skip
    bank.allocate(bank.line().line_id, right)
    assert (bank.credit(), bank.kontor(bank.bora), bank.line().state) == (["credited"], 1000, "credited")
    assert bank.decisions()[-1].payment_ref == f"{bank.line().line_id}:2"


def test_what_was_spent_is_owed_and_no_wallet_goes_below_zero(bank, wrong):
    _, decision = wrong
    bank.use(bank.akin, 400)
    reverse(bank, decision)
    bank.take_back()
    assert bank.kontor(bank.akin) == 0
    owed = bank.rows(bank.akin, "SELECT kind, gross_kurus, kontor FROM receivable")
    assert owed == [("chargeback", 480_00, 400)]


def test_above_the_limit_taking_back_needs_two_persons_too(bank, wrong):
    _, decision = wrong
    (row,) = reverse(bank, decision, limit_kurus=1_000_00)
    assert bank.take_back() == 0
    with pytest.raises(SecondPersonNeeded):
        bank.desk(bank_desk.approve, allocation_id=row.allocation_id, by="AYSE")
    bank.desk(bank_desk.approve, allocation_id=row.allocation_id, by="mehmet")
    assert (bank.take_back(), bank.kontor(bank.akin)) == (1, 0)


def test_a_reversal_that_is_refused_leaves_everything(bank, wrong):
    order, decision = wrong
    (row,) = reverse(bank, decision, limit_kurus=1_000_00)
    bank.desk(bank_desk.refuse, allocation_id=row.allocation_id, by="mehmet", note="doğruydu")
    assert (bank.kontor(bank.akin), bank.state(order), bank.line().state) == (1000, "credited", "credited")
    reverse(bank, decision)  # and may be asked for again
    assert bank.take_back() == 1


def test_a_decision_is_taken_back_once_however_many_ask(bank, wrong):
    _, decision = wrong
    refused: list[str] = []

    def ask():
        try:
            reverse(bank, decision)
        except LineDecided as error:
            refused.append(error.code)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(refused), bank.take_back(), len(bank.decisions())) == (5, 1, 2)
    with pytest.raises(LineDecided):
        reverse(bank, decision)


def test_a_payment_of_two_lines_is_taken_back_whole(bank):
    order = bank.order(bank.akin)
    bank.bring(bank.row("a", 700_00), bank.row("b", 500_00))
    for line in bank.lines():
        bank.allocate(line.line_id, order)
    bank.credit()
    decision = bank.decisions()[1].allocation_id
    assert len(reverse(bank, decision)) == 2
    assert (bank.take_back(), bank.kontor(bank.akin), bank.state(order)) == (1, 0, "charged_back")
    assert {line.state for line in bank.lines()} == {"new"}
    assert {row.state for row in bank.decisions()} == {"reversed", "credited"}


def test_a_kill_between_taking_back_and_writing_it_down_takes_back_once(bank, wrong):
    _, decision = wrong
    bank.use(bank.akin, 100)
    reverse(bank, decision)
    with bank.finance() as session:
        (one,) = bank_reversal.approved(session)
    with tenant_session(bank.akin) as session:
        bank_reversal.take_back(session, one, at=utc_now())
    # here the process is killed
    assert bank.take_back() == 1
    told = bank.rows(bank.akin, "SELECT kind, text_tr || text_en || data::text AS words, by FROM order_event")
    assert [row.kind for row in told].count("payment_taken_back") == 1
    assert not any("Bora" in row.words or "ayse" in row.by for row in told)  # the desk's note stays at the desk
    assert bank.rows(bank.akin, "SELECT gross_kurus FROM receivable") == [(120_00,)]
    assert bank.decisions()[0].state == "reversed"


def test_only_what_was_credited_is_taken_back(bank):
    order = bank.order(bank.akin)
    bank.bring(bank.row("a", 700_00))
    (part,) = bank.allocate(bank.line().line_id, order)
    with pytest.raises(LineDecided):
        reverse(bank, part)


def test_what_a_taken_back_payment_left_owing_is_paid_by_a_transfer(bank, wrong):
    _, decision = wrong
    bank.use(bank.akin, 400)
    reverse(bank, decision)
    bank.take_back()
    debt = bank.rows(bank.akin, "SELECT receivable_id FROM receivable")[0].receivable_id
    bank.bring(bank.row("borç", 479_99), bank.row("borç", 480_00), bank.row("borç", 480_00))
    little, right, twice = bank.lines()[-3:]
    with pytest.raises(TooMuch):
        bank.desk(bank_desk.pays_debt, line_id=little.line_id, receivable_id=debt, by="ayse")
    for first in (True, False):  # a kill in between, and said again
        tenant_id = bank.desk(bank_desk.pays_debt, line_id=right.line_id, receivable_id=debt, by="ayse")
        with pytest.raises(LineDecided):  # even before the debtor's books say that it is paid
            bank.desk(bank_desk.pays_debt, line_id=twice.line_id, receivable_id=debt, by="bora")
        with tenant_session(tenant_id) as session:
            done = receivables.settle_debt(
                session, tenant_id=tenant_id, receivable_id=debt, line_id=right.line_id, by="ayse", at=utc_now()
            )
        assert done is first
    assert bank.rows(bank.akin, "SELECT state, settled_kurus FROM receivable") == [("settled", 480_00)]
    assert [line.state for line in bank.lines()[-2:]] == ["credited", "new"]
    with pytest.raises(LineDecided):
        bank.desk(bank_desk.pays_debt, line_id=little.line_id, receivable_id=debt, by="ayse")
    with pytest.raises(TooMuch):
        bank.allocate(right.line_id, bank.order(bank.akin))
