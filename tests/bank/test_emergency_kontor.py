"""Emergency kontör: lent by contract, given back in kontör by the next purchase."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import text

from billing.ledger import charges, lots
from billing.settlement import receivables
from billing.settlement.on_account import EmergencyLimit
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.errors import InvalidRequest
from tests.bank.books import debts, is_sound


def test_the_next_purchase_gives_emergency_kontor_back(bank, agree, lend):
    agree(bank.akin)
    lend(bank.akin, 50)
    bank.use(bank.akin, 30)
    assert bank.kontor(bank.akin) == 20
    order = bank.order(bank.akin)
    bank.bring(bank.row(order.reference, 1_200_00))
    bank.take_automatic()
    bank.credit()
    assert bank.kontor(bank.akin) == 20 + 1000 - 50
    assert debts(bank, bank.akin) == [("emergency", "settled", 0, 0, 50, 50)]
    # What is left of the purchase carries its price to the kuruş: 20 came from the loan itself, 30 from the purchase.
    lots = bank.rows(bank.akin, "SELECT source, remaining, consumed, net_left_kurus FROM lot ORDER BY lot_id")
    assert lots == [("receivable", 0, 50, 0), ("payment", 970, 30, 970_00)]
    charge = bank.rows(bank.akin, "SELECT kind, kontor, state, reference FROM charge WHERE kind = 'kontor.lent'")
    assert charge == [("kontor.lent", 50, "captured", order.reference)]
    assert is_sound(bank.akin)


def test_a_purchase_on_account_gives_them_back_too(bank, agree, buy, lend):
    agree(bank.akin)
    lend(bank.akin, 50)
    bank.use(bank.akin, 50)
    buy(bank.akin)
    assert bank.kontor(bank.akin) == 950


def test_no_more_than_the_contract_lends(bank, agree, lend):
    agree(bank.akin)
    lend(bank.akin, 30)
    with pytest.raises(EmergencyLimit):
        lend(bank.akin, 21)
    lend(bank.akin, 20)
    assert bank.kontor(bank.akin) == 50
    for wrong in (0, -1, 1.5, True):
        with pytest.raises(InvalidRequest):
            lend(bank.akin, wrong)


def test_sixteen_loans_at_once_stay_within_the_contract(bank, agree, lend):
    agree(bank.akin, emergency_kontor=100)
    refused: list[str] = []

    def one():
        try:
            lend(bank.akin, 30)
        except EmergencyLimit as error:
            refused.append(error.code)

    threads = [threading.Thread(target=one) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(refused), bank.kontor(bank.akin)) == (13, 90)


def test_a_small_purchase_gives_back_what_it_can(bank, agree, lend):
    agree(bank.akin, emergency_kontor=1500)
    lend(bank.akin, 1500)
    bank.use(bank.akin, 1500)
    for expected, settled in ((0, 1000), (500, 1500)):
        order = bank.order(bank.akin)
        bank.bring(bank.row(order.reference, 1_200_00))
        bank.take_automatic()
        bank.credit()
        assert (bank.kontor(bank.akin), debts(bank, bank.akin)[0].settled_kontor) == (expected, settled)
    assert debts(bank, bank.akin)[0].state == "settled"
    assert is_sound(bank.akin)


def test_emergency_kontor_that_came_back_are_the_customers_after_they_were_given_back(bank, agree, lend):
    agree(bank.akin)
    lend(bank.akin, 50)
    charge_id = bank.use(bank.akin, 50)
    order = bank.order(bank.akin)
    bank.bring(bank.row(order.reference, 1_200_00))
    bank.take_automatic()
    bank.credit()
    with tenant_session(bank.akin) as session:
        charges.restore(session, tenant_id=bank.akin, charge_ids=[charge_id], at=utc_now())
    assert bank.kontor(bank.akin) == 1000


def test_emergency_kontor_that_expired_unspent_are_not_owed(bank, agree, lend):
    agree(bank.akin)
    lend(bank.akin, 50)
    bank.use(bank.akin, 30)
    with tenant_session(bank.akin) as session:  # stands for the lapse of its months: what is void is not owed either
        lot_id = session.execute(text("SELECT lot_id FROM lot")).scalar_one()
        lots.freeze(session, tenant_id=bank.akin, lot_id=lot_id, reason="test", at=utc_now())
        lots.void(session, tenant_id=bank.akin, lot_id=lot_id, reason="test", at=utc_now())
        assert receivables.owed_kontor(session, tenant_id=bank.akin) == 30
    order = bank.order(bank.akin)
    bank.bring(bank.row(order.reference, 1_200_00))
    bank.take_automatic()
    bank.credit()
    assert (bank.kontor(bank.akin), debts(bank, bank.akin)[0].state) == (970, "settled")
