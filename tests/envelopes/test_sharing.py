"""Documents that wait for one mailbox share an envelope; a lone one never waits; a bad one costs the others nothing."""

import pytest

from ebelge.core.config import settings
from ebelge.documents.travel import send


def _documents_per_envelope(world):
    return sorted(len(one["documents"]) for one in world.gib.envelopes())


def _signed(world, count, kind="efatura"):
    ids = world.submit(*(world.draft(kind, n=n) for n in range(1, count + 1)))
    while world.work("sign"):
        pass
    return ids


def test_what_waits_for_one_mailbox_goes_together_and_a_lone_one_at_once(world):
    _signed(world, 5)
    world.settle()
    assert _documents_per_envelope(world) == [5]
    _signed(world, 1)
    world.work("send")
    assert _documents_per_envelope(world) == [1, 5]
    world.settle()
    assert world.states() == {"delivered": 6}


def test_kinds_do_not_mix(world):
    _signed(world, 2)
    _signed(world, 2, "eirsaliye")
    world.settle()
    assert _documents_per_envelope(world) == [2, 2]
    assert world.states() == {"delivered": 4}


def test_the_setting_says_how_many(world, monkeypatch):
    monkeypatch.setenv("EBELGE_ZARF_DOCUMENTS_MAX", "2")
    settings.cache_clear()
    _signed(world, 5)
    world.settle()
    assert _documents_per_envelope(world) == [1, 2, 2]


def test_a_hundred_and_no_more():
    class Item:
        element_type, alone, claim = "INVOICE", False, None
        sender = receiver = send.Mailbox("urn:mail:x", "1")

    assert [len(one.items) for one in send.group([Item()] * 230)] == [100, 100, 30]


def test_large_documents_are_shared_out(world, monkeypatch):
    monkeypatch.setattr("ebelge.jobs.sending.ZARF_BYTES_MAX", 90_000)
    _signed(world, 5)
    world.settle()
    assert len(_documents_per_envelope(world)) > 1
    assert world.states() == {"delivered": 5}


@pytest.mark.parametrize(("code", "state"), [(1150, "refused"), (1177, "undelivered"), (1230, "undelivered")])
def test_one_bad_document_and_each_goes_alone(world, code, state):
    ids = _signed(world, 3)
    bad = world.document(ids[1]).number
    world.gib.order({"status": code}, times=None, number=bad)
    world.settle()
    world.gib.control("DELETE", "orders")
    assert [world.document(one).state for one in ids] == ["delivered", state, "delivered"]
    assert _documents_per_envelope(world) == [1, 1, 1, 3]
