"""Who paid what, as the desk sees it: proposals over all tenants, and what the machine takes by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from billing.orders import place
from billing.settlement import bank_desk, bank_proposals
from billing.settlement.bank_lines import SecondPersonNeeded
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session


def match(bank, place=-1):
    line = bank.line(place)
    return line.state, line.match, line.proposed_order_id


def test_reference_and_amount_are_credited_without_a_person(bank):
    order = bank.order(bank.akin)
    bank.bring(bank.row(f"{order.reference[:6]} {order.reference[6:]} KONTOR", 1_200_00))
    assert (bank.take_automatic(), bank.credit()) == (1, ["credited"])
    assert (bank.kontor(bank.akin), bank.state(order), bank.line().state) == (1000, "credited", "credited")
    payment = bank.rows(bank.akin, "SELECT gateway, gateway_payment_id, amount_kurus, evidence FROM payment")[0]
    assert payment[:3] == ("bank", str(bank.line().line_id), 1_200_00)
    assert payment.evidence["lines"][0]["bank_ref"] == bank.line().bank_ref


def test_two_looks_are_one_look(bank):
    order = bank.order(bank.akin)
    bank.bring(bank.row(order.reference, 1_200_00))
    assert [bank.take_automatic(), bank.take_automatic()] == [1, 0]
    assert (bank.credit(), bank.credit()) == (["credited"], [])
    assert (bank.take_automatic(), bank.kontor(bank.akin)) == (0, 1000)


@pytest.mark.parametrize(("kurus", "kind"), [(1_199_99, "underpaid"), (1_200_01, "overpaid")])
def test_another_amount_is_never_taken_by_the_machine(bank, kurus, kind):
    order = bank.order(bank.akin)
    bank.bring(bank.row(order.reference, kurus))
    assert (bank.take_automatic(), bank.credit()) == (0, [])
    assert match(bank) == ("proposed", kind, order.order_id)
    assert bank.kontor(bank.akin) == 0


def test_a_second_payment_of_an_order_waits_for_a_person(bank):
    order = bank.order(bank.akin)
    bank.bring(bank.row(order.reference, 1_200_00), bank.row(order.reference, 1_200_00))
    assert (bank.take_automatic(), bank.credit()) == (1, ["credited"])
    assert bank.take_automatic() == 0
    assert match(bank)[:2] == ("proposed", "paid_twice")
    bank.bring(bank.row(order.reference, 1_200_00))
    assert bank.take_automatic() == 0
    assert (match(bank)[:2], bank.kontor(bank.akin)) == (("proposed", "paid_twice"), 1000)


def test_a_known_sender_without_reference_is_proposed_and_left_to_a_person(bank):
    order = bank.order(bank.bora)
    bank.bring(bank.row("havale", 1_200_00, sender="BORA INSAAT", vkn=bank.vkns[bank.bora]))
    assert bank.take_automatic() == 0
    assert match(bank) == ("proposed", "sender_and_amount", order.order_id)


def test_an_iban_that_paid_before_is_known(bank):
    iban = "TR320010009999901234567890"
    first = bank.order(bank.bora)
    bank.bring(bank.row(f"{first.reference} {iban}", 1_200_00))
    assert (bank.take_automatic(), bank.credit()) == (1, ["credited"])
    second = bank.order(bank.bora)
    bank.bring(bank.row(f"havale {iban}", 1_200_00))
    assert bank.take_automatic() == 0
    assert match(bank) == ("proposed", "sender_and_amount", second.order_id)


def test_a_name_alike_is_the_weakest_proposal(bank):
    order = bank.order(bank.ceren)
    bank.bring(bank.row("havale", 1_200_00, sender="CEREN YAZILIM LIMITED"))
    bank.take_automatic()
    assert match(bank) == ("proposed", "name_and_amount", order.order_id)


def test_where_several_orders_fit_none_is_named(bank):
    bank.order(bank.bora)
    bank.order(bank.bora)
    bank.bring(bank.row("havale", 1_200_00, sender="BORA", vkn=bank.vkns[bank.bora]))
    assert len(bank.propose()) == 2
    assert match(bank) == ("proposed", "sender_and_amount", None)


def test_above_the_limit_the_machine_asks_and_a_person_approves(bank):
    order = bank.order(bank.akin, code="k50000")
    bank.bring(bank.row(order.reference, 54_000_00))
    assert (bank.take_automatic(), bank.credit()) == (1, [])
    asked = bank.decisions()[0]
    assert (asked.state, asked.second_person, asked.asked_by) == ("asked", True, "matching")
    with pytest.raises(SecondPersonNeeded):
        bank.desk(bank_desk.approve, allocation_id=asked.allocation_id, by="Matching")
    bank.desk(bank_desk.approve, allocation_id=asked.allocation_id, by="mehmet")
    assert (bank.credit(), bank.kontor(bank.akin)) == (["credited"], 50_500)


def test_money_for_a_cancelled_order_is_shown_as_that(bank):
    order = bank.order(bank.akin)
    with tenant_session(bank.akin) as session:
        place.cancel(session, tenant_id=bank.akin, order_id=order.order_id, by="akin", at=utc_now())
    bank.bring(bank.row(order.reference, 1_200_00))
    assert bank.take_automatic() == 0
    assert match(bank)[:2] == ("proposed", "order_closed")


def test_an_order_for_the_card_that_is_paid_by_transfer_waits_for_a_person(bank):
    order = bank.order(bank.akin, method="iyzico")
    bank.bring(bank.row(order.reference, 1_200_00))
    assert bank.take_automatic() == 0
    assert match(bank) == ("proposed", "exact", order.order_id)
    bank.allocate(bank.line().line_id, order)
    assert (bank.credit(), bank.kontor(bank.akin)) == (["credited"], 1000)


def test_a_line_older_than_half_a_year_is_left_alone(bank):
    order = bank.order(bank.akin)
    bank.bring(bank.row(order.reference, 1_200_00))
    with bank.finance() as session:
        session.execute(text("UPDATE bank_line SET booked_on = :day"), {"day": utc_now().date() - timedelta(days=181)})
        assert bank_proposals.propose(session, at=utc_now()) == []


def test_what_the_machine_could_not_credit_it_does_not_try_again(bank):
    order = bank.order(bank.akin)
    bank.bring(bank.row(order.reference, 1_200_00))
    assert bank.take_automatic() == 1
    with tenant_session(bank.akin) as session:
        place.cancel(session, tenant_id=bank.akin, order_id=order.order_id, by="akin", at=utc_now())
    assert bank.credit() == ["disagreed"]
    assert (bank.decisions()[0].state, bank.line().state) == ("refused", "proposed")
    assert bank.breaks(bank.akin) == [("payment_after_end", "open")]
    assert (bank.take_automatic(), bank.credit(), bank.kontor(bank.akin)) == (0, [], 0)
