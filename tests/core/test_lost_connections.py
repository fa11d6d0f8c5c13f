"""A pooled connection that the server has closed is replaced; an error of the driver looks like any other."""

from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from ebelge.core.db import driver, role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.devstack.services import Services, plain_postgres_url


def _cut(services: Services, *, role: str) -> int:
    """End every session of a role, as a restart does; how many there were."""
    if services.superuser_url is None:
        pytest.skip("needs the embedded server's superuser")
    with psycopg.connect(plain_postgres_url(services.superuser_url), autocommit=True) as connection:
        sql = "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE usename = %s"
        row = connection.execute(sql, [f"ebelge_{role}"]).fetchone()
        return int(row[0]) if row else 0


def test_the_first_transaction_after_a_restart_is_not_refused(services, fresh_settings):
    with tenant_session(new_id()), tenant_session(new_id()):
        pass  # two connections in the pool
    assert _cut(services, role="app") >= 2
    for _ in range(2):
        with tenant_session(new_id()) as session:
            assert session.execute(text("SELECT 1")).scalar_one() == 1


def test_a_connection_lost_in_the_middle_is_told_as_a_database_error(services, fresh_settings):
    def work():
        with tenant_session(new_id()) as session:
            driver(session).execute("SELECT 1")
            _cut(services, role="app")
            driver(session).execute("SELECT 1")

    with pytest.raises(OperationalError) as caught:
        work()
    assert isinstance(caught.value.orig, psycopg.OperationalError)
    with role_session("app") as session:
        assert session.execute(text("SELECT 1")).scalar_one() == 1


def test_a_refusal_of_the_driver_keeps_its_reason(fresh_settings):
    with pytest.raises(DBAPIError) as caught, tenant_session(new_id()) as session:
        driver(session).execute("SELECT 1 / 0")
    assert isinstance(caught.value.orig, psycopg.errors.DivisionByZero)


def test_a_server_that_is_away_is_told_as_such(fresh_settings, monkeypatch, tmp_path: Path):
    from ebelge.core.config import settings
    from ebelge.core.db import dispose_engines

    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody:x@127.0.0.1:1/none")
    settings.cache_clear()
    dispose_engines()
    with pytest.raises(OperationalError), role_session("app"):
        pass
