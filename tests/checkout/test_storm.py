"""A seeded storm of lost, forged, doubled, late and lying answers, notices and browsers; then the books are compared.

`STORM_SEED=7 pytest tests/checkout/test_storm.py` repeats one.
"""

from __future__ import annotations

import os
import random
import secrets
from collections import Counter
from typing import Any

import pytest

from billing.ledger.verify import verify_tenant
from ebelge.core.db import role_session
from tests.checkout.storm import Storm
from tests.checkout.world import World
from tests.orders import shop

SEEDS = [int(os.environ["STORM_SEED"])] if "STORM_SEED" in os.environ else [1, secrets.randbelow(10**6)]
KONTOR = 1_050


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS, ids=("known", "new")[: len(SEEDS)])
def test_after_a_storm_every_payment_is_credited_once_or_waits_for_a_person(told: World, seed: int) -> None:
    print(f"STORM_SEED={seed}")
    for fake in (told.iyzico, told.stripe):
        fake.control("PUT", "settings", webhook_held=True)
    buyers = [told.buyer(), told.buyer("Bora A.Ş.")]
    storm = Storm(told, buyers, random.Random(seed))
    storm.blow(140)
    storm.calm()
    found: Counter[str] = Counter()
    taken = taken_at(told)
    for buyer in buyers:
        payments = shop.rows(
            buyer.tenant_id, "SELECT order_id, gateway || ':' || gateway_payment_id AS key FROM payment"
        )
        orders = shop.rows(buyer.tenant_id, "SELECT order_id, state, credited_at FROM kontor_order")
        lots = shop.rows(buyer.tenant_id, "SELECT source FROM lot")
        credited = [order.order_id for order in orders if order.credited_at is not None]
        # each paid order credited exactly once, none unpaid credited
        assert sorted(payment.order_id for payment in payments) == sorted(credited)
        assert Counter(lot.source for lot in lots) == {"payment": len(credited), "bonus": len(credited)} or not lots
        assert buyer.balance() == KONTOR * len(credited)
        # every payment we hold is one at the gateways, and every one of theirs is a payment or a break
        ours = {payment.key for payment in payments}
        broken = {subject for _, subject in shop.breaks(buyer.tenant_id)}
        theirs = {key for key, order_id in taken.items() if order_id in {str(order.order_id) for order in orders}}
        assert ours <= theirs
        assert theirs - ours <= broken
        with role_session("reader") as session:
            assert list(verify_tenant(session.connection(), buyer.tenant_id)) == []
        found += Counter(order.state for order in orders) + Counter(kind for kind, _ in shop.breaks(buyer.tenant_id))
    print(f"{len(taken)} payments taken; {dict(found)}")
    assert found["credited"], "a storm in which nobody pays proves nothing"
    # nothing is still under way, and a second calm changes nothing
    before = [(buyer.balance(), buyer.count("payment"), sorted(buyer.breaks())) for buyer in buyers]
    storm.calm()
    assert [(buyer.balance(), buyer.count("payment"), sorted(buyer.breaks())) for buyer in buyers] == before


def taken_at(world: World) -> dict[str, Any]:
    """Every payment that a gateway has taken, and the order it is for."""
    found: dict[str, Any] = {}
    attempts = {}
    with role_session("reader") as session:
        for row in session.connection().exec_driver_sql("SELECT attempt_id, order_id FROM payment_attempt"):
            attempts[row.attempt_id.hex] = str(row.order_id)
    for one in world.iyzico.control("GET", "payments"):
        if one["paymentStatus"] == "SUCCESS" and one["fraudStatus"] == 1:
            found[f"iyzico:{one['paymentId']}"] = attempts[one["paymentConversationId"]]
    for one in world.stripe.control("GET", "intents"):
        if one["status"] == "succeeded":
            found[f"stripe:{one['id']}"] = attempts[one["metadata"]["attempt_ref"]]
    return found
