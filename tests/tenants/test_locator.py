"""The locator: one key, one object, whoever's; found by the exact key and in no other way."""

from __future__ import annotations

import threading
from uuid import uuid4

import pytest
from sqlalchemy import text

from ebelge.core.db import role_session, tenant_session
from tenants import locator
from tenants.locator import AlreadyTaken, Located


def put(tenant_id, key, object_id):
    with tenant_session(tenant_id) as session:
        locator.put(session, tenant_id=tenant_id, kind="thing", key=key, object_id=object_id)


def test_a_key_is_found_before_a_tenant_is_known(world) -> None:
    key, object_id = str(uuid4()), uuid4()
    put(world.akin, key, object_id)
    with role_session("app") as session:
        assert locator.locate(session, kind="thing", key=key) == Located(world.akin, object_id)
        assert locator.locate(session, kind="other", key=key) is None
        assert locator.locate(session, kind="thing", key=key + " ") is None
        assert session.execute(text("SELECT * FROM locator")).all() == []


def test_a_taken_key_is_refused_to_everybody(world) -> None:
    key, object_id = str(uuid4()), uuid4()
    put(world.akin, key, object_id)
    for tenant_id in (world.akin, world.bora):
        with pytest.raises(AlreadyTaken):
            put(tenant_id, key, uuid4())
    with role_session("app") as session:
        assert locator.locate(session, kind="thing", key=key) == Located(world.akin, object_id)


def test_of_many_only_the_taken_ones_come_back(world) -> None:
    keys = [str(uuid4()) for _ in range(5)]
    put(world.akin, keys[3], uuid4())
    ids = [uuid4() for _ in keys]
    with tenant_session(world.bora) as session:
        refused = locator.put_many(session, tenant_id=world.bora, kind="thing", pairs=list(zip(keys, ids, strict=True)))
    assert refused == [ids[3]]


def test_of_two_at_the_same_instant_one_gets_the_key(world) -> None:
    key, barrier, outcomes = str(uuid4()), threading.Barrier(2), []

    def race(tenant_id) -> None:
        barrier.wait()
        try:
            put(tenant_id, key, uuid4())
            outcomes.append("put")
        except AlreadyTaken:
            outcomes.append("taken")

    threads = [threading.Thread(target=race, args=(tenant_id,)) for tenant_id in (world.akin, world.bora)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["put", "taken"]


def test_a_rollback_frees_the_key(world) -> None:
    key = str(uuid4())

    def put_and_fail() -> None:
        with tenant_session(world.akin) as session:
            locator.put(session, tenant_id=world.akin, kind="thing", key=key, object_id=uuid4())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        put_and_fail()
    put(world.bora, key, uuid4())
