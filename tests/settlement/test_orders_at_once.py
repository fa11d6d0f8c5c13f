"""Everybody at one order at once: paying, cancelling, ending and settling never lock each other out nor disagree."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from billing.models.orders import KontorOrder
from billing.orders import attempts, expire, place, queries
from billing.payments.gateway import PaymentEvidence, PaymentState
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.errors import Conflict
from tests.orders import shop

pytestmark = pytest.mark.usefixtures("settings")
AT_ONCE = 16


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """Each call on a connection of its own; what the trade refuses is its code, anything else is an error."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return call()
        except Conflict as refused:
            return refused.code

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_sixteen_who_begin_to_pay_make_one_attempt() -> None:
    placed = shop.order(shop.customer(), shop.on_sale())
    begun = at_once([lambda: str(shop.attempt(placed))] * AT_ONCE)
    made = {one for one in begun if one != "payment_under_way"}
    assert len(made) == 1
    found = shop.rows(placed.tenant_id, "SELECT attempt_id FROM payment_attempt")
    assert {str(row.attempt_id) for row in found} == made


def pay(placed: KontorOrder, proof: PaymentEvidence, attempt_id: UUID | None) -> str:
    return shop.settled(placed, proof, attempt_id).outcome


def cancel(placed: KontorOrder) -> str:
    with tenant_session(placed.tenant_id) as session:
        place.cancel(session, tenant_id=placed.tenant_id, order_id=placed.order_id, by="test", at=utc_now())
    return "cancelled"


def end(placed: KontorOrder, attempt_id: UUID) -> str:
    with tenant_session(placed.tenant_id) as session:
        attempts.ended(session, tenant_id=placed.tenant_id, attempt_id=attempt_id, state="expired", at=utc_now())
    return "ended"


def end_unpaid(placed: KontorOrder) -> str:
    with tenant_session(placed.tenant_id) as session:
        expire.expire_unpaid(session, tenant_id=placed.tenant_id, at=utc_now() + timedelta(hours=2))
    return "expired"


def test_a_payment_and_a_cancellation_at_once_are_one_or_the_other() -> None:
    code = shop.on_sale()
    for _ in range(8):
        placed = shop.order(shop.customer(), code)
        attempt_id = shop.attempt(placed)
        proof = shop.evidence(placed, attempt_id)
        said = at_once([partial(pay, placed, proof, attempt_id)] * 4 + [partial(cancel, placed)] * 4)
        state, kontor = shop.fresh(placed).state, shop.available(placed.tenant_id)
        kinds = [kind for kind, _ in shop.breaks(placed.tenant_id)]
        assert (state, kontor, kinds) in (("credited", 1_050, []), ("cancelled", 0, ["payment_after_end"]))
        assert said.count("credited") == (state == "credited")


def test_a_crowd_at_one_order_ends_in_one_story() -> None:
    """Seeded: every kind of caller, in random company, on one order; no deadlock, and the books agree at the end."""
    chance = random.Random(74)
    code = shop.on_sale()
    for _ in range(6):
        placed = shop.order(shop.customer(), code, at=utc_now() - timedelta(hours=23))
        attempt_id = shop.attempt(placed)
        proof = shop.evidence(placed, attempt_id)
        callers = (
            partial(pay, placed, proof, attempt_id),
            partial(pay, placed, replace(proof, state=PaymentState.FAILED, code="10051"), attempt_id),
            partial(pay, placed, shop.evidence(placed), None),
            partial(cancel, placed),
            partial(shop.attempt, placed),
            partial(end, placed, attempt_id),
            partial(end_unpaid, placed),
        )
        said = at_once([chance.choice(callers) for _ in range(AT_ONCE)])
        with tenant_session(placed.tenant_id) as session:
            paid = queries.payments(session, tenant_id=placed.tenant_id, order_id=placed.order_id)
        assert said.count("credited") == len(paid) == (shop.fresh(placed).state == "credited"), said
        assert shop.available(placed.tenant_id) == 1_050 * len(paid)
        live = shop.rows(placed.tenant_id, "SELECT state FROM payment_attempt WHERE ended_at IS NULL")
        assert len([row for row in live if row.state != "disagreed"]) <= 1
