"""What follows from each family of GİB's answers and failures. Nothing is sent twice, kontör ends where it belongs."""

import pytest

from ebelge.documents.travel import status, undelivered
from ebelge.documents.travel.pace import BY_THE_RULE, EAGER, HOUR


def _one(world, **changes):
    (document_id,) = world.submit(world.draft("efatura", **changes))
    return document_id


def _sends(world):
    return [call for call in world.gib.calls() if call["operation"] == "sendDocument"]


@pytest.mark.parametrize("code", [1150, 1160])
def test_a_refused_document_gives_its_kontor_back_and_keeps_its_number(world, code):
    document_id = _one(world)
    number = world.document(document_id).number
    world.gib.order({"status": code}, number=number)
    world.settle()
    document = world.document(document_id)
    assert (document.state, document.gib_code, document.number_held) == ("refused", code, True)
    assert world.balance() == (1000, 0)
    assert world.charges() == {"restored": 1}
    assert world.rows("SELECT kontor FROM document_event WHERE tenant_id = :akin AND kind = 'refused'") == [(1,)]


@pytest.mark.parametrize("code", [1161, 1171, 1176, 1177, 1181, 1215, 1230])
def test_what_a_person_must_clear_is_undelivered_and_keeps_its_kontor(world, code):
    document_id = _one(world)
    world.gib.order({"status": code}, number=world.document(document_id).number)
    world.settle()
    document = world.document(document_id)
    assert (document.state, document.gib_code) == ("undelivered", code)
    assert world.balance() == (999, 0)
    assert world.charges() == {"captured": 1}


@pytest.mark.parametrize("code", [1120, 1130, 1195])
def test_a_failure_that_is_not_the_documents_goes_again_in_a_new_envelope(world, code):
    document_id = _one(world)
    world.gib.order({"status": code}, number=world.document(document_id).number)
    world.settle()
    assert world.document(document_id).state == "delivered"
    assert len(world.gib.envelopes()) == 2
    assert "resend" in world.events(document_id)
    assert world.charges() == {"captured": 1}


def test_too_many_envelopes_and_a_person_looks(world):
    document_id = _one(world)
    world.gib.order({"status": 1195}, times=None, number=world.document(document_id).number)
    world.settle()
    assert world.document(document_id).state == "undelivered"
    assert len(world.gib.envelopes()) == status.ENVELOPES_MAX
    world.gib.control("DELETE", "orders")


@pytest.mark.parametrize(("code", "state"), [(1235, "delivered"), (1300, "delivered")])
def test_ends_at_which_nothing_more_happens(world, code, state):
    document_id = _one(world)
    world.gib.order({"status": code}, number=world.document(document_id).number)
    world.settle()
    assert (world.document(document_id).state, world.document(document_id).gib_code) == (state, code)


@pytest.mark.parametrize("code", [1000, 1210, 1220])
def test_while_gib_works_it_is_asked_and_nothing_is_resent(world, code):
    document_id = _one(world)
    world.gib.order({"status": code}, number=world.document(document_id).number)
    for _ in range(6):
        world.work("sign")
        world.work("send")
        world.promote()
    assert world.document(document_id).state == "sent"
    assert len(_sends(world)) == 1
    ((topic, state, attempt, _),) = world.waiting()
    assert (topic, state) == ("zarf.status", "waiting")
    assert attempt >= 3


def test_an_answer_without_a_meaning_leaves_the_document_unknown(world):
    document_id = _one(world)
    world.gib.order({"status": 1191}, number=world.document(document_id).number)
    for _ in range(8):
        world.work("sign")
        world.work("send")
        world.promote()
    assert world.document(document_id).state == "unknown"
    assert world.waiting()[0][0] == "zarf.status"


@pytest.mark.parametrize("transport", ["timeout", "drop", "html", "http_500", "garbage", "truncated"])
def test_an_unknown_outcome_is_asked_about_and_not_sent_again(world, transport):
    """GİB stored the envelope, its answer was lost."""
    document_id = _one(world)
    world.gib.order({"transport": transport, "stored": True, "seconds": 3}, operation="sendDocument")
    world.work("sign")
    world.work("send")
    assert world.document(document_id).state == "unknown"
    world.settle()
    assert world.document(document_id).state == "delivered"
    assert len(_sends(world)) == 1
    assert len(world.gib.envelopes()) == 1


