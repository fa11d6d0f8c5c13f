"""Prepared statements travel together, survive rollbacks, and may be a transaction each."""

from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ebelge.core.db import dispose_engines, driver, fetch, role_trips, tenant_session, tenant_trips, together
from ebelge.core.ids import new_id
from ebelge.core.transaction import Prepared
from ebelge.devstack.services import plain_postgres_url

TENANT = Prepared("SELECT current_setting('app.tenant_id', true) AS tenant_id")
DOUBLE = Prepared("SELECT %s::int * 2 AS twice")
BROKEN = Prepared("SELECT 1 / %s::int AS part")
NOTHING = Prepared("SELECT WHERE false")
STARTED = Prepared("SELECT pg_current_xact_id() AS id")


@pytest.fixture(autouse=True)
def one_connection(fresh_settings):
    """All sessions of a test share one pooled connection, one after another."""
    dispose_engines()
    yield
    dispose_engines()


def _tenant(session) -> str:
    return together(session, (TENANT, ()))[0][0].tenant_id


def test_statements_that_travel_together_answer_in_their_order():
    tenant_id = new_id()
    with tenant_session(tenant_id) as session:
        (twice,), (bound,), nothing = together(session, (DOUBLE, (21,)), (TENANT, ()), (NOTHING, ()))
        assert (twice.twice, UUID(bound.tenant_id), nothing) == (42, tenant_id, [])


def test_a_rollback_leaves_no_statement_behind_or_missing():
    for _ in range(3):
        with pytest.raises(DBAPIError) as caught, tenant_session(new_id()) as session:
            together(session, (DOUBLE, (1,)), (BROKEN, (0,)))
        assert isinstance(caught.value.orig, psycopg.errors.DivisionByZero)
        with tenant_session(new_id()) as session:
            driver(session).execute("SELECT 1")
            assert together(session, (DOUBLE, (2,)), (BROKEN, (1,)))[1][0].part == 1
    with role_trips("app") as session:
        (kept,) = fetch(session, "SELECT count(*) AS n FROM pg_prepared_statements WHERE name LIKE 'ebelge%%'")
        assert kept.n <= 3


def test_after_a_rolled_back_savepoint_the_statements_still_run():
    with tenant_session(new_id()) as session:
        together(session, (DOUBLE, (1,)))
        for _ in range(4):  # often enough for the driver to prepare it
            session.execute(text("SELECT 1"))
        with pytest.raises(DBAPIError), session.begin_nested():
            session.execute(text("SELECT 1 / 0"))
        assert together(session, (DOUBLE, (4,)))[0][0].twice == 8
    with tenant_session(new_id()) as session:
        driver(session).execute("SELECT 1")
        assert together(session, (DOUBLE, (5,)))[0][0].twice == 10


def test_each_trip_is_a_transaction_of_its_tenant():
    tenant_id = new_id()
    with tenant_trips(tenant_id) as session:
        first, second = (together(session, (STARTED, ()), (TENANT, ())) for _ in range(2))
        assert first[0][0].id != second[0][0].id
        assert UUID(first[1][0].tenant_id) == UUID(second[1][0].tenant_id) == tenant_id
    with role_trips("app") as session:
        assert _tenant(session) in (None, "")


def test_what_a_migration_changed_is_prepared_anew(fresh_database):
    everything = Prepared("SELECT * FROM added_later")
    with psycopg.connect(plain_postgres_url(fresh_database), autocommit=True) as owner:
        owner.execute("CREATE TABLE added_later (one int); GRANT SELECT ON added_later TO PUBLIC")
        with tenant_session(new_id()) as session:
            together(session, (everything, ()))
        owner.execute("ALTER TABLE added_later ADD two int; INSERT INTO added_later VALUES (1, 2)")
    with tenant_session(new_id()) as session:
        assert together(session, (everything, ()))[0][0].two == 2
