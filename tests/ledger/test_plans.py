"""Behind a long history, nothing on the hot path or in a list reads a whole table."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import text

from billing.ledger import balance, charges, lots, pages, transfers
from ebelge.core.ids import new_id
from ebelge.devstack.services import plain_postgres_url
from ebelge.outbox import messages

NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
BIG = ("charge", "charge_lot", "journal", "lot", "transfer", "transfer_lot", "outbox_message", "wallet")
# Some tenants with a long past each; only the plans matter here, so the past need not add up.
PAST = """
CREATE TEMP TABLE who AS SELECT gen_random_uuid() AS id FROM generate_series(1, 20);
CREATE TEMP TABLE what AS SELECT w.id AS tenant, gen_random_uuid() AS id, n FROM who w, generate_series(1, 1500) n;
INSERT INTO wallet SELECT id, 0, 0, 0, 0, sha256('x'), '2026-01-01' FROM what;
INSERT INTO charge SELECT tenant, id, 'efatura.out', 1, id, '', 'captured', '2026-01-01', '2026-01-01' FROM what;
INSERT INTO charge_lot SELECT tenant, id, id, 1, 0 FROM what;
INSERT INTO journal SELECT tenant, n, 'captured', id, id, 1, 0, 0, 0, 0, '2026-01-01', id, '', sha256('x') FROM what;
INSERT INTO lot (tenant_id, lot_id, source, source_id, part, priority, reason, granted, remaining, held, consumed,
                 expired, voided, frozen, passed, net_price_kurus, net_left_kurus, credited_at, expires_at, open)
SELECT tenant, id, 'payment', id, 1, 100, '', 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, '2026-01-01', '2026-07-01', false FROM what;
INSERT INTO transfer SELECT tenant, id, gen_random_uuid(), 1, '2026-01-01' FROM what;
INSERT INTO transfer_lot SELECT tenant, id, 1, id, 1, 0, '2026-07-01' FROM what;
INSERT INTO outbox_message (tenant_id, message_id, queue, topic, key, state, due_at, created_at)
SELECT tenant, id, 'sign', 'document.sign', id, 'done', '2026-01-01', '2026-01-01' FROM what;
ANALYZE;
"""


@pytest.fixture(scope="module")
def long_past(clock_database: str) -> None:
    with psycopg.connect(plain_postgres_url(clock_database)) as owner:
        for table in BIG:
            owner.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        owner.execute(PAST)
        for table in BIG:
            owner.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def _request(kontor: int = 1) -> charges.ChargeRequest:
    return charges.ChargeRequest(new_id(), "efatura.out", kontor, new_id())


def _receive(session, akin) -> None:
    passage = transfers.Passage(new_id(), new_id(), akin, (transfers.ChildLot(new_id(), 1, 0, NOW + timedelta(9)),))
    transfers.receive(session, tenant_id=akin, passage=passage, at=NOW)


STEPS = {
    "reserve one": lambda s, akin: charges.reserve_many(s, tenant_id=akin, charges=[_request()], at=NOW),
    "reserve from two lots": lambda s, akin: charges.reserve_many(
        s, tenant_id=akin, charges=[_request(15)], at=NOW
    ),
    "reserve many": lambda s, akin: charges.reserve_many(
        s, tenant_id=akin, charges=[_request() for _ in range(20)], at=NOW
    ),
    "grant": lambda s, akin: lots.grant(
        s, tenant_id=akin, source="bonus", source_id=new_id(), kontor=1, net_price_kurus=0,
        expires_at=NOW + timedelta(9), at=NOW,
    ),
    "expire": lambda s, akin: lots.expire_lots(s, tenant_id=akin, at=NOW),
    "pass on": lambda s, akin: transfers.pass_on(
        s, tenant_id=akin, draw_id=new_id(), to_tenant_id=new_id(), kontor=1, at=NOW
    ),
    "receive": _receive,
    "put": lambda s, akin: messages.put_many(s, tenant_id=akin, topic="document.sign", keys=[new_id()] * 3, at=NOW),
    "balance": lambda s, akin: balance.balance(s, tenant_id=akin, at=NOW),
    "balance as of": lambda s, akin: balance.balance_as_of(s, tenant_id=akin, as_of=NOW - timedelta(9), now=NOW),
    "lots": lambda s, akin: pages.lots_page(s, tenant_id=akin, limit=50, before=new_id()),
    "open lots": lambda s, akin: pages.lots_page(s, tenant_id=akin, limit=50, only_open=True),
    "entries": lambda s, akin: pages.entries_page(s, tenant_id=akin, limit=50, before=1000),
}  # fmt: skip


@contextmanager
def no_whole_table(session) -> Iterator[None]:
    """Fails when a statement inside, also one within a function, reads a table of the ledger from end to end."""
    before = _scans(session)
    yield
    assert {name: scans - before.get(name, 0) for name, scans in _scans(session).items()} == dict.fromkeys(BIG, 0)


def _scans(session) -> dict[str, int]:
    rows = session.execute(text("SELECT relname, coalesce(seq_scan, 0) FROM pg_stat_xact_user_tables"))
    return {name: scans for name, scans in rows.all() if name in BIG}


@pytest.fixture
def akin(world, long_past):
    world.now = NOW
    tenant_id = world.wallet(10)
    world.grant(tenant_id, 50)
    return tenant_id


@pytest.mark.parametrize("step", STEPS)
def test_no_step_reads_a_whole_table(world, akin, step: str) -> None:
    with world.session(akin) as session, no_whole_table(session):
        STEPS[step](session, akin)


@pytest.mark.parametrize("function", ["capture", "release", "restore"])
def test_moving_a_charge_reads_no_whole_table(world, akin, function: str) -> None:
    ids = [world.reserve(akin, 1) for _ in range(3)]
    if function == "restore":
        world.do(charges.capture, akin, charge_ids=ids)
    with world.session(akin) as session, no_whole_table(session):
        assert getattr(charges, function)(session, tenant_id=akin, charge_ids=ids, at=NOW) == 3


def test_freezing_thawing_and_voiding_read_no_whole_table(world, akin) -> None:
    lot_id = world.grant(akin, 5)
    with world.session(akin) as session, no_whole_table(session):
        lots.freeze(session, tenant_id=akin, lot_id=lot_id, reason="", at=NOW)
        lots.thaw(session, tenant_id=akin, lot_id=lot_id, at=NOW)
        lots.freeze(session, tenant_id=akin, lot_id=lot_id, reason="", at=NOW)
        lots.void(session, tenant_id=akin, lot_id=lot_id, reason="", at=NOW)
