"""Tables as COPY writes and reads them: all rows of all tenants, in one snapshot, whatever the server's version.

Why not pg_dump: its programs must fit the server's version, its restore needs triggers off or a superuser, and it
cannot say that it saw every row. Here the schema comes from our migrations and only rows travel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from ebelge.backup.errors import BackupError
from ebelge.backup.folder import TableCopy
from ebelge.backup.streams import PackedFile, portions
from ebelge.core.config import role_name

VERSIONS = "alembic_version"  # written by the migrations themselves
# Text that reads the same on every server.
_FORM = """SET LOCAL datestyle = 'ISO'; SET LOCAL timezone = 'UTC'; SET LOCAL bytea_output = 'hex';
           SET LOCAL intervalstyle = 'postgres'; SET LOCAL extra_float_digits = 1; SET LOCAL client_encoding = 'UTF8'"""

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Table:
    """A table of ours: its columns in order, its size on disk, and the tables its foreign keys point to."""

    name: str
    columns: list[str]
    size: int
    needs: frozenset[str]


def tables(connection: Connection) -> list[Table]:
    """Every table of the schema, those that others point to first. :raises BackupError: they point in a circle."""
    rows = connection.execute(
        """SELECT c.relname, pg_table_size(c.oid),
                  ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
                           AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum),
                  ARRAY(SELECT DISTINCT f.confrelid::regclass::text FROM pg_constraint f
                         WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.confrelid <> c.oid)
             FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> %s
            ORDER BY c.relname""",
        [VERSIONS],
    ).fetchall()
    waiting = {name: Table(name, columns, size, frozenset(needs)) for name, size, columns, needs in rows}
    ordered: dict[str, Table] = {}
    while waiting:
        ready = [table for table in waiting.values() if table.needs <= ordered.keys()]
        if not ready:
            raise BackupError(f"Foreign keys run in a circle: {', '.join(waiting)}")
        for table in ready:
            ordered[table.name] = waiting.pop(table.name)
    return list(ordered.values())


def check_reader_sees_all(connection: Connection) -> None:
    """Row security hides rows without a word, so the right to see all of them is looked up.

    :raises BackupError: a table has no policy that shows the reader every row, or numbers itself.
    """
    hidden = connection.execute(
        """SELECT c.relname FROM pg_class c
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relrowsecurity
              AND NOT EXISTS (SELECT 1 FROM pg_policies p
                               WHERE p.schemaname = 'public' AND p.tablename = c.relname AND p.permissive = 'PERMISSIVE'
                                 AND %s = ANY (p.roles) AND p.cmd IN ('ALL', 'SELECT') AND p.qual = 'true')""",
        [role_name("reader")],
    ).fetchall()
    if hidden:
        names = ", ".join(row[0] for row in hidden)
        raise BackupError(f"The role {role_name('reader')} may not see every row of: {names}. Nothing was backed up.")
    counting = connection.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('S', 'p')"
    ).fetchall()
    if counting:
        raise BackupError(f"Sequences and partitions are not backed up yet: {', '.join(row[0] for row in counting)}")


def copy_out(connection: Connection, table: Table, folder: Path, *, done: Callable[[int], None]) -> TableCopy:
    """Write all rows that the connection's snapshot shows; `done` hears bytes, summing up to the table's size."""
    name = f"{table.name}.copy.gz"
    told = 0
    with connection.cursor() as cursor, PackedFile(folder / name) as file:
        cursor.execute(_FORM)
        with cursor.copy(sql.SQL("COPY {} ({}) TO STDOUT").format(*_names(table.name, table.columns))) as copy:
            for data in copy:
                file.write(data)
                step = min(len(data), table.size - told)
                told += step
                done(step)
        rows = cursor.rowcount
    done(table.size - told)
    return TableCopy(table.name, table.columns, rows, name, file.sha256)


def copy_in(connection: Connection, copied: TableCopy, folder: Path) -> None:
    """Fill an empty table. As the owner, inside the caller's transaction and `unforced`.

    :raises BackupError: another number of rows arrived than was written.
    """
    table = sql.Identifier(copied.name)
    with connection.cursor() as cursor:
        cursor.execute(_FORM)
        with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(*_names(copied.name, copied.columns))) as copy:
            for portion in portions(folder / copied.file):
                copy.write(portion)
    row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(table)).fetchone()
    if row is None or row[0] != copied.rows:
        raise BackupError(f"{copied.name}: {copied.rows} rows were backed up, {row and row[0]} arrived.")


@contextmanager
def unforced(connection: Connection) -> Iterator[None]:
    """Inside, row security does not bind the owner, who under FORCE may not COPY and sees nothing.

    Part of the caller's transaction: nobody else ever sees the tables without FORCE.
    """
    rows = connection.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relforcerowsecurity ORDER BY 1"
    ).fetchall()
    for (name,) in rows:
        connection.execute(sql.SQL("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY").format(sql.Identifier(name)))
    yield
    for (name,) in rows:
        connection.execute(sql.SQL("ALTER TABLE {} FORCE ROW LEVEL SECURITY").format(sql.Identifier(name)))


def filled(connection: Connection, names: list[str]) -> list[str]:
    """Which of these tables have rows (inside `unforced`)."""
    query = sql.SQL("SELECT EXISTS (SELECT 1 FROM {})")
    return [name for name in names if connection.execute(query.format(sql.Identifier(name))).fetchone() == (True,)]


def _names(table: str, columns: list[str]) -> tuple[sql.Identifier, sql.Composed]:
    return sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
