"""What happens to kontör and payments is told to the customer's own system: once, with ids and whole numbers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from billing.ledger import lots
from billing.topups import plans, watch
from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.jobs import sales, telling, upkeep
from ebelge.notify.webhooks.endpoints import EVENTS
from ebelge.outbox import relay
from tests.notify.conftest import Told
from tests.orders import shop
from tests.topups.filling import Filling


def sales_work() -> None:
    with role_session("relay") as session:
        claims = relay.claim(session, queue="ledger", limit=100, turns=relay.Turns(), at=utc_now())
    sales.work(claims)


@pytest.fixture
def listening(told: Told) -> Told:
    """Akın hears of everything."""
    told.endpoint(*EVENTS)
    return told


def types(told: Told) -> list[str]:
    told.work()
    return sorted(one["type"] for one in told.receiver.got)


def test_a_paid_order_is_told_once(listening: Told) -> None:
    akin = listening.tenant_id
    placed = shop.order(akin, shop.on_sale())
    attempt_id = shop.attempt(placed)
    shop.settled(placed, shop.evidence(placed, attempt_id), attempt_id)
    sales_work()
    listening.work()
    (got,) = listening.receiver.got
    assert (got["type"], got["data"]["order_id"], got["data"]["kontor"]) == ("order.paid", str(placed.order_id), 1_000)
    assert got["data"]["gross"] == {"amount_kurus": placed.gross_kurus, "currency": "TRY"}


def test_a_low_balance_and_lots_that_end_are_told(listening: Told) -> None:
    akin = listening.tenant_id
    lot_id = new_id()
    with tenant_session(akin) as session:
        watch.keep(session, tenant_id=akin, low_kontor=50, emails=[], language="tr", at=utc_now())
        lots.grant(
            session, tenant_id=akin, source="goodwill", source_id=new_id(), kontor=5, net_price_kurus=0,
            expires_at=utc_now() + timedelta(days=60), at=utc_now(), lot_id=lot_id,
        )  # fmt: skip
    for _ in range(2):
        upkeep.look_at_watches(utc_now())
        upkeep.tell_of_endings(utc_now() + timedelta(days=50))
    assert types(listening) == ["kontor.low", "lot.expiring"]
    ending = next(one for one in listening.receiver.got if one["type"] == "lot.expiring")
    assert (ending["data"]["lot_id"], ending["data"]["kontor"], ending["data"]["days"]) == (str(lot_id), 5, 14)


def test_a_dispute_stops_top_up_and_both_are_told_once(told: Told) -> None:
    akin = Filling.of_akin()
    listening = Told(akin.tenant_id, told.receiver)
    listening.endpoint(*EVENTS)
    akin.dispute()
    for _ in range(2):
        with tenant_session(akin.tenant_id) as session:
            telling.disputed(session, akin.tenant_id, utc_now())
    assert types(listening) == ["payment.disputed", "topup.suspended"]
    with tenant_session(akin.tenant_id) as session:
        plan = plans.of(session, tenant_id=akin.tenant_id)
        assert plan is not None
        assert (plan.state, plan.suspended_why) == ("suspended", "dispute")
    assert akin.letters() == ["topup_suspended"]


def test_debts_are_spoken_of_before_and_after_they_are_due_once_each(told: Told) -> None:
    akin = told.tenant_id
    shop.rows(
        akin, "INSERT INTO receivable (tenant_id, receivable_id, kind, source_id, kontor, gross_kurus, state, due_at, "
        "created_at) VALUES (:tenant_id, :id, 'open_account', :id, 10, 500, 'open', :due, now()) RETURNING 1",
        id=new_id(), due=utc_now() + timedelta(days=2),
    )  # fmt: skip
    for passed in (0, 0, 3, 3, -2):
        upkeep.remind(utc_now() + timedelta(days=passed))
    facts = [row.facts for row in shop.rows(akin, "SELECT facts FROM letter ORDER BY letter_id")]
    assert [one["overdue"] for one in facts] == [False, True]
