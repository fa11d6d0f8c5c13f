"""What buyers say of our documents: taken once, in time, from the buyer; refused with GİB's code otherwise."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.documents.answers import received as answers
from ebelge.documents.answers.deadlines import issuer_until
from ebelge.documents.answers.received import CUSTOMS_VKN, Verdict
from ebelge.documents.models import Document
from ebelge.documents.states import State
from ebelge.jobs import answers as job
from ebelge.ubl.answer_reading import ReadLine, ReadResponse
from ebelge.ubl.examples import vkn
from tests.answers.conftest import DAY, Post, said


def receive(mail: Post, response: ReadResponse, *, response_id: UUID | None = None, at: object = None) -> Verdict:
    with tenant_session(mail.akin) as session:
        return answers.receive(
            session, tenant_id=mail.akin, response=response, response_id=response_id or uuid4(),
            at=at or utc_now(),
        )  # fmt: skip


def commercial(mail: Post, **changes: object) -> Document:
    return mail.sent(profile="TICARIFATURA", **changes)


def test_a_rejection_stands_on_the_document_is_told_and_gives_no_kontor_back(mail: Post) -> None:
    document = commercial(mail)
    before, response_id = mail.world.balance(), uuid4()

    assert receive(mail, said(document, "RED"), response_id=response_id).code == 1200
    assert receive(mail, said(document, "RED"), response_id=response_id).taken  # the same again

    mail.world.settle("mail")
    assert mail.world.document(document.document_id).buyer_answer == "rejected"
    assert mail.world.events(document.document_id)[-1] == "buyer_answered"
    assert mail.world.rows("SELECT kind FROM letter WHERE tenant_id = :akin") == [("buyer_answered",)]
    assert mail.world.balance() == before


def test_a_second_answer_is_refused_as_registered_already(mail: Post) -> None:
    document = commercial(mail)
    receive(mail, said(document, "KABUL"))
    assert receive(mail, said(document, "RED")).code == 1163
    assert mail.world.document(document.document_id).buyer_answer == "accepted"


def test_an_answer_is_taken_from_the_buyer_only(mail: Post) -> None:
    assert receive(mail, said(commercial(mail), sender=vkn(99))).code == 1171


@pytest.mark.parametrize("about", [{"about_ettn": None}, {"about_number": ""}, {"about_ettn": uuid4()}])
def test_a_document_is_found_by_either_name(mail: Post, about: dict[str, object]) -> None:
    assert receive(mail, said(commercial(mail), **about)).taken


def test_what_nobody_sent_has_no_answer(mail: Post) -> None:
    document = commercial(mail)
    assert receive(mail, said(document, about_ettn=uuid4(), about_number="")).code == 1150


def test_a_basic_invoice_has_no_answer(mail: Post) -> None:
    assert receive(mail, said(mail.sent(profile="TEMELFATURA"))).code == 1150


def test_day_eight_is_in_time_and_day_nine_is_not(mail: Post) -> None:
    delivered = utc_now() - 8 * DAY
    until = issuer_until(delivered)
    early, late = (commercial(mail, delivered_at=delivered) for _ in range(2))
    assert receive(mail, said(late), at=until).code == 1150
    assert receive(mail, said(early), at=until - timedelta(seconds=1)).taken


def test_an_answer_may_come_before_gib_has_told_us_of_the_delivery(mail: Post) -> None:
    document = commercial(mail, state=State.SENT)
    assert receive(mail, said(document)).taken
    assert mail.world.document(document.document_id).state == "sent"


def test_customs_speak_of_an_export_at_any_time_and_several_times(mail: Post) -> None:
    document = mail.sent(delivered_at=utc_now() - 100 * DAY)
    with tenant_session(mail.akin) as session:
        session.get_one(Document, (mail.akin, document.document_id)).profile = "IHRACAT"
    document = mail.world.document(document.document_id)
    assert receive(mail, said(document)).code == 1171  # the buyer named on it does not answer
    for customs in ({"GTB_REFNO": "1" * 23}, {"GTB_GCB_TESCILNO": "00060200EX000293"}):
        assert receive(mail, said(document, sender=CUSTOMS_VKN, customs=customs)).taken
    with tenant_session(mail.akin) as session:
        kept = answers.of_document(session, tenant_id=mail.akin, document_id=document.document_id)
    assert [list(one.data["customs"]) for one in kept] == [["GTB_REFNO"], ["GTB_GCB_TESCILNO"]]


def test_a_receipt_advice_says_what_came(mail: Post) -> None:
    document = mail.sent("eirsaliye")
    line = ReadLine("1", "C62", Decimal(2), Decimal(1), Decimal(0), Decimal(0), "kayıp")
    assert receive(mail, said(document, "KISMI", lines=(line,))).taken
    assert receive(mail, said(document, "RED", form="response")).code == 1150
    assert mail.world.document(document.document_id).buyer_answer == "partly"


def test_an_invoice_nobody_answered_counts_as_accepted(mail: Post) -> None:
    old, young = commercial(mail, delivered_at=utc_now() - 10 * DAY), commercial(mail)
    basic = mail.sent(profile="TEMELFATURA", delivered_at=utc_now() - 10 * DAY)

    job.assume(utc_now())
    job.assume(utc_now())

    found = [mail.world.document(one.document_id).buyer_answer for one in (old, young, basic)]
    assert found == ["assumed", None, None]
    assert mail.world.events(old.document_id).count("buyer_answered") == 1
    assert receive(mail, said(old, "RED")).code == 1163
