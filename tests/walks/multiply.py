"""Many rows out of few: every row of a database again, n times over, with ids of its own that still fit together.

Ids in primary and unique keys are derived from the original's and the copy's number, the same in every table, so the
lines of a copied document are the copied document's. As superuser, with triggers and foreign keys asleep.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import psycopg
from psycopg import sql

from ebelge.devstack.services import plain_postgres_url

# Of tables with more rows, one row is copied; the lists of GİB would become millions otherwise.
SMALL = 25
_KEYS = """
    SELECT i.indexrelid::regclass::text, array_agg(a.attname), array_agg(format_type(a.atttypid, NULL))
      FROM pg_index i
      JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey::smallint[]) AND a.attgenerated = ''
     WHERE i.indrelid = %s::regclass AND i.indisunique
     GROUP BY i.indexrelid
"""
_COLUMNS = """
    SELECT attname FROM pg_attribute
     WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum
"""
_WORDS = """
    SELECT substring(pg_get_constraintdef(oid) FROM '\\((\\w+) = ANY \\(ARRAY') FROM pg_constraint
     WHERE conrelid = %s::regclass AND contype = 'c'
"""
# How a value of a key becomes another's: n is the copy's number.
_OTHERS = {
    "uuid": "md5({c}::text || n)::uuid",
    "text": "CASE WHEN length({c}) > 9 THEN left({c}, -9) || lpad(abs(hashtext({c} || n))::text, 9, '0') "
    "ELSE right(lpad(upper(to_hex(n + 1000)), 9, '0'), length({c})) END",
    "bytea": "sha256({c} || n::text::bytea)",
    "integer": "{c} + n",
    "bigint": "{c} + n",
    "smallint": "{c} + n",
    "date": "({c} - n * interval '1 month')::date",
    "timestamp with time zone": "{c} - n * interval '1 minute'",
}


def multiply(url: str, tables: Iterable[str], *, copies: int) -> dict[str, str]:
    """Copy the rows of `tables`. Returns the tables that had rows and took no copies, with what the database said."""
    refused: dict[str, str] = {}
    with psycopg.connect(plain_postgres_url(url), autocommit=True) as superuser:
        superuser.execute("SET session_replication_role = replica")
        for table in tables:
            count = _count(superuser, table)
            if not count:
                continue
            try:
                superuser.execute(_statement(superuser, table, _changed(superuser, table), count), {"copies": copies})
            except psycopg.Error as error:
                refused[table] = str(error).splitlines()[0]
            else:
                if _count(superuser, table) == count:
                    refused[table] = "a copy is in the way of its original"
        superuser.execute("ANALYZE")
    return refused


def _count(superuser: psycopg.Connection, table: str) -> int:
    found = superuser.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
    return int(found[0]) if found else 0


def _changed(superuser: psycopg.Connection, table: str) -> Mapping[str, str]:
    """Columns of keys whose values become others, with their types: ids first; without ids, whatever a key has."""
    words = {"service"} | {name for (name,) in superuser.execute(_WORDS, (table,))}  # one of a few, by CHECK or code
    found: dict[str, str] = {}
    for _, columns, types in superuser.execute(_KEYS, (table,)):
        given = zip(columns, types, strict=True)
        own = {c: t for c, t in given if (c != "tenant_id" or table == "tenant") and c not in words and t in _OTHERS}
        # without any: one row for each tenant, and the copies are of the copied tenants
        found |= {c: t for c, t in own.items() if t == "uuid"} or own or {"tenant_id": "uuid"}
    return found


def _statement(superuser: psycopg.Connection, table: str, changed: Mapping[str, str], count: int) -> sql.Composed:
    columns = [name for (name,) in superuser.execute(_COLUMNS, (table,))]
    values = [
        sql.SQL(_OTHERS[changed[name]]).format(c=sql.Identifier("o", name))
        if name in changed
        else sql.Identifier("o", name)
        for name in columns
    ]
    return sql.SQL(
        "INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {values} "
        "FROM (SELECT * FROM {table} LIMIT {most}) AS o, generate_series(1, %(copies)s) AS n ON CONFLICT DO NOTHING"
    ).format(
        table=sql.Identifier(table),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        values=sql.SQL(", ").join(values),
        most=sql.Literal(SMALL if count <= SMALL else 1),
    )
