"""What a database's schema is, as plain text that two databases can be compared by."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from ebelge.devstack.services import plain_postgres_url

_OURS = "n.nspname = 'public' AND c.relname <> 'alembic_version'"
QUERIES = {
    "columns": f"""
        SELECT c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
               || CASE WHEN a.attnotnull THEN ' not null ' ELSE ' ' END || coalesce(pg_get_expr(d.adbin, d.adrelid), '')
          FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
          LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         WHERE {_OURS} AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped""",
    "constraints": f"""
        SELECT c.relname || ' ' || k.conname || ' ' || pg_get_constraintdef(k.oid)
          FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE {_OURS} AND k.contype <> 'n'""",
    "indexes": f"""
        SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
          JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_OURS}""",
    "options": f"""
        SELECT c.relname || ' ' || coalesce(array_to_string(c.reloptions, ','), '')
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_OURS} AND c.relkind = 'r'""",
    "isolation": f"""
        SELECT c.relname || ' ' || c.relrowsecurity || c.relforcerowsecurity || ' ' || c.relowner::regrole
               || ' ' || coalesce((SELECT string_agg(x::text, ' ' ORDER BY x::text) FROM unnest(c.relacl) x), '')
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_OURS} AND c.relkind = 'r'""",
    "policies": """
        SELECT tablename || ' ' || policyname || ' ' || permissive || ' ' || array_to_string(roles, ',') || ' ' || cmd
               || ' ' || qual || ' ' || with_check FROM pg_policies WHERE schemaname = 'public'""",
    "functions": """
        SELECT pg_get_functiondef(p.oid) || p.proowner::regrole
               || (SELECT string_agg(x::text, ' ' ORDER BY x::text) FROM unnest(p.proacl) x)
          FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
         WHERE n.nspname = 'public'
           AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')""",
    "triggers": f"""
        SELECT pg_get_triggerdef(t.oid) || ' ' || t.tgenabled::text
          FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
          JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_OURS} AND NOT t.tgisinternal""",
}


@contextmanager
def _open(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(plain_postgres_url(url)) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def schema_of() -> Callable[..., dict[str, list[str]]]:
    """`schema_of(url, "columns", …)`: the named parts of a database's schema (default: all), sorted."""

    def read(url: str, *parts: str) -> dict[str, list[str]]:
        with _open(url) as connection:
            return {
                part: sorted(row[0] for row in connection.execute(QUERIES[part]) if row[0] is not None)
                for part in parts or QUERIES
            }

    return read


@pytest.fixture
def owner(database_url: str) -> Iterator[psycopg.Connection]:
    """A connection of the owner to the migrated database; what the test does there is rolled back."""
    with _open(database_url) as connection:
        yield connection
