"""A disputed purchase whose kontör went on to others: held where they are, down the whole chain, in any order."""

from __future__ import annotations

import itertools
import threading
from datetime import timedelta

import pytest
from sqlalchemy import text

from billing.ledger import transfers
from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.jobs import returns, sales
from ebelge.jobs.ledger import arrive
from ebelge.outbox import relay
from tests.returns.desk import Desk


@pytest.fixture
def chain(desk: Desk):
    """Ceren buys 100 for 100,00 TL and passes 60 to Akın, who passes 25 to Bora; each uses 5."""
    ceren, akin, bora = (
        desk.customer("Ceren Bilişim", kind="reseller"), desk.customer(), desk.customer("Bora A.Ş."),
    )  # fmt: skip
    order = desk.bought(ceren, 100, net_kurus=10_000)
    desk.pass_on(ceren, akin, 60)
    desk.pass_on(akin, bora, 25)
    for tenant_id in (ceren, akin, bora):
        desk.spend(tenant_id, 5)
    return order, ceren, akin, bora


def all_balances(desk: Desk, *tenants) -> list[tuple[int, int, int]]:
    return [desk.balances(tenant) for tenant in tenants]


def test_two_passings_down_the_chain_are_frozen_and_thawed(desk: Desk, chain):
    order, *tenants = chain
    desk.dispute(order)
    desk.follow()
    assert all_balances(desk, *tenants) == [(0, 0, 35), (0, 0, 30), (0, 0, 20)]
    desk.dispute(order, "won")
    desk.follow()
    assert all_balances(desk, *tenants) == [(35, 0, 0), (30, 0, 0), (20, 0, 0)]
    assert desk.state(order) == "credited"
    assert desk.differences(*tenants) == []


def test_lost_voids_the_chain_and_the_payer_owes_what_everybody_used(desk: Desk, chain):
    order, *tenants = chain
    desk.dispute(order)
    desk.follow()
    desk.dispute(order, "lost")
    assert desk.owed(tenants[0]) == []  # not before the last of the chain is void
    desk.follow()
    assert all_balances(desk, *tenants) == [(0, 0, 0)] * 3
    assert [desk.owed(tenant) for tenant in tenants] == [[(1_800, "open")], [], []]  # 15 kontör with KDV
    desk.follow()
    assert desk.owed(tenants[0]) == [(1_800, "open")]
    assert desk.differences(*tenants) == []


def test_lost_at_once_without_ever_being_opened_here(desk: Desk, chain):
    order, *tenants = chain
    desk.dispute(order, "lost")
    desk.follow()
    assert all_balances(desk, *tenants) == [(0, 0, 0)] * 3
    assert desk.owed(tenants[0]) == [(1_800, "open")]


def test_a_draw_on_its_way_is_frozen_when_it_arrives(desk: Desk):
    ceren, akin = desk.customer("Ceren Bilişim", kind="reseller"), desk.customer()
    order = desk.bought(ceren, 100, net_kurus=10_000)
    desk.pass_on(ceren, akin, 60, arrive=False)
    desk.dispute(order)
    assert all_balances(desk, ceren, akin) == [(0, 0, 40), (0, 0, 0)]
    desk.follow()
    assert all_balances(desk, ceren, akin) == [(0, 0, 40), (0, 0, 60)]
    assert desk.differences(ceren, akin) == []


@pytest.mark.parametrize("order_of_work", list(itertools.permutations(["kontor.arrive", "freeze", "thaw"])))
def test_in_whatever_order_the_messages_are_worked_on_the_last_word_stands(desk: Desk, order_of_work):
    ceren, akin = desk.customer("Ceren Bilişim", kind="reseller"), desk.customer()
    order = desk.bought(ceren, 100, net_kurus=10_000)
    desk.pass_on(ceren, akin, 60, arrive=False)
    desk.dispute(order)
    desk.dispute(order, "won")
    for name in order_of_work:
        for claim in waiting():
            if claim.topic == name:
                arrive([claim])
            elif claim.payload.get("action") == name:
                sales.work([claim])
        expire_leases()
    assert all_balances(desk, ceren, akin) == [(40, 0, 0), (60, 0, 0)]
    desk.relay()
    assert desk.waiting() == []
    assert desk.differences(ceren, akin) == []


def waiting():
    """What the relay would hand out now."""
    with role_session("relay") as session:
        relay.promote(session, at=utc_now() + timedelta(hours=1))
        return relay.claim(session, queue="ledger", limit=100, turns=relay.Turns(), at=utc_now())


