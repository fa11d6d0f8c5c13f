"""Answering what came in: once, in time, never a basic invoice, free of kontör, sealed and delivered."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from ebelge.archive.store import open_store
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import tenant_session
from ebelge.core.errors import InvalidRequest, NotFound
from ebelge.core.ids import new_id
from ebelge.documents.answers import answering, receipts
from ebelge.documents.answers.answering import AnsweredAlready, AnswerTooLate, NotAnswerable
from ebelge.documents.answers.deadlines import answer_until, left_words
from ebelge.documents.answers.models import ANSWER_NAME, Answer
from ebelge.jobs import answers as job
from ebelge.signing.verify import verify
from ebelge.ubl.answer_reading import read_answer
from ebelge.ubl.answer_rules import check_answer
from tests.answers.conftest import DAY, Post


def test_a_rejection_is_sealed_sent_and_delivered_for_no_kontor(mail: Post) -> None:
    before, document_id = mail.world.balance(), mail.came()

    answer_id = mail.answer(document_id, "RED")
    mail.world.settle()

    assert mail.incoming(document_id).answer == "rejected"
    assert mail.steps(document_id) == ["answered", "answer_signed", "answer_delivered"]
    signed = open_store().get(mail.akin, answer_id, ANSWER_NAME)
    assert check_answer(signed, signed=True) == []
    assert verify(signed, trust=None)
    read = read_answer(signed)
    assert (read.code, read.about_ettn) == ("RED", mail.incoming(document_id).ettn)
    assert read.number.startswith(f"UYG{istanbul_date(utc_now()).year}")
    (envelope,) = mail.world.gib.envelopes()
    assert envelope["envelope_type"] == "POSTBOXENVELOPE"
    assert mail.world.rows("SELECT state, gib_code FROM answer WHERE answer_id = :id", id=answer_id) == [
        ("delivered", 1300)
    ]
    assert mail.world.balance() == before


def test_an_answer_that_gib_refuses_leaves_the_document_open_again(mail: Post) -> None:
    document_id = mail.came()
    first = mail.answer(document_id, "RED")
    mail.world.gib.order({"status": 1160}, times=1)
    mail.world.settle()

    assert mail.world.rows("SELECT state, gib_code FROM answer WHERE answer_id = :id", id=first) == [("refused", 1160)]
    assert mail.incoming(document_id).answer == "none"
    assert mail.world.rows("SELECT kind FROM letter WHERE tenant_id = :akin") == [("answer_failed",)]

    mail.answer(document_id, "KABUL")
    mail.world.settle()
    assert mail.incoming(document_id).answer == "accepted"


def test_a_worker_that_dies_after_storing_the_seal_is_followed_by_one_that_takes_it_over(mail: Post) -> None:
    document_id = mail.came()
    answer_id = mail.answer(document_id)
    claims = mail.world.claim("sign")
    task = job._begin(claims[0])
    assert task is not None
    data, _ = job._sealed(claims[0], task, job_signer(), utc_now())
    mail.world.sweep()

    mail.world.settle()

    ((sha,),) = mail.world.rows("SELECT encode(signed_sha256, 'hex') FROM answer WHERE answer_id = :id", id=answer_id)
    assert open_store().get(mail.akin, answer_id, ANSWER_NAME) == data
    assert len(mail.world.gib.envelopes()) == 1
    assert len(sha) == 64


def job_signer() -> Any:
    from ebelge.jobs import tasks

    return tasks.signer()


def test_a_second_answer_is_refused(mail: Post) -> None:
    document_id = mail.came()
    mail.answer(document_id, "KABUL")

    with pytest.raises(AnsweredAlready):
        mail.answer(document_id, "RED")


def test_two_answers_at_the_same_instant_are_one(mail: Post) -> None:
    document_id = mail.came()
    at = utc_now()
    prepared = [
        answering.prepare_response(
            tenant_id=mail.akin, document_id=document_id, code=code, reason="", store=open_store(), at=at
        )
        for code in ("KABUL", "RED")
    ]
    outcomes: list[str] = []

    def enter(one: answering.Prepared) -> None:
        try:
            with tenant_session(mail.akin) as session:
                answering.enter(session, tenant_id=mail.akin, prepared=one, by="key:test", at=at)
            outcomes.append("entered")
        except AnsweredAlready:
            outcomes.append("refused")

    threads = [threading.Thread(target=enter, args=(one,)) for one in prepared]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["entered", "refused"]


def test_the_database_itself_knows_one_answer_only(mail: Post) -> None:
    document_id = mail.came()
    mail.answer(document_id)

    with pytest.raises(IntegrityError, match="answer_once"), tenant_session(mail.akin) as session:
        session.add(
            Answer(
                tenant_id=mail.akin, answer_id=new_id(), document_id=document_id, form="response", code="RED",
                reason="", number="UYG2026000000009", ettn=new_id(), state="prepared", source=b"x", created_by="x",
                created_at=utc_now(), progress_at=utc_now(),
            )
        )  # fmt: skip


@pytest.mark.parametrize(("code", "way"), [("TEMELFATURA", "portal_cancel"), ("KAMU", "return_invoice")])
def test_a_basic_invoice_is_not_answered_and_the_refusal_names_the_ways(mail: Post, code: str, way: str) -> None:
    document_id = mail.came(profile="TEMELFATURA")
    with tenant_session(mail.akin) as session:
        answering.get(session, tenant_id=mail.akin, document_id=document_id, lock=True).profile = code

    with pytest.raises(NotAnswerable) as caught:
        mail.answer(document_id)

    assert way in {one["code"] for one in caught.value.extra["guide"]}
    assert mail.incoming(document_id).answer == "none"


def test_another_tenants_document_is_not_there(mail: Post) -> None:
    theirs = mail.came(tenant=mail.world.bora)
    with pytest.raises(NotFound):
        mail.answer(theirs)


def test_a_suspended_tenant_without_kontor_answers(mail: Post) -> None:
    document_id = mail.came()
    with tenant_session(mail.akin) as session:
        session.execute(text("UPDATE tenant SET state = 'suspended' WHERE tenant_id = :id"), {"id": mail.akin})
    mail.answer(document_id)
    mail.world.settle()
    assert mail.steps(document_id)[-1] == "answer_delivered"


@pytest.mark.parametrize(
    ("came", "last", "late"),
    [
        # the hour of coming in is ignored, days are Istanbul's: 20:59 UTC is 23:59, 21:00 UTC is the next day
        ("2026-08-31T20:59:59+00:00", "2026-09-08T20:59:59+00:00", "2026-09-08T21:00:00+00:00"),
        ("2026-08-31T21:00:00+00:00", "2026-09-09T20:59:59+00:00", "2026-09-09T21:00:00+00:00"),
        ("2026-12-24T05:00:00+00:00", "2027-01-01T20:59:59+00:00", "2027-01-01T21:00:00+00:00"),
    ],
)
def test_day_eight_is_whole_and_day_nine_is_too_late(came: str, last: str, late: str) -> None:
    until = answer_until(datetime.fromisoformat(came), kind="efatura")
    assert datetime.fromisoformat(last) < until == datetime.fromisoformat(late)


def test_a_despatch_note_has_a_day_less() -> None:
    came = datetime(2026, 11, 1, 12, tzinfo=UTC)
    assert answer_until(came, kind="eirsaliye") == answer_until(came, kind="efatura") - DAY


def test_the_last_second_is_in_time_and_the_next_is_not(mail: Post) -> None:
    came = utc_now() - 8 * DAY
    document_id = mail.came(at=came)
    until = answer_until(came, kind="efatura")
    for at, refusal in ((until, AnswerTooLate), (until + DAY, AnswerTooLate)):
        with pytest.raises(refusal):
            mail.answer(document_id, at=at)
    mail.answer(document_id, at=until - timedelta(seconds=1))


def test_time_left_is_said_in_its_two_largest_units() -> None:
    at = datetime(2026, 11, 1, 12, tzinfo=UTC)
    assert left_words(at + timedelta(days=2, hours=3, minutes=4), at) == ("2 gün 3 sa", "2 d 3 h")
    assert left_words(at + timedelta(seconds=30), at) == ("1 dakikadan az", "less than a minute")
    assert left_words(at, at) == ("süre doldu", "time is over")


def test_an_invoice_nobody_answered_counts_as_accepted_and_is_answered_no_more(mail: Post) -> None:
    came = utc_now() - 12 * DAY
    silent, answered, basic = mail.came(at=came), mail.came(), mail.came(at=came, profile="TEMELFATURA")
    note, young = mail.came("eirsaliye", at=came), mail.came()
    mail.answer(answered)

    job.assume(utc_now())

    assert [mail.incoming(one).answer for one in (silent, answered, basic, note, young)] == [
        "assumed", "rejected", "none", "none", "none",
    ]  # fmt: skip
    with pytest.raises(AnswerTooLate):
        mail.answer(silent)
    job.assume(utc_now())
    assert mail.steps(silent) == ["assumed"]


def test_what_came_of_a_despatch_note_is_said_line_by_line(mail: Post) -> None:
    document_id = mail.came("eirsaliye")
    delivered = receipts.lines_of(tenant_id=mail.akin, document_id=document_id, store=open_store())
    came = [receipts.Came(delivered[0].line, rejected=Decimal(1), reject_reason="kırık")]
    prepared = answering.prepare_receipt(
        tenant_id=mail.akin, document_id=document_id, lines=receipts.whole_lines(delivered, came), note="",
        delivered_on=None, store=open_store(), at=utc_now(),
    )  # fmt: skip
    with tenant_session(mail.akin) as session:
        answer = answering.enter(session, tenant_id=mail.akin, prepared=prepared, by="key:test", at=utc_now())
        answer_id = answer.answer_id
    mail.world.settle()

    assert (mail.incoming(document_id).answer, mail.steps(document_id)[-1]) == ("partly", "answer_delivered")
    read = read_answer(open_store().get(mail.akin, answer_id, ANSWER_NAME))
    assert (read.lines[0].rejected, read.lines[0].received) == (1, delivered[0].quantity - 1)
    assert all(line.received == one.quantity for line, one in zip(read.lines[1:], delivered[1:], strict=True))
    with pytest.raises(NotAnswerable):
        mail.answer(document_id)


def test_goods_have_not_come_on_a_day_that_lies_ahead(mail: Post) -> None:
    document_id = mail.came("eirsaliye")
    lines = receipts.whole_lines(
        receipts.lines_of(tenant_id=mail.akin, document_id=document_id, store=open_store()), []
    )
    just_after_midnight = datetime(2026, 11, 30, 21, 0, tzinfo=UTC)  # the first of December in Turkey

    def prepare(day: date) -> answering.Prepared:
        return answering.prepare_receipt(
            tenant_id=mail.akin, document_id=document_id, lines=lines, note="", delivered_on=day, store=open_store(),
            at=just_after_midnight,
        )  # fmt: skip

    with pytest.raises(InvalidRequest):
        prepare(date(2026, 12, 2))
    assert b"2026-12-01" in prepare(date(2026, 12, 1)).xml


@pytest.mark.parametrize(
    "came",
    [
        [receipts.Came("99", short=Decimal(1))],
        [receipts.Came("1", short=Decimal(10**6))],
        [receipts.Came("1", rejected=Decimal(1))],
        [receipts.Came("1"), receipts.Came("1")],
    ],
)
def test_a_receipt_that_does_not_add_up_is_refused(came: list[receipts.Came]) -> None:
    from ebelge.ubl.delivered import DeliveredLine

    line: Any = DeliveredLine("1", "Masa", "C62", Decimal(3), "", "", None)
    with pytest.raises(InvalidRequest):
        receipts.whole_lines([line], came)
