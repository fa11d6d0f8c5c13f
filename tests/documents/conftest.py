"""A small world: Akın Ltd. with services, series and kontör; Bora A.Ş. likewise; the operator; GİB's list."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from billing.ledger import balance
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.config import Settings
from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import DomainError
from ebelge.devstack.services import plain_postgres_url
from ebelge.documents import submit
from ebelge.documents.facts import TenantFacts
from ebelge.documents.models import Document
from ebelge.documents.numbers import series
from ebelge.documents.registered import taxpayer
from ebelge.documents.submit import Checked, Submission
from ebelge.gib.taxpayers import Alias, RegisteredUser
from ebelge.ubl import validate
from ebelge.ubl.examples import AKIN, BORA, example_json, vkn
from ebelge.ubl.types import DocumentKind, Party
from tests.documents.accounts import open_tenant

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
REGISTERED = replace(BORA, vkn_tckn=vkn(70_001), name="Kayıtlı Alıcı A.Ş.")
MANY_BOXES = replace(BORA, vkn_tckn=vkn(70_002), name="Çok Şubeli A.Ş.")
CLOSED = replace(BORA, vkn_tckn=vkn(70_003), name="Kapanmış A.Ş.")
STRANGER = replace(BORA, vkn_tckn=vkn(70_004), name="Kayıtsız Alıcı A.Ş.")


def _pk(name: str, *, kind: str = "Invoice", created: datetime = LONG_AGO, deleted: datetime | None = None) -> Alias:
    return Alias(kind, f"urn:mail:{name}", created, deleted)


def _user(party: Party, *aliases: Alias) -> RegisteredUser:
    return RegisteredUser(party.vkn_tckn, party.name, "OZEL", "OZELENTEGRASYON", aliases, LONG_AGO)


LIST = (
    _user(BORA, _pk("defaultpk@bora.example"), _pk("irsaliyepk@bora.example", kind="DespatchAdvice")),
    _user(REGISTERED, _pk("defaultpk@kayitli.example")),
    _user(
        MANY_BOXES,
        _pk("ankara_pk@cok.example"),
        _pk("defaultpk@cok.example", created=LONG_AGO + timedelta(days=100)),
        _pk("kapali_pk@cok.example", deleted=LONG_AGO + timedelta(days=5)),
    ),
    _user(CLOSED, _pk("defaultpk@kapali.example", deleted=LONG_AGO + timedelta(days=5))),
)


@dataclass
class World:
    """Akın sends; everything happens now."""

    owner_url: str
    akin: UUID
    bora: UUID
    at: datetime

    @property
    def today(self) -> date:
        return istanbul_date(self.at)

    def draft(self, kind: str = "efatura", *, n: int = 1, buyer: Party | None = None, **changes: Any) -> dict[str, Any]:
        """The JSON of a valid document of `kind`; the invoices' kind stays as asked for."""
        return example_json(DocumentKind(kind), n=n, buyer=buyer) | changes

    def check(self, submission: Submission, *, tenant: UUID | None = None, at: datetime | None = None) -> Checked:
        """Check one; its refusal is raised."""
        _, (answer,) = submit.check_all([submission], tenant_id=tenant or self.akin, at=at or self.at)
        if isinstance(answer, DomainError):
            raise answer
        return answer

    def send(self, *submissions: Submission, tenant: UUID | None = None, at: datetime | None = None) -> list[Document]:
        """Check and accept as the edge does; a refusal of any is raised."""
        tenant, at = tenant or self.akin, at or self.at
        known, answers = submit.check_all(submissions, tenant_id=tenant, at=at)
        for answer in answers:
            if isinstance(answer, DomainError):
                raise answer
        return self.accept(known, [one for one in answers if isinstance(one, Checked)], at=at)

    def accept(self, known: TenantFacts, checked: Sequence[Checked], *, at: datetime | None = None) -> list[Document]:
        """Accept what was checked before, in a transaction of its own."""
        with tenant_session(known.tenant_id) as session:
            return submit.accept(session, tenant=known, checked=checked, created_by="key:test", at=at or self.at)

    def facts(self, tenant: UUID | None = None) -> TenantFacts:
        with tenant_session(tenant or self.akin) as session:
            return submit.facts(session, tenant_id=tenant or self.akin, at=self.at)

    def xml(self, kind: str = "efatura", **changes: Any) -> bytes:
        """A valid document as an ERP would send it: built from the draft, numbered with the placeholder."""
        return self.check(Submission(draft=self.draft(kind, **changes))).xml

    def spendable(self, tenant: UUID | None = None) -> int:
        with tenant_session(tenant or self.akin) as session:
            return balance.balance(session, tenant_id=tenant or self.akin, at=self.at).spendable

    def series(self, kind: str, prefix: str, *, tenant: UUID | None = None, **settings: Any) -> UUID:
        tenant = tenant or self.akin
        with tenant_session(tenant) as session:
            return series.create(session, tenant_id=tenant, kind=kind, prefix=prefix, **settings).series_id

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """A query that sees every tenant's rows (as the role that reconciles)."""
        with role_session("reader") as session:
            return [tuple(row) for row in session.connection().exec_driver_sql(sql, values or None).all()]

    def dump(self) -> dict[str, tuple[int, str]]:
        """Row count and content hash of every table, read by a role that sees all rows."""
        found: dict[str, tuple[int, str]] = {}
        with role_session("reader") as session:
            run = session.connection().exec_driver_sql
            tables = run("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").scalars().all()
            for table in tables:
                if table == "alembic_version":
                    continue
                rows = sorted(run(f"SELECT t::text FROM {table} t").scalars())
                found[table] = (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest())
        return found


