"""A transaction of the driver's own, which SQLAlchemy joins only when it is asked for something.

The hot path never asks: what SQLAlchemy sets up for a transaction costs more than most of our statements, and what
waits for the server costs more than what the server does. `core.db` opens these sessions.
"""

import itertools
import select
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import namedtuple_row
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session, SessionTransaction
from sqlalchemy.pool import PoolProxiedConnection

from ebelge.core import wire

TRANSACTION_MAX_S = 30.0


class TransactionTooLong(Exception):
    """The transaction ran longer than 30 s and was rolled back.

    "Balance as of T" is served for old T only because no transaction can still add entries before it.
    """


class Prepared:
    """A statement that every connection prepares at its first use; `%s` stands for values.

    Where the server cannot guess a value's type from its place, write a cast (`%s::uuid`).
    """

    def __init__(self, sql: str) -> None:
        parts = sql.split("%s")
        self.sql = sql
        self.numbered = "".join(f"{part}${n}" for n, part in enumerate(parts[:-1], 1)) + parts[-1]


Call = tuple[Prepared, Sequence[Any]]  # a statement and its values
Turn = tuple[str, ...]  # statements that end one transaction of a message and begin the next
Refusing = Callable[[], AbstractContextManager[None]]  # turns the errors of a statement into those of its area


@cache
def prepared(sql: str) -> Prepared:
    """The one `Prepared` of a statement's text."""
    return Prepared(sql)


# Per connection: the names under which it has prepared what. After a rollback psycopg may make the server forget all.
_names: WeakKeyDictionary[psycopg.Connection[Any], dict[Prepared, str]] = WeakKeyDictionary()
_unsure: WeakSet[psycopg.Connection[Any]] = WeakSet()
_numbers = itertools.count()


