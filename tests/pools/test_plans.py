"""Behind many pools, members and commissions, nothing in drawing, passing on or listing reads a whole table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import text

from billing.commissions import entries, statement
from billing.pools import draws, returns, rights, use
from billing.resellers import contracts, customers, passing, taking_back
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.devstack.services import plain_postgres_url
from ebelge.jobs import drawing, pooling
from ebelge.jobs.ledger import finish

BIG = (
    "draw_right", "pool_membership", "pool_month", "pool_use", "take_back", "commission_entry", "reseller_contract",
    "transfer", "transfer_lot", "lot", "journal", "wallet", "tenant", "outbox_message",
)  # fmt: skip
PAST = """
CREATE TEMP TABLE who AS SELECT gen_random_uuid() AS id FROM generate_series(1, 20);
CREATE TEMP TABLE what AS SELECT w.id AS t, gen_random_uuid() AS id, n FROM who w, generate_series(1, 1000) n;
INSERT INTO tenant (tenant_id, kind, mode, reseller_id, state, vkn_tckn, title, district, city, created_at)
SELECT id, 'customer', 'live', t, 'active', lpad((8000000000 + row_number() OVER ())::text, 10, '0'), '', '', '', now()
  FROM what;
INSERT INTO wallet SELECT id, 0, 0, 0, 0, sha256('x'), '2026-01-01' FROM what;
INSERT INTO draw_right SELECT t, id, '', 1, 1, 1, 'ended', '', now(), now(), now() FROM what;
INSERT INTO pool_membership SELECT id, t, '', 1, 1, 1, 'ended', now(), '', now(), now() FROM what;
INSERT INTO pool_month SELECT t, id, '2026-01-01', 1, 0 FROM what;
INSERT INTO pool_use SELECT t, id, '2026-01-01', 1, now() FROM what;
INSERT INTO take_back SELECT t, id, id, '', id, 1, 0, 'refused', '', now(), '', now() FROM what;
INSERT INTO commission_entry SELECT t, id, 'accrued', id, id, '', id, '', id, 1, 1, 1, '2026-01-01', now(), now(), ''
  FROM what;
INSERT INTO reseller_contract SELECT id, id, 'resale', 0, 0, 'inherit', tstzrange('2026-01-01', NULL), '', now()
  FROM what;
INSERT INTO transfer SELECT t, id, gen_random_uuid(), 1, '2026-01-01' FROM what;
INSERT INTO transfer_lot SELECT t, id, 1, id, 1, 0, '2026-07-01' FROM what;
INSERT INTO lot (tenant_id, lot_id, source, source_id, part, priority, reason, granted, remaining, held, consumed,
                 expired, voided, frozen, passed, net_price_kurus, net_left_kurus, credited_at, expires_at, open)
