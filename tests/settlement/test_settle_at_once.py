"""Sixteen callers at the same instant, and callers that die: a payment credits once, or not at all."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from billing.ledger.verify import verify_tenant
from billing.settlement.settle import settle
from ebelge.core.clock import utc_now
from ebelge.core.db import driver, engine, tenant_session
from ebelge.devstack.services import plain_postgres_url
from tests.orders import shop

pytestmark = pytest.mark.usefixtures("settings")
AT_ONCE = 16


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """Run all calls, each on a connection of its own, begun at the same instant."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        start.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def verified(tenant_id: Any) -> bool:
    with engine("reader").execution_options(isolation_level="REPEATABLE READ").connect() as connection:
        return list(verify_tenant(connection, tenant_id)) == []


def test_sixteen_callers_with_one_payment_credit_once() -> None:
    placed = shop.order(shop.customer(), shop.on_sale())
    attempt_id = shop.attempt(placed)
    proof = shop.evidence(placed, attempt_id)
    outcomes = at_once([lambda: shop.settled(placed, proof, attempt_id).outcome] * AT_ONCE)
    assert Counter(outcomes) == {"credited": 1, "already": AT_ONCE - 1}
    assert shop.available(placed.tenant_id) == 1_050
    for table, count in (("lot", 2), ("payment", 1), ("journal", 2), ("outbox_message", 2), ("finance_break", 0)):
        found = shop.rows(placed.tenant_id, f"SELECT count(*) FROM {table} WHERE tenant_id = :tenant_id")
        assert found[0][0] == count, table
    assert verified(placed.tenant_id)


def test_sixteen_payments_of_one_order_credit_one_and_keep_the_others() -> None:
    placed = shop.order(shop.customer(), shop.on_sale())
    proofs = [shop.evidence(placed) for _ in range(AT_ONCE)]
    outcomes = at_once([lambda proof=proof: shop.settled(placed, proof).outcome for proof in proofs])
    assert Counter(outcomes) == {"credited": 1, "second_payment": AT_ONCE - 1}
    assert shop.available(placed.tenant_id) == 1_050
    assert len(shop.breaks(placed.tenant_id)) == AT_ONCE - 1


def test_one_payment_claimed_by_sixteen_orders_of_two_tenants_credits_one() -> None:
    code = shop.on_sale()
    akin, bora = shop.customer(), shop.customer("Bora A.Ş.")
    orders = [shop.order(tenant_id, code) for tenant_id in (akin, bora) for _ in range(AT_ONCE // 2)]
    payment_id = f"pay-{akin.hex}"
    outcomes = at_once(
        [lambda one=one: shop.settled(one, shop.evidence(one, payment_id=payment_id)).outcome for one in orders]
    )
    assert Counter(outcomes) == {"credited": 1, "disagreed": AT_ONCE - 1}
    assert shop.available(akin) + shop.available(bora) == 1_050
    kinds = {kind for tenant_id in (akin, bora) for kind, _ in shop.breaks(tenant_id)}
    assert kinds == {"payment_claimed_twice"}


def test_a_caller_that_dies_before_its_commit_leaves_nothing(settings) -> None:
    placed = shop.order(shop.customer(), shop.on_sale())
    attempt_id = shop.attempt(placed)
    proof = shop.evidence(placed, attempt_id)

    def settle_and_die() -> None:
        with tenant_session(placed.tenant_id) as session:
            settled = settle(
                session, tenant_id=placed.tenant_id, order_id=placed.order_id, attempt_id=attempt_id, evidence=proof,
                at=utc_now(),
            )  # fmt: skip
            assert settled.outcome == "credited"
            pid = driver(session).info.backend_pid
            with psycopg.connect(plain_postgres_url(settings.role_url("app")), autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s)", (pid,))

    with pytest.raises(DBAPIError):
        settle_and_die()
    assert shop.available(placed.tenant_id) == 0
    for table in ("lot", "payment", "outbox_message", "journal"):
        assert shop.rows(placed.tenant_id, f"SELECT 1 FROM {table} WHERE tenant_id = :tenant_id") == []
    assert shop.fresh(placed).state == "pending"
    assert shop.settled(placed, proof, attempt_id).outcome == "credited"
    assert verified(placed.tenant_id)
