"""A transaction of the driver's own, which SQLAlchemy joins only when it is asked for something.

The hot path never asks: what SQLAlchemy sets up for a transaction costs more than most of our statements, and what
waits for the server costs more than what the server does. `core.db` opens these sessions.
"""

import hashlib
import select
import time
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import namedtuple_row
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import PoolProxiedConnection

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
        numbered = "".join(f"{part}${n}" for n, part in enumerate(parts[:-1], 1)) + parts[-1]
        self.name = f"eb_{hashlib.sha256(sql.encode()).hexdigest()[:16]}"
        self.definition = f"PREPARE {self.name} AS {numbered}"
        values = ", ".join(["%s"] * (len(parts) - 1))
        self.call = f"EXECUTE {self.name}({values})" if values else f"EXECUTE {self.name}"


_known: WeakKeyDictionary[psycopg.Connection[Any], set[str]] = WeakKeyDictionary()
# The server no longer knows the statement, or a migration has changed what it returns: a fresh connection helps.
_OUTDATED = (psycopg.errors.InvalidSqlStatementName, psycopg.errors.FeatureNotSupported)


class DriverSession(Session):
    """A session on one pooled connection, whose `BEGIN` travels with the first statement."""

    def __init__(self, pool: Engine, *, begin: Sequence[str]) -> None:
        """`begin`: the statements that begin the transaction (and bind it to a tenant)."""
        super().__init__(expire_on_commit=False)
        self._pool_engine = pool
        self._begin_with = begin
        self._ended = False
        self._started = time.monotonic()
        self._joined: Connection | None = None
        self._fairy, self._raw = _check_out(pool)

    def get_bind(self, *_arguments: Any, **_options: Any) -> Connection:
        """SQLAlchemy asks: from now on it takes part in this transaction."""
        if self._joined is None:
            self.driver()
            self._joined = Connection(self._pool_engine, connection=self._fairy)
        return self._joined

    def driver(self) -> psycopg.Connection[Any]:
        """The driver's connection, inside the transaction."""
        assert not self._ended, "the transaction is committed"
        if not self._begun():
            self._raw.execute("; ".join(self._begin_with), prepare=False)
        return self._raw

    def together(self, calls: Sequence[tuple[Prepared, Sequence[Any]]], *, last: bool) -> list[list[Any]]:
        """See `core.db.together`."""
        assert not self._ended, "the transaction is committed"
        if last:
            self._check_time()
        ends = last and self._joined is None and not self._pending()
        known = _known.setdefault(self._raw, set())
        for statement, _ in calls:
            if statement.name not in known:
                self._raw.execute(statement.definition, prepare=False)
                known.add(statement.name)
        begin = [] if self._begun() else self._begin_with
        words = [*begin, *(statement.call for statement, _ in calls), *(["COMMIT"] if ends else [])]
        values = [value for _, given in calls for value in given]
        try:
            with psycopg.ClientCursor(self._raw, row_factory=namedtuple_row) as cursor:
                cursor.execute("; ".join(words), values)
                for _ in begin:
                    cursor.nextset()
                rows = []
                for _ in calls:
                    rows.append(cursor.fetchall() if cursor.description else [])
                    cursor.nextset()
        except _OUTDATED:
            self._fairy.invalidate()
            raise
        self._ended = ends
        return rows

    def end(self) -> None:
        """Commit what was done. :raises TransactionTooLong: it took longer than 30 s; `close` rolls it back."""
        if not self._ended:
            self._check_time()
            self.commit()

    def commit(self) -> None:
        """Commit; what follows in this session is a transaction of its own, bound to no tenant."""
        if self._joined is not None or self._pending():
            super().commit()
        elif self._begun():
            self._raw.commit()
        self._begin_with = ("BEGIN",)

    def rollback(self) -> None:
        """Roll back; what follows in this session is a transaction of its own, bound to no tenant."""
        super().rollback()
        if self._begun():
            self._raw.rollback()
        self._begin_with = ("BEGIN",)

    def close(self) -> None:
        """Give the connection back; what was not committed is rolled back."""
        super().close()
        if self._raw.closed:
            self._fairy.invalidate()
        elif self._joined is not None:
            self._joined.close()
        else:
            self._fairy.close()

    def _begun(self) -> bool:
        return self._raw.pgconn.transaction_status != TransactionStatus.IDLE

    def _pending(self) -> bool:
        return bool(self.new or self.dirty or self.deleted)

    def _check_time(self) -> None:
        if time.monotonic() - self._started > TRANSACTION_MAX_S:
            raise TransactionTooLong(f"transaction ran longer than {TRANSACTION_MAX_S:.0f} s")


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
