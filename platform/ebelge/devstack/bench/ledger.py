"""Charging by way of our Python, row security and outbox, beside bare loops that only update, insert and commit."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from uuid import UUID

import psycopg

from ebelge.devstack.bench._figures import Row, row
from ebelge.devstack.bench._ledgers import CONNECTIONS, PROCESSES, databases, in_turn, wallets
from ebelge.devstack.bench._reserves import Load

NAMES = ("reserve_single", "reserve_16", "reserve_many", "reserve_deep")
DEEP_CHARGES, DEEP_LOTS = 1_000_000, 10_000
_ID = "(lpad(to_hex(1700000000000 + {n}), 12, '0') || '70008000' || lpad(to_hex({n}), 12, '0'))::uuid"
# A long history of one tenant. It need not add up: nobody reads it, it only lies behind.
_PAST = (
    f"""
    INSERT INTO lot (tenant_id, lot_id, source, source_id, part, priority, reason, granted, remaining, held, consumed,
                     expired, voided, frozen, passed, net_price_kurus, net_left_kurus, credited_at, expires_at, open)
    SELECT %(tenant)s, id, 'payment', id, 1, 100, '', 100, 0, 0, 100, 0, 0, 0, 0, 10000, 0, now(), now(), false
      FROM (SELECT {_ID.format(n="n")} AS id FROM generate_series(1, {DEEP_LOTS}) n) x
    """,
    f"""
    INSERT INTO charge (tenant_id, charge_id, kind, kontor, price_id, reference, state, reserved_at, ended_at)
    SELECT %(tenant)s, id, 'efatura.out', 1, id, 'EBL2025000000001', 'captured', now(), now()
      FROM (SELECT {_ID.format(n="n")} AS id FROM generate_series(1, {DEEP_CHARGES}) n) x
    """,
    """
    INSERT INTO charge_lot (tenant_id, charge_id, lot_id, kontor, net_kurus)
    SELECT %(tenant)s, charge_id, charge_id, 1, 0 FROM charge WHERE tenant_id = %(tenant)s
    """,
    f"""
    INSERT INTO journal (tenant_id, version, kind, charge_id, lot_id, kontor, net_kurus, available, held, frozen, at,
                         correlation_id, detail, hash)
    SELECT %(tenant)s, n + 1, 'captured', id, id, 1, 0, 0, 0, 0, '2025-01-01', id, '', sha256(id::text::bytea)
      FROM (SELECT n, {_ID.format(n="n")} AS id FROM generate_series(1, {DEEP_CHARGES}) n) x
    """,
)


def rows(rounds: int) -> list[Row]:
    """All four rows; a round of each side takes a second."""
    with databases("bench_shallow", "bench_deep") as (shallow, deep), ExitStack() as stack:

        def load(kind: str, wallets: Sequence[UUID], url: dict[str, str] = shallow, processes: int = 1) -> Load:
            made = Load.start(kind, wallets, environment=url, processes=processes)
            stack.callback(made.stop)
            return made

        one, many = wallets(shallow, 2)
        crowd = wallets(shallow, CONNECTIONS)
        single = in_turn(rounds, load("ours", [one]), load("bare", [one]))
        sixteen = in_turn(rounds, load("ours", crowd, processes=PROCESSES), load("bare", crowd, processes=PROCESSES))
        batches = in_turn(rounds, load("ours_many", [many]), load("bare_many", [many]))
        print(f"   {DEEP_CHARGES} charges behind a wallet", flush=True)
        (behind,) = wallets(deep, 1)
        _fill(deep["DATABASE_URL"], behind)
        (empty,) = wallets(shallow, 1)
        depth = in_turn(rounds, load("ours", [behind], deep), load("ours", [empty]))
    bare = "a bare loop: one guarded UPDATE, one INSERT, COMMIT"
    return [
        row("reserve_single", single[0], "charges/s", against=bare, limit=single[1], reach=">= 0.5"),
        row(
            "reserve_16", sixteen[0], "charges/s", against=f"{bare}, from {CONNECTIONS} connections",
            limit=sixteen[1], reach=">= 0.4",
        ),
        row(
            "reserve_many", batches[0], "charges/s", against="a bare loop: one UPDATE, 100 INSERTs, COMMIT",
            limit=batches[1], reach=">= 0.25",
        ),
        row("reserve_deep", 1 / depth[0], "s", against="an empty ledger", limit=1 / depth[1], reach="<= 1.3"),
    ]  # fmt: skip


def _fill(url: str, tenant_id: UUID) -> None:
    """Put the long history behind a wallet."""
    tables = ("lot", "charge", "charge_lot", "journal", "wallet")
    with psycopg.connect(url) as owner:
        for table in tables:
            owner.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        for statement in _PAST:
            owner.execute(statement, {"tenant": tenant_id})
        owner.execute("UPDATE wallet SET version = %s WHERE tenant_id = %s", (DEEP_CHARGES + 1, tenant_id))
        for table in tables:
            owner.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")
