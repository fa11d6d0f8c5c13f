"""Signing: claims, fences, crashes between the steps, failures that are final and those that are not."""

import threading
from base64 import b64encode
from datetime import timedelta
from hashlib import sha256

import pytest

from ebelge.archive.store import Key
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.documents import queries, sign
from ebelge.documents.sign import Signed
from ebelge.jobs import tasks
from ebelge.outbox.topics import TOPICS
from ebelge.signing import signer
from ebelge.signing.seals import Pkcs12Seal
from ebelge.ubl import stylesheet


def _events(world, kind):
    return world.rows("SELECT count(*) FROM document_event WHERE tenant_id = :akin AND kind = :kind", kind=kind)[0][0]


def test_two_workers_with_one_claim_have_one_effect(world):
    """A stale holder and the new one work at the same time: one signature counts, one capture, one way on."""
    world.submit(*(world.draft("efatura", n=n) for n in range(8)))
    stale = world.claim("sign")
    world.sweep()
    fresh = world.claim("sign")
    assert [claim.attempt for claim in fresh] == [2] * 8
    start = threading.Barrier(2)

    def work(claims):
        start.wait()
        world.run("sign", claims)

    threads = [threading.Thread(target=work, args=(claims,)) for claims in (stale, fresh)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    world.sweep()
    world.settle("sign")
    assert world.states() == {"signed": 8}
    assert _events(world, "signed") == 8
    assert world.charges() == {"captured": 8}
    assert world.rows("SELECT count(*) FROM outbox_message WHERE topic = 'document.send'") == [(8,)]


def test_the_fence_keeps_a_late_holder_from_finishing(world):
    (document_id,) = world.submit(world.draft())
    (stale,) = world.claim("sign")
    world.sweep()
    (fresh,) = world.claim("sign")
    late = [Signed(stale, sha256(b"late").digest(), utc_now())]
    with tenant_session(world.akin) as session:
        assert sign.finish_many(session, tenant_id=world.akin, signed=late, at=utc_now()) == []
    assert world.document(document_id).state == "accepted"
    world.run("sign", [fresh])
    assert world.document(document_id).state == "signed"


def test_what_a_dead_worker_archived_is_verified_and_adopted(world, operator_p12):
    (document_id,) = world.submit(world.draft())
    world.claim("sign")
    with tenant_session(world.akin) as session:
        source = queries.source_xml(session, tenant_id=world.akin, document_id=document_id)
    data = signer.sign(source, Pkcs12Seal.load(operator_p12, "x"), at=utc_now() - timedelta(minutes=1))
    ettn = world.document(document_id).ettn
    world.store.put(world.akin, ettn, "signed.xml", data)  # … and here it died
    world.sweep()
    world.settle()
    document = world.document(document_id)
    assert (document.state, document.signed_sha256) == ("delivered", sha256(data).digest())
    assert document.signed_at < utc_now() - timedelta(seconds=50)
    assert world.charges() == {"captured": 1}


@pytest.mark.parametrize("foreign", [b"<Invoice/>", b""])
def test_a_key_taken_by_something_else_is_never_adopted(world, foreign):
    (document_id,) = world.submit(world.draft())
    world.store.put(world.akin, world.document(document_id).ettn, "signed.xml", foreign)
    world.work("sign")
    assert world.document(document_id).state == "accepted"
    ((topic, state, attempt, error),) = world.waiting()
    assert (topic, state, attempt) == ("document.sign", "scheduled", 1)
    assert error.startswith("archive:")


def test_withdrawn_while_it_was_being_signed(world):
    """The withdrawal commits first: the signature has no effect, the kontör is free, the file is reported."""
    document_id, other = world.submit(world.draft(n=1), world.draft(n=2))
    claims = world.claim("sign")
    with tenant_session(world.akin) as session:
        from ebelge.documents import withdraw

        withdraw.withdraw(session, tenant_id=world.akin, document_id=document_id, at=utc_now())
    world.run("sign", claims)
    assert world.document(document_id).state == "withdrawn"
    assert world.document(other).state == "signed"
    assert world.charges() == {"captured": 1, "released": 1}
    assert world.waiting() == [("document.send", "waiting", 0, None)]


def test_a_withdrawal_between_reading_and_finishing(world):
    from ebelge.documents import withdraw
    from ebelge.documents.keeping import leftovers

    (document_id,) = world.submit(world.draft())
    (claim,) = world.claim("sign")
    with tenant_session(world.akin) as session:
        batch = sign.begin_many(session, tenant_id=world.akin, claims=[claim], bytes_max=1_000_000)
    assert len(batch.tasks) == 1
    stored = world.store.put(world.akin, batch.tasks[0].ettn, "signed.xml", b"signed meanwhile")
    with tenant_session(world.akin) as session:
        withdraw.withdraw(session, tenant_id=world.akin, document_id=document_id, at=utc_now())
    with tenant_session(world.akin) as session:
        signed = [Signed(claim, stored.sha256, utc_now())]
        assert sign.finish_many(session, tenant_id=world.akin, signed=signed, at=utc_now()) == []
    assert world.document(document_id).state == "withdrawn"
    assert world.charges() == {"released": 1}
    keys = leftovers.without_a_row(world.store.keys(world.akin), tenant_id=world.akin)
    assert list(keys) == [Key(world.akin, batch.tasks[0].ettn, "signed.xml")]


def test_a_seal_that_fails_for_good_fails_the_document_and_frees_its_number(world):
    """The tenant asks for its own HSM, and none is configured: tried to the last attempt, then given up."""
    (document_id,) = world.submit(world.draft())
    number = world.document(document_id).number
    with tenant_session(world.akin) as session:
        from tenants.models import Service

        session.get_one(Service, (world.akin, "efatura")).seal_mode = "own_hsm"
    attempts = 0
    while world.work("sign"):
        attempts += 1
        world.promote()
    document = world.document(document_id)
    assert attempts == TOPICS["document.sign"].attempts_max
    assert (document.state, document.number_held, document.signed_sha256) == ("failed", False, None)
    assert world.charges() == {"released": 1}
    assert world.balance() == (1000, 0)
    with tenant_session(world.akin) as session:
        session.get_one(Service, (world.akin, "efatura")).seal_mode = "operator"
    (again,) = world.submit(world.draft(n=5))
    assert world.document(again).number == number
    world.settle()
    assert world.document(again).state == "delivered"


def test_a_stylesheet_of_another_release_is_signed_as_it_was_accepted(world, superuser):
    here, there = world.submit(*(world.draft(n=n) for n in range(2)))
    sheet = b64encode(b"<xsl:stylesheet version='1.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform'/>")
    superuser.execute("INSERT INTO embedded_sheet VALUES (sha256(%s), %s)", (sheet, sheet))
    superuser.execute("UPDATE document_xml SET sheet_sha256 = sha256(%s) WHERE document_id = %s", (sheet, there))
    world.work("sign")
    found = {one: world.store.get(world.akin, world.document(one).ettn, "signed.xml") for one in (here, there)}
    assert [sheet in found[one] for one in (here, there)] == [False, True]
    assert b">" + b64encode(stylesheet.every_source()[0]) + b"<" in found[here]


def test_a_document_that_cannot_be_signed_fails_alone(world, superuser):
    good, bad, other = world.submit(*(world.draft(n=n) for n in range(3)))
    superuser.execute("UPDATE document_xml SET source = '<not-xml' WHERE document_id = %s", (bad,))
    world.work("sign")
    assert world.document(bad).state == "failed"
    assert [world.document(i).state for i in (good, other)] == ["signed", "signed"]
    assert world.charges() == {"captured": 2, "released": 1}


def test_a_full_disk_puts_documents_off_and_loses_none(world):
    """RLIMIT_FSIZE stands for the full disk."""
    import resource
    import signal

    world.submit(*(world.draft(n=n) for n in range(3)))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        world.work("sign")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert world.states() == {"accepted": 3}
    world.settle()
    assert world.states() == {"delivered": 3}
    assert world.charges() == {"captured": 3}


def test_a_large_batch_is_signed_slice_by_slice(world, monkeypatch):
    from ebelge.jobs import signatures

    monkeypatch.setattr(signatures, "SLICE_BYTES_MAX", 60_000)
    world.submit(*(world.draft(n=n) for n in range(9)))
    world.work("sign")
    assert world.states() == {"signed": 9}
    assert world.charges() == {"captured": 9}


def test_documents_of_many_tenants_share_a_job(world):
    mine = world.submit(*(world.draft(n=n) for n in range(3)))
    hers = world.submit(*(world.draft(n=n) for n in range(3)), tenant=world.bora)
    claims = world.claim("sign")
    assert {claim.tenant_id for claim in claims} == {world.akin, world.bora}
    world.run("sign", claims)
    assert {world.document(i).state for i in mine} == {"signed"}
    assert {world.document(i, tenant=world.bora).state for i in hers} == {"signed"}


def test_one_document_each_of_several_tenants_is_entered_in_one_round_trip_each_by_itself(world, monkeypatch):
    """One is withdrawn while it is being signed: the others are entered all the same."""
    from ebelge.documents import withdraw
    from ebelge.jobs import signatures

    (mine,) = world.submit(world.draft())
    (hers,) = world.submit(world.draft("emm"), tenant=world.bora)
    claims = world.claim("sign")
    finish = signatures.finish_each

    def withdrawn_first(signed):
        with tenant_session(world.akin) as session:
            withdraw.withdraw(session, tenant_id=world.akin, document_id=mine, at=utc_now())
        return finish(signed)

    monkeypatch.setattr(signatures, "finish_each", withdrawn_first)
    world.run("sign", claims)
    assert world.document(mine).state == "withdrawn"
    assert world.document(hers, tenant=world.bora).state in ("signed", "delivered")
    assert world.charges() == {"released": 1, "captured": 1}


def test_a_lone_document_whose_archive_fails_is_not_entered(world, monkeypatch):
    from ebelge.archive.store import ArchiveError

    def full(*_arguments):
        raise ArchiveError("cannot be stored: No space left on device")

    (document_id,) = world.submit(world.draft())
    monkeypatch.setattr(world.store.__class__, "put", full)
    world.work("sign")
    assert world.document(document_id).state == "accepted"
    assert world.charges() == {"held": 1}
    ((topic, state, attempt, error),) = world.waiting()
    assert (topic, state, attempt, error[:8]) == ("document.sign", "scheduled", 1, "archive:")


def test_a_bulk_does_not_starve_others(world):
    """200 of Akın's wait; the one of Bora's that comes last is in the next job."""
    world.submit(*(world.draft(n=n) for n in range(120)))
    (hers,) = world.submit(world.draft(n=1), tenant=world.bora)
    claims = world.claim("sign", limit=100)
    assert len(claims) == 100
    assert hers in {claim.key for claim in claims}


def test_the_seal_is_opened_once(world):
    world.submit(world.draft(n=1))
    world.work("sign")
    first = dict(tasks.signer().seals._seals)
    world.submit(world.draft(n=2))
    world.work("sign")
    assert tasks.signer().seals._seals == first