SELECT t, id, 'payment', id, 1, 100, '', 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, '2026-01-01', '2026-07-01', false FROM what;
INSERT INTO journal SELECT t, n, 'captured', id, id, 1, 0, 0, 0, 0, '2026-01-01', id, '', sha256('x') FROM what;
INSERT INTO outbox_message (tenant_id, message_id, queue, topic, key, state, due_at, created_at)
SELECT t, id, 'ledger', 'pool.draw', id, 'done', '2026-01-01', '2026-01-01' FROM what;
ANALYZE;
"""


@contextmanager
def no_whole_table(session) -> Iterator[None]:
    """Fails when a statement inside, also one within a function, reads one of these tables from end to end."""
    before = _scans(session)
    yield
    after = _scans(session)
    assert {name: after[name] - before.get(name, 0) for name in after} == dict.fromkeys(after, 0)


def _scans(session) -> dict[str, int]:
    session.flush()
    rows = session.execute(text("SELECT relname, coalesce(seq_scan, 0) FROM pg_stat_xact_user_tables"))
    return {name: scans for name, scans in rows.all() if name in BIG}


@pytest.fixture(scope="module")
def many(_trade):
    """Ceren with a customer, a pool with a member, among 20 tenants with 1,000 of everything."""
    from ebelge.core.config import settings

    with psycopg.connect(plain_postgres_url(settings().database_url)) as owner:
        for table in BIG:
            owner.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        owner.execute(PAST)
        for table in BIG:
            owner.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    trade = _trade
    ceren = trade.open("reseller", "Ceren")
    trade.do(contracts.conclude, ceren, model="commission", commission_bp=1000, valid_from=utc_now(), created_by="x")
    trade.grant(ceren, 1_000)
    bora, draw = trade.open(reseller_id=ceren), new_id()
    trade.do(passing.pass_on, ceren, customer_id=bora, kontor=10, draw_id=draw)
    finish(ceren, draw)
    pool = trade.pool(1_000)
    member = trade.member(pool)
    drawing.draw(member, needed_kontor=1)
    order = new_id()
    trade.do(entries.accrue, ceren, customer_id=bora, order_id=order, net_kurus=1000, credited_at=utc_now())
    return {"ceren": ceren, "bora": bora, "draw": draw, "pool": pool, "member": member, "order": order}


def _ask(s, w):
    old = {lot: utc_now() + timedelta(days=1) for lot in (new_id(),)}
    taking_back.ask(s, tenant_id=w["bora"], take_back_id=new_id(), reseller_id=w["ceren"], reseller_title="",
                    draw_id=w["draw"], kontor=1, old=old, asked_by="", at=utc_now())  # fmt: skip


STEPS = {
    "customers": ("ceren", lambda s, w: customers.customers(s, tenant_id=w["ceren"])),
    "preview": ("ceren", lambda s, w: passing.preview(s, tenant_id=w["ceren"], kontor=5, at=utc_now())),
    "pass on": ("ceren", lambda s, w: passing.pass_on(
        s, tenant_id=w["ceren"], customer_id=w["bora"], kontor=1, draw_id=new_id(), at=utc_now())),
    "transfers": ("ceren", lambda s, w: passing.passed_on(s, tenant_id=w["ceren"], limit=50, before=new_id())),
    "old expiry": ("ceren", lambda s, w: taking_back.old_expiry(s, tenant_id=w["ceren"], draw_id=w["draw"])),
    "ask": ("bora", _ask),
    "take-backs": ("bora", lambda s, w: taking_back.requests(s, tenant_id=w["bora"], limit=50, before=new_id())),
    "accrue": ("ceren", lambda s, w: entries.accrue(
        s, tenant_id=w["ceren"], customer_id=w["bora"], order_id=new_id(), net_kurus=1000, credited_at=utc_now(),
        at=utc_now())),
    "reverse": ("ceren", lambda s, w: entries.reverse(
        s, tenant_id=w["ceren"], cause_id=new_id(), order_id=w["order"], net_kurus=10, at=utc_now())),
    "statement": ("ceren", lambda s, w: statement.statement(
        s, tenant_id=w["ceren"], month=istanbul_date(utc_now()), at=utc_now())),
    "draw": ("pool", lambda s, w: draws.pass_to_member(
        s, tenant_id=w["pool"], member_id=w["member"], draw_id=new_id(), needed_kontor=1, at=utc_now())),
    "drawable": ("pool", lambda s, w: draws.drawable(
        s, tenant_id=w["pool"], member_id=w["member"], at=utc_now())),
    "rights": ("pool", lambda s, w: (
        rights.rights(s, tenant_id=w["pool"]), use.days(s, tenant_id=w["pool"], since=istanbul_date(utc_now())),
        draws.drawn_by_member(s, tenant_id=w["pool"], month=draws.month_of(utc_now())))),
    "memberships": ("member", lambda s, w: (
        rights.memberships(s, tenant_id=w["member"]), rights.active_membership(s, tenant_id=w["member"]))),
    "give back": ("member", lambda s, w: returns.give_back(
        s, tenant_id=w["member"], pool_id=w["pool"], return_id=new_id(), at=utc_now(), kontor=1)),
    "use": ("member", lambda s, w: use.used(
        s, tenant_id=w["member"], pool_id=w["pool"], since=istanbul_date(utc_now()), at=utc_now())),
    "put ahead": ("member", lambda s, w: draws.put_ahead(
        s, tenant_id=w["member"], pool_id=w["pool"], at=utc_now())),
}  # fmt: skip


@pytest.mark.parametrize("step", STEPS)
def test_no_step_reads_a_whole_table(many, step: str) -> None:
    who, act = STEPS[step]
    with tenant_session(many[who]) as session, no_whole_table(session):
        act(session, many)


def test_the_clock_looks_only_at_members_and_lots_that_matter(many) -> None:
    at = utc_now()
    for statement_, values in (
        (pooling._LOW, {"month": draws.month_of(at), "limit": 10}),
        (pooling._ENDING, {"at": at, "until": at + timedelta(days=3), "limit": 10}),
    ):
        with role_session("reader") as session, no_whole_table(session):
            session.execute(statement_, values).all()
