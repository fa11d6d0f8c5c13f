"""Requests have the law's clock; the record of processing knows every table that holds personal data."""

from __future__ import annotations

from datetime import timedelta

import pytest
from click.testing import CliRunner

from ebelge.cli.main import cli
from ebelge.core.clock import utc_now
from ebelge.core.db import role_session
from ebelge.core.errors import InvalidRequest, NotFound
from ebelge.core.ids import new_id
from tenants.privacy import requests
from tenants.privacy.register import CLASSES, kept, period_text

PERSONAL = ("email", "full_name", "person_name", "phone", "address", "agent", "first_name", "family_name",
            "buyer_email", "sender_name", "recipients", "person_id")  # fmt: skip
# Business data about companies or the operator's own staff marks; said here, on purpose, with the reason.
NOT_PERSONAL = {"kontor_watch": "settings of the account, mail goes to its heads"}


def test_a_request_is_due_in_30_days_and_answered_once(someone) -> None:
    ayse, at = someone(), utc_now()
    with role_session("people") as session:
        row = requests.record(session, kind="correction", person_id=ayse.person_id, at=at)
        assert row.due_at - at == timedelta(days=30)
        assert row.request_id in {one.request_id for one in requests.waiting(session)}
        requests.answer(session, request_id=row.request_id, state="done", note="Düzeltildi.", by="Derya", at=at)
        assert row.request_id not in {one.request_id for one in requests.waiting(session)}
        with pytest.raises(InvalidRequest):
            requests.answer(session, request_id=row.request_id, state="done", note="x", by="Derya", at=at)
        with pytest.raises(NotFound):
            requests.answer(session, request_id=new_id(), state="done", note="x", by="Derya", at=at)


@pytest.mark.parametrize("given", [{"kind": "other"}, {"contact": " "}, {"contact": "x" * 301}, {"note": "x" * 2001}])
def test_a_request_that_cannot_be_answered_is_refused(settings, given: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest), role_session("people") as session:
        requests.record(session, at=utc_now(), **({"kind": "erasure", "contact": "Ayşe, Ankara"} | given))


def test_every_table_with_personal_data_stands_in_the_record(superuser) -> None:
    columns = superuser.execute(
        "SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = 'public'"
    ).fetchall()
    listed = {table for one in CLASSES.values() for table in one.tables}
    found = {table for table, column in columns if column in PERSONAL}
    assert sorted(found - listed - NOT_PERSONAL.keys()) == []
    assert sorted(listed - {table for table, _ in columns}) == []


def test_each_class_says_everything_in_both_languages() -> None:
    for code, one in CLASSES.items():
        for text in (one.title, one.subjects, one.data, one.purpose, one.basis, one.begins, one.after, one.recipients):
            assert all(text), code
    assert period_text(kept("documents"), "tr") == "10 yıl"
    assert period_text(kept("sessions"), "en") == "90 days"


def test_the_commands_say_the_same(someone, tmp_path) -> None:
    ayse, run = someone(), CliRunner()
    record = run.invoke(cli, ["privacy", "record", "--language", "en"])
    assert record.exit_code == 0, record.output
    assert "documents: Documents" in record.output
    assert "10 years" in record.output
    asked = run.invoke(
        cli, ["privacy", "record-request", "--kind", "information", "--email", ayse.email, "--by", "Derya"]
    )
    assert asked.exit_code == 0, asked.output
    request = asked.output.split()[0]
    assert request in run.invoke(cli, ["privacy", "requests"]).output
    assert run.invoke(cli, ["privacy", "answer", request, "--note", "Yanıtlandı.", "--by", "Derya"]).exit_code == 0
    file = tmp_path / "copy.zip"
    assert run.invoke(cli, ["privacy", "export", ayse.email, str(file), "--by", "Derya"]).exit_code == 0
    assert file.read_bytes()[:2] == b"PK"
    assert file.stat().st_mode & 0o077 == 0
    dry = run.invoke(cli, ["privacy", "anonymise", "--dry-run"])
    assert "Nothing was changed" in dry.output
    listed = run.invoke(cli, ["audit", "list", "--action", "privacy", "--json", "--limit", "500"])
    assert '"privacy.copy_made"' in listed.output
    assert '"actor_name": "Derya"' in listed.output
