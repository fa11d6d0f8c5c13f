"""A small world: Akın Ltd. and Bora A.Ş. with rows in every tenant table, and sessions that skip our Python."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from billing.ledger import lots, transfers
from ebelge.core.clock import kontor_expiry, utc_now
from ebelge.core.config import Settings
from ebelge.core.db import role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.documents.registered.taxpayer import load_list
from ebelge.documents.seals import entered as seals
from ebelge.documents.submit import Submission, accept, check_all
from ebelge.onboarding.accounts import Opened, ServicePlan, open_tenant
from ebelge.signing.development import DevelopmentCa
from ebelge.ubl.examples import example_json, vkn
from ebelge.ubl.types import DocumentKind
from tenants import api_keys
from tenants.accounts import Identity
from tenants.audit import entries, sealing
from tests.tenants.rows import fill_all

_numbers = itertools.count(secrets.randbelow(40_000_000))


def identity(number: int, title: str = "Akın Ltd. Şti.") -> Identity:
    """An invented company with a valid VKN."""
    return Identity(vkn_tckn=vkn(number), title=title, district="Çankaya", city="Ankara", tax_office="Çankaya")


@pytest.fixture
def someone() -> Callable[[], Identity]:
    """Call it for a company that has no account yet."""
    return lambda: identity(next(_numbers))


@pytest.fixture
def open_account(settings: Settings, someone: Callable[[], Identity]) -> Callable[..., Opened]:
    """Call it for an account with e-Arşiv active under its own seal, a sandbox, and 100 kontör."""

    def opened(kind: str = "customer") -> Opened:
        return _opened(someone(), kind=kind)

    return opened


@dataclass(frozen=True)
class World:
    """Two tenants with a row in every table."""

    akin: UUID
    bora: UUID


@pytest.fixture(scope="session")
def world(settings: Settings) -> World:
    """Akın and Bora, each with at least one row in every table of the tenant class."""
    with role_session("app") as session:
        load_list(session, mode="live", users=[], at=utc_now())
    akin, bora = _company("Akın Ltd. Şti."), _company("Bora A.Ş.")
    for giver, taker in ((akin, bora), (bora, akin)):
        _fill(giver, taker)
        fill_all(giver)
    return World(akin, bora)


def _opened(who: Identity, *, kind: str = "customer") -> Opened:
    at, tenant_id = utc_now(), new_id()
    day = at.date().replace(month=1, day=1)
    with tenant_session(tenant_id) as session:
        made = open_tenant(
            session,
            tenant_id=tenant_id,
            kind=kind,
            identity=who,
            services=[ServicePlan(service="earsiv", active_from=day, seal_mode="pkcs12")],
            series={"earsiv": "AKA"},
            at=at,
        )
        lots.grant(
            session,
            tenant_id=tenant_id,
            source="payment",
            source_id=new_id(),
            kontor=100,
            net_price_kurus=10_000,
            expires_at=kontor_expiry(at),
            at=at,
        )
    return made


def _company(title: str) -> UUID:
    at, tenant_id = utc_now(), _opened(identity(next(_numbers), title)).tenant_id
    with tenant_session(tenant_id) as session:
        file = DevelopmentCa.create(at=at).issue(vkn_tckn="1", name=title, password="x", at=at)
        seals.add_pkcs12(session, tenant_id=tenant_id, mode="live", data=file, password="x")
        api_keys.create(session, tenant_id=tenant_id, mode="live", name="walk", at=at)
    return tenant_id


def _fill(giver: UUID, taker: UUID) -> None:
    at = utc_now()
    draft = example_json(DocumentKind.EARSIV)
    facts, (checked,) = check_all([Submission(draft=draft)], tenant_id=giver, at=at)
    assert not isinstance(checked, Exception), checked
    with tenant_session(giver) as session:
        accept(session, tenant=facts, checked=[checked], created_by="test", at=utc_now())
    with tenant_session(giver) as session:
        transfers.pass_on(
            session, tenant_id=giver, draw_id=new_id(), to_tenant_id=taker, kontor=1, at=utc_now() + timedelta(0)
        )
    with tenant_session(giver) as session:
        actor = entries.command("test", by="Derya")
        who = {"tenant_id": giver, "object_kind": "tenant", "object_id": giver, "actor": actor}
        entries.note(session, action="company.changed", after={"title": "Akın"}, at=utc_now(), **who)
    with role_session("relay") as session:
        assert sealing.seal(session, tenant_id=giver)
    with tenant_session(giver) as session:  # and one that waits
        entries.note(session, action="company.changed", after={"title": "Akın Ltd."}, at=utc_now(), **who)


@pytest.fixture
def bare(settings: Settings) -> Iterator[Callable[..., psycopg.Connection]]:
    """Call it with a role (and a tenant) for a connection that runs none of our Python."""
    made: list[psycopg.Connection] = []

    def connect(role: str = "app", tenant_id: UUID | None = None) -> psycopg.Connection:
        connection = psycopg.connect(settings.role_url(role).replace("+psycopg", ""))
        made.append(connection)
        if tenant_id is not None:
            connection.execute(f"SET LOCAL app.tenant_id = '{tenant_id}'")
        return connection

    yield connect
    for connection in made:
        connection.close()
