"""A payment in dispute: frozen, won, lost, reopened, told twice or out of order; and what the payer then owes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from billing.models.upkeep import TopupPlan
from billing.payments.gateway import RefundState
from billing.settlement import disputes
from billing.settlement.disputes import DisputeStateConflict
from billing.settlement.refunds import NotRefundable
from ebelge.core.db import tenant_session
from ebelge.core.errors import NotFound
from ebelge.core.ids import new_id
from tests.orders import shop
from tests.returns.desk import Desk


def test_it_freezes_exactly_this_orders_lots(desk: Desk):
    akin = desk.customer()
    disputed, other = desk.bought(akin, 100, bonus=10, net_kurus=10_000), desk.bought(akin, 50, net_kurus=5_000)
    desk.dispute(disputed)
    assert desk.balances(akin) == (50, 0, 110)
    assert (desk.state(disputed), desk.state(other)) == ("disputed", "credited")
    assert desk.quote(other).why == ""


def test_won_thaws_with_the_frozen_time_added(desk: Desk):
    akin = desk.customer()
    order = desk.bought(akin, 100, bonus=10, net_kurus=10_000)
    before = {lot.lot_id: lot.expires_at for lot in desk.lots(akin)}
    desk.now = desk.at()
    desk.dispute(order)
    desk.now += timedelta(days=40)
    desk.dispute(order, "won")
    assert desk.balances(akin) == (110, 0, 0)
    assert {lot.lot_id: lot.expires_at - timedelta(days=40) for lot in desk.lots(akin)} == before
    assert (desk.state(order), desk.breaks(akin)) == ("credited", [])
    assert desk.differences(akin) == []


def test_lost_voids_the_rest_and_what_was_used_is_owed_with_kdv_to_the_kurus(desk: Desk):
    akin = desk.customer()
    order = desk.bought(akin, 3, bonus=1, net_kurus=100)
    held = desk.spend(akin, 1), desk.reserve(akin, 1)
    desk.dispute(order)
    desk.dispute(order, "lost")
    assert desk.state(order) == "charged_back"
    assert desk.owed(akin) == [(120 - (33 + 7), "open")]  # 33 kuruş of 100 were left, and 20 % of that
    desk.release(akin, held[1])  # returned and voided at once
    assert desk.balances(akin) == (0, 0, 0)
    (message,) = desk.rows(akin, "SELECT payload FROM outbox_message WHERE topic = 'order.reversed'")
    assert (message.payload["cause"], message.payload["net_kurus"]) == ("dispute", 100)
    assert desk.differences(akin) == []


def test_nothing_used_nothing_owed(desk: Desk):
    akin = desk.customer()
    order = desk.bought(akin, 7, bonus=3, net_kurus=999)
    desk.dispute(order, "lost")
    assert (desk.owed(akin), desk.balances(akin)) == ([], (0, 0, 0))


def test_expired_kontor_are_owed_like_used_ones(desk: Desk):
    akin = desk.customer()
    order = desk.bought(akin, 100, net_kurus=10_000)
    desk.now = desk.at() + timedelta(days=200)
    desk.dispute(order)
    desk.dispute(order, "lost")
    assert desk.owed(akin) == [(12_000, "open")]
    assert desk.differences(akin) == []


def test_kontor_that_come_back_to_an_expired_lot_during_the_dispute_are_frozen_too(desk: Desk):
    akin = desk.customer()
    order = desk.bought(akin, 100, net_kurus=10_000)
    held = desk.reserve(akin, 30)
    desk.now = desk.at() + timedelta(days=200)
    dispute_id = desk.dispute(order)
    desk.release(akin, held)  # into a grace lot of the expired one
    assert desk.balances(akin) == (30, 0, 0)
    for _ in range(2):
        desk.do(disputes.again, akin, dispute_id=dispute_id)
    assert desk.balances(akin) == (0, 0, 30)
    desk.dispute(order, "lost")
    assert desk.owed(akin) == [(12_000 - 3_600, "open")]
    assert desk.differences(akin) == []


@pytest.mark.parametrize(
    ("told", "state", "balances"),
    [
        (["needs_response", "needs_response", "won", "won"], "credited", (100, 0, 0)),
        (["won"], "credited", (100, 0, 0)),
        (["warning_needs_response"], "credited", (100, 0, 0)),
        (["warning_needs_response", "needs_response"], "disputed", (0, 0, 100)),
        (["needs_response", "won", "needs_response"], "disputed", (0, 0, 100)),
        (["needs_response", "won", "needs_response", "lost"], "charged_back", (0, 0, 0)),
        (["needs_response", "appeal_under_review"], "disputed", (0, 0, 100)),
        (["needs_response", "lost", "appeal_under_review"], "charged_back", (0, 0, 0)),
        (["needs_response", "lost", "lost"], "charged_back", (0, 0, 0)),
        (["needs_response", "lost", "won"], "credited", (100, 0, 0)),
        (["needs_response", "lost", "won", "lost"], "charged_back", (0, 0, 0)),
    ],
)
def test_whatever_is_told_the_last_state_stands(desk: Desk, told: list[str], state: str, balances: tuple):
    akin = desk.customer()
    order = desk.bought(akin, 100, net_kurus=10_000)
    for word in told:
        for _ in range(2):
            desk.dispute(order, word)
    assert (desk.state(order), desk.balances(akin)) == (state, balances)
    assert desk.rows(akin, "SELECT count(*) FROM dispute")[0] == (1,)
    assert desk.differences(akin) == []


def test_won_after_it_was_lost_gives_everything_back_and_forgives_the_debt(desk: Desk):
    akin = desk.customer()
    order = desk.bought(akin, 100, net_kurus=10_000)
    desk.spend(akin, 40)
    desk.dispute(order, "lost")
    assert desk.owed(akin) == [(4_800, "open")]
    desk.dispute(order, "won")
    assert (desk.owed(akin), desk.balances(akin)) == ([(4_800, "written_off")], (60, 0, 0))
    payloads = desk.rows(akin, "SELECT payload FROM outbox_message WHERE topic = 'order.reversed' ORDER BY message_id")
    assert [row.payload.get("undone", False) for row in payloads] == [False, True]


def test_an_answer_older_than_what_was_done_since_is_not_believed(desk: Desk):
    akin = desk.customer()
    order = desk.bought(akin, 100, net_kurus=10_000)
    read_at = desk.at()
    desk.dispute(order, "lost")
    with pytest.raises(DisputeStateConflict):
        desk.dispute(order, "needs_response", read_at=read_at)
    assert desk.state(order) == "charged_back"


def test_while_it_is_disputed_nothing_is_refunded_and_a_waiting_refund_is_called_off(desk: Desk):
    akin = desk.customer()
    order = desk.bought(akin, 100, net_kurus=10_000)
    refund_id = desk.ready(order)
    desk.dispute(order)
    assert desk.refund(akin, refund_id).state == "cancelled"
    assert desk.balances(akin) == (0, 0, 100)
    assert desk.cashier() == 0
    with pytest.raises(NotRefundable):
        desk.request(order)
    desk.dispute(order, "won")
    assert desk.balances(akin) == (100, 0, 0)
    desk.refunded(order)
    assert desk.differences(akin) == []


@pytest.mark.parametrize("answer", [RefundState.DONE, RefundState.FAILED])
def test_a_refund_that_was_on_its_way_ends_as_the_gateway_says(desk: Desk, answer: RefundState):
    akin = desk.customer()
    order = desk.bought(akin, 100, net_kurus=10_000)
    refund_id = desk.ready(order)
    call = desk.begin(akin, refund_id)
    desk.dispute(order)
    assert desk.refund(akin, refund_id).state == "sent"
    desk.answer(call, answer)
    assert desk.balances(akin) == ((0, 0, 0) if answer is RefundState.DONE else (0, 0, 100))
    assert desk.state(order) == "disputed"
    desk.dispute(order, "won")
    assert desk.state(order) == ("refunded" if answer is RefundState.DONE else "credited")
    assert desk.balances(akin) == ((0, 0, 0) if answer is RefundState.DONE else (100, 0, 0))
    assert desk.differences(akin) == []


def test_a_dispute_of_a_partly_refunded_order_is_about_its_rest(desk: Desk):
    akin = desk.customer()
    order = desk.bought(akin, 100, net_kurus=10_000)
    desk.spend(akin, 40)
    desk.refunded(order)  # 7.200 of 12.000 kuruş
    desk.dispute(order, "lost", amount_kurus=4_800)
    assert (desk.owed(akin), desk.state(order)) == ([(4_800, "open")], "charged_back")


def test_who_disputes_all_of_what_was_refunded_has_it_twice_and_owes_it(desk: Desk):
    akin = desk.customer()
    order = desk.bought(akin, 100, net_kurus=10_000)
    desk.refunded(order)
    desk.dispute(order, "lost")
    assert desk.owed(akin) == [(12_000, "open")]


@pytest.mark.parametrize(
    ("rest", "balances", "owed", "breaks"),
    [
        ("void", (0, 0, 0), [], ["chargeback_took_more"]),
        ("keep", (100, 0, 0), [(3_000, "open")], []),
    ],
)
def test_a_part_charged_back_waits_for_a_person(desk: Desk, rest: str, balances: tuple, owed: list, breaks: list):
    akin = desk.customer()
    order = desk.bought(akin, 100, net_kurus=10_000)
    desk.dispute(order, amount_kurus=3_000)
    desk.dispute(order, "lost", amount_kurus=3_000)
    assert (desk.balances(akin), desk.state(order)) == ((0, 0, 100), "disputed")
    assert desk.breaks(akin) == ["dispute_needs_person"]
    desk.dispute(order, "lost", amount_kurus=3_000, rest=rest)
    desk.dispute(order, "lost", amount_kurus=3_000)
    assert (desk.balances(akin), desk.owed(akin), sorted(desk.breaks(akin))) == (balances, owed, breaks)
    assert desk.state(order) == "charged_back"
    assert desk.differences(akin) == []


def test_two_disputes_of_one_payment_hold_it_until_both_are_won(desk: Desk):
    akin = desk.customer()
    order = desk.bought(akin, 100, net_kurus=10_000)
    desk.dispute(order, number="dp_1")
    desk.dispute(order, number="dp_2")
    desk.dispute(order, "won", number="dp_1")
    assert (desk.balances(akin), desk.state(order)) == ((0, 0, 100), "disputed")
    desk.dispute(order, "won", number="dp_2")
    assert (desk.balances(akin), desk.state(order)) == ((100, 0, 0), "credited")


def test_automatic_top_up_is_suspended_by_a_dispute(desk: Desk):
    akin = desk.customer()
    order = desk.bought(akin)
    with tenant_session(akin) as session:
        session.add(
            TopupPlan(
                tenant_id=akin, state="on", package_code="p", threshold_kontor=10, monthly_cap_kurus=100_000,
                card_id=new_id(), changed_by="test", changed_at=desk.at(),
            )
        )  # fmt: skip
    desk.dispute(order)
    with tenant_session(akin) as session:
        plan = session.execute(text("SELECT state, suspended_why FROM topup_plan")).one()
    assert tuple(plan) == ("suspended", "dispute")


def test_a_dispute_of_another_tenants_payment_is_not_found(desk: Desk):
    akin, bora = desk.customer(), desk.customer("Bora A.Ş.")
    order = desk.bought(akin)
    said = desk.rows(akin, "SELECT * FROM payment")[0]
    desk.bought(bora)
    order.tenant_id, order.order_id = bora, shop.order(bora, shop.on_sale()).order_id
    with pytest.raises((NotFound, ValueError)):
        desk.dispute(order)
    assert said.refunded_kurus == 0
    assert desk.balances(akin) == (1_000, 0, 0)
