"""The log is read newest first, page by page, by person, action, object and day; nobody reads another's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import text

from ebelge.archive.models import COLOURS, FILE_KINDS
from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import InvalidRequest
from ebelge.devstack.services import plain_postgres_url
from ebelge.edge import audit_filters
from tenants.audit import entries, queries, sheet
from tenants.audit.queries import Asked
from tenants.audit.words import value_text
from tests.audit.conftest import AYSE

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def note(tenant_id, *, at=NOON, actor=AYSE, action="company.changed", object_kind="tenant", object_id="x", **after):
    with tenant_session(tenant_id) as session:
        return entries.note(
            session, tenant_id=tenant_id, actor=actor, action=action, object_kind=object_kind, object_id=object_id,
            after=after, at=at,
        )  # fmt: skip


def read(asked: Asked, limit: int = 50, after=None) -> list[queries.Entry]:
    with tenant_session(asked.tenant_id) as session:
        return queries.page(session, asked, limit=limit, after=after)


def test_an_entry_reads_as_it_was_noted(akin) -> None:
    note(akin, action="member.invited", role="viewer", email="can@akin.example")
    (one,) = read(Asked(akin))
    assert (one.actor_name, one.address, one.agent) == ("Ayşe Akın", "203.0.113.7", "Firefox")
    assert one.after == {"role": "viewer", "email": "can@akin.example"}
    assert (one.version, queries.action_text(one.action, "tr")) == (None, "Kullanıcı davet etti")


def test_colours_and_files_of_the_archive_are_read_in_words() -> None:
    for field, values in (("colour", COLOURS), ("kind", set(FILE_KINDS) - {"edefter"})):
        for value in values:
            assert value_text(field, value, "tr") != value, value


def test_pages_follow_each_other_without_hole_or_doubling(akin) -> None:
    made = [note(akin, at=NOON + timedelta(seconds=n // 2), title=f"{n}") for n in range(7)]
    seen, place = [], None
    while found := read(Asked(akin), limit=2, after=place):
        seen += [one.entry_id for one in found]
        place = audit_filters.unpack(audit_filters.pack(found[-1].place))
    assert len(seen) == len(set(seen)) == 7
    assert set(seen) == set(made)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"actor": AYSE.id}, ["a", "c"]),
        ({"action": "key.created"}, ["b"]),
        ({"action": "keys"}, ["b"]),
        ({"object_kind": "key", "object_id": "k1"}, ["b"]),
        ({"from": "2026-11-21"}, ["c"]),
        ({"to": "2026-11-20"}, ["a", "b"]),
        ({"from": "2026-11-20", "to": "2026-11-20", "actor": AYSE.id}, ["a"]),
        ({"actor": "nobody"}, []),
    ],
)
def test_filters(akin, filters: dict[str, str], expected: list[str]) -> None:
    key = entries.Actor("key", "0123456789abcdef")
    note(akin, title="a")
    note(akin, actor=key, action="key.created", object_kind="key", object_id="k1", name="b")
    # 21:30 UTC of the 20th is the 21st in Istanbul
    note(akin, at=NOON.replace(hour=21, minute=30), title="c")
    found = read(audit_filters.filters(filters).asked(akin))
    assert sorted(next(iter(one.after.values())) for one in found) == expected


@pytest.mark.parametrize(
    "given",
    [{"from": "20.11.2026"}, {"from": "0001-01-01"}, {"action": "x'--"}, {"actor": "x" * 201}, {"object_id": "\x00"}],
)
def test_filters_that_are_none_are_refused(given: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest):
        audit_filters.filters(given)


@pytest.mark.parametrize("cursor", ["x", "ä", "MjAyNi0xMS0yMCB4", "MjAyNi0xMS0yMFQxMjowMDowMCB4", "A" * 300])
def test_cursors_that_are_none_are_refused(cursor: str) -> None:
    with pytest.raises(InvalidRequest):
        audit_filters.unpack(cursor)


def test_nobody_reads_anothers_log_and_the_operator_reads_all(akin, bora) -> None:
    made = {note(akin, title="a"), note(bora, title="b")}
    with tenant_session(bora) as session:
        assert queries.page(session, Asked(akin), limit=50) == []
        assert {one.tenant_id for one in queries.page(session, Asked(None), limit=50)} == {bora}
    with role_session("reader") as session:
        found = queries.page(session, Asked(None, since=NOON, until=NOON + timedelta(seconds=1)), limit=10_000)
        assert made <= {one.entry_id for one in found}
        assert [one.entry_id for one in queries.page(session, Asked(akin), limit=9)] == [
            one.entry_id for one in found if one.tenant_id == akin
        ]


def test_a_sheet_runs_nothing_that_a_stranger_typed(akin) -> None:
    note(akin, actor=entries.Actor("person", "p", '=HYPERLINK("x")', agent="@SUM(A1)"), title="=1+1")
    head, row = sheet.rows(read(Asked(akin)), language="tr")
    from ebelge.core.sheets import csv_bytes

    line = csv_bytes([head, row]).decode().splitlines()[1]
    assert "'=HYPERLINK" in line
    assert "'@SUM" in line
    assert "Unvan: =1+1" in line
    assert all(not str(cell).startswith(("=", "@", "+")) for cell in line.split(";"))


PAST = """
CREATE TEMP TABLE who AS SELECT gen_random_uuid() AS id FROM generate_series(1, 20);
CREATE TEMP TABLE what AS SELECT w.id AS tenant, gen_random_uuid() AS id, n FROM who w, generate_series(1, 600) n;
INSERT INTO audit_entry SELECT tenant, id, '2026-01-01'::timestamptz + n * interval '1 minute', 'company.changed',
    'tenant', n::text, 'person', (n % 50)::text, '', '', '', '{}' FROM what;
