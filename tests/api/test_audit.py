"""`GET /api/v1/audit`: an account's own log, filtered and paged, as JSON and as a sheet."""

from __future__ import annotations

import pytest

from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from tenants.audit import entries


@pytest.fixture
def noted(akin):
    def note(title: str, actor=None) -> None:
        with tenant_session(akin.tenant_id) as session:
            entries.note(
                session, tenant_id=akin.tenant_id, actor=actor or entries.Actor("person", "p1", "Ayşe"),
                action="company.changed", object_kind="tenant", object_id=akin.tenant_id, after={"title": title},
                at=utc_now(),
            )  # fmt: skip

    return note


def test_the_log_is_read_page_by_page(akin, bora, noted) -> None:
    for n in range(3):
        noted(f"Akın {n}")
    first = akin.get("/audit?limit=2&action=company.changed").get_json()
    assert [one["after"]["title"] for one in first["items"]] == ["Akın 2", "Akın 1"]
    assert first["items"][0]["text"] == "Changed the company's data"
    assert first["items"][0]["actor"]["name"] == "Ayşe"
    second = akin.get(f"/audit?limit=2&action=company.changed&cursor={first['next_cursor']}").get_json()
    assert [one["after"]["title"] for one in second["items"]] == ["Akın 0"]
    assert second["next_cursor"] is None
    assert bora.get(f"/audit?object_id={akin.tenant_id}").get_json()["items"] == []


def test_the_log_comes_as_a_sheet(akin, noted) -> None:
    noted("=cmd()")
    csv = akin.get("/audit/sheet?form=csv", language="tr")
    assert csv.headers["Cache-Control"] == "private, no-store"
    assert "Unvan: =cmd()" in csv.get_data(as_text=True)
    assert akin.get("/audit/sheet?action=company").get_data()[:2] == b"PK"


@pytest.mark.parametrize(
    "query", ["action=x", "from=today", "from=0100-01-01", "cursor=x", "limit=0", "colour=red", "actor=" + "x" * 300]
)
def test_a_question_that_is_none_is_refused(akin, assert_problem, query: str) -> None:
    assert_problem(akin.get(f"/audit?{query}"), 400, "invalid_request")