def expire_leases() -> None:
    """Whoever held a message has died: it is handed out again."""
    with role_session("relay") as session:
        relay.sweep(session, at=utc_now() + timedelta(hours=1))


def test_who_dies_between_arrival_and_freezing_is_followed(desk: Desk):
    ceren, akin = desk.customer("Ceren Bilişim", kind="reseller"), desk.customer()
    order = desk.bought(ceren, 100, net_kurus=10_000)
    draw_id = desk.pass_on(ceren, akin, 60, arrive=False)
    desk.dispute(order)
    waiting()  # claimed by a worker
    with tenant_session(ceren) as session:
        passage = transfers.passage(session, tenant_id=ceren, draw_id=draw_id)
    with tenant_session(akin) as session:
        transfers.receive(session, tenant_id=akin, passage=passage, at=utc_now())
    assert desk.balances(akin) == (60, 0, 0)  # here it died
    expire_leases()
    desk.follow()
    assert desk.balances(akin) == (0, 0, 60)
    assert desk.waiting() == []


def test_what_was_passed_on_and_came_back_is_held_too(desk: Desk):
    ceren, akin = desk.customer("Ceren Bilişim", kind="reseller"), desk.customer()
    order = desk.bought(ceren, 100, net_kurus=10_000)
    desk.pass_on(ceren, akin, 60)
    desk.pass_on(akin, ceren, 45)
    desk.dispute(order)
    desk.follow()
    assert all_balances(desk, ceren, akin) == [(0, 0, 85), (0, 0, 15)]
    desk.dispute(order, "lost")
    desk.follow()
    assert all_balances(desk, ceren, akin) == [(0, 0, 0), (0, 0, 0)]
    assert desk.owed(ceren) == []
    assert desk.differences(ceren, akin) == []


def test_kontor_of_another_purchase_in_the_same_draw_stay_free(desk: Desk):
    ceren, akin = desk.customer("Ceren Bilişim", kind="reseller"), desk.customer()
    disputed = desk.bought(ceren, 10, net_kurus=1_000)
    desk.bought(ceren, 20, net_kurus=2_000)
    desk.pass_on(ceren, akin, 25)  # 10 of the first, 15 of the second
    desk.dispute(disputed)
    desk.follow()
    assert all_balances(desk, ceren, akin) == [(5, 0, 0), (15, 0, 10)]


def test_what_expired_at_the_receiver_is_owed_by_the_payer(desk: Desk):
    ceren, akin = desk.customer("Ceren Bilişim", kind="reseller"), desk.customer()
    order = desk.bought(ceren, 100, net_kurus=10_000)
    ends_at, draw_id = utc_now() + timedelta(milliseconds=500), new_id()
    desk.do(transfers.pass_on, ceren, draw_id=draw_id, to_tenant_id=akin, kontor=60, fresh_until=ends_at)
    desk.relay()
    assert desk.balances(akin) == (60, 0, 0)
    while utc_now() <= ends_at:
        threading.Event().wait(0.01)
    desk.dispute(order, "lost")
    desk.follow()
    assert desk.owed(ceren) == [(7_200, "open")]
    assert desk.differences(ceren, akin) == []


def test_a_lost_follow_message_is_put_again_by_the_clock(desk: Desk, chain):
    order, *tenants = chain
    desk.dispute(order)
    with role_session("relay") as session:
        session.execute(text("DELETE FROM outbox_message WHERE topic = 'kontor.follow'"))
    desk.follow()
    assert desk.balances(tenants[1]) == (30, 0, 0)
    returns.repeat_disputes(utc_now())
    desk.follow()
    assert all_balances(desk, *tenants) == [(0, 0, 35), (0, 0, 30), (0, 0, 20)]


def test_however_many_disputes_are_open_the_clock_comes_to_each(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(returns, "BATCH", 1)
    receivers, orders = [desk.customer() for _ in range(3)], []
    for akin in receivers:
        ceren = desk.customer("Ceren Bilişim", kind="reseller")
        orders.append(desk.bought(ceren, 100, net_kurus=10_000))
        desk.pass_on(ceren, akin, 30)
    for order in orders:
        desk.dispute(order)
    with role_session("relay") as session:
        session.execute(text("DELETE FROM outbox_message WHERE topic = 'kontor.follow'"))
    desk.follow()
    assert all_balances(desk, *receivers) == [(30, 0, 0)] * 3
    returns.repeat_disputes(utc_now())
    desk.follow()
    assert all_balances(desk, *receivers) == [(0, 0, 30)] * 3
