"""A tenant's session ends with its transaction: the next user of the connection inherits nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from ebelge.core.db import dispose_engines, engine, role_session, tenant_session

SETTING = text("SELECT current_setting('app.tenant_id', true)")
SEEN = text("SELECT count(*) FROM wallet")
BACKEND = text("SELECT pg_backend_pid()")


@pytest.fixture
def one_connection(world):
    """All sessions of this test share one pooled connection, one after another."""
    dispose_engines()
    yield engine("app")
    dispose_engines()


def test_the_setting_is_gone_after_a_commit(world, one_connection) -> None:
    with tenant_session(world.akin) as session:
        first = session.scalar(BACKEND)
        assert session.scalar(SEEN) == 1
    with role_session("app") as session:
        assert session.scalar(BACKEND) == first
        assert session.scalar(SETTING) in (None, "")
        assert session.scalar(SEEN) == 0


def test_the_setting_is_gone_after_an_error(world, one_connection) -> None:
    backends = []

    def fail() -> None:
        with tenant_session(world.akin) as session:
            backends.append(session.scalar(BACKEND))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with role_session("app") as session:
        assert session.scalar(BACKEND) == backends[0]
        assert session.scalar(SEEN) == 0


def test_the_next_tenant_sees_only_its_own(world, one_connection) -> None:
    with tenant_session(world.akin) as session:
        first = session.scalar(BACKEND)
    with tenant_session(world.bora) as session:
        assert session.scalar(BACKEND) == first
        assert session.scalar(text("SELECT tenant_id FROM wallet")) == world.bora


def test_a_commit_in_the_middle_ends_the_tenant_too(world, one_connection) -> None:
    with tenant_session(world.akin) as session:
        session.commit()
        assert session.scalar(SEEN) == 0
