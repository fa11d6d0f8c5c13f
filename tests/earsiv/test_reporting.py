"""A day's report from its documents to GİB's yes; failures, silence and kills on the way."""

from __future__ import annotations

import zipfile
from datetime import date, datetime, time, timedelta

import pytest

from ebelge.archive.store import open_store
from ebelge.core.clock import ISTANBUL, utc_now
from ebelge.core.config import settings
from ebelge.core.db import tenant_session
from ebelge.documents.reports import course as reports
from ebelge.documents.reports.dates import Rhythm, remaining_due
from ebelge.jobs import report_clock, reporting, tasks
from ebelge.onboarding.handing_out import hand_out
from ebelge.onboarding.manifest import check
from ebelge.signing.document import EARSIV_REPORT
from ebelge.signing.verify import verify
from tenants.audit import entries
from tests.jobs.conftest import OPERATOR


class Quiet:
    """Nobody looks at the progress."""

    def stage(self, text: str, total: int) -> None: ...

    def advance(self, units: int) -> None: ...


class Killed(BaseException):
    """kill -9, as near as one process comes to it."""


def die(*_):
    raise Killed


def instant(day, hour, minute=0):
    return datetime.combine(day, time(hour, minute), ISTANBUL)


def test_the_day_ends_at_midnight_in_istanbul():
    rhythm, day = Rhythm(), date(2026, 3, 1)
    assert rhythm.made_at(day) == instant(date(2026, 3, 2), 0, 15)
    assert rhythm.due_at(day) == instant(date(2026, 3, 2), 23, 59)
    # 21:14 UTC of the 1st is 00:14 of the 2nd in Istanbul: not yet; a minute later it is.
    assert rhythm.last_day_to_report(instant(date(2026, 3, 2), 0, 14)) == date(2026, 2, 28)
    assert rhythm.last_day_to_report(instant(date(2026, 3, 2), 0, 15)) == day


def test_what_remains_of_a_closed_account_is_due_a_day_after_its_last_day():
    assert remaining_due(date(2026, 4, 10)) == instant(date(2026, 4, 12), 0)


def test_a_days_documents_go_in_one_report_and_are_reported(desk):
    ids = desk.send(desk.world.draft("earsiv"), desk.world.draft("earsiv", n=2), desk.world.draft("emm"))
    desk.report()
    assert desk.reports() == [("accepted", 1, 1, 3, False)]
    assert {state for state, _ in desk.lines().values()} == {"reported"}
    assert sorted(desk.at_gib()) == sorted(
        (("mustahsilMakbuz" if n == 2 else "fatura"), desk.number(one)) for n, one in enumerate(ids)
    )
    assert all("reported" in desk.world.events(one) for one in ids)
    (report_id,) = desk.report_ids()
    assert verify(desk.file(report_id), trust=None, placement=EARSIV_REPORT).vkn_tckn == OPERATOR.vkn_tckn


def test_reports_are_handed_out_with_the_archive(desk, tmp_path):
    desk.send(desk.world.draft("earsiv"))
    desk.report()
    (report_id,), path = desk.report_ids(), tmp_path / "a.zip"
    deniz = entries.command("archive", by="Deniz")
    done = hand_out(path, tenant_id=desk.world.akin, archive=open_store(), actor=deniz, at=utc_now(), steps=Quiet())
    with zipfile.ZipFile(path) as archive:
        (name,) = [one for one in archive.namelist() if one.startswith(f"diger/report/{report_id}")]
        assert archive.read(name) == desk.file(report_id)
    assert (done.missing, check(path, steps=Quiet()).wrong) == ((), ())


def test_no_documents_no_report(desk):
    desk.report()
    assert desk.reports() == []
    with tenant_session(desk.world.akin) as session, pytest.raises(reports.NothingToReport):
        reports.open_report(session, tenant_id=desk.world.akin, day=desk.today, rhythm=Rhythm(), at=utc_now())


def test_before_midnight_nothing_is_reported_yet(desk):
    desk.send(desk.world.draft("earsiv"))
    desk.report(desk.night(hour=-0.1))
    assert desk.reports() == []


def test_a_document_signed_late_goes_into_a_further_part_and_is_flagged(desk):
    first, late = desk.world.submit(desk.world.draft("earsiv"), desk.world.draft("earsiv", n=2))
    desk.world.run("sign", [claim for claim in desk.world.claim("sign") if claim.key == first])
    desk.report()
    desk.world.sweep()
    desk.world.work("sign")
    with tenant_session(desk.world.akin) as session:
        report = reports.open_report(
            session, tenant_id=desk.world.akin, day=desk.today, rhythm=Rhythm(), at=desk.night(hour=1, days=2)
        )
        assert (report.part, report.late) == (2, True)
    desk.work()
    assert desk.reports() == [("accepted", 1, 1, 1, False), ("accepted", 2, 1, 1, True)]
    assert desk.lines()[late][0] == "reported"


def test_a_refused_report_is_built_again_under_a_new_number(desk):
    (one,) = desk.send(desk.world.draft("earsiv"))
    desk.order("report", {"code": 40, "msg": "ŞEMA HATASI"})
    desk.report()
    assert [row[:3] for row in desk.reports()] == [("failed", 1, 1), ("accepted", 1, 2)]
    first, second = desk.report_ids()
    assert first != second
    assert desk.lines()[one] == ("reported", second)
    assert desk.world.rows("SELECT code, code_text FROM report WHERE report_id = :id", id=first) == [
        (40, "ŞEMA HATASI")
    ]


