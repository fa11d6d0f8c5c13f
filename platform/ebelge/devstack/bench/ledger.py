"""Charging by way of our Python, row security and outbox, beside bare loops that only update, insert and commit."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median
from uuid import UUID

import psycopg

from billing.ledger import lots
from ebelge.core.clock import utc_now
from ebelge.core.config import settings
from ebelge.core.db import dispose_engines, tenant_session
from ebelge.core.ids import new_id
from ebelge.devstack import database
from ebelge.devstack.bench._figures import Row, row
from ebelge.devstack.bench._instance import FOLDER
from ebelge.devstack.bench._reserves import BARE_TABLES, Load
from ebelge.devstack.services import Services

NAMES = ("reserve_single", "reserve_16", "reserve_many", "reserve_deep")
WINDOW_S = 1.0
CONNECTIONS, PROCESSES = 16, 16
KONTOR = 1_000_000_000
DEEP_CHARGES, DEEP_LOTS = 1_000_000, 10_000
_KEPT = ("EBELGE_POSTGRES_BIN", "EBELGE_REDIS_BIN")
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
    with _databases() as (shallow, deep), ExitStack() as stack:

        def load(kind: str, wallets: Sequence[UUID], url: dict[str, str] = shallow, processes: int = 1) -> Load:
            made = Load.start(kind, wallets, environment=url, processes=processes)
            stack.callback(made.stop)
            return made

        one, many = _wallets(shallow, 2)
        crowd = _wallets(shallow, CONNECTIONS)
        single = _in_turn(rounds, load("ours", [one]), load("bare", [one]))
        sixteen = _in_turn(rounds, load("ours", crowd, processes=PROCESSES), load("bare", crowd, processes=PROCESSES))
        batches = _in_turn(rounds, load("ours_many", [many]), load("bare_many", [many]))
        print(f"   {DEEP_CHARGES} charges behind a wallet", flush=True)
        (behind,) = _wallets(deep, 1)
        _fill(deep["DATABASE_URL"], behind)
        (empty,) = _wallets(shallow, 1)
        depth = _in_turn(rounds, load("ours", [behind], deep), load("ours", [empty]))
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


def _in_turn(rounds: int, ours: Load, theirs: Load) -> tuple[float, float]:
    """Medians of both sides' rates; every round runs both, the first to go alternates."""
    rates: tuple[list[float], list[float]] = ([], [])
    for n in range(rounds):
        for side in (0, 1) if n % 2 else (1, 0):
            rates[side].append((ours, theirs)[side].rate(WINDOW_S))
    return median(rates[0]), median(rates[1])


@contextmanager
def _databases() -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Environments for two migrated databases on a private, durable PostgreSQL."""
    folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER}{os.getpid()}-"))
    outer = dict(os.environ)
    try:
        with Services(folder / "var", durable=True, env={n: outer[n] for n in _KEPT if n in outer}) as services:
            environments = []
            for name in ("bench_shallow", "bench_deep"):
                url = database.create(services.database_url, name)
                database.migrate(url)
                with psycopg.connect(url) as owner:
                    for statement in BARE_TABLES:
                        owner.execute(statement)
                environments.append({**services.environment(), "DATABASE_URL": url, **_secrets(folder)})
            yield environments[0], environments[1]
    finally:
        _bind(outer)
        shutil.rmtree(folder, ignore_errors=True)


def _secrets(folder: Path) -> dict[str, str]:
    return {"EBELGE_MASTER_KEY": "A" * 43 + "=", "EBELGE_ARCHIVE_DIR": str(folder / "archive")}


def _bind(environment: dict[str, str]) -> None:
    """Bind this process to another database (or, with the outer environment, to what it was bound to)."""
    os.environ.pop("DATABASE_URL", None)
    os.environ.update(environment)
    settings.cache_clear()
    dispose_engines()


def _wallets(environment: dict[str, str], count: int) -> list[UUID]:
    """Wallets with plenty of kontör in one lot each, and bare ones of the same names."""
    _bind(environment)
    ids, at = [new_id() for _ in range(count)], utc_now()
    for tenant_id in ids:
        with tenant_session(tenant_id) as session:
            lots.open_wallet(session, tenant_id=tenant_id)
            lots.grant(
                session, tenant_id=tenant_id, source="payment", source_id=new_id(), kontor=KONTOR,
                net_price_kurus=KONTOR * 9, expires_at=at + timedelta(days=90), at=at,
            )  # fmt: skip
    with psycopg.connect(environment["DATABASE_URL"]) as owner, owner.cursor() as cursor:
        cursor.executemany("INSERT INTO bare_wallet VALUES (%s, %s)", [(tenant_id, KONTOR) for tenant_id in ids])
    return ids


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
