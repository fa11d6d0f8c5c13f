"""A seeded storm at both gateways: answers lost, forged, refused before and after the money moved, workers that die.

When it is over every refund is done once or its kontör are back, and the gateway's books say the same.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from ebelge.core.clock import utc_now
from ebelge.core.db import role_session
from ebelge.jobs import returns
from ebelge.outbox import relay
from tests.orders import shop
from tests.returns.desk import Desk
from tests.returns.test_gateways import REFUND_CALL, given_back

LOST = [{"transport": "drop"}, {"transport": "drop", "moved": False}, {"transport": "html"}, {"transport": "http_500"},
        {"transport": "truncated"}, {"transport": "garbage", "moved": False}]  # fmt: skip
MISDEEDS = {
    "iyzico": [*LOST, {"signature": "wrong"}, {"fail": "10219"}, {"fail": "50000"}, {"fail": "5118"}],
    "stripe": [*LOST, {"fail": "rate_limit"}, {"fail": "api_error"}, {"change": {"status": "pending"}}],
}
CALLS = {"iyzico": ("refund.item", "report.payment"), "stripe": ("refund.create", "refund.list")}


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", ["iyzico", "stripe"])
def test_in_a_storm_every_refund_is_paid_once_or_not_at_all(desk: Desk, fakes: Any, pay: Any, name: str, seed: int):
    chance, fake, wanted = random.Random(seed), fakes[name], []
    for _ in range(4):
        akin = desk.customer()
        order = desk.paid_at(akin, name, pay, net_kurus=chance.randrange(1_000, 90_000))
        desk.spend(akin, chance.randrange(1, 900))
        wanted.append((akin, order, desk.ready(order)))
    for _ in range(40):
        weather(fake, chance, name)
        for akin, _, refund_id in wanted:
            desk.due(akin, refund_id)
        returns.look_after_refunds(utc_now())
        if chance.random() < 0.3:  # a worker takes them and dies
            with role_session("relay") as session:
                relay.claim(session, queue="payments", limit=2, turns=relay.Turns(), at=utc_now())
                relay.sweep(session, at=utc_now() + timedelta(hours=1))
        desk.cashier()
        if all(desk.refund(akin, refund_id).state in ("done", "failed") for akin, _, refund_id in wanted):
            break
    fake.control("DELETE", "orders")
    for akin, _, refund_id in wanted:
        for _ in range(3):
            desk.look(akin, refund_id)
    paid = Counter()
    for akin, order, refund_id in wanted:
        refund, now = desk.refund(akin, refund_id), shop.fresh(order)
        assert refund.state in ("done", "failed")
        assert now.refunded_kurus == (refund.gross_kurus if refund.state == "done" else 0)
        assert desk.balances(akin)[1:] == (0, 0)
        assert (desk.balances(akin)[0] == 0) == (refund.state == "done")
        if refund.state == "done":
            paid[refund_id.hex] += refund.gross_kurus
        assert desk.differences(akin) == []
    assert Counter(dict(given_back(fake, name))) == paid
    assert len(given_back(fake, name)) == len(paid)


def weather(fake: Any, chance: random.Random, name: str) -> None:
    """Each call of the gateway in a mood of its own."""
    fake.control("DELETE", "orders")
    for call in CALLS[name]:
        if chance.random() < 0.6:
            do = chance.choice(MISDEEDS[name] if call == REFUND_CALL[name] else LOST)
            fake.control("POST", "orders", when={"call": call}, do=do, times=chance.choice([1, 2, None]))
