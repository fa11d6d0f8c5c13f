"""Database access: one engine per role, sessions bound to one tenant, transactions that end in time.

Engines and sessions need no Flask application. `db.session` of Flask-SQLAlchemy is used by Flask-Security only.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple
from uuid import UUID

import psycopg
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from psycopg.pq import TransactionStatus
from psycopg.rows import namedtuple_row
from sqlalchemy import Connection, Engine, MetaData, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session

from ebelge.core.config import Role, Settings, settings
from ebelge.core.transaction import Call, DriverSession, Prepared, Refusing, Turn, prepared

NAMING = {
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}


class Base(DeclarativeBase):
    """Base of every table of ours."""

    metadata = MetaData(naming_convention=NAMING)


class _PeopleSession(FlaskSession):
    """What Flask-Security's datastore speaks through: always the role people, whatever an application is told."""

    def get_bind(self, *args: Any, **kwargs: Any) -> Engine:
        return engine("people")


db = SQLAlchemy(model_class=Base, session_options={"class_": _PeopleSession})

# A role has a plain engine and one for sessions, whose transactions begin by a statement of ours ("explicit").
_Kind = Literal["plain", "explicit"]


class _Pool(NamedTuple):
    settings: Settings
    engine: Engine


_pools: dict[tuple[Role, _Kind], _Pool] = {}


