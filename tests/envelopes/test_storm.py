"""A storm: GİB misbehaves at random in every way that it can. Afterwards both sides agree on every document.

The seed decides what is done to whom; EBELGE_STORM_SEED repeats one, EBELGE_STORM_SIZE makes it longer.
"""

import os
import random
from collections import Counter

import pytest

from billing.ledger.verify import verify_tenant
from ebelge.core.clock import utc_now
from ebelge.core.db import engine, tenant_session
from ebelge.documents.travel import status, undelivered
from ebelge.documents.travel.pace import EAGER
from ebelge.documents.verify import verify_documents
from ebelge.gib.status_codes import STATUS_CODES

SEED = int(os.environ.get("EBELGE_STORM_SEED") or 20261130)
FATES = [code for code in STATUS_CODES if code not in (1000, 1100, 1191, 1200, 1210, 1220)]
FAULTS = (2000, 2001, 2002, 2003, 2005, 2007)
BREAKS = ("drop", "http_500", "html", "garbage", "truncated", "bad_multipart", "plain_fault")
# State of ours -> states that GİB's books may show for a document in it.
AGREED = {
    "delivered": {"delivered", "cancelled"},
    "refused": {"refused"},
    "undelivered": {"refused", "undelivered"},
    "given_up": {"refused", "undelivered"},
}


def _misbehave(world, dice, documents):
    """Give a third of the documents a fate, and spoil some calls."""
    for document in dice.sample(documents, len(documents) // 3):
        world.gib.order({"status": dice.choice(FATES)}, times=dice.choice([1, 1, 2]), number=document.number)
    for _ in range(len(documents) // 3):
        kind = dice.random()
        operation = dice.choice(["sendDocument", "sendDocument", "getApplicationResponse"])
        if kind < 0.4:
            world.gib.order({"fault": dice.choice(FAULTS), "stored": dice.random() < 0.5}, operation=operation)
        else:
            act = {"transport": dice.choice(BREAKS), "stored": dice.random() < 0.5}
            world.gib.order(act, operation=operation)


def _push_twice(world, dice, tenant):
    """GİB pushes what it says of some envelopes without being asked, twice."""
    known = {row[0] for row in world.rows("SELECT zarf_id::text FROM zarf WHERE tenant_id = :t", t=tenant)}
    for envelope in world.gib.envelopes():
        if envelope["instance_id"] in known and envelope["status"] not in (1000, 1100) and dice.random() < 0.3:
            with tenant_session(tenant) as session:
                for _ in range(2):
                    status.apply(
                        session, tenant_id=tenant, zarf_id=envelope["instance_id"], code=envelope["status"], text="",
                        pace=EAGER, at=utc_now(),
                    )  # fmt: skip


def storm(world, *, seed, rounds, per_round):
    dice = random.Random(seed)
    everything = []
    for _ in range(rounds):
        tenant = dice.choice([world.akin, world.bora])
        kinds = dice.choices(["efatura", "efatura", "eirsaliye"], k=per_round)
        buyer = None
        ids = world.submit(*(world.draft(kind, n=n + 1, buyer=buyer) for n, kind in enumerate(kinds)), tenant=tenant)
        documents = [world.document(one, tenant=tenant) for one in ids]
        everything += [(tenant, one) for one in ids]
        world.work("sign")
        _misbehave(world, dice, documents)
        for _ in range(dice.randrange(4)):
            world.work("send", limit=dice.randrange(1, 40))
            if dice.random() < 0.3:
                stale = world.claim("send")  # a worker that dies: its lease runs out, another takes over
                world.sweep()
                if dice.random() < 0.5:
                    world.run("send", stale)
            world.promote()
        _push_twice(world, dice, tenant)
    world.settle(rounds=400)
    world.gib.control("DELETE", "orders")
    for tenant, document_id in everything:  # a person sends again what may be sent again, or gives it up
        if world.document(document_id, tenant=tenant).state != "undelivered":
            continue
        act = undelivered.resend if dice.random() < 0.7 else undelivered.give_up
        with tenant_session(tenant) as session:
            act(session, tenant_id=tenant, document_id=document_id, at=utc_now())
    world.settle(rounds=400)
    return everything


def both_sides_agree(world, everything):
    registered = Counter()
    books = {}
    for row in world.gib.documents():
        if row["state"] in ("registered", "delivered", "cancelled"):
            registered[row["ettn"]] += 1
        books.setdefault(row["ettn"], set()).add(row["state"])
    assert not [ettn for ettn, times in registered.items() if times > 1], "GİB has a document twice"
    for tenant, document_id in everything:
        document = world.document(document_id, tenant=tenant)
        theirs = books.get(str(document.ettn), {"refused"})
        assert document.state in AGREED, (document.number, document.state, theirs, world.waiting()[:3])
        assert theirs & AGREED[document.state], (document.number, document.state, theirs)
        if document.state in ("refused", "given_up"):
            assert not theirs & {"registered", "delivered"}, (document.number, theirs)
    assert world.waiting() == []


def kontor_is_explained(world, everything):
    spent = sum(
        world.document(one, tenant=tenant).kontor
        for tenant, one in everything
        if world.document(one, tenant=tenant).state not in ("refused", "given_up")
    )
    left = [world.balance(tenant) for tenant in (world.akin, world.bora)]
    assert sum(available for available, _ in left) == 2000 - spent
    assert [held for _, held in left] == [0, 0]
    assert set(world.charges()) <= {"captured", "restored"}


def verification_finds_nothing(world):
    """What `ebelge verify` derives anew of these tenants: ledger, documents beside charges and messages, files."""
    pool = engine("reader").execution_options(isolation_level="REPEATABLE READ")
    with pool.connect() as connection:
        for tenant in (world.akin, world.bora):
            with connection.begin():
                assert list(verify_tenant(connection, tenant)) == []
                assert list(verify_documents(connection, tenant, archive=world.store)) == []


def test_after_a_storm_both_sides_agree_and_every_kontor_is_explained(world):
    everything = storm(world, seed=SEED, rounds=4, per_round=9)
    both_sides_agree(world, everything)
    kontor_is_explained(world, everything)
    verification_finds_nothing(world)


@pytest.mark.faults
@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.skipif(not os.environ.get("EBELGE_STORM_SIZE"), reason="minutes long: make faults sets EBELGE_STORM_SIZE")
def test_a_long_storm(world):
    everything = storm(world, seed=SEED + 1, rounds=int(os.environ["EBELGE_STORM_SIZE"]), per_round=20)
    both_sides_agree(world, everything)
    kontor_is_explained(world, everything)
    verification_finds_nothing(world)
