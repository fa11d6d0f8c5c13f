"""A person's copy holds everything about that person and nothing about anybody else; it ends after seven days."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import pytest

from ebelge.core.clock import utc_now
from ebelge.core.db import role_session
from ebelge.core.errors import NotFound
from ebelge.jobs import privacy as duties
from tenants.privacy import copying, erasing, requests
from tenants.privacy.requests import CopyUnderWay


def collected(one) -> dict:
    with role_session("reader") as session:
        return copying.collect(session, person_id=one.person_id)


def test_the_copy_holds_the_person_and_nobody_else(someone) -> None:
    ayse, can = someone("Ayşe Kopya"), someone("Can Başka")
    data = collected(ayse)
    assert data["profile"][0]["email"] == ayse.email
    assert data["memberships"][0]["account"] == "Akın Ltd. Şti."
    assert data["sessions"][0]["address"] == "203.0.113.7"
    assert data["audit"][0]["action"] == "member.invited"
    told = json.dumps(data, default=str, ensure_ascii=False)
    for foreign in (can.email, "Can Başka", "deniz@elsewhere.example"):
        assert foreign not in told
    for secret in ("password_hash", "token_sha256", "argon2", 'closed_totp"'):
        assert secret not in told


def test_the_clock_makes_it_and_only_its_person_fetches_it(someone) -> None:
    ayse, can, at = someone(), someone("Can"), utc_now()
    with role_session("people") as session:
        export_id = requests.ask_copy(session, person_id=ayse.person_id, language="tr", at=at).export_id
    with pytest.raises(CopyUnderWay), role_session("people") as session:
        requests.ask_copy(session, person_id=ayse.person_id, language="tr", at=at)
    assert duties.make_copies(at) >= 1
    with role_session("people") as session:
        file = requests.fetch_copy(session, person_id=ayse.person_id, export_id=export_id, at=utc_now())
        (request,) = requests.of_person(session, person_id=ayse.person_id)
        assert (request.kind, request.state) == ("export", "done")
        for who, when in ((can, utc_now()), (ayse, utc_now() + timedelta(days=7, minutes=1))):
            with pytest.raises(NotFound):
                requests.fetch_copy(session, person_id=who.person_id, export_id=export_id, at=when)
    with zipfile.ZipFile(io.BytesIO(file)) as book:
        assert sorted(book.namelist()) == ["data.html", "data.json"]
        assert json.loads(book.read("data.json"))["sections"]["profile"][0]["email"] == ayse.email
        assert ayse.email in book.read("data.html").decode()


def test_after_seven_days_the_file_is_gone(someone, superuser) -> None:
    ayse = someone()
    with role_session("people") as session:
        export_id = requests.ask_copy(session, person_id=ayse.person_id, language="en", at=utc_now()).export_id
    duties.make_copies(utc_now())
    with role_session("people") as session:
        erasing.erase_old(session, at=utc_now() + timedelta(days=8))
    row = superuser.execute("SELECT state, file FROM privacy_export WHERE export_id = %s", (export_id,)).fetchone()
    assert row == ("gone", None)


def test_the_page_of_a_copy_runs_nothing() -> None:
    data = {name: [] for name in copying.SECTIONS} | {"profile": [{"full_name": "<script>alert(1)</script>"}]}
    with zipfile.ZipFile(io.BytesIO(copying.zip_of(data, language="tr", at=utc_now()))) as book:
        page = book.read("data.html").decode()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