def driver_url(url: str) -> str:
    """The URL with the driver we use: psycopg 3."""
    for plain in ("postgresql://", "postgres://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url[len(plain) :]
    return url


def engine(role: Role = "app") -> Engine:
    """The pooled engine of a role; made at first use, one per process (never shared across a fork)."""
    return _pool(role, "plain")


def _pool(role: Role, kind: _Kind) -> Engine:
    known = _pools.get((role, kind))
    if known is not None and known.settings is settings():
        return known.engine
    if known is not None:
        known.engine.dispose()
    made = create_engine(
        driver_url(settings().role_url(role)),
        pool_size=20 if role == "app" else 5,
        max_overflow=10,
        pool_pre_ping=False,
        pool_recycle=1800,
        pool_use_lifo=True,
        # an error's text would hold the values of its statement
        hide_parameters=True,
        connect_args={"prepare_threshold": 2, "application_name": f"ebelge-{role}"},
        # A `DriverSession` ends its transactions itself.
        **({"isolation_level": "AUTOCOMMIT", "pool_reset_on_return": None} if kind == "explicit" else {}),
    )
    if kind == "explicit":
        event.listen(made, "begin", _begin)
    _pools[role, kind] = _Pool(settings(), made)
    return made


def dispose_engines() -> None:
    """Close every pooled connection (after a fork, at the end of a process, between databases in tests)."""
    for pool in _pools.values():
        pool.engine.dispose()
    _pools.clear()


@contextmanager
def role_session(role: Role, *, durable: bool = True) -> Iterator[Session]:
    """A transaction as `role` with no tenant set: tenant tables answer only where the role's policy says so.

    `durable` False: the commit does not wait for the disk. A crash of the server in the next moments may undo it,
    whole (a later durable commit keeps it, too); only for what is right with and without it.
    """
    with _transaction(role, None, durable=durable) as session:
        yield session


@contextmanager
def tenant_session(tenant_id: UUID) -> Iterator[Session]:
    """A transaction in which only `tenant_id`'s rows exist; commits on leaving, rolls back on an error.

    :raises TransactionTooLong: it took longer than 30 s; nothing was committed.
    """
    with _transaction("app", tenant_id) as session:
        yield session


@contextmanager
def reseller_session(reseller_id: UUID) -> Iterator[Session]:
    """A transaction of the role reseller, which sees the customers of that reseller and nobody else's rows."""
    with _transaction("reseller", None, settings_of={"app.reseller_id": reseller_id}) as session:
        yield session


@contextmanager
def person_session(person_id: UUID) -> Iterator[Session]:
    """A transaction of the role app without a tenant, in which `memberships_of` tells that person's own."""
    with _transaction("app", None, settings_of={"app.person_id": person_id}) as session:
        yield session


@contextmanager
def role_trips(role: Role) -> Iterator[Session]:
    """`role_session` in which each `fetch` and each `together` is one round trip and a transaction of its own."""
    with _transaction(role, None, trips=True) as session:
        yield session


@contextmanager
def tenant_trips(tenant_id: UUID, *, durable: bool = True) -> Iterator[Session]:
    """`tenant_session` in which each `fetch` and each `together` is one round trip and a transaction of its own."""
    with _transaction("app", tenant_id, trips=True, durable=durable) as session:
        yield session


@contextmanager
def tenants_trip() -> Iterator[Session]:
    """A session for statements of several tenants that travel in one message: `next_tenant`, then `later`, and so on.

    Each tenant's statements are a transaction of their own. An error ends the message: those before it are committed,
    it and those after it are not. Only the last commit waits for the disk, and makes all of them durable.
    """
    with _transaction("app", None) as session:
        yield session


def next_tenant(session: Session, tenant_id: UUID, *, last: bool) -> None:
    """What is put off from here on, in a `tenants_trip`, is done in a transaction of this tenant."""
    assert isinstance(session, DriverSession)
    begin = ["BEGIN", _tenant_statement(tenant_id)]
    session.turn(begin if last else [*begin, "SET LOCAL synchronous_commit = off"])


def each(session: Session, asked: Sequence[tuple[UUID, Call]]) -> list[list[Any]]:
    """The rows of one statement each of several tenants, in one round trip of a `tenants_trip`; for reading."""
    assert isinstance(session, DriverSession)
    calls: list[Call | Turn] = []
    for tenant_id, call in asked:
        begin = ("BEGIN", _tenant_statement(tenant_id))
        if calls:
            calls.append(("COMMIT", *begin))
        else:
            session.turn(begin)
        calls.append(call)
    return session.together(calls, ending=True)[::2]


@contextmanager
def _transaction(
    role: Role,
    tenant_id: UUID | None,
    *,
    trips: bool = False,
    durable: bool = True,
    settings_of: Mapping[str, UUID] | None = None,
) -> Iterator[Session]:
    begin = ["BEGIN"]
    if tenant_id is not None:
        begin.append(_tenant_statement(tenant_id))
    for name, value in (settings_of or {}).items():
        begin.append(_setting(name, value))
    if not durable:
        begin.append("SET LOCAL synchronous_commit = off")
    try:
        with DriverSession(_pool(role, "explicit"), begin=begin, trips=trips) as session:
            yield session
            session.end()
    except psycopg.Error as error:
        # From statements given to the driver itself: callers know one kind of database error only.
        lost = isinstance(error, psycopg.OperationalError) and error.sqlstate is None
        raise DBAPIError.instance("", None, error, psycopg.Error, connection_invalidated=lost) from error


def _begin(connection: Connection) -> None:
    """SQLAlchemy joins the transaction that `DriverSession` has begun; after a commit in the middle there is none."""
    raw = driver_of(connection)
    if raw.pgconn.transaction_status == TransactionStatus.IDLE:
        raw.execute("BEGIN", prepare=False)


def make_durable(session: Session) -> None:
    """Let the commit of a transaction that was opened with `durable` False wait for the disk after all."""
    driver(session).execute("SET LOCAL synchronous_commit = on", prepare=False)


def set_tenant(session: Session, tenant_id: UUID) -> None:
    """Bind the transaction to a tenant. `tenant_session` has done so; onboarding goes on to a second one.

    SET LOCAL ends with the transaction (a session-level SET would leak through the pool) and, unlike
    set_config(), is passed on to the shards of a distributed database.
    """
    session.execute(text(_tenant_statement(tenant_id)))


def _tenant_statement(tenant_id: UUID) -> str:
    return _setting("app.tenant_id", tenant_id)


def _setting(name: str, value: UUID) -> str:
    # The id is made a UUID first, so the literal needs no quoting.
    return f"SET LOCAL {name} = '{UUID(str(value))}'"


def driver(session: Session) -> psycopg.Connection[Any]:
    """The driver's connection inside the session's transaction, for the statements of the hot path."""
    return session.driver() if isinstance(session, DriverSession) else driver_of(session.connection())


def later(session: Session, statement: Prepared, *values: Any, refusing: Refusing | None = None) -> None:
    """Run a statement whose rows nobody asks for. It waits for the next one, or for the commit, and travels with it.

    So its error, too, is raised only then; `refusing` is entered around that, to turn it into an error of the caller's
    area. The order in which statements are run is that in which they were given.
    """
    assert isinstance(session, DriverSession)
    session.later((statement, values), refusing)


def later_rows(session: Session, statement: Prepared, *values: Any, refusing: Refusing | None = None) -> list[Any]:
    """`later` for a statement whose rows are asked for only after the commit: the list returned is empty until then."""
    assert isinstance(session, DriverSession)
    rows: list[Any] = []
    session.later((statement, values), refusing, rows)
    return rows


def together(session: Session, *calls: Call) -> list[list[Any]]:
    """Run prepared statements in one round trip, in their order; returns the rows of each, as named tuples.

    The transaction's own beginning travels with its first statements. After an error none of those that follow is
    run, and the transaction can only be rolled back.
    """
    assert isinstance(session, DriverSession)
    return session.together(calls)


def fetch(session: Session, sql: str, *values: Any) -> list[Any]:
    """The rows of a statement given to the driver itself (`%s` for values), as named tuples.

    For the hot path, where SQLAlchemy's own work would cost more than the statement.
    """
    if isinstance(session, DriverSession) and session.trips:
        return session.together([(prepared(sql), values)])[0]
    with driver(session).cursor(row_factory=namedtuple_row) as cursor:
        return cursor.execute(sql, values).fetchall()


def driver_of(connection: Connection) -> psycopg.Connection[Any]:
    """The driver's connection of an engine's connection."""
    raw: psycopg.Connection[Any] | None = connection.connection.driver_connection
    assert raw is not None
    return raw


def one(session: Session, sql: str, **values: Any) -> Any:
    """First row of a statement or None; for the few places that speak SQL directly."""
    return session.execute(text(sql), values).first()
