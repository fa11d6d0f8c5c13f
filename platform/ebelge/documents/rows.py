"""Many rows in one statement: one array a column, one round trip, whatever their number."""

from collections.abc import Sequence
from functools import cache
from itertools import accumulate
from typing import Any
from uuid import UUID

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from ebelge.core.db import Base, driver, later
from ebelge.core.transaction import Prepared
from ebelge.documents.sheets import Stored

CHUNK_BYTES = 8 * 1024 * 1024
# A source up to this size is written out in the message of its neighbours, which costs less than a trip of its own.
TRAVELS_ALONG_BYTES = 256 * 1024


def insert_rows(session: Session, model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert plain rows of one table; each holds every column. JSONB values are JSON text already."""
    if not rows:
        return
    many, one, columns = _statements(_table(model))
    if len(rows) == 1:  # arrays of one element would cost more than the insert
        later(session, one, *(rows[0][name] for name in columns))
    else:
        driver(session).execute(many, [[row[name] for row in rows] for name in columns])


def insert_sources(session: Session, *, tenant_id: UUID, sources: Sequence[tuple[UUID, Stored]]) -> None:
    """Insert the XML of documents, up to 8 MiB a statement.

    Several travel as one value that the server cuts up: an array of bytea would be sent in hexadecimal, twice as long.
    """
    chunk: list[tuple[UUID, Stored]] = []
    size = 0
    for document_id, one in sources:
        if chunk and size + len(one.source) > CHUNK_BYTES:
            _insert_sources(session, tenant_id, chunk)
            chunk, size = [], 0
        chunk.append((document_id, one))
        size += len(one.source)
    if chunk:
        _insert_sources(session, tenant_id, chunk)


_INTO = "INSERT INTO document_xml (tenant_id, document_id, sheet_sha256, sheet_at, source)"
_SOURCE = Prepared(f"{_INTO} VALUES (%s, %s, %s, %s, %s)")
# As text: in hexadecimal the message would be twice as long, and the server reads it sign by sign.
_SOURCE_TEXT = Prepared(f"{_INTO} VALUES (%s, %s, %s, %s, convert_to(%s, 'UTF8'))")
_SOURCES = (
    f"{_INTO} SELECT %s, u.id, u.sheet_sha256, u.sheet_at, substring(%s::bytea FROM u.start FOR u.size) "
    "FROM unnest(%s::uuid[], %s::bytea[], %s::int[], %s::int[], %s::int[]) "
    "AS u(id, sheet_sha256, sheet_at, start, size)"
)


def _insert_sources(session: Session, tenant_id: UUID, chunk: Sequence[tuple[UUID, Stored]]) -> None:
    if len(chunk) == 1:
        document_id, one = chunk[0]
        about = (tenant_id, document_id, one.sheet_sha256, one.sheet_at)
        if len(one.source) <= TRAVELS_ALONG_BYTES:
            try:
                later(session, _SOURCE_TEXT, *about, one.source.decode())
            except UnicodeDecodeError:
                later(session, _SOURCE, *about, one.source)
        else:
            driver(session).execute(_SOURCE.sql, (*about, one.source))
        return
    sizes = [len(one.source) for _, one in chunk]
    values = (
        tenant_id,
        b"".join(one.source for _, one in chunk),
        [document_id for document_id, _ in chunk],
        [one.sheet_sha256 for _, one in chunk],
        [one.sheet_at for _, one in chunk],
        [1 + start for start in accumulate([0, *sizes[:-1]])],
        sizes,
    )
    driver(session).execute(_SOURCES, values)


def _table(model: type[Base]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table


@cache
def _statements(table: Table) -> tuple[str, Prepared, tuple[str, ...]]:
    """The statement for many rows, the one for one row, and the columns in order."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy gives its dialects no types
    columns = tuple(column.name for column in table.columns)
    arrays, values = [], []
    for column in table.columns:
        json = isinstance(column.type, JSONB)
        sql_type = "text" if json else column.type.compile(dialect)
        arrays.append(f"%s::{sql_type}[]")
        values.append(f"u.{column.name}::jsonb" if json else f"u.{column.name}")
    names = ", ".join(columns)
    into = f"INSERT INTO {table.name} ({names})"
    many = f"{into} SELECT {', '.join(values)} FROM unnest({', '.join(arrays)}) AS u({names})"
    return many, Prepared(f"{into} VALUES ({', '.join(['%s'] * len(columns))})"), columns
