"""Sending: crashes between writing down, calling and entering; envelopes shared; time that runs out."""

from datetime import timedelta

from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.documents.travel import send
from ebelge.jobs import stopping, tasks
from ebelge.jobs.claims import to_json


def _signed(world, count, **wishes):
    ids = world.submit(*(world.draft("efatura", n=n) for n in range(count)), **wishes)
    world.work("sign")
    return ids


def _sends(world):
    return [call for call in world.gib.calls() if call["operation"] == "sendDocument"]


def _written_down(world):
    """A sender that dies after the envelope was committed and before the call."""
    claims = world.claim("send")
    with tenant_session(world.akin) as session:
        batch = send.begin_many(session, tenant_id=world.akin, claims=claims)
    return tasks.sender()._write_down(world.akin, batch)


def test_dead_before_the_call(world):
    (document_id,) = _signed(world, 1)
    (envelope,) = _written_down(world)
    world.sweep()
    world.settle()
    assert world.document(document_id).state == "delivered"
    assert [call["instance_id"] for call in _sends(world)] == [str(envelope.zarf_id)]


def test_dead_after_the_call(world):
    (document_id,) = _signed(world, 1)
    (envelope,) = _written_down(world)
    caller = tasks.sender()._caller
    caller._gateway("live").send(caller.stored_zarf(world.akin, envelope.zarf_id))
    world.sweep()
    world.settle()
    assert world.document(document_id).state == "delivered"
    assert len(_sends(world)) == 1
    assert len(world.gib.envelopes()) == 1


def test_two_senders_with_one_document(world):
    """The late one finds the document in an envelope, and asks instead of sending."""
    (document_id,) = _signed(world, 1)
    stale = world.claim("send")
    world.sweep()
    fresh = world.claim("send")
    world.run("send", stale)
    world.run("send", fresh)
    world.settle()
    assert world.document(document_id).state == "delivered"
    assert len(_sends(world)) == 1
    assert world.events(document_id) == ["accepted", "signed", "sent", "delivered"]


def test_a_replayed_answer_changes_nothing(world):
    (document_id,) = _signed(world, 1)
    number = world.document(document_id).number
    world.gib.order({"status": 1150}, number=number)
    world.work("send")
    world.promote()
    claims = world.claim("send")
    world.run("send", claims)
    while world.document(document_id).state == "sent":
        world.promote()
        world.work("send")
    for _ in range(3):
        world.run("send", claims)
    assert world.charges() == {"restored": 1}
    assert world.events(document_id).count("refused") == 1


def test_what_there_is_no_time_for_goes_back_uncounted(world):
    _signed(world, 3)
    claims = world.claim("send")
    long_ago = (utc_now() - timedelta(minutes=5)).isoformat()
    tasks.send([to_json(claim) for claim in claims], long_ago)
    assert [row[1:3] for row in world.waiting()] == [("waiting", 0)] * 3
    assert _sends(world) == []
    world.settle()
    assert world.states() == {"delivered": 3}


def test_a_stopping_sender_begins_nothing_new(world):
    _signed(world, 2)
    stopping.requested.set()
    world.work("send")
    stopping.requested.clear()
    assert [row[1:3] for row in world.waiting()] == [("waiting", 0)] * 2
    world.settle()
    assert world.states() == {"delivered": 2}


def test_documents_of_one_pair_can_share_an_envelope(world, monkeypatch):
    monkeypatch.setattr(send.group, "__kwdefaults__", {"count_max": 100})
    _signed(world, 5)
    world.settle()
    assert world.states() == {"delivered": 5}
    (envelope,) = world.gib.envelopes()
    assert len(envelope["documents"]) == 5


def test_one_bad_document_in_a_shared_envelope_is_found_by_sending_each_alone(world, monkeypatch):
    monkeypatch.setattr(send.group, "__kwdefaults__", {"count_max": 100})
    ids = _signed(world, 4)
    world.gib.order({"status": 1150}, times=None, number=world.document(ids[2]).number)
    world.settle()
    world.gib.control("DELETE", "orders")
    assert [world.document(i).state for i in ids] == ["delivered", "delivered", "refused", "delivered"]
    assert world.charges() == {"captured": 3, "restored": 1}
    assert len(world.gib.envelopes()) == 5


def test_envelopes_are_kept_as_they_were_sent(world):
    _signed(world, 1)
    world.settle()
    ((zarf_id, digest),) = world.rows("SELECT zarf_id, sha256 FROM zarf WHERE tenant_id = :akin")
    from hashlib import sha256

    assert sha256(world.store.get(world.akin, zarf_id, "zarf.zip")).digest() == digest
