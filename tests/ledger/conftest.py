"""A database whose ledger clock a test may set, wallets to play with, and the verifier that looks at all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from billing.ledger import charges, lots
from billing.ledger.verify import Difference, verify_tenant
from ebelge.core.clock import utc_now
from ebelge.core.config import Settings
from ebelge.core.config import settings as current_settings
from ebelge.core.db import dispose_engines, engine, tenant_session
from ebelge.core.ids import new_id
from ebelge.core.migrate import lent_roles
from ebelge.devstack.services import plain_postgres_url
from tests.ledger import model as pure_model

# Only in this database: the function that tells the ledger the time reads a setting. Production's reads nothing.
SETTABLE_CLOCK = """
CREATE OR REPLACE FUNCTION ledger_now() RETURNS timestamptz LANGUAGE sql VOLATILE
AS $$ SELECT coalesce(nullif(current_setting('test.now', true), '')::timestamptz, clock_timestamp()) $$
"""
KIND = "sms"  # a kind that belongs to no document


@dataclass
class World:
    """Wallets in one database, and the clock they go by (None: the real one)."""

    now: datetime | None = None

    def at(self) -> datetime:
        return self.now or utc_now()

    @contextmanager
    def session(self, tenant_id: UUID) -> Iterator[Session]:
        with tenant_session(tenant_id) as session:
            if self.now is not None:
                session.execute(text("SELECT set_config('test.now', :now, true)"), {"now": self.now.isoformat()})
            yield session

    def wallet(self, kontor: int = 0, **terms: Any) -> UUID:
        """A new tenant's wallet, with a lot of `kontor` where it is not 0."""
        tenant_id = new_id()
        with self.session(tenant_id) as session:
            lots.open_wallet(session, tenant_id=tenant_id)
        if kontor:
            self.grant(tenant_id, kontor, **terms)
        return tenant_id

    def grant(
        self, tenant_id: UUID, kontor: int, *, until: datetime | None = None, net_kurus: int = 0, **terms: Any
    ) -> UUID:
        lot_id = new_id()
        with self.session(tenant_id) as session:
            lots.grant(
                session,
                tenant_id=tenant_id,
                source="payment",
                source_id=new_id(),
                kontor=kontor,
                net_price_kurus=net_kurus,
                expires_at=until or self.at() + timedelta(days=180),
                at=self.at(),
                lot_id=lot_id,
                **terms,
            )
        return lot_id

    def reserve(self, tenant_id: UUID, kontor: int, *, charge_id: UUID | None = None) -> UUID:
        charge_id = charge_id or new_id()
        with self.session(tenant_id) as session:
            charges.reserve(
                session,
                tenant_id=tenant_id,
                charge_id=charge_id,
                kind=KIND,
                kontor=kontor,
                price_id=PRICE_ID,
                at=self.at(),
            )
        return charge_id

    def do(self, function: Callable[..., Any], tenant_id: UUID, **values: Any) -> Any:
        """Call a ledger function in a transaction of its own, at the world's present time."""
        with self.session(tenant_id) as session:
            return function(session, tenant_id=tenant_id, at=self.at(), **values)

    def rows(self, tenant_id: UUID, sql: str, **values: Any) -> list[Any]:
        with self.session(tenant_id) as session:
            return list(session.execute(text(sql), {"tenant_id": tenant_id, **values}))

    def lot(self, tenant_id: UUID, lot_id: UUID) -> Any:
        return self.rows(tenant_id, "SELECT * FROM lot WHERE lot_id = :lot_id", lot_id=lot_id)[0]

    def balances(self, tenant_id: UUID) -> tuple[int, int, int]:
        return tuple(self.rows(tenant_id, "SELECT available, held, frozen FROM wallet")[0])

    def differences(self, tenant_id: UUID) -> list[Difference]:
        return differences(tenant_id)


PRICE_ID = UUID("00000000-0000-7000-8000-000000000001")


def differences(tenant_id: UUID) -> list[Difference]:
    """What `ebelge verify` finds in a tenant's ledger."""
    pool = engine("reader").execution_options(isolation_level="REPEATABLE READ")
    with pool.connect() as connection, connection.begin():
        return list(verify_tenant(connection, tenant_id))


def _with_settable_clock(url: str, environment: dict[str, str]) -> Iterator[str]:
    with lent_roles(url), psycopg.connect(plain_postgres_url(url)) as owner:
        owner.execute(SETTABLE_CLOCK)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**environment, "DATABASE_URL": url}.items():
            patch.setenv(name, value)
        current_settings.cache_clear()
        yield url
        dispose_engines()
    current_settings.cache_clear()


@pytest.fixture(scope="module")
def clock_database(
    settings: Settings, make_database: Callable[[], str], stack_environment: dict[str, str]
) -> Iterator[str]:
    """Owner's URL of this module's database, in which the ledger's clock can be set; the process is bound to it.

    After `settings`, so that the run's settings are back at the module's end.
    """
    yield from _with_settable_clock(make_database(), stack_environment)


@pytest.fixture
def world(clock_database: str) -> World:
    """Wallets whose clock the test may set."""
    return World()


@pytest.fixture
def real_world(fresh_settings: Settings) -> World:
    """Wallets of a database as it is migrated: the clock is the real one."""
    return World()


@pytest.fixture(scope="session")
def model() -> ModuleType:
    """The pure model (`model.py` beside this file)."""
    return pure_model