INSERT INTO audit_detail SELECT tenant, id, 'who', '2026-01-01', 'x', '{}' FROM what;
INSERT INTO audit_seal SELECT tenant, n, id, '2026-01-01', sha256('x') FROM what;
ANALYZE audit_entry, audit_detail, audit_seal;
"""
DAYS = {"since": datetime(2026, 1, 1, 5, tzinfo=UTC), "until": datetime(2026, 1, 1, 9, tzinfo=UTC)}
ASKED = {
    "all": {},
    "person": {"actor_id": "7"},
    "action": {"action": "company.changed"},
    "area": {"area": "company"},
    "object": {"object_kind": "tenant", "object_id": "7"},
    "days": DAYS,
    "person and days": {"actor_id": "7", **DAYS},
}
TABLES = ("audit_entry", "audit_detail", "audit_seal", "audit_unsealed")


@pytest.fixture(scope="module")
def long_past(settings, database_url: str):
    with psycopg.connect(plain_postgres_url(database_url)) as owner:
        for table in TABLES[:3]:
            owner.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        owner.execute(PAST)
        for table in TABLES[:3]:
            owner.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        (tenant_id,) = owner.execute("SELECT id FROM who LIMIT 1").fetchone()
    return tenant_id


def scans(session) -> int:
    return session.scalar(
        text("SELECT sum(coalesce(seq_scan, 0)) FROM pg_stat_xact_user_tables WHERE relname = ANY(:names)"),
        {"names": list(TABLES[:3])},
    )


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("role", ["app", "reader of one", "reader of all"])
def test_no_page_reads_a_whole_table(long_past, name: str, role: str) -> None:
    if role == "reader of all" and name in ("action", "object"):
        pytest.skip("the operator narrows these by account or day")
    opened = tenant_session(long_past) if role == "app" else role_session("reader")
    with opened as session:
        before = scans(session)
        asked = Asked(None if role == "reader of all" else long_past, **ASKED[name])
        found = queries.page(session, asked, limit=50)
        assert queries.page(session, asked, limit=50, after=found[-1].place) is not None
        assert scans(session) == before


def test_sealing_reads_no_whole_table(long_past) -> None:
    note(long_past, title="x")
    with role_session("relay") as session:
        before = scans(session)
        session.execute(text("SELECT audit_seal_waiting(:tenant_id, 10)"), {"tenant_id": long_past})
        assert scans(session) == before
