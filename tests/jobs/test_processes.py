"""Relay and workers as real processes: killed, starved of Redis, stopped. Nothing is lost, nothing done twice."""

import os
import signal
import time

import pytest

from ebelge.core.db import dispose_engines

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


def _signed(world):
    return world.rows("SELECT count(*) FROM document WHERE tenant_id = :akin AND signed_sha256 IS NOT NULL")[0][0]


def _invariants(world, count):
    """Every document signed once, paid once, one file and one capture each."""
    assert world.balance() == (1000 - count, 0)
    assert world.charges() == {"captured": count}
    twice = world.rows(
        "SELECT document_id FROM document_event WHERE tenant_id = :akin AND kind = 'signed' "
        "GROUP BY document_id HAVING count(*) > 1"
    )
    assert twice == []
    files = [key for key in world.store.keys(world.akin) if key.name == "signed.xml"]
    assert len(files) == count


def test_documents_go_through_relay_and_workers(world):
    world.start("relay")
    world.start("worker", "--queues", "sign")
    world.start("worker", "--queues", "send,mail,ledger")
    world.submit(*(world.draft("efatura", n=n) for n in range(30)))
    world.submit(*(world.draft("earsiv", n=n) for n in range(5)))
    world.wait_for(lambda: world.states() == {"delivered": 35})
    _invariants(world, 35)
    assert sum(len(one["documents"]) for one in world.gib.envelopes()) == 30


def test_a_killed_signer_loses_nothing_and_signs_nothing_twice(world):
    world.submit(*(world.draft("efatura", n=n) for n in range(60)))
    world.start("relay")
    victim = world.start("worker", "--queues", "sign")
    world.wait_for(lambda: any(world.store.keys(world.akin)))
    os.kill(victim.pid, signal.SIGKILL)
    victim.wait()
    assert 0 <= _signed(world) < 60
    world.sweep()  # the leases run out
    world.start("worker", "--queues", "sign")
    world.start("worker", "--queues", "send,mail,ledger")
    world.wait_for(lambda: world.states() == {"delivered": 60})
    _invariants(world, 60)


def test_flushall_in_the_middle_loses_nothing(world):
    world.start("relay")
    world.start("worker", "--queues", "sign")
    world.start("worker", "--queues", "send,mail,ledger")
    for batch in range(6):
        world.submit(*(world.draft("efatura", n=n) for n in range(batch * 20, batch * 20 + 20)))
        world.redis.flushall()
    # What lay in Redis is gone; the leases bring it back.
    time.sleep(1)
    world.sweep()
    world.wait_for(lambda: world.states() == {"delivered": 120})
    _invariants(world, 120)
    # Redis knows its workers again, so the relay gives them room.
    world.wait_for(lambda: world.redis.scard("rq:workers:sign") == 1, within_s=240)


def test_sigterm_lets_a_worker_finish_its_batch(world):
    world.submit(*(world.draft("efatura", n=n) for n in range(80)))
    world.start("relay")
    worker = world.start("worker", "--queues", "sign")
    world.wait_for(lambda: any(world.store.keys(world.akin)))
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=20) == 0
    signed = _signed(world)
    assert signed > 0
    assert len([key for key in world.store.keys(world.akin) if key.name == "signed.xml"]) == signed


def test_relay_and_workers_stop_when_idle(world):
    started = [world.start("relay"), world.start("worker", "--queues", "sign"), world.start("schedule")]
    world.wait_for(lambda: world.logs().count(" started") == 3)
    begin = time.monotonic()
    for process in started:
        process.send_signal(signal.SIGTERM)
    assert [process.wait(timeout=15) for process in started] == [0, 0, 0]
    assert time.monotonic() - begin < 15


def test_cut_connections_cost_time_and_no_document(world, superuser):
    """Every connection to PostgreSQL and Redis is cut, again and again, while documents go through."""
    world.start("relay")
    world.start("worker", "--queues", "sign")
    world.start("worker", "--queues", "send,mail,ledger")
    ids = []
    for batch in range(5):
        ids += world.submit(*(world.draft("efatura", n=n) for n in range(batch * 10, batch * 10 + 10)))
        superuser.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        dispose_engines()
        for client in world.redis.client_list():
            world.redis.client_kill_filter(_id=client["id"], skipme=True)
    time.sleep(1)
    world.sweep()
    world.wait_for(lambda: world.states() == {"delivered": 50})
    assert all(process.poll() is None for process in world.processes)
    _invariants(world, 50)
    assert sum(len(one["documents"]) for one in world.gib.envelopes()) == 50
