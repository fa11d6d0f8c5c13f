"""Documents paid from a pool: refilled when short, and restored to the member after it has left."""

import pytest

from billing.ledger import charges
from billing.pools.rights import Terms
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.ids import new_id
from ebelge.documents.states import State
from ebelge.jobs import pooling
from ebelge.jobs.refill import refilled
from ebelge.ubl.examples import supplier
from tests.documents.accounts import open_tenant


@pytest.fixture
def holding(world):
    """A pool of 100 kontör from which Akın draws; Akın's own wallet is empty."""
    pool = open_tenant(supplier(90_000), {}, kontor=100, at=utc_now(), kind="pool")
    pooling.offer(pool, world.akin, terms=Terms(block_kontor=5, monthly_cap_kontor=50), by="test")
    pooling.accept(world.akin, pool, by="test")
    with tenant_session(world.akin) as session:
        everything = new_id()
        charges.reserve(session, tenant_id=world.akin, charge_id=everything, kind="sms", kontor=world.balance()[0],
                        price_id=new_id(), at=utc_now())  # fmt: skip
        charges.capture(session, tenant_id=world.akin, charge_ids=[everything], at=utc_now())
    return pool


def test_a_member_leaves_and_its_document_that_gib_refused_is_restored_to_it(world, holding) -> None:
    (document_id,) = refilled(lambda: world.submit(world.draft()), tenant_id=world.akin)
    assert (world.balance(), world.balance(holding)[0]) == ((4, 1), 95)
    assert pooling.leave(world.akin, holding) == 4
    assert (world.balance(), world.balance(holding)[0]) == ((0, 1), 99)
    world.gib.order({"status": 1160}, number=world.document(document_id).number)
    world.settle()
    assert world.document(document_id).state == State.REFUSED
    assert world.charges()["restored"] == 1
    assert (world.balance(), world.balance(holding)[0]) == ((1, 0), 99)


def test_what_was_delivered_is_told_to_the_pool_as_a_number(world, holding) -> None:
    for n in (1, 2):
        refilled(lambda n=n: world.submit(world.draft(n=n)), tenant_id=world.akin)
    world.settle()
    pooling.roll_up_use(utc_now())
    assert [row[0] for row in world.rows("SELECT used_kontor FROM pool_use WHERE tenant_id = :pool", pool=holding)] == [
        2
    ]
