"""The gateways' own lists are fetched once and kept; the same day again changes nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import role_session
from ebelge.jobs import gateway_lists
from ebelge.jobs.gateways import gateway
from tests.checkout.world import GROSS, World


@pytest.mark.parametrize("name", ["iyzico", "stripe"])
def test_a_days_list_is_kept_line_by_line(world: World, name: str) -> None:
    akin = world.buyer()
    order = akin.order(name)
    world.come_back(world.pay(order))
    world.work()
    today = istanbul_date(utc_now())
    assert gateway_lists.fetch(gateway(name), today) >= 1
    assert gateway_lists.fetch(gateway(name), today) == 0
    with role_session("finance") as session:
        lines = session.execute(
            text(
                "SELECT l.amount_kurus, l.currency, l.kind, l.day, l.fee_kurus > 0 AS fee FROM gateway_line l "
                "JOIN payment p ON p.gateway = l.gateway AND p.gateway_payment_id = l.gateway_payment_id "
                "WHERE p.order_id = :order_id"
            ),
            {"order_id": order["order_id"]},
        ).all()
    assert [tuple(line) for line in lines] == [(GROSS, "TRY", "payment", today, True)]


def test_the_night_fetches_the_last_days_once_and_comes_back_after_a_failure(world: World) -> None:
    gateway_lists._fetched.clear()
    world.iyzico.order("report.day", transport="http_500")
    gateway_lists.nightly(utc_now())
    asked = len(world.iyzico.calls("report.day"))
    assert asked == 1  # the first day failed: the rest waits for the next look
    gateway_lists.nightly(utc_now())
    assert len(world.iyzico.calls("report.day")) == asked + gateway_lists.DAYS_BACK
    gateway_lists.nightly(utc_now())
    assert len(world.iyzico.calls("report.day")) == asked + gateway_lists.DAYS_BACK
