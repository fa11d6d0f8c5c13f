"""“Yanlış kesildi”: what is lawful now, and what happened outside, recorded with its day, number and paper."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ebelge.archive.store import open_store
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError, InvalidRequest, NotFound
from ebelge.documents.answers.deadlines import issuer_until
from ebelge.documents.answers.guide import guide
from ebelge.documents.answers.models import PAPER_NAME, MistakeRecord
from ebelge.documents.mistakes import records as mistakes
from ebelge.documents.mistakes import ways as mistake_ways
from ebelge.documents.mistakes.records import NotLawfulNow, PaperRefused, Told
from ebelge.documents.models import Document
from ebelge.documents.states import State
from tests.answers.conftest import DAY, Post

PDF = b"%PDF-1.7\n" + b"x" * 100
TODAY = istanbul_date(utc_now())


def codes(document: Document, **changes: Any) -> list[str]:
    for name, value in changes.items():
        setattr(document, name, value)
    return [way.code for way in mistake_ways.ways(document, at=utc_now())]


def test_what_is_lawful_follows_from_where_the_document_stands(mail: Post) -> None:
    document = mail.sent(profile="TEMELFATURA")

    assert codes(document) == ["portal_cancel_asked", "objection", "return_invoice_agreed"]
    assert codes(document, profile="TICARIFATURA") == ["buyer_asked_to_reject", "objection", "return_invoice_agreed"]
    assert codes(document, buyer_answer="accepted") == ["objection", "return_invoice_agreed"]
    assert codes(document, buyer_answer="rejected") == ["rejected"]
    assert codes(document, buyer_answer=None, profile="KAMU") == ["objection", "return_invoice_agreed"]
    assert codes(document, profile="HKS") == ["portal_cancel_asked", "objection", "return_invoice_agreed"]
    assert codes(document, type_code="IADE") == ["portal_cancel_asked", "objection"]
    assert codes(document, type_code="SATIS", final_at=utc_now() - 10 * DAY) == ["return_invoice_agreed"]
    assert codes(document, profile="IHRACAT") == []
    assert codes(document, kind="eirsaliye", final_at=utc_now()) == ["buyer_receipt"]
    assert codes(document, kind="earsiv") == ["cancel"]
    assert codes(document, state=State.CANCELLED) == ["cancelled"]
    assert codes(document, kind="efatura", state=State.SENT) == ["wait"]
    assert codes(document, state=State.ACCEPTED) == ["withdraw"]
    assert codes(document, state=State.REFUSED) == ["correct"]
    assert codes(document, state=State.UNDELIVERED) == ["give_up"]
    assert codes(document, state=State.WITHDRAWN) == []
    assert codes(document, state=State.REFUSED, superseded=True) == []


def test_the_time_left_is_said(mail: Post) -> None:
    document = mail.sent(profile="TICARIFATURA")
    (red, *_) = mistake_ways.ways(document, at=utc_now())
    assert document.final_at is not None
    assert red.until == issuer_until(document.final_at)
    assert red.left_tr.startswith("8 gün")


def record(mail: Post, document: Document, told: Told, **given: Any) -> MistakeRecord:
    filed = mistakes.file_paper(open_store(), tenant_id=mail.akin, paper=told.paper)
    with tenant_session(mail.akin) as session:
        return mistakes.record_outgoing(
            session, tenant_id=mail.akin, document_id=document.document_id, told=told, filed=filed, by="key:test",
            **{"at": utc_now()} | given,
        )  # fmt: skip


def test_an_objection_is_recorded_with_its_paper_on_the_timeline(mail: Post) -> None:
    document = mail.sent(profile="TEMELFATURA")
    row = record(mail, document, Told("objection", TODAY, "noter", "2026/1453", "Tutar yanlış", PDF))

    assert open_store().get(mail.akin, row.record_id, PAPER_NAME) == PDF
    ((kind, tr),) = mail.world.rows(
        "SELECT kind, text_tr FROM document_event WHERE document_id = :id ORDER BY event_id DESC LIMIT 1",
        id=document.document_id,
    )
    assert kind == "mistake"
    assert tr == f"İtiraz edildi, noter, {TODAY:%d.%m.%Y}, 2026/1453: Tutar yanlış"
    with tenant_session(mail.akin) as session:
        (kept,) = mistakes.records(session, tenant_id=mail.akin, document_id=document.document_id)
        assert (kept.file_type, kept.channel) == ("application/pdf", "noter")


def test_a_record_is_never_changed_nor_removed(mail: Post) -> None:
    record(mail, mail.sent(profile="TEMELFATURA"), Told("portal_cancel_asked", TODAY))
    for statement in ("UPDATE mistake_record SET note = 'x'", "DELETE FROM mistake_record"):
        with pytest.raises(DBAPIError) as caught, tenant_session(mail.akin) as session:
            session.execute(text(statement))
        assert isinstance(caught.value.orig, psycopg.Error)


@pytest.mark.parametrize(
    ("told", "refusal"),
    [
        (Told("objection", TODAY, None, "1"), InvalidRequest),
        (Told("objection", TODAY, "posta", "1"), InvalidRequest),
        (Told("objection", TODAY, "kep", ""), InvalidRequest),
        (Told("portal_cancel_asked", TODAY, "kep"), InvalidRequest),
        (Told("portal_cancel_asked", TODAY + DAY), InvalidRequest),
        (Told("portal_cancel_asked", TODAY - 100 * DAY), InvalidRequest),
        (Told("burnt", TODAY), InvalidRequest),
        (Told("buyer_asked_to_reject", TODAY), NotLawfulNow),
        (Told("portal_cancel_asked", TODAY, paper=b"MZ\x90\x00"), PaperRefused),
        (Told("portal_cancel_asked", TODAY, paper=PDF + b"x" * mistakes.PAPER_BYTES_MAX), PaperRefused),
    ],
)
def test_what_cannot_have_happened_is_not_recorded(mail: Post, told: Told, refusal: type[DomainError]) -> None:
    document = mail.sent(profile="TEMELFATURA")
    with pytest.raises(refusal):
        record(mail, document, told)
    assert mail.world.rows("SELECT 1 FROM mistake_record WHERE tenant_id = :akin") == []


def test_the_eighth_day_counts_and_the_ninth_does_not_whenever_it_is_recorded(mail: Post) -> None:
    delivered = utc_now() - 20 * DAY
    document = mail.sent(profile="TEMELFATURA", delivered_at=delivered)
    day = istanbul_date(delivered)
    record(mail, document, Told("portal_cancel_asked", day + 8 * DAY))
    record(mail, document, Told("portal_cancel_approved", day + 15 * DAY))
    with pytest.raises(NotLawfulNow):
        record(mail, document, Told("objection", day + 9 * DAY, "kep", "12"))


def test_another_tenants_document_is_not_there(mail: Post) -> None:
    document = mail.sent(profile="TEMELFATURA")
    filed = mistakes.file_paper(open_store(), tenant_id=mail.world.bora, paper=b"")
    with pytest.raises(NotFound), tenant_session(mail.world.bora) as session:
        mistakes.record_outgoing(
            session, tenant_id=mail.world.bora, document_id=document.document_id, told=Told("other", TODAY),
            filed=filed, by="x", at=utc_now(),
        )  # fmt: skip


def test_what_was_done_about_an_incoming_invoice_is_recorded_too(mail: Post) -> None:
    document_id = mail.came(profile="TEMELFATURA")
    filed = mistakes.file_paper(open_store(), tenant_id=mail.akin, paper=PDF)
    with tenant_session(mail.akin) as session:
        mistakes.record_incoming(
            session, tenant_id=mail.akin, document_id=document_id, told=Told("objection", TODAY, "kep", "44"),
            filed=filed, by="key:test", at=utc_now(),
        )  # fmt: skip
    assert mail.steps(document_id) == ["mistake"]


def test_the_guide_for_a_basic_invoice_loses_what_is_too_late(mail: Post) -> None:
    at = utc_now()
    assert [way.code for way in guide(profile="TEMELFATURA", came_at=at, at=at)] == [
        "objection", "portal_cancel", "return_invoice",
    ]  # fmt: skip
    late = issuer_until(at)
    assert [way.code for way in guide(profile="TEMELFATURA", came_at=at, at=late)] == ["return_invoice"]
    assert len(guide(profile="TEMELFATURA", came_at=at, at=late - timedelta(seconds=1))) == 3
