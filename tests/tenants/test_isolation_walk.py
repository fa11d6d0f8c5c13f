"""Every table of a tenant, tried as a foreign tenant, with our Python check removed: the database alone holds."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
from psycopg import sql

from tenants.isolation import TABLES

OWN = sorted(name for name, rule in TABLES.items() if "app" in rule.access and rule.access["app"].scope == "own")
ALL = sorted(TABLES)
Bare = Callable[..., psycopg.Connection]
INSUFFICIENT_PRIVILEGE = psycopg.errors.InsufficientPrivilege.sqlstate
NEVER_CHANGED = "EL012"  # a table of versions refuses it to everybody
REFUSED = (psycopg.errors.InsufficientPrivilege,)


def _attempt(connection: psycopg.Connection, statement: sql.Composed, values: tuple[object, ...] = ()) -> int:
    """Rows a statement touched; 0 also where the database refuses it."""
    try:
        with connection.transaction():
            return connection.execute(statement, values).rowcount
    except REFUSED:
        return 0


def test_the_world_has_rows_of_both_in_every_table_walked(world, bare: Bare) -> None:
    reader = bare("reader")
    for table in OWN:
        count = sql.SQL("SELECT count(DISTINCT tenant_id) FROM {} WHERE tenant_id = ANY(%s)").format(
            sql.Identifier(table)
        )
        (found,) = reader.execute(count, ([world.akin, world.bora],)).fetchone()
        assert found == 2, table
    print(f"walked {len(OWN)} tables of {len(ALL)}")


@pytest.mark.parametrize("table", OWN)
def test_walk_a_foreign_tenant_sees_nothing(table: str, world, bare: Bare) -> None:
    connection = bare("app", world.bora)
    name = sql.Identifier(table)
    assert (
        connection.execute(sql.SQL("SELECT 1 FROM {} WHERE tenant_id = %s").format(name), (world.akin,)).fetchall()
        == []
    )
    tenants = connection.execute(sql.SQL("SELECT DISTINCT tenant_id FROM {}").format(name)).fetchall()
    assert tenants == [(world.bora,)]


@pytest.mark.parametrize("table", OWN)
def test_walk_a_foreign_tenant_changes_and_deletes_nothing(table: str, world, bare: Bare) -> None:
    connection = bare("app", world.bora)
    name = sql.Identifier(table)
    update = sql.SQL("UPDATE {} SET tenant_id = tenant_id WHERE tenant_id = %s").format(name)
    take = sql.SQL("UPDATE {} SET tenant_id = %s WHERE tenant_id <> %s").format(name)
    delete = sql.SQL("DELETE FROM {} WHERE tenant_id = %s").format(name)
    connection.execute(f"SET LOCAL app.tenant_id = '{world.bora}'")
    assert _attempt(connection, update, (world.akin,)) == 0
    assert _attempt(connection, take, (world.bora, world.bora)) == 0
    assert _attempt(connection, delete, (world.akin,)) == 0


@pytest.mark.parametrize("table", OWN)
def test_walk_a_row_cannot_be_put_into_or_given_to_another_tenant(table: str, world, bare: Bare) -> None:
    connection = bare("app", world.bora)
    name = sql.Identifier(table)
    columns = [
        row[0]
        for row in connection.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND column_name <> 'tenant_id'",
            (table,),
        )
    ]
    rest = sql.SQL(", ").join(map(sql.Identifier, columns))
    copied = sql.SQL("INSERT INTO {t} (tenant_id, {c}) SELECT %s, {c} FROM {t} LIMIT 1").format(t=name, c=rest)
    given = sql.SQL("UPDATE {} SET tenant_id = %s").format(name)
    for statement in (copied, given):
        with pytest.raises(psycopg.Error) as refused, connection.transaction():
            connection.execute(statement, (world.akin,))
        assert refused.value.sqlstate in (INSUFFICIENT_PRIVILEGE, NEVER_CHANGED), (table, refused.value)


@pytest.mark.parametrize("table", OWN)
def test_walk_without_a_tenant_nothing_is_seen(table: str, world, bare: Bare) -> None:
    connection = bare("app")
    assert connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone() == (0,)
    connection.execute("SET LOCAL app.tenant_id = ''")
    assert connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone() == (0,)


@pytest.mark.parametrize("table", ALL)
def test_walk_no_role_of_ours_truncates(table: str, world, bare: Bare) -> None:
    for role in ("app", "relay", "reader"):
        connection = bare(role)
        if role == "reader":
            connection.execute("SET TRANSACTION READ WRITE")
        with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
            connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.Identifier(table)))


@pytest.mark.parametrize("table", OWN)
def test_the_owner_sees_no_tenants_rows_either(table: str, world, settings, bare: Bare) -> None:
    """FORCE binds the owner too: a backfill that forgets NO FORCE touches 0 rows."""
    connection = bare("owner")
    (superuser,) = connection.execute(
        "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    if superuser:
        pytest.skip("the owner of this server is a superuser, for whom row security does not exist")
    count = sql.SQL("SELECT count(*) FROM {} WHERE tenant_id = %s").format(sql.Identifier(table))
    assert connection.execute(count, (world.akin,)).fetchone() == (0,)


def test_the_reader_sees_all_tenants(world, bare: Bare) -> None:
    seen = {row[0] for row in bare("reader").execute("SELECT tenant_id FROM wallet")}
    assert {world.akin, world.bora} <= seen
