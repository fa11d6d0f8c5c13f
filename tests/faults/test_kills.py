"""What is killed, wiped or restarted in the middle of work loses nothing and does nothing twice."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest

from billing.ledger import balance, transfers
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.devstack.companies import BORA_AS
from ebelge.devstack.demo.cases import bulk, invoice, line
from ebelge.devstack.seed import FILE, _read

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]


# What waits for leases again and again is left to `make faults`; tests/jobs/test_processes.py kills and wipes, too.
@pytest.mark.slow
def test_a_signing_worker_killed_in_the_middle_of_a_bulk(world):
    archived = world.archived()
    documents = world.send_many(300)
    world.wait_for(lambda: world.archived() > archived, "the first signature is archived", tend=False)
    world.kill("sign")
    signed, files = world.signed_of(documents), world.archived() - archived
    assert signed < 300
    world.found(f"{files} files archived and {signed} of 300 booked as signed at that moment")
    world.all_is_right(documents)


@pytest.mark.slow
def test_redis_wiped_in_the_middle(world):
    documents = []
    for _ in range(3):
        part = world.send_many(60)
        world.wait_for(lambda part=part: world.signed_of(part) > 0, "work has begun", tend=False)
        world.redis().flushall()
        world.injected(f"FLUSHALL with {world.signed_of(part)} of {len(part)} signed")
        documents += part
    world.all_is_right(documents)


def test_postgresql_restarted_under_load(world):
    server = world.instance.services.postgres
    until = time.monotonic() + 90
    with ThreadPoolExecutor(4) as clients:
        sent = [clients.submit(world.send_until_taken, draft, until=until) for draft in bulk(80)]
        for share in (20, 45):
            world.wait_for(lambda share=share: sum(one.done() for one in sent) >= share, f"{share} are accepted")
            os.kill(server.pid, signal.SIGQUIT)  # immediate: no checkpoint, sessions are cut, recovery at the start
            world.injected(f"PostgreSQL stopped at once after {sum(one.done() for one in sent)} of 80 acceptances")
            world.wait_for(lambda: not server.running(), "the server is gone", tend=False)
            server.restart()
        world.wait_for(lambda: all(one.done() for one in sent), "every client has its 2xx")
    world.all_is_right([one.result() for one in sent], mails=False)


def test_the_relay_killed_in_the_middle(world):
    documents = world.send_many(120)
    world.wait_for(lambda: world.signed_of(documents) > 0, "work has begun", tend=False)
    world.kill("relay")
    world.all_is_right(documents)


def test_the_web_server_killed_in_the_middle_of_requests(world):
    until = time.monotonic() + 90
    with ThreadPoolExecutor(4) as clients:
        sent = [clients.submit(world.send_until_taken, draft, until=until) for draft in bulk(60)]
        for share in (10, 30):
            world.wait_for(lambda share=share: sum(one.done() for one in sent) >= share, f"{share} are accepted")
            world.kill("web")
        world.wait_for(lambda: all(one.done() for one in sent), "every client has its 2xx")
    world.all_is_right([one.result() for one in sent])


@pytest.mark.slow
def test_the_receiving_worker_killed_while_documents_come_in(world):
    sold, documents = line("Santrifüj pompa", "1", "1250"), []
    at_work = "SELECT 1 FROM outbox_message WHERE topic = 'incoming.process' AND state = 'claimed'"
    came = "SELECT count(DISTINCT ettn), count(*) FROM incoming_document WHERE ettn = ANY (%s::uuid[])"

    def have_come():
        return world.rows(came, [row["ettn"] for row in documents])[0]

    def all_came():
        return have_come()[0] == len(documents)

    for _ in range(3):
        drafts, key = [invoice("efatura", BORA_AS.party, sold) for _ in range(10)], uuid4().hex
        documents += world.wait_for(lambda drafts=drafts, key=key: world.akin.send_many(drafts, key=key), "accepted")
        world.wait_for(lambda: world.rows(at_work), "an envelope that came is at work", tend=False)
        world.kill("receive")
        world.found(f"{have_come()[0]} of {len(documents)} documents had come to their buyer at that moment")
        world.wait_for(all_came, "all of them came in")
    world.all_is_right(documents)
    assert have_come() == (30, 30)
    assert world.rows("SELECT zarf_id FROM incoming_zarf WHERE state <> 'done'") == []


def test_gib_gone_for_a_while(world):
    documents = world.send_many(80)
    world.wait_for(lambda: world.signed_of(documents) > 0, "work has begun", tend=False)
    world.kill("gib")
    world.wait_for(lambda: world.signed_of(documents) == 80, "accepting and signing go on without GİB", tend=False)
    world.found("80 of 80 signed while GİB was away")
    world.all_is_right(documents)


@pytest.mark.slow
def test_the_sending_worker_killed_while_gib_takes_envelopes(world):
    documents = world.send_many(80)
    held = len(world.place.gib.documents(world.akin.vkn))
    world.wait_for(lambda: len(world.place.gib.documents(world.akin.vkn)) > held, "GİB has some", tend=False)
    world.kill("send")
    # A mail whose receipt was lost is sent again, as the same message: the buyer's server may see it twice.
    world.all_is_right(documents, mails=False)


@pytest.mark.slow
def test_kontor_on_its_way_between_two_wallets(world):
    accounts = _read(world.instance.var / FILE)
    giver, receiver = UUID(accounts["ceren"].tenant_id), UUID(accounts["akin"].tenant_id)

    def spendable(tenant_id):
        with tenant_session(tenant_id) as session:
            return balance.balance(session, tenant_id=tenant_id, at=utc_now()).spendable

    had = spendable(giver), spendable(receiver)
    for n in range(30):
        with tenant_session(giver) as session:
            transfers.pass_on(session, tenant_id=giver, draw_id=uuid4(), to_tenant_id=receiver, kontor=2, at=utc_now())
        if n in (10, 20):
            world.kill("send")
            world.redis().flushall()
            world.injected(f"FLUSHALL after {n + 1} first halves")
            world.tend()
    world.wait_for(lambda: spendable(receiver) == had[1] + 60, "every second half has arrived")
    assert spendable(giver) == had[0] - 60
    world.all_is_right(world.send_many(8), received=60)
    world.found("30 passages of 2 kontör: 60 left Ceren, 60 arrived at Akın, once each")
