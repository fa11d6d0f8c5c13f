"""GİB is away for a day: documents are accepted, charged and signed, wait, and go by age when it is back."""

from datetime import timedelta

import pytest

from ebelge.core.clock import utc_now
from ebelge.core.config import settings
from ebelge.core.db import role_session
from ebelge.documents.travel import health
from ebelge.jobs import lost_questions, tasks


def down_since(mode="live"):
    with role_session("app") as session:
        return health.down_since(session, mode=mode)


@pytest.fixture
def away(world, monkeypatch):
    """`away()` takes GİB away (a port where nobody listens), `away(False)` brings it back."""

    def turn(gone=True):
        monkeypatch.setenv("EBELGE_GIB_LIVE_URL", "http://127.0.0.1:9/EFaturaMerkez" if gone else world.gib.base_url)
        settings.cache_clear()
        tasks.forget()

    yield turn
    turn(False)
    with role_session("app") as session:
        health.came_back(session, mode="live", at=utc_now())


def test_a_day_without_gib_loses_nothing_and_ends_by_age(world, away):
    away()
    ids = []
    for _ in range(4):
        ids += world.submit(world.draft())
        world.work("sign")
        for _ in range(3):  # hours of trying
            world.work("send")
            world.promote()
    assert world.states() == {"signed": 4}
    assert world.balance() == (996, 0)
    assert down_since() is not None
    assert {world.document(one).kind for one in ids} == {"efatura"}
    assert {state for _, state, _, _ in world.waiting()} <= {"scheduled", "waiting"}
    days = {world.document(one).issue_date for one in ids}
    away(False)
    world.settle()
    assert world.states() == {"delivered": 4}
    assert down_since() is None
    assert {world.document(one).issue_date for one in ids} == days
    arrived = [one["ettn"] for envelope in world.gib.envelopes() for one in envelope["documents"]]
    assert sorted(arrived) == sorted(str(world.document(one).ettn) for one in ids)
    numbers = [one["number"] for envelope in world.gib.envelopes() for one in envelope["documents"]]
    assert numbers == sorted(numbers)


def test_what_was_put_off_is_due_as_soon_as_gib_answers(world, away):
    away()
    world.submit(world.draft())
    world.work("sign")
    world.work("send")
    with role_session("relay") as session:
        session.connection().exec_driver_sql("UPDATE outbox_message SET due_at = now() + interval '5 minutes' "
                                             "WHERE state = 'scheduled'")  # fmt: skip
    away(False)
    world.submit(world.draft())
    world.work("sign")
    world.work("send")  # the newer one finds GİB awake
    world.promote(ahead=timedelta(0))
    world.work("send")
    assert world.states() == {"sent": 2}


def test_a_worker_lost_after_a_day_of_waiting_makes_no_dead_letter(world, away):
    away()
    world.submit(world.draft())
    world.work("sign")
    for _ in range(12):
        world.work("send")
        world.promote()
    world.claim("send")
    world.sweep()  # its worker never came back
    assert [state for _, state, _, _ in world.waiting()] == ["waiting"]
    away(False)
    world.settle()
    assert world.states() == {"delivered": 1}


def test_an_envelope_whose_question_was_lost_is_asked_about_again(world):
    (document_id,) = world.submit(world.draft())
    world.work("sign")
    world.work("send")
    with role_session("relay") as session:
        session.connection().exec_driver_sql("DELETE FROM outbox_message WHERE topic = 'zarf.status'")
    lost_questions.ask_again(utc_now())
    assert not world.waiting()  # it is not due yet
    assert lost_questions.ask_again(utc_now() + timedelta(days=2)) >= 1
    assert lost_questions.ask_again(utc_now() + timedelta(days=2)) == 0
    world.settle()
    assert world.document(document_id).state == "delivered"


def test_a_parcel_whose_sending_was_lost_is_sent(posted):
    object_id, _ = posted.post()
    with role_session("relay") as session:
        session.connection().exec_driver_sql("DELETE FROM outbox_message WHERE topic = 'parcel.send'")
    assert lost_questions.ask_again(utc_now() + timedelta(minutes=11)) >= 1
    posted.world.settle()
    assert posted.told() == [(object_id, 1300, "delivered")]
