"""The migrated database is what models, SQL sources and `tenants.isolation` say, and nothing more."""

import importlib
import re
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine

from ebelge.core import migrate
from ebelge.core.config import role_name
from ebelge.core.db import Base, driver_url
from ebelge.devstack import database
from tenants import isolation

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(ROOT.glob("tenants/**/sql/*.sql")) + sorted(ROOT.glob("billing/*/sql/*.sql"))
SOURCES += sorted(ROOT.glob("platform/ebelge/*/sql/functions/*.sql"))
OWN = "(tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)"
RESELLER = "(NULLIF(current_setting('app.reseller_id'::text, true), ''::text))::uuid"
MODELS = (
    *ROOT.glob("platform/ebelge/**/models.py"),
    *ROOT.glob("platform/ebelge/**/*_models.py"),
    *ROOT.glob("tenants/**/models.py"),
    *ROOT.glob("billing/**/models.py"),
    *ROOT.glob("billing/models/[a-z]*.py"),
)
Schema = Callable[..., dict[str, list[str]]]

for path in MODELS:
    base = ROOT / "platform" if "platform" in path.parts else ROOT
    importlib.import_module(".".join(path.relative_to(base).with_suffix("").parts))


def test_tables_columns_constraints_and_indexes_are_those_of_the_models(
    fresh_database: str, services, schema_of: Schema
) -> None:
    name = fresh_database.rsplit("/", 1)[1].split("?")[0] + "_models"
    url = database.create(services.database_url, name)
    try:
        pool = create_engine(driver_url(url))
        with pool.begin() as connection:
            connection.exec_driver_sql("CREATE EXTENSION btree_gist")
            connection.exec_driver_sql((ROOT / "billing/ledger/sql/005_sums.sql").read_text())
            Base.metadata.create_all(connection)
        pool.dispose()
        parts = ("columns", "constraints", "indexes", "options")
        assert schema_of(fresh_database, *parts) == schema_of(url, *parts)
    finally:
        database.drop(services.superuser_url or services.database_url, name)


def test_down_and_up_again_leave_the_schema_as_it_was(fresh_database: str, schema_of: Schema) -> None:
    before = schema_of(fresh_database)
    migrate.downgrade(fresh_database)
    assert not any(schema_of(fresh_database).values())
    migrate.upgrade(fresh_database)
    assert schema_of(fresh_database) == before


def test_functions_are_those_of_their_sources(owner: psycopg.Connection, database_url: str) -> None:
    sql = (
        "SELECT p.oid::regprocedure::text, pg_get_functiondef(p.oid), p.proowner::regrole::text FROM pg_proc p "
        "WHERE p.pronamespace = 'public'::regnamespace AND p.probin IS NULL ORDER BY 1"
    )
    migrated = owner.execute(sql).fetchall()
    with migrate.lent_roles(database_url):
        for source in SOURCES:
            owner.execute(source.read_text())
    assert owner.execute(sql).fetchall() == migrated
    named = {name.split("(")[0] for name, _, _ in migrated}
    in_sources = {name for source in SOURCES for name in re.findall(r"FUNCTION (\w+)", source.read_text())}
    assert named == in_sources
    called = isolation.FUNCTION_OWNERS.keys() | isolation.INNER_FUNCTIONS.keys()
    assert in_sources - isolation.TRIGGER_FUNCTIONS - isolation.CHECK_FUNCTIONS == called


def test_functions_run_as_their_role_with_a_fixed_path_and_only_callers_call_them(owner: psycopg.Connection) -> None:
    rows = owner.execute(
        "SELECT p.proname, p.proowner::regrole::text, p.prosecdef, coalesce(p.proconfig, '{}'), p.oid FROM pg_proc p "
        "WHERE p.pronamespace = 'public'::regnamespace AND p.probin IS NULL AND p.prorettype <> 'trigger'::regtype "
        "AND p.proname <> ALL(%s)",
        (list(isolation.CHECK_FUNCTIONS),),
    ).fetchall()
    for name, function_owner, definer, config, oid in rows:
        outer = name in isolation.FUNCTION_OWNERS
        role = isolation.FUNCTION_OWNERS.get(name) or isolation.INNER_FUNCTIONS[name]
        assert function_owner == role_name(role), name
        assert definer == outer, name
        if outer:
            assert "search_path=pg_catalog, public, pg_temp" in config, name
        callers = {
            other
            for other in migrate.ROLES
            if owner.execute("SELECT has_function_privilege(%s, %s, 'EXECUTE')", (role_name(other), oid)).fetchone()[0]
        }
        assert callers == {role, *isolation.FUNCTION_CALLERS.get(name, ())}, name


def test_what_checks_compute_runs_as_the_writer_and_sees_nothing_but_the_row(owner: psycopg.Connection) -> None:
    rows = owner.execute(
        "SELECT p.proname, p.proowner::regrole::text = current_user, p.prosecdef, p.provolatile FROM pg_proc p "
        "WHERE p.pronamespace = 'public'::regnamespace AND p.proname = ANY(%s)",
        (list(isolation.CHECK_FUNCTIONS),),
    ).fetchall()
    assert rows == [(name, True, False, "i") for name in sorted(isolation.CHECK_FUNCTIONS)]


def test_views_are_those_of_their_sources_and_run_as_their_reader(owner: psycopg.Connection) -> None:
    sql = (
        "SELECT c.relname, pg_get_viewdef(c.oid), c.reloptions FROM pg_class c "
        "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'v' ORDER BY 1"
    )
    migrated = owner.execute(sql).fetchall()
    assert [(name, options) for name, _, options in migrated] == [
        (name, ["security_invoker=true"]) for name in sorted(isolation.VIEWS)
    ]
    for source in ROOT.glob("platform/ebelge/*/sql/*.sql"):
        owner.execute(source.read_text())
    assert owner.execute(sql).fetchall() == migrated


