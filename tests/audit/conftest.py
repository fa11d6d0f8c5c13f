"""Akın Ltd. and Bora A.Ş., whose accounts exist for the log's sake only: an entry needs an account, not a company."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import psycopg
import pytest

from ebelge.core.clock import utc_now
from ebelge.core.config import Settings
from ebelge.core.db import role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.devstack.services import plain_postgres_url
from tenants.audit import entries, sealing

AYSE = entries.Actor(
    "person", "0192d3f0-0000-7000-8000-0000000000a1", "Ayşe Akın", address="203.0.113.7", agent="Firefox"
)


@pytest.fixture
def akin(settings: Settings) -> UUID:
    """An account."""
    return new_id()


@pytest.fixture
def bora(settings: Settings) -> UUID:
    """Another."""
    return new_id()


@pytest.fixture
def noted() -> Callable[..., UUID | None]:
    """`noted(akin, title="…")`: Ayşe changed the company's data; returns the entry's id."""

    def note(tenant_id: UUID, actor: entries.Actor = AYSE, action: str = "company.changed", **after: object) -> UUID:
        with tenant_session(tenant_id) as session:
            made = entries.note(
                session,
                tenant_id=tenant_id,
                actor=actor,
                action=action,
                object_kind="tenant",
                object_id=tenant_id,
                after=after or {"title": "Akın Ltd. Şti."},
                at=utc_now(),
            )
            assert made is not None
            return made

    return note


@pytest.fixture
def sealed() -> Callable[[UUID], int]:
    """Seal what waits of an account; returns how many entries."""

    def seal(tenant_id: UUID) -> int:
        with role_session("relay") as session:
            return sealing.seal(session, tenant_id=tenant_id)

    return seal


@pytest.fixture
def intruder(services, database_url: str):
    """A superuser for whom triggers and policies do not exist, as somebody with the server's disk would be."""
    name = database_url.rsplit("/", 1)[1].split("?")[0]
    server = plain_postgres_url(services.superuser_url or services.database_url)
    with psycopg.connect(server, dbname=name, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection
