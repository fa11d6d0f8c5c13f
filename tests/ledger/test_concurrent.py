"""Many connections at one wallet: nothing is spent twice, nothing falls below zero, nobody waits for ever."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Barrier
from typing import Any

from billing.ledger import charges, lots, transfers
from billing.ledger.errors import ChargeStateConflict, InsufficientKontor
from ebelge.core.ids import new_id

THREADS = 16
NOON = datetime(2027, 3, 1, 9, tzinfo=UTC)


def together(*calls: Callable[[], Any]) -> list[Any]:
    """Start all calls at the same instant, each on a connection of its own; their results or refusals."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        barrier.wait(timeout=30)
        try:
            return call()
        except (InsufficientKontor, ChargeStateConflict) as refusal:
            return type(refusal)

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def whole(world, tenant_id) -> tuple[int, int]:
    """Kontör credited, and kontör that are still somewhere or went somewhere: always equal."""
    sums = "sum(granted), sum(remaining + held + consumed + expired + voided + frozen + passed)"
    return tuple(world.rows(tenant_id, f"SELECT {sums} FROM lot")[0])


def test_sixteen_connections_never_overspend_a_wallet(world) -> None:
    akin = world.wallet(100)

    def spend() -> int:
        done = 0
        for _ in range(10):
            try:
                world.reserve(akin, 1)
                done += 1
            except InsufficientKontor:
                pass
        return done

    assert sum(together(*[spend] * THREADS)) == 100
    assert world.balances(akin) == (0, 100, 0)
    assert world.differences(akin) == []


def test_one_charge_asked_for_by_sixteen_is_held_once(world) -> None:
    akin, charge_id = world.wallet(50), new_id()
    together(*[partial(world.reserve, akin, 3, charge_id=charge_id)] * THREADS)
    assert world.balances(akin) == (47, 3, 0)
    assert sum(together(*[partial(world.do, charges.capture, akin, charge_ids=[charge_id])] * THREADS)) == 1
    assert sum(together(*[partial(world.do, charges.restore, akin, charge_ids=[charge_id])] * THREADS)) == 1
    assert world.balances(akin) == (50, 0, 0)


def test_capture_and_release_of_one_charge_exclude_each_other(world) -> None:
    akin = world.wallet(50)
    for _ in range(5):
        ids = [world.reserve(akin, 2)]
        results = together(
            *[partial(world.do, charges.capture, akin, charge_ids=ids)] * 4,
            *[partial(world.do, charges.release, akin, charge_ids=ids)] * 4,
        )
        assert results.count(1) == 1
        assert results.count(ChargeStateConflict) == 4
    assert world.differences(akin) == []


def test_one_payment_confirmed_by_sixteen_is_credited_once(world) -> None:
    akin = world.wallet()
    terms = {"source": "payment", "source_id": new_id(), "kontor": 7, "net_price_kurus": 100}
    until = world.at() + timedelta(days=9)
    credited = together(*[partial(world.do, lots.grant, akin, expires_at=until, **terms)] * THREADS)
    assert sum(credited) == 1
    assert world.balances(akin) == (7, 0, 0)


def test_expiry_spending_passing_and_giving_back_at_the_same_instant(world) -> None:
    world.now = NOON
    akin, bora, seed = world.wallet(), world.wallet(), random.Random(7)
    for round_ in range(4):
        until = world.now + timedelta(days=1)
        world.grant(akin, 12, until=until, net_kurus=100)
        world.grant(akin, 8, until=until + timedelta(days=40), net_kurus=0)
        held = [world.reserve(akin, 1) for _ in range(4)]
        spent = [world.reserve(akin, 1) for _ in range(4)]
        world.do(charges.capture, akin, charge_ids=spent)
        world.now = until
        calls = [
            partial(world.do, lots.expire_lots, akin),
            partial(world.reserve, akin, 3),
            partial(world.reserve, akin, 2),
            partial(world.do, charges.restore, akin, charge_ids=spent[:2]),
            partial(world.do, charges.restore, akin, charge_ids=spent[1:]),
            partial(world.do, charges.release, akin, charge_ids=held[:3]),
            partial(world.do, charges.capture, akin, charge_ids=held[3:]),
            partial(world.do, transfers.pass_on, akin, draw_id=new_id(), to_tenant_id=bora, kontor=2),
            partial(world.do, lots.expire_lots, akin),
        ]
        seed.shuffle(calls)
        together(*calls)
        granted, found = whole(world, akin)
        assert granted == found, round_
        assert world.differences(akin) == []


def test_two_tenants_that_pass_to_each_other_do_not_deadlock(world) -> None:
    akin, bora = world.wallet(200), world.wallet(200)

    def pass_and_arrive(giver, receiver) -> None:
        for _ in range(6):
            draw_id = new_id()
            world.do(transfers.pass_on, giver, draw_id=draw_id, to_tenant_id=receiver, kontor=3)
            with world.session(giver) as session:
                passage = transfers.passage(session, tenant_id=giver, draw_id=draw_id)
            for _ in range(2):
                world.do(transfers.receive, receiver, passage=passage)

    together(*[lambda: pass_and_arrive(akin, bora), lambda: pass_and_arrive(bora, akin)] * 4)
    assert world.balances(akin)[0] + world.balances(bora)[0] == 400
    assert world.differences(akin) + world.differences(bora) == []


def test_one_draw_received_by_sixteen_arrives_once(world) -> None:
    akin, bora, draw_id = world.wallet(20), world.wallet(), new_id()
    together(*[partial(world.do, transfers.pass_on, akin, draw_id=draw_id, to_tenant_id=bora, kontor=5)] * THREADS)
    with world.session(akin) as session:
        passage = transfers.passage(session, tenant_id=akin, draw_id=draw_id)
    arrived = together(*[partial(world.do, transfers.receive, bora, passage=passage)] * THREADS)
    assert sorted(arrived) == [0] * (THREADS - 1) + [5]
    assert len(world.rows(akin, "SELECT 1 FROM outbox_message WHERE key = :key", key=draw_id)) == 1
    assert world.balances(akin) + world.balances(bora) == (15, 0, 0, 5, 0, 0)