def test_every_table_has_a_class_and_forced_row_security(owner: psycopg.Connection) -> None:
    rows = owner.execute(
        "SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class "
        "WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'm', 'f') "
        "AND relname <> 'alembic_version'"
    ).fetchall()
    assert {name for name, _ in rows} == isolation.TABLES.keys()
    assert all(forced for _, forced in rows)


def stored_predicate(table: str, scope: str) -> str:
    """A policy's predicate as PostgreSQL writes it."""
    if (scope, table) in (("subtree", "tenant"), ("assigned", "lead")):
        return f"(reseller_id = {RESELLER})"
    if scope == "assigned":
        return f"(lead_id IN ( SELECT l.lead_id\n   FROM lead l\n  WHERE (l.reseller_id = {RESELLER})))"
    subtree = f"(tenant_id IN ( SELECT t.tenant_id\n   FROM tenant t\n  WHERE (t.reseller_id = {RESELLER})))"
    return {"own": OWN, "all": "true", "subtree": subtree}[scope]


def test_policies_are_those_of_the_isolation(owner: psycopg.Connection) -> None:
    stored = owner.execute(
        "SELECT tablename, policyname, permissive, roles::text[], cmd, qual, with_check FROM pg_policies "
        "WHERE schemaname = 'public'"
    ).fetchall()
    expected = []
    for table, rule in isolation.TABLES.items():
        for role, access in rule.access.items():
            predicate = stored_predicate(table, access.scope)
            name = isolation.policy_name(table, role)
            expected.append((table, name, "PERMISSIVE", [role_name(role)], "ALL", predicate, predicate))
    assert sorted(stored) == sorted(expected)


def test_grants_are_those_of_the_isolation(owner: psycopg.Connection) -> None:
    stored = owner.execute(
        "SELECT table_name, grantee, privilege_type FROM information_schema.role_table_grants "
        "WHERE table_schema = 'public' AND grantee <> current_user AND table_name <> 'alembic_version'"
    ).fetchall()
    expected = [
        (table, role_name(role), privilege)
        for table, rule in isolation.TABLES.items()
        for role, access in rule.access.items()
        if not access.columns
        for privilege in access.privileges.split(", ")
    ] + [(view, role_name(role), "SELECT") for view, roles in isolation.VIEWS.items() for role in roles]
    assert sorted(stored) == sorted(expected)


def test_grants_of_single_columns_are_those_of_the_isolation(owner: psycopg.Connection) -> None:
    stored = owner.execute(
        "SELECT c.table_name, c.grantee, c.privilege_type, c.column_name FROM information_schema.role_column_grants c "
        "WHERE c.table_schema = 'public' AND c.grantee <> current_user AND c.table_name <> 'alembic_version' "
        "AND NOT EXISTS (SELECT 1 FROM information_schema.role_table_grants t WHERE t.table_name = c.table_name "
        "AND t.table_schema = c.table_schema AND t.grantee = c.grantee AND t.privilege_type = c.privilege_type)"
    ).fetchall()
    expected = [
        (table, role_name(role), privilege, column)
        for table, rule in isolation.TABLES.items()
        for role, access in rule.access.items()
        for privilege in access.privileges.split(", ")
        for column in access.columns
    ]
    assert sorted(stored) == sorted(expected)


@pytest.mark.parametrize("role", migrate.ROLES)
def test_no_role_of_ours_is_above_the_policies(role, owner: psycopg.Connection) -> None:
    rights = owner.execute(
        "SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = %s",
        (role_name(role),),
    ).fetchone()
    assert rights == (False,)
    create = owner.execute("SELECT has_schema_privilege(%s, 'public', 'CREATE')", (role_name(role),)).fetchone()
    assert create == (False,)


def test_keys_of_tenant_tables_begin_with_the_tenant(owner: psycopg.Connection) -> None:
    rows = owner.execute(
        "SELECT c.relname, k.conname, a.attname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid "
        "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1] "
        "WHERE c.relnamespace = 'public'::regnamespace AND k.contype IN ('p', 'u', 'f') "
        "UNION SELECT c.relname, i.indexrelid::regclass::text, a.attname FROM pg_index i "
        "JOIN pg_class c ON c.oid = i.indrelid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] "
        "WHERE c.relnamespace = 'public'::regnamespace AND i.indisunique"
    ).fetchall()
    tenant_tables = {table for table, rule in isolation.TABLES.items() if rule.table_class == "tenant"}
    assert [row for row in rows if row[0] in tenant_tables and row[2] != "tenant_id"] == []


def test_history_is_guarded_by_triggers_and_there_are_no_others(owner: psycopg.Connection) -> None:
    rows = owner.execute(
        "SELECT tgrelid::regclass::text, tgname, tgfoid::regproc::text, tgenabled::text, tgtype::int FROM pg_trigger "
        "WHERE NOT tgisinternal"
    ).fetchall()
    each_row, before_truncate = 1 + 2 + 8 + 16, 2 + 32  # pg_trigger.h: ROW, BEFORE, DELETE, UPDATE; BEFORE, TRUNCATE
    refuse, ends = "ledger_refuse_change", "version_only_ends"
    expected = [
        (table, f"{table}_{name}", function, "O", kind)
        for tables, guards in (
            (isolation.APPEND_ONLY, (("append_only", refuse, each_row), ("no_truncate", refuse, before_truncate))),
            (isolation.VERSIONS, (("only_ends", ends, each_row), ("no_truncate", refuse, before_truncate))),
        )
        for table in tables
        for name, function, kind in guards
    ]
    assert sorted(rows) == sorted(expected)
