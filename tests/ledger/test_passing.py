"""Kontör passed on: two halves in two wallets, whoever dies between them."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from billing.ledger import lots, transfers
from billing.ledger.errors import InsufficientKontor, LotHasExpired, SameKeyOtherContent
from ebelge.core.clock import utc_now
from ebelge.core.db import role_session
from ebelge.core.errors import NotFound
from ebelge.core.ids import new_id
from ebelge.jobs.ledger import arrive
from ebelge.outbox import relay

NOON = datetime(2027, 3, 1, 9, tzinfo=UTC)
DYING_GIVER = """
import os, signal, sys
from uuid import UUID
from billing.ledger import transfers
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
giver, receiver, draw = map(UUID, sys.argv[1:4])
with tenant_session(giver) as session:
    transfers.pass_on(session, tenant_id=giver, draw_id=draw, to_tenant_id=receiver, kontor=7, at=utc_now())
    if sys.argv[4] == "before the commit":
        os.kill(os.getpid(), signal.SIGKILL)
os.kill(os.getpid(), signal.SIGKILL)
"""


def give(world, giver, receiver, kontor, **terms):
    draw_id = new_id()
    world.do(transfers.pass_on, giver, draw_id=draw_id, to_tenant_id=receiver, kontor=kontor, **terms)
    with world.session(giver) as session:
        return transfers.passage(session, tenant_id=giver, draw_id=draw_id)


def relay_runs() -> int:
    """Claim what waits in the ledger's queue and let the worker's function finish it."""
    with role_session("relay") as session:
        claims = relay.claim(session, queue="ledger", limit=100, turns=relay.Turns(), at=utc_now())
    arrive(claims)
    return len(claims)


@pytest.mark.parametrize("moment", ["before the commit", "after the commit"])
def test_a_giver_killed_in_the_middle_passes_once_or_not_at_all(world, moment: str) -> None:
    ceren, akin, draw_id = world.wallet(10, net_kurus=100), world.wallet(), new_id()
    relay_runs()
    done = subprocess.run(
        [sys.executable, "-c", DYING_GIVER, str(ceren), str(akin), str(draw_id), moment], env=os.environ, check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert world.differences(ceren) == []
    passed = moment == "after the commit"
    assert world.balances(ceren)[0] == (3 if passed else 10)
    assert world.balances(akin)[0] == 0
    assert relay_runs() == int(passed)
    assert world.balances(akin)[0] == (7 if passed else 0)
    assert relay_runs() == 0
    assert world.differences(ceren) + world.differences(akin) == []


def test_children_keep_origin_price_and_expiry_to_the_kurus(world) -> None:
    world.now = NOON
    ceren, akin = world.wallet(), world.wallet()
    lot = world.grant(ceren, 3, until=NOON + timedelta(days=50), net_kurus=100)
    for _ in range(2):
        world.do(transfers.receive, akin, passage=give(world, ceren, akin, 1))
    children = world.rows(akin, "SELECT * FROM lot ORDER BY lot_id")
    assert sum(child.net_price_kurus for child in children) + world.lot(ceren, lot).net_left_kurus == 100
    assert {(child.origin_tenant_id, child.origin_lot_id) for child in children} == {(ceren, lot)}
    assert {child.expires_at for child in children} == {NOON + timedelta(days=50)}
    assert world.lot(ceren, lot).passed == 2


def test_a_contract_may_give_the_child_a_fresh_expiry(world) -> None:
    world.now = NOON
    ceren, akin, until = world.wallet(5), world.wallet(), NOON + timedelta(days=180)
    world.do(transfers.receive, akin, passage=give(world, ceren, akin, 5, fresh_until=until))
    assert [row.expires_at for row in world.rows(akin, "SELECT expires_at FROM lot")] == [until]
    world.grant(ceren, 5)
    with pytest.raises(LotHasExpired):
        give(world, ceren, akin, 1, fresh_until=NOON)


def test_kontor_that_arrives_after_its_day_is_not_spendable(world) -> None:
    world.now = NOON
    ceren, akin = world.wallet(), world.wallet()
    world.grant(ceren, 5, until=NOON + timedelta(days=1))
    passage = give(world, ceren, akin, 5)
    world.now = NOON + timedelta(days=2)
    world.do(transfers.receive, akin, passage=passage)
    with pytest.raises(InsufficientKontor):
        world.reserve(akin, 1)
    assert world.do(lots.expire_lots, akin)[0].kontor == 5
    assert world.differences(akin) == []


def test_a_lot_past_due_is_not_passed_on(world) -> None:
    world.now = NOON
    ceren, akin = world.wallet(), world.wallet()
    world.grant(ceren, 5, until=NOON + timedelta(days=1))
    world.now = NOON + timedelta(days=1)
    with pytest.raises(InsufficientKontor):
        give(world, ceren, akin, 1)


def test_only_chosen_lots_are_passed_on(world) -> None:
    ceren, akin = world.wallet(5), world.wallet()
    chosen = world.grant(ceren, 5)
    give(world, ceren, akin, 2, only_lots=[chosen])
    assert world.lot(ceren, chosen).remaining == 3
    with pytest.raises(InsufficientKontor):
        give(world, ceren, akin, 4, only_lots=[chosen])


def test_a_draw_is_one_thing_and_only_its_receiver_gets_it(world) -> None:
    ceren, akin, bora = world.wallet(9), world.wallet(), world.wallet()
    passage = give(world, ceren, akin, 2)
    with pytest.raises(SameKeyOtherContent):
        world.do(transfers.pass_on, ceren, draw_id=passage.draw_id, to_tenant_id=bora, kontor=2)
    with pytest.raises(NotFound):
        world.do(transfers.receive, bora, passage=passage)
