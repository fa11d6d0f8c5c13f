"""Books in order: a seller, a customer who bought in every way, and a hand that can spoil what nobody may touch."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

from billing.ledger import charges, lots
from billing.models.finance import GatewayLine
from billing.models.orders import KontorOrder
from billing.reconciliation.run import Outcome
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.config import Settings
from ebelge.core.db import dispose_engines, role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.devstack.services import Services, plain_postgres_url
from ebelge.jobs.books import reconcile
from tests.conftest import _settings_for
from tests.orders import shop

PRICE_ID = UUID("00000000-0000-7000-8000-000000000001")
KEPT = frozenset({"finance_break", "reconciliation_run", "alembic_version"})
_serial = itertools.count(secrets.randbelow(10**8))


@dataclass
class Books:
    """One database. Everything a test breaks is broken as a superuser, with triggers and policies asleep."""

    url: str
    operator: UUID
    code: str
    bank_line: Callable[[], UUID] = field(repr=False)

    def akin(self) -> Akin:
        return Akin(self, shop.customer())

    def spoil(self, statement: str, **values: Any) -> int:
        with psycopg.connect(self.url) as connection:
            connection.execute("SET session_replication_role = replica")
            return connection.execute(statement, values).rowcount

    def run(self) -> Outcome:
        return reconcile(asked_by="test", at=utc_now())

    def open(self, *tenants: UUID) -> set[tuple[str, str]]:
        with role_session("finance") as session:
            rows = session.connection().exec_driver_sql(
                "SELECT kind, subject FROM finance_break WHERE state = 'open' AND tenant_id = ANY(%s)", (list(tenants),)
            )
            return {(row.kind, row.subject) for row in rows}

    def fingerprint(self) -> dict[str, tuple[int, str]]:
        """Of every table but those where breaks are kept: rows, and a hash over all of them."""
        with psycopg.connect(self.url) as connection:
            found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            return {
                name: connection.execute(
                    sql.SQL("SELECT count(*), md5(coalesce(string_agg(t::text, '' ORDER BY t::text), '')) FROM {} t")
                    .format(sql.Identifier(name))
                ).fetchone()
                for (name,) in found if name not in KEPT
            }  # fmt: skip


@dataclass
class Akin:
    """A customer, and how kontör come to it and leave it."""

    books: Books
    tenant_id: UUID

    def bought(self, *, listed: bool = True, method: str = "iyzico") -> KontorOrder:
        """A paid order; `listed`: the gateway's list of the day has the payment."""
        placed = shop.order(self.tenant_id, self.books.code, method=method)
        proof = shop.evidence(placed, gateway=method)
        assert shop.settled(placed, proof).outcome == "credited"
        if listed:
            self.listed(proof.gateway, proof.payment_id, proof.paid_kurus)
        return shop.fresh(placed)

    def listed(self, gateway: str, payment_id: str, kurus: int, kind: str = "payment") -> None:
        at = utc_now()
        with role_session("finance") as session:
            session.add(
                GatewayLine(
                    gateway=gateway, transaction_id=f"t-{next(_serial)}", day=istanbul_date(at),
                    gateway_payment_id=payment_id, attempt_ref="", kind=kind, amount_kurus=kurus, currency="TRY",
                    fee_kurus=0, fee_currency="TRY", fetched_at=at,
                )
            )  # fmt: skip

    def document(self, *, kontor: int = 2, state: str = "delivered") -> UUID:
        """A signed and captured document, entered by hand: what made it is not the matter here."""
        document_id, at, number = new_id(), utc_now(), f"AKN2026{next(_serial):09d}"
        with tenant_session(self.tenant_id) as session:
            charges.reserve(
                session, tenant_id=self.tenant_id, charge_id=document_id, kind="efatura.out", kontor=kontor,
                price_id=PRICE_ID, reference=number, at=at,
            )  # fmt: skip
            charges.capture(session, tenant_id=self.tenant_id, charge_ids=[document_id], at=at)
        self.books.spoil(
            """INSERT INTO document (tenant_id, document_id, kind, profile, type_code, state, channel, ettn, number,
                 series_id, serial, issue_date, buyer_vkn_tckn, buyer_title, currency, payable_kurus, line_count,
                 kontor, price_id, source_sha256, signed_sha256, signed_at, link_token, created_by, created_at,
                 progress_at)
               VALUES (%(tenant)s, %(id)s, 'efatura', 'TEMELFATURA', 'SATIS', %(state)s, 'gib', %(id)s, %(number)s,
                 %(id)s, 1, '2026-11-01', '1234567890', 'Bora A.Ş.', 'TRY', 12000, 1, %(kontor)s, %(price)s,
                 sha256('a'), sha256('b'), now(), %(token)s, 'test', now(), now())""",
            tenant=self.tenant_id, id=document_id, state=state, number=number, kontor=kontor, price=PRICE_ID,
            token=secrets.token_hex(16),
        )  # fmt: skip
        return document_id

    def given(self, kontor: int) -> UUID:
        lot_id, at = new_id(), utc_now()
        with tenant_session(self.tenant_id) as session:
            lots.grant(
                session, tenant_id=self.tenant_id, source="opening", source_id=lot_id, kontor=kontor,
                net_price_kurus=0, expires_at=at + timedelta(days=90), at=at, lot_id=lot_id,
            )  # fmt: skip
        return lot_id


@pytest.fixture(scope="module")
def books(
    make_database: Callable[[], str], stack_environment: dict[str, str], services: Services, settings: Settings
) -> Iterator[Books]:
    """A database for the module: reconciliation looks at all of it."""
    if services.superuser_url is None:
        pytest.skip("needs a superuser, who can break what nobody may touch")
    owner_url = make_database()
    for _ in _settings_for(owner_url, stack_environment):
        operator = shop.customer("Ebelge Entegratör A.Ş.", kind="operator")
        name = plain_postgres_url(owner_url).rsplit("/", 1)[1]
        url = f"{plain_postgres_url(services.superuser_url).rsplit('/', 1)[0]}/{name}"

        def bank_line() -> UUID:
            account, statement, line = new_id(), new_id(), new_id()
            with role_session("finance") as session:
                driver = session.connection()
                driver.exec_driver_sql(
                    "INSERT INTO bank_account VALUES (%s, %s, 'Banka', 'Ebelge', 'TRY', true, now())",
                    (account, f"TR{next(_serial):024d}"),
                )
                driver.exec_driver_sql(
                    "INSERT INTO bank_statement VALUES (%s, %s, %s, 'csv', 'e.csv', 1, 1, 'test', now())",
                    (statement, account, secrets.token_hex(32)),
                )
                driver.exec_driver_sql(
                    "INSERT INTO bank_line (line_id, account_id, statement_id, bank_ref, booked_on, amount_kurus,"
                    " currency, description, sender_name, sender_vkn, sender_iban, state) VALUES (%s, %s, %s, 'D-1',"
                    " current_date, 124990, 'TRY', '', 'Akın', '', '', 'credited')",
                    (line, account, statement),
                )
            return line

        yield Books(url, operator, shop.on_sale(kontor=1_000, bonus=50, net_kurus=104_158), bank_line)
        dispose_engines()
