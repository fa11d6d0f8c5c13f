"""Kontör on its way from one wallet to another arrives once, whoever dies in between."""

import pytest

from billing.ledger import transfers
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.ids import new_id
from ebelge.outbox import messages


@pytest.fixture
def draw(world):
    draw_id = new_id()
    with tenant_session(world.akin) as session:
        transfers.pass_on(
            session, tenant_id=world.akin, draw_id=draw_id, to_tenant_id=world.bora, kontor=40, at=utc_now()
        )
        messages.put(session, tenant_id=world.akin, topic="kontor.arrive", key=draw_id, at=utc_now())
    return draw_id


def test_it_arrives(world, draw):
    world.settle()
    assert (world.balance(), world.balance(world.bora)) == ((960, 0), (1040, 0))


def test_it_arrives_once_however_often_it_is_tried(world, draw):
    claims = world.claim("ledger")
    world.run("ledger", claims)
    world.run("ledger", claims)
    world.sweep()
    world.settle()
    assert (world.balance(), world.balance(world.bora)) == ((960, 0), (1040, 0))


def test_a_receiver_who_died_in_between_is_taken_over(world, draw):
    claims = world.claim("ledger")
    with tenant_session(world.akin) as session:
        passage = transfers.passage(session, tenant_id=world.akin, draw_id=draw)
    with tenant_session(world.bora) as session:
        transfers.receive(session, tenant_id=world.bora, passage=passage, at=utc_now())
    assert claims  # received, and the message still claimed: here the worker died
    world.sweep()
    world.settle()
    assert world.balance(world.bora) == (1040, 0)
    assert world.waiting() == []


def test_a_draw_nobody_wrote_down_is_no_end_of_the_job(world, draw):
    with tenant_session(world.akin) as session:
        messages.put(session, tenant_id=world.akin, topic="kontor.arrive", key=new_id(), at=utc_now())
    world.work("ledger")
    assert world.balance(world.bora) == (1040, 0)
    ((_, state, _, error),) = world.waiting()
    assert state == "scheduled"
    assert error.startswith("not_found")
