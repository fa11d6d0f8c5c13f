"""A small trade in one database: accounts of every kind with real wallets, and a clock that a test may set."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from billing.ledger import charges, lots
from billing.ledger.verify import Difference, verify_tenant
from billing.pools.rights import Terms
from ebelge.core.clock import utc_now
from ebelge.core.config import settings as current_settings
from ebelge.core.db import dispose_engines, engine, role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.core.migrate import lent_roles
from ebelge.devstack.services import plain_postgres_url
from ebelge.jobs import bell, pooling, sales
from ebelge.jobs.ledger import arrive
from ebelge.outbox import relay
from ebelge.ubl.examples import vkn
from tenants import accounts
from tenants.accounts import Identity

SETTABLE_CLOCK = """
CREATE OR REPLACE FUNCTION ledger_now() RETURNS timestamptz LANGUAGE sql VOLATILE
AS $$ SELECT coalesce(nullif(current_setting('test.now', true), '')::timestamptz, clock_timestamp()) $$
"""
KIND, PRICE_ID = "efatura.out", UUID("00000000-0000-7000-8000-000000000001")
_numbers = itertools.count(secrets.randbelow(40_000_000))


@dataclass
class Trade:
    """Accounts and what they do. `now` None: the real clock."""

    now: datetime | None = None

    def at(self) -> datetime:
        return self.now or utc_now()

    @contextmanager
    def session(self, tenant_id: UUID) -> Iterator[Session]:
        with tenant_session(tenant_id) as session:
            if self.now is not None:
                session.execute(text("SELECT set_config('test.now', :now, true)"), {"now": self.now.isoformat()})
            yield session

    def do(self, function: Callable[..., Any], tenant_id: UUID, **values: Any) -> Any:
        """Call a function of the domain in a transaction of its own, at the present time."""
        with self.session(tenant_id) as session:
            return function(session, tenant_id=tenant_id, at=self.at(), **values)

    def open(self, kind: str = "customer", title: str = "Akın Ltd. Şti.", **terms: Any) -> UUID:
        """An account with an empty wallet."""
        tenant_id = new_id()
        identity = Identity(vkn_tckn=vkn(next(_numbers)), title=title, district="Çankaya", city="Ankara")
        with self.session(tenant_id) as session:
            accounts.create_tenant(
                session, tenant_id=tenant_id, kind=kind, mode=terms.pop("mode", "live"), identity=identity,
                at=self.at(), **terms,
            )  # fmt: skip
            lots.open_wallet(session, tenant_id=tenant_id)
        return tenant_id

    def grant(self, tenant_id: UUID, kontor: int, *, net_kurus: int = 0, until: datetime | None = None) -> UUID:
        lot_id = new_id()
        self.do(
            lots.grant, tenant_id, source="payment", source_id=new_id(), kontor=kontor, net_price_kurus=net_kurus,
            expires_at=until or self.at() + timedelta(days=180), lot_id=lot_id,
        )  # fmt: skip
        return lot_id

    def pool(self, kontor: int = 0, **terms: Any) -> UUID:
        """A pool with a lot of `kontor`."""
        pool_id = self.open("pool", "Akın Holding A.Ş.")
        if kontor:
            self.grant(pool_id, kontor, **terms)
        return pool_id

    def member(self, pool_id: UUID, *, block: int = 10, cap: int = 1_000_000, threshold: int = 0) -> UUID:
        """A customer that draws from the pool."""
        member_id = self.open()
        terms = Terms(block_kontor=block, monthly_cap_kontor=cap, threshold_kontor=threshold)
        pooling.offer(pool_id, member_id, terms=terms, by="test")
        pooling.accept(member_id, pool_id, by="test")
        return member_id

    def reserve(self, tenant_id: UUID, kontor: int = 1) -> UUID:
        charge_id = new_id()
        self.do(charges.reserve, tenant_id, charge_id=charge_id, kind=KIND, kontor=kontor, price_id=PRICE_ID)
        return charge_id

    def capture(self, tenant_id: UUID, charge_id: UUID) -> None:
        self.do(charges.capture, tenant_id, charge_ids=[charge_id])

    def release(self, tenant_id: UUID, charge_id: UUID) -> None:
        self.do(charges.release, tenant_id, charge_ids=[charge_id])

    def restore(self, tenant_id: UUID, charge_id: UUID) -> None:
        self.do(charges.restore, tenant_id, charge_ids=[charge_id])

    def spend(self, tenant_id: UUID, kontor: int = 1) -> UUID:
        charge_id = self.reserve(tenant_id, kontor)
        self.capture(tenant_id, charge_id)
        return charge_id

    def rows(self, tenant_id: UUID, sql: str, **values: Any) -> list[Any]:
        with self.session(tenant_id) as session:
            return list(session.execute(text(sql), {"tenant_id": tenant_id, **values}))

    def balances(self, tenant_id: UUID) -> tuple[int, int, int]:
        """(available, held, frozen)."""
        return tuple(self.rows(tenant_id, "SELECT available, held, frozen FROM wallet")[0])

    def differences(self, *tenants: UUID) -> list[Difference]:
        """What `ebelge verify` finds in their ledgers."""
        pool = engine("reader").execution_options(isolation_level="REPEATABLE READ")
        with pool.connect() as connection, connection.begin():
            return [found for tenant_id in tenants for found in verify_tenant(connection, tenant_id)]

    def relay(self) -> int:
        """Work through the ledger's queue as its worker does; returns how many messages there were."""
        count = 0
        while True:
            with role_session("relay") as session:
                relay.promote(session, at=utc_now() + timedelta(hours=1))
                claims = relay.claim(session, queue="ledger", limit=100, turns=relay.Turns(), at=utc_now())
            if not claims:
                return count
            count += len(claims)
            arrive([claim for claim in claims if claim.topic == "kontor.arrive"])
            sales.work([claim for claim in claims if claim.topic != "kontor.arrive"])


def trade_in(url: str, environment: dict[str, str]) -> Iterator[Trade]:
    """A trade in the database `url`, in which the ledger's clock can be set; the process is bound to it."""
    with lent_roles(url), psycopg.connect(plain_postgres_url(url)) as owner:
        owner.execute(SETTABLE_CLOCK)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**environment, "DATABASE_URL": url}.items():
            patch.setenv(name, value)
        patch.setattr(bell, "ring", lambda: None)  # no Redis is needed here
        current_settings.cache_clear()
        yield Trade()
        dispose_engines()
    current_settings.cache_clear()