@pytest.fixture(scope="session", autouse=True)
def _rules_are_loaded() -> None:
    validate.warm_up()


@pytest.fixture(scope="session")
def area_database(make_database: Callable[[], str]) -> str:
    """One database for all tests of the area: emptying it is quicker than copying and dropping one a test."""
    return make_database()


@pytest.fixture
def fresh_database(area_database: str) -> str:
    """The area's database, empty but for the rate card."""
    with psycopg.connect(plain_postgres_url(area_database)) as connection:
        names = connection.execute(
            "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' "
            "AND tablename NOT IN ('alembic_version', 'charge_kind', 'price')"
        ).fetchall()
        tables = [name for (name,) in names]
        for table in tables:  # append-only tables refuse TRUNCATE by a trigger
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        connection.execute(f"TRUNCATE {', '.join(tables)}")
        for table in tables:
            connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    return area_database


@pytest.fixture
def world(fresh_settings: Settings) -> World:
    """Akın and Bora with 100 kontör each, the operator, and GİB's list."""
    at = utc_now()
    operator = replace(AKIN, vkn_tckn=vkn(70_900), name="Ebelge Entegratör A.Ş.")
    open_tenant(operator, {}, kontor=0, at=at, kind="operator")
    akin = open_tenant(AKIN, {"efatura": "AKF", "earsiv": "AKA", "eirsaliye": "AKI", "emm": "AKM"}, kontor=100, at=at)
    bora = open_tenant(BORA, {"efatura": "BRF", "earsiv": "BRA", "eirsaliye": "BRI", "emm": "BRM"}, kontor=100, at=at)
    with role_session("app") as session:
        taxpayer.load_list(session, mode="live", users=LIST, at=at)
    return World(fresh_settings.database_url, akin, bora, at)


@pytest.fixture
def unchanged(world: World) -> Callable[[Callable[[], Any], type[DomainError]], DomainError]:
    """Run an act that is refused, and show that no row of any table was added, lost or changed by it."""

    def _unchanged(act: Callable[[], Any], refusal: type[DomainError]) -> DomainError:
        before = world.dump()
        with pytest.raises(refusal) as caught:
            act()
        assert world.dump() == before
        return caught.value

    return _unchanged


@pytest.fixture
def owner(world: World) -> psycopg.Connection[Any]:
    """A connection of the owner (for EXPLAIN and statistics)."""
    with psycopg.connect(plain_postgres_url(world.owner_url), autocommit=True) as connection:
        yield connection
