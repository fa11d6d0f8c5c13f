"""One message to the server, its answers, and nothing else.

A cursor of the driver adapts, caches and steps through generators for every statement: among sixteen busy processes
that costs a client more than most of our statements cost the server. This uses the driver's own wrapper of libpq
(`psycopg.pq`) and its own loaders, and waits where other threads may run and signals are seen. ADR 0059.
"""

import select
from collections import namedtuple
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, cast
from uuid import UUID

import psycopg
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import Escaping, ExecStatus
from psycopg.pq.abc import PGconn, PGresult

_FAILED, _ROWS = ExecStatus.FATAL_ERROR, ExecStatus.TUPLES_OK


def exchange(connection: psycopg.Connection[Any], statements: str) -> list[PGresult]:
    """Send statements, joined by `;`, in one message; returns the result of each.

    :raises psycopg.Error: the error of the first that failed; those after it were not run. Interrupted while it
        waits (Ctrl-C), it closes the connection, for nobody knows what the server has done.
    """
    return _exchanged(connection, lambda pgconn: pgconn.send_query(statements.encode()))


def execute(connection: psycopg.Connection[Any], name: str, values: Sequence[Any]) -> PGresult | None:
    """The result of one prepared statement, asked for by its name: the server reads no SQL, which halves its work.

    None, and nothing was sent: one of the values has no form here (`literals` knows every one).
    :raises psycopg.Error: as for `exchange`.
    """
    forms = [_FORMS.get(type(value)) for value in values]
    if None in forms:
        return None
    given = [form(value) for form, value in zip(forms, values, strict=True) if form is not None]
    return _exchanged(connection, lambda pgconn: pgconn.send_query_prepared(name.encode(), given))[-1]


def _exchanged(connection: psycopg.Connection[Any], send: Callable[[PGconn], None]) -> list[PGresult]:
    pgconn = connection.pgconn
    try:
        send(pgconn)
        results = _results(pgconn)
    except psycopg.Error:
        raise
    except BaseException:
        connection.close()
        raise
    if results and results[-1].status == _FAILED:
        raise error_from_result(results[-1])
    return results


def _results(pgconn: PGconn) -> list[PGresult]:
    poller = select.poll()
    if pgconn.flush():  # longer than what the socket takes at once; the server may speak first
        poller.register(pgconn.socket, select.POLLIN | select.POLLOUT)
        while pgconn.flush():
            poller.poll()
            pgconn.consume_input()
    poller.register(pgconn.socket, select.POLLIN)
    results: list[PGresult] = []
    while True:
        while pgconn.is_busy():
            poller.poll()
            pgconn.consume_input()
        result = pgconn.get_result()
        if result is None:
            return results
        results.append(result)


def literals(connection: psycopg.Connection[Any], values: Sequence[Any]) -> str:
    """The values as literals of SQL, joined by commas. The server knows their types from where they stand."""
    return ", ".join([_LITERALS.get(type(value), _any)(connection, value) for value in values])


def _text(connection: psycopg.Connection[Any], value: str) -> str:
    return bytes(Escaping(connection.pgconn).escape_literal(_utf8(value))).decode()


def _utf8(value: str) -> bytes:
    if "\0" in value:
        raise psycopg.DataError("PostgreSQL text cannot contain NUL (0x00) bytes")
    return value.encode()


def _list(connection: psycopg.Connection[Any], values: list[Any]) -> str:
    """An array of ids, numbers, times or bytes; of anything else the driver makes it."""
    kinds = {type(value) for value in values}
    element = _ELEMENTS.get(kinds.pop()) if len(kinds) == 1 else None
    return _any(connection, values) if element is None else f"'{{{','.join([element(value) for value in values])}}}'"


def _any(connection: psycopg.Connection[Any], value: Any) -> str:
    return bytes(Transformer(connection).as_literal(value)).decode()


_LITERALS: dict[type, Callable[[psycopg.Connection[Any], Any], str]] = {
    str: _text,
    UUID: lambda _, value: f"'{value}'",
    datetime: lambda _, value: f"'{value}'",
    int: lambda _, value: str(value),
    bytes: lambda _, value: f"'\\x{value.hex()}'",
    bool: lambda _, value: "true" if value else "false",
    type(None): lambda _, value: "NULL",
    date: lambda _, value: f"'{value}'",
    list: _list,
}

# Elements of an array's literal, which has quotes and backslashes of its own.
_ELEMENTS: dict[type, Callable[[Any], str]] = {
    UUID: str,
    int: str,
    datetime: lambda value: f'"{value}"',
    bytes: lambda value: f'"\\\\x{value.hex()}"',
}

# What `execute` sends beside the statement's name.
_FORMS: dict[type, Callable[[Any], bytes | None]] = {
    str: _utf8,
    UUID: lambda value: str(value).encode(),
    datetime: lambda value: str(value).encode(),
    int: lambda value: b"%d" % value,
    bool: lambda value: b"true" if value else b"false",
    type(None): lambda _: None,
}


def rows(connection: psycopg.Connection[Any], result: PGresult) -> list[Any]:
    """The rows of a result as named tuples; none for a statement that returns no rows."""
    if result.status != _ROWS or not result.ntuples:
        return []
    names = tuple([result.fname(n) for n in range(result.nfields)])
    loader = Transformer(connection)
    loader.set_pgresult(result)
    return loader.load_rows(0, result.ntuples, _row(names))


@cache
def _row(names: tuple[bytes | None, ...]) -> Callable[[Sequence[Any]], Any]:
    fields = " ".join((name or b"_").decode() for name in names)
    made: Any = namedtuple("Row", fields, rename=True)  # type: ignore[misc]  # the names are known only now
    return cast(Callable[[Sequence[Any]], Any], made._make)
