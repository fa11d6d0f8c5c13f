"""Iptal and itiraz: free, told to GİB with the day's report, a signed number never goes to another document."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.errors import InvalidRequest
from ebelge.documents.mistakes import cancel
from ebelge.documents.mistakes.cancel import NoObjection, NotCancellable
from ebelge.documents.numbers import series


def cancelled(desk, document_id, **more):
    with tenant_session(desk.world.akin) as session:
        cancel.cancel(session, tenant_id=desk.world.akin, document_id=document_id, at=utc_now(), **more)


def objected(desk, document_id, **changes):
    paper = {"way": "KEP", "paper_number": "KEP-2026-1", "paper_date": desk.today, "text": "ayıplı mal"} | changes
    with tenant_session(desk.world.akin) as session:
        cancel.object_to(session, tenant_id=desk.world.akin, document_id=document_id, at=utc_now(), **paper)


def test_cancelled_before_its_report_it_is_reported_with_its_cancellation(desk):
    (one,) = desk.send(desk.world.draft("earsiv"))
    cancelled(desk, one, reason="Yanlış alıcı")
    desk.report()
    number = desk.number(one)
    assert sorted(desk.at_gib()) == [("fatura", number), ("faturaIptal", number)]
    assert desk.world.events(one)[-3:] == ["cancelled", "reported", "cancel_reported"]


def test_cancelled_after_its_report_the_next_report_says_so(desk):
    earsiv, emm = desk.send(desk.world.draft("earsiv"), desk.world.draft("emm"))
    desk.report()
    cancelled(desk, earsiv)
    cancelled(desk, emm)
    desk.report(desk.night(hour=1))
    assert [row[:2] for row in desk.reports()] == [("accepted", 1), ("accepted", 2)]
    assert sorted(desk.at_gib())[1:2] + sorted(desk.at_gib())[3:] == [
        ("faturaIptal", desk.number(earsiv)),
        ("mustahsilMakbuzIptal", desk.number(emm)),
    ]


def test_a_cancelled_number_goes_to_no_other_document_and_its_kontor_is_kept(desk):
    before = desk.world.balance()
    (one,) = desk.send(desk.world.draft("earsiv"))
    spent = desk.world.balance()
    cancelled(desk, one)
    (other,) = desk.send(desk.world.draft("earsiv", n=2))
    assert desk.number(other) > desk.number(one)
    assert spent[0] == before[0] - 1
    assert desk.world.balance()[0] == spent[0] - 1
    row = desk.world.document(one)
    assert (row.state, row.number_held) == ("cancelled", True)
    with tenant_session(desk.world.akin) as session:
        report = series.report(session, tenant_id=desk.world.akin, series_id=row.series_id, year=row.issue_date.year)
    assert report.open_numbers == ()


def test_a_mail_that_waits_is_called_off_by_a_cancellation(desk):
    (one,) = desk.send(desk.world.draft("earsiv"), buyer_email="alici@ornek.example")
    cancelled(desk, one)
    desk.world.settle()
    assert desk.world.mail.messages() == []
    assert desk.world.document(one).state == "cancelled"


def test_what_is_not_signed_what_is_cancelled_and_an_efatura_cannot_be_cancelled(desk):
    (unsigned,) = desk.world.submit(desk.world.draft("earsiv"))
    with pytest.raises(NotCancellable):
        cancelled(desk, unsigned)
    desk.world.settle("sign")
    cancelled(desk, unsigned)
    with pytest.raises(NotCancellable):
        cancelled(desk, unsigned)
    (efatura,) = desk.send(desk.world.draft("efatura"))
    with pytest.raises(NotCancellable):
        cancelled(desk, efatura)


def test_an_objection_goes_into_the_next_report_once(desk):
    (one,) = desk.send(desk.world.draft("earsiv"))
    desk.report()
    objected(desk, one)
    with pytest.raises(NoObjection):
        objected(desk, one)
    desk.report(desk.night(hour=1))
    assert ("faturaItiraz", desk.number(one)) in desk.at_gib()
    assert desk.world.document(one).state == "signed"
    assert desk.world.events(one)[-2:] == ["objection", "objection_reported"]


def test_an_objection_needs_a_way_a_paper_and_a_date_that_can_be(desk):
    (one, emm) = desk.send(desk.world.draft("earsiv"), desk.world.draft("emm"))
    for wrong in (
        {"way": "E_POSTA"},
        {"paper_number": " "},
        {"paper_date": desk.today + timedelta(days=1)},
        {"text": "x" * 256},
    ):
        with pytest.raises(InvalidRequest):
            objected(desk, one, **wrong)
    with pytest.raises(NoObjection):  # the report has no such line
        objected(desk, emm)
