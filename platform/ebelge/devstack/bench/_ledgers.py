"""Databases, wallets and turns that the benchmarks of charging share."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
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
from ebelge.devstack.bench._instance import FOLDER
from ebelge.devstack.bench._reserves import BARE_TABLES, Load
from ebelge.devstack.services import Services

WINDOW_S = 1.0
CONNECTIONS, PROCESSES = 16, 16
KONTOR = 1_000_000_000
SUPERUSER_URL = "BENCH_SUPERUSER_URL"  # to whom no policy holds; only of servers that are started here
_KEPT = ("EBELGE_POSTGRES_BIN", "EBELGE_REDIS_BIN")


def in_turn(rounds: int, ours: Load, theirs: Load, *, seconds: float = WINDOW_S) -> tuple[float, float]:
    """Medians of both sides' rates; every round runs both, the first to go alternates."""
    rates: tuple[list[float], list[float]] = ([], [])
    for n in range(rounds):
        for side in (0, 1) if n % 2 else (1, 0):
            rates[side].append((ours, theirs)[side].rate(seconds))
    return median(rates[0]), median(rates[1])


@contextmanager
def databases(*names: str) -> Iterator[list[dict[str, str]]]:
    """Environments for migrated databases of these names on a private, durable PostgreSQL."""
    folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER}{os.getpid()}-"))
    outer = dict(os.environ)
    try:
        with Services(folder / "var", durable=True, env={n: outer[n] for n in _KEPT if n in outer}) as services:
            environments = []
            for name in names:
                url = database.create(services.database_url, name)
                database.migrate(url)
                with psycopg.connect(url) as owner:
                    for statement in BARE_TABLES:
                        owner.execute(statement)
                environments.append({**services.environment(), "DATABASE_URL": url, **_secrets(folder)})
                if services.superuser_url:
                    environments[-1][SUPERUSER_URL] = f"{services.superuser_url.rsplit('/', 1)[0]}/{name}"
            yield environments
    finally:
        bind(outer)
        shutil.rmtree(folder, ignore_errors=True)


def _secrets(folder: Path) -> dict[str, str]:
    return {"EBELGE_MASTER_KEY": "A" * 43 + "=", "EBELGE_ARCHIVE_DIR": str(folder / "archive")}


def bind(environment: dict[str, str]) -> None:
    """Bind this process to another database (or, with the outer environment, to what it was bound to)."""
    os.environ.pop("DATABASE_URL", None)
    os.environ.update(environment)
    settings.cache_clear()
    dispose_engines()


def wallets(environment: dict[str, str], count: int) -> list[UUID]:
    """Wallets with plenty of kontör in one lot each, and bare ones of the same names."""
    bind(environment)
    ids, at = [new_id() for _ in range(count)], utc_now()
    for tenant_id in ids:
        with tenant_session(tenant_id) as session:
            lots.open_wallet(session, tenant_id=tenant_id)
            lots.grant(
                session, tenant_id=tenant_id, source="opening", source_id=new_id(), kontor=KONTOR,
                net_price_kurus=KONTOR * 9, expires_at=at + timedelta(days=90), at=at,
            )  # fmt: skip
    with psycopg.connect(environment["DATABASE_URL"]) as owner, owner.cursor() as cursor:
        cursor.executemany("INSERT INTO bare_wallet VALUES (%s, %s)", [(tenant_id, KONTOR) for tenant_id in ids])
    return ids