class DriverSession(Session):
    """A session on one pooled connection, whose `BEGIN` travels with the first statement."""

    def __init__(self, pool: Engine, *, begin: Sequence[str], trips: bool = False) -> None:
        """`begin`: the statements that begin the transaction (and bind it to a tenant). `trips`: each round trip of
        `together` is a transaction of its own, `COMMIT` and all."""
        super().__init__(expire_on_commit=False)
        self._pool_engine = pool
        self._begin_with = begin
        self.trips = trips
        self._started = time.monotonic()
        self._joined: Connection | None = None
        self._nested = False
        self._later: list[Call | Turn] = []
        self._refusing: list[Refusing] = []
        self._into: dict[int, list[Any]] = {}
        self._fairy, self._raw = _check_out(pool)

    def get_bind(self, *_arguments: Any, **_options: Any) -> Connection:
        """SQLAlchemy asks: from now on it takes part in this transaction."""
        if self._joined is None:
            self.driver()
            self._joined = Connection(self._pool_engine, connection=self._fairy)
        return self._joined

    def driver(self) -> psycopg.Connection[Any]:
        """The driver's connection, inside the transaction."""
        if self._later:
            self.together([], ending=False)
        elif not self._begun():
            wire.exchange(self._raw, "; ".join(self._begin_with))
        return self._raw

    def later(self, call: Call, refusing: Refusing | None = None, into: list[Any] | None = None) -> None:
        """See `core.db.later` and `core.db.later_rows`."""
        if self._joined is not None:
            with refusing() if refusing else nullcontext(), self._raw.cursor(row_factory=namedtuple_row) as cursor:
                rows = _rows(cursor.execute(call[0].sql, call[1]))
                if into is not None:
                    into.extend(rows)
            return
        if into is not None:
            self._into[len(self._later)] = into
        self._later.append(call)
        if refusing is not None:
            self._refusing.append(refusing)

    def turn(self, begin: Sequence[str]) -> None:
        """End the transaction and begin another, in the same message as what is put off before and after it."""
        if self._later:
            self._later.append(("COMMIT", *begin))
        else:
            self._begin_with = begin

    def together(self, calls: Sequence[Call | Turn], *, ending: bool | None = None) -> list[list[Any]]:
        """See `core.db.together`. `ending`: whether the commit travels with them; by default as `trips` says."""
        if self._joined is not None:  # a savepoint of SQLAlchemy's may have made the server forget the statements
            with self._raw.cursor(row_factory=namedtuple_row) as cursor:
                return [_rows(cursor.execute(call[0].sql, call[1])) for call in calls if isinstance(call[0], Prepared)]
        waiting, self._later = self._later, []
        refusing, self._refusing = self._refusing, []
        wanted, self._into = self._into, {}
        with ExitStack() as stack:
            for one in dict.fromkeys(refusing):
                stack.enter_context(one())
            rows = self._begin_together([*waiting, *calls], ending)
        for place, into in wanted.items():
            into.extend(rows[place])
        return rows[len(waiting) :]

    def _begin_together(self, all_calls: Sequence[Call | Turn], ending: bool | None) -> list[list[Any]]:
        if ending is None:
            ending = self.trips and not self._begun()
        end = ["COMMIT"] if ending else []
        if self._begun():
            return self._trip([], all_calls, end)
        try:
            return self._trip(self._begin_with, all_calls, end)
        except (psycopg.errors.InvalidSqlStatementName, psycopg.errors.FeatureNotSupported):
            # Outdated by a migration, say. Nothing was done yet: prepare anew.
            self._raw.rollback()
            _names.pop(self._raw, None)
            return self._trip(self._begin_with, all_calls, end)

    def _trip(self, begin: Sequence[str], calls: Sequence[Call | Turn], end: Sequence[str]) -> list[list[Any]]:
        names = self._prepared_names()
        words, places = list(begin), []
        for call in calls:
            places.append(len(words))
            if not isinstance(call[0], Prepared):
                words += call
                continue
            statement, values = call
            if statement not in names:
                name = f"ebelge_{next(_numbers)}"
                self._raw.execute(f"PREPARE {name} AS {statement.numbered}", prepare=False)
                names[statement] = name
            if len(calls) == 1 and not begin and not end:
                alone = wire.execute(self._raw, names[statement], values)
                if alone is not None:
                    return [wire.rows(self._raw, alone)]
            given = f"({wire.literals(self._raw, values)})" if values else ""
            words.append(f"EXECUTE {names[statement]}{given}")
        results = wire.exchange(self._raw, "; ".join([*words, *end]))
        return [wire.rows(self._raw, results[place]) for place in places]

    def _prepared_names(self) -> dict[Prepared, str]:
        names = _names.setdefault(self._raw, {})
        if self._raw in _unsure:
            left = {name for (name,) in self._raw.execute("SELECT name FROM pg_prepared_statements", prepare=False)}
            names = _names[self._raw] = {statement: name for statement, name in names.items() if name in left}
            _unsure.discard(self._raw)
        return names

    def end(self) -> None:
        """Commit what was done. :raises TransactionTooLong: it took longer than 30 s; `close` rolls it back."""
        if time.monotonic() - self._started > TRANSACTION_MAX_S:
            raise TransactionTooLong(f"transaction ran longer than {TRANSACTION_MAX_S:.0f} s")
        self.commit()

    def commit(self) -> None:
        """Commit; what follows in this session is a transaction of its own, bound to no tenant."""
        if self.in_transaction():
            super().commit()
        elif self._later:
            self.together([], ending=True)
        elif self._begun():
            wire.exchange(self._raw, "COMMIT")
        self._begin_with = ("BEGIN",)

    def rollback(self) -> None:
        """Roll back; what follows in this session is a transaction of its own, bound to no tenant."""
        self._later, self._refusing, self._into = [], [], {}
        super().rollback()
        if self._begun():
            self._raw.rollback()
        _unsure.add(self._raw)
        self._begin_with = ("BEGIN",)

    def begin_nested(self) -> SessionTransaction:
        """A savepoint, as SQLAlchemy makes it."""
        self._nested = True
        return super().begin_nested()

    def close(self) -> None:
        """Give the connection back; what was not committed is rolled back."""
        joined = self._joined is not None or self._nested
        if joined and (self._nested or self._begun()):  # a savepoint may have been, or all will be, rolled back
            _unsure.add(self._raw)
        if self.in_transaction() or self.identity_map:
            super().close()
        try:
            if self._begun() and not self._raw.closed:
                if joined:
                    self._raw.rollback()
                else:  # the driver would make the server forget what it has prepared
                    wire.exchange(self._raw, "ROLLBACK")
        finally:
            if self._raw.closed:
                if self._fairy.is_valid:  # else SQLAlchemy has seen it close, and done so itself
                    self._fairy.invalidate()
            elif self._joined is not None:
                self._joined.close()
            else:
                self._fairy.close()

    def _begun(self) -> bool:
        return self._raw.pgconn.transaction_status != TransactionStatus.IDLE


def _rows(cursor: psycopg.Cursor[Any]) -> list[Any]:
    return cursor.fetchall() if cursor.description else []


def _check_out(pool: Engine) -> tuple[PoolProxiedConnection, psycopg.Connection[Any]]:
    """A connection of the pool. One that the server has closed meanwhile (a restart) is replaced by a fresh one:
    nothing was done on it yet, so nobody need hear of it."""
    fairy = pool.raw_connection()
    raw = fairy.driver_connection
    assert isinstance(raw, psycopg.Connection)
    if _is_closed(raw):
        fairy.invalidate()
        pool.dispose()  # the others in the pool are as old
        fairy = pool.raw_connection()
        raw = fairy.driver_connection
        assert isinstance(raw, psycopg.Connection)
    return fairy, raw


def _is_closed(connection: psycopg.Connection[Any]) -> bool:
    """True if the server has hung up. An idle server says nothing else, so this is one look without waiting."""
    if connection.closed:
        return True
    look = select.poll()
    look.register(connection.fileno(), select.POLLIN)
    while look.poll(0):
        try:
            connection.pgconn.consume_input()
        except psycopg.OperationalError:
            return True
    return False