def test_a_call_without_an_answer_is_asked_about_and_nothing_goes_twice(desk):
    desk.send(desk.world.draft("earsiv"))
    desk.order("sendDocumentFile", {"transport": "drop", "stored": True})
    desk.report()
    assert desk.reports() == [("accepted", 1, 1, 1, False)]
    assert [call for call in desk.calls() if call == "sendDocumentFile"] == ["sendDocumentFile"]


def test_what_never_arrived_goes_again_under_the_same_number(desk):
    desk.send(desk.world.draft("earsiv"))
    desk.order("sendDocumentFile", {"transport": "drop", "stored": False})
    desk.report()
    assert desk.reports() == [("accepted", 1, 1, 1, False)]
    assert len(desk.report_ids()) == 1


def test_killed_between_sent_and_entered_the_report_is_asked_about_first(desk, monkeypatch):
    desk.send(desk.world.draft("earsiv"))

    report_clock.open_due(desk.night())
    with monkeypatch.context() as patch:
        patch.setattr(reporting, "_enter", die)
        with pytest.raises(Killed):
            desk.world.work("invoices")
    assert desk.reports()[0][0] == "ready"
    desk.world.sweep()
    desk.work()
    assert desk.reports() == [("accepted", 1, 1, 1, False)]
    assert desk.calls().count("sendDocumentFile") == 1


def test_killed_before_it_was_entered_the_archived_report_is_the_one_that_goes(desk, monkeypatch):
    desk.send(desk.world.draft("earsiv"))

    report_clock.open_due(desk.night())
    with monkeypatch.context() as patch:
        patch.setattr(reporting, "_ready", die)
        with pytest.raises(Killed):
            desk.world.work("invoices")
    (report_id,) = desk.report_ids()
    before = desk.file(report_id)
    desk.world.sweep()
    desk.work()
    assert desk.reports()[0][0] == "accepted"
    assert desk.file(report_id) == before


def test_while_gib_is_down_the_report_waits_and_goes_on_later(desk, monkeypatch):
    desk.send(desk.world.draft("earsiv"))
    with monkeypatch.context() as patch:
        patch.setenv("EBELGE_EARSIV_LIVE_URL", "http://127.0.0.1:9/earsiv")
        reset()
        report_clock.open_due(desk.night())
        for _ in range(4):
            desk.world.work("invoices")
            desk.world.promote()
        assert desk.reports() == [("ready", 1, 1, 1, False)]
    reset()
    desk.work()
    assert desk.reports() == [("accepted", 1, 1, 1, False)]


def test_a_document_of_which_no_line_can_be_made_holds_no_other_up(desk, superuser):
    good, bad = desk.send(desk.world.draft("earsiv"), desk.world.draft("earsiv", n=2))
    ettn = desk.world.document(bad).ettn
    superuser.execute("UPDATE document SET ettn = gen_random_uuid() WHERE document_id = %s", (bad,))
    desk.report()
    superuser.execute("UPDATE document SET ettn = %s WHERE document_id = %s", (ettn, bad))
    assert desk.reports() == [("accepted", 1, 1, 1, False)]
    assert {one: state for one, (state, _) in desk.lines().items()} == {good: "reported", bad: "stuck"}
    assert "not_reportable" in desk.world.events(bad)


def test_alarms_ring_at_noon_at_six_and_when_it_is_too_late_each_once(desk):
    desk.send(desk.world.draft("earsiv"))
    for hour, rung in ((11.9, 0), (12, 1), (12.5, 1), (18, 2), (23.99, 3), (30, 3)):
        report_clock.alarm(desk.night(hour=hour))
        assert letters(desk) == rung, hour
    desk.report()
    report_clock.alarm(desk.night(hour=12, days=2))
    assert letters(desk) == 3


def test_an_account_that_gib_closed_is_reported_at_once_up_to_its_last_day(desk):
    desk.send(desk.world.draft("earsiv"))
    yesterday = desk.today - timedelta(days=1)
    for last_day, opened in ((yesterday, 0), (desk.today, 1)):
        with tenant_session(desk.world.akin) as session:
            made = reports.closes(
                session, tenant_id=desk.world.akin, closure_date=last_day, rhythm=Rhythm(), at=utc_now()
            )
            assert len(made) == opened
    desk.work()
    assert desk.reports() == [("accepted", 1, 1, 1, False)]


def test_an_account_on_gibs_list_of_closures_is_reported_by_the_clock_before_midnight(desk, superuser):
    desk.send(desk.world.draft("earsiv"))
    superuser.execute(
        "INSERT INTO gib_closure (mode, vkn_tckn, closure_date, new_identifier, status, registration_code, "
        "registration_description, seen_at) SELECT mode, vkn_tckn, %s, '', '1', '1', 'TERK', now() FROM tenant "
        "WHERE tenant_id = %s",
        (desk.today, desk.world.akin),
    )
    report_clock.open_due(utc_now())
    desk.work()
    assert desk.reports() == [("accepted", 1, 1, 1, False)]


def test_a_charge_sold_on_the_spot_is_reported_on_the_spot(desk, superuser):
    one, other = desk.send(desk.world.draft("earsiv"), desk.world.draft("earsiv", n=2))
    superuser.execute("UPDATE document SET type_code = 'SARJANLIK' WHERE document_id = %s", (one,))
    report_clock.open_due(utc_now())
    desk.work()
    assert {key: state for key, (state, _) in desk.lines().items()} == {one: "reported", other: "pending"}
    desk.report()
    assert [row[4] for row in desk.reports()] == [False, False]


def letters(desk):
    return len(desk.world.rows("SELECT 1 FROM letter WHERE tenant_id = :akin AND kind = 'report_late'"))


def reset():
    settings.cache_clear()
    tasks.forget()