@pytest.mark.parametrize("transport", ["timeout", "drop"])
def test_an_envelope_gib_does_not_have_goes_again_under_its_own_id(world, transport):
    document_id = _one(world)
    world.gib.order({"transport": transport, "stored": False, "seconds": 3}, operation="sendDocument")
    world.settle()
    assert world.document(document_id).state == "delivered"
    assert len({call["instance_id"] for call in _sends(world)}) == 1
    assert len(_sends(world)) == 2
    assert world.rows("SELECT count(*) FROM zarf WHERE tenant_id = :akin") == [(1,)]


@pytest.mark.parametrize("fault", [2002, 2003, 2005, 2007])
def test_gibs_own_trouble_costs_time_and_no_attempt(world, fault):
    document_id = _one(world)
    world.gib.order({"fault": fault}, times=12, operation="sendDocument")
    world.settle()
    assert world.document(document_id).state == "delivered"
    assert world.rows("SELECT count(*) FROM zarf WHERE tenant_id = :akin") == [(1,)]


def test_an_envelope_gib_has_already_counts_as_sent(world):
    document_id = _one(world)
    world.gib.order({"fault": 2001, "stored": True}, operation="sendDocument")
    world.settle()
    assert world.document(document_id).state == "delivered"
    assert len(_sends(world)) == 1


def test_a_document_registered_earlier_is_looked_up_not_resent(world):
    """1195 for the first envelope, yet GİB had registered the document: the second gets 1163."""
    document_id = _one(world)
    number = world.document(document_id).number
    world.gib.order({"status": 1195}, number=number)
    while world.work("sign") + world.work("send") + world.promote() and len(_sends(world)) < 2:
        pass
    world.gib.order({"status": 1163}, number=number)
    world.settle()
    document = world.document(document_id)
    assert document.state in ("delivered", "undelivered")
    assert world.charges() == {"captured": 1}
    assert len(world.gib.envelopes()) <= status.ENVELOPES_MAX


def test_gib_down_for_a_while(world, monkeypatch):
    """No connection at all: nothing is unknown, nothing dies, all of it goes when GİB is back."""
    from ebelge.core.config import settings
    from ebelge.jobs import tasks

    ids = world.submit(*(world.draft("efatura", n=n) for n in range(5)))
    monkeypatch.setenv("EBELGE_GIB_LIVE_URL", "http://127.0.0.1:9/EFaturaMerkez")
    settings.cache_clear()
    tasks.forget()
    world.work("sign")
    for _ in range(15):
        world.work("send")
        world.promote()
    assert world.states() == {"signed": 5}
    assert {state for _, state, _, _ in world.waiting()} == {"waiting"}
    monkeypatch.setenv("EBELGE_GIB_LIVE_URL", world.gib.base_url)
    settings.cache_clear()
    tasks.forget()
    world.settle()
    assert world.states() == {"delivered": 5}
    assert sum(len(envelope["documents"]) for envelope in world.gib.envelopes()) == 5
    assert {world.document(i).gib_code for i in ids} == {1300}


def test_a_resend_by_a_person_uses_the_same_signed_document_and_no_kontor(world):
    document_id = _one(world)
    world.gib.order({"status": 1215}, number=world.document(document_id).number)
    world.settle()
    sha256 = world.document(document_id).signed_sha256
    from ebelge.core.clock import utc_now
    from ebelge.core.db import tenant_session

    with tenant_session(world.akin) as session:
        undelivered.resend(session, tenant_id=world.akin, document_id=document_id, at=utc_now())
    world.settle()
    assert world.document(document_id).state == "delivered"
    assert world.document(document_id).signed_sha256 == sha256
    assert len({d["sha256"] for d in world.gib.documents(number=world.document(document_id).number)}) == 1
    assert world.charges() == {"captured": 1}


def test_giving_up_returns_the_kontor(world):
    from ebelge.core.clock import utc_now
    from ebelge.core.db import tenant_session

    document_id = _one(world)
    world.gib.order({"status": 1230}, number=world.document(document_id).number)
    world.settle()
    with tenant_session(world.akin) as session:
        undelivered.give_up(session, tenant_id=world.akin, document_id=document_id, at=utc_now())
    assert world.document(document_id).state == "given_up"
    assert world.balance() == (1000, 0)
    assert world.document(document_id).number_held


def test_gib_is_asked_by_its_rule_in_production():
    assert [BY_THE_RULE.question_after(asked) for asked in (0, 1, 12)] == [24 * HOUR, 5 * HOUR, 5 * HOUR]
    assert BY_THE_RULE.doubt_after(0) < HOUR < BY_THE_RULE.doubt_after(10)
    assert EAGER.question_after(1) < EAGER.question_after(3) <= 5 * HOUR
