"""A lone document's short way: claimed by who accepts it, handed to a signer, and never lost on the way (ADR 0097)."""

import time
from datetime import timedelta

import pytest
import redis

from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.ids import new_id
from ebelge.documents import submit
from ebelge.documents.submit import Submission
from ebelge.jobs import handover
from ebelge.jobs.handover import Coming
from ebelge.jobs.queues import queue, workers_key
from ebelge.outbox.messages import Claim


def _accept(world):
    """A document accepted as the edge does it while signers are idle: its message and its claim."""
    message_id, draft = new_id(), world.draft()
    known, checked = submit.check_all([Submission(draft=draft, kind=draft["kind"])], tenant_id=world.akin, at=utc_now())
    with tenant_session(world.akin) as session:
        (document,) = submit.accept(
            session, tenant=known, checked=checked, created_by="key:test", at=utc_now(), claim_as=message_id
        )
    return message_id, document.document_id


@pytest.fixture
def signer_waits(world):
    """One signer is entered in Redis, and idle."""
    world.redis.sadd(workers_key("sign"), "rq:worker:somebody")
    yield
    world.redis.delete(workers_key("sign"), "rq:queue:sign", "rq:wip:sign")


def test_documents_that_come_close_together_wait_for_each_other(world, signer_waits, monkeypatch):
    monkeypatch.setattr(handover, "JUST_CAME", f"ebelge:{new_id()}")
    monkeypatch.setattr(handover, "CLOSE_MS", 60_000)

    def in_another_process():
        monkeypatch.setattr(handover, "_came_s", float("-inf"))
        return handover.coming()

    assert in_another_process() is Coming.ALONE
    assert in_another_process() is Coming.CLOSE
    world.redis.delete(handover.JUST_CAME)
    assert handover.coming() is Coming.CLOSE, "the process itself remembers"
    assert in_another_process() is Coming.ALONE
    world.redis.delete(handover.JUST_CAME)


def test_only_an_idle_signer_is_handed_to(world, signer_waits, monkeypatch):
    monkeypatch.setattr(handover, "JUST_CAME", f"ebelge:{new_id()}")
    monkeypatch.setattr(handover, "CLOSE_MS", 1)
    assert handover.coming() is Coming.ALONE
    time.sleep(0.002)
    world.redis.zadd("rq:wip:sign", {"job": 1})
    assert handover.coming() is Coming.BUSY
    world.redis.delete("rq:wip:sign")
    time.sleep(0.002)
    world.redis.rpush("rq:queue:sign", "job")
    assert handover.coming() is Coming.BUSY
    world.redis.delete("rq:queue:sign", workers_key("sign"))
    time.sleep(0.002)
    assert handover.coming() is Coming.BUSY


def test_a_document_that_was_handed_over_is_signed_without_the_relay(world, signer_waits):
    message_id, document_id = _accept(world)
    assert world.claim("sign") == []
    handover.hand_over(tenant_id=world.akin, message_id=message_id, document_id=document_id)
    (job,) = queue("sign", world.redis).jobs
    job.func(*job.args)
    assert world.document(document_id).state == "signed"
    assert world.charges() == {"captured": 1}


def test_what_was_claimed_and_never_handed_over_comes_back_soon(world):
    """The web process was killed after its commit, or Redis was wiped."""
    _, document_id = _accept(world)
    world.sweep(ahead=timedelta(seconds=29))
    assert world.claim("sign") == []
    world.sweep(ahead=timedelta(seconds=31))
    (claim,) = world.claim("sign")
    assert (claim.key, claim.attempt) == (document_id, 2)
    world.run("sign", [claim])
    assert world.document(document_id).state == "signed"


def test_a_document_goes_to_the_relay_when_redis_has_gone(world, monkeypatch):
    message_id, document_id = _accept(world)
    away = redis.Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.1)
    monkeypatch.setattr(handover, "_link", lambda url: away)
    monkeypatch.setattr(handover, "_came_s", float("-inf"))
    assert handover.coming() is Coming.BUSY
    handover.hand_over(tenant_id=world.akin, message_id=message_id, document_id=document_id)
    world.promote()
    (claim,) = world.claim("sign")
    assert (claim.key, claim.attempt) == (document_id, 2)


def test_one_who_was_handed_a_document_and_is_late_changes_nothing(world):
    message_id, document_id = _accept(world)
    late = Claim(world.akin, message_id, "document.sign", document_id, 1, {})
    world.sweep()
    (fresh,) = world.claim("sign")
    world.run("sign", [fresh])
    first = world.document(document_id)
    world.run("sign", [late])
    assert world.document(document_id).signed_sha256 == first.signed_sha256
    assert world.charges() == {"captured": 1}
    assert world.rows("SELECT count(*) FROM outbox_message WHERE topic = 'document.send'") == [(1,)]


def test_both_holders_of_a_claim_at_once_enter_one_signature(world):
    """After a crash of PostgreSQL, or a lease that ran out under a slow seal, two may sign the same document."""
    message_id, document_id = _accept(world)
    claim = Claim(world.akin, message_id, "document.sign", document_id, 1, {})
    world.run("sign", [claim])
    before = world.document(document_id).signed_sha256
    world.run("sign", [claim])
    assert world.document(document_id).signed_sha256 == before
    assert world.events(document_id).count("signed") == 1
