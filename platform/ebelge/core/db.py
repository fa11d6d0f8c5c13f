"""Database access: one engine per role, sessions bound to one tenant, transactions that end in time.

Engines and sessions need no Flask application. `db.session` of Flask-SQLAlchemy is used by Flask-Security only.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, MetaData, create_engine, text
from sqlalchemy.orm import DeclarativeBase, Session

from ebelge.core.config import Role, settings

TRANSACTION_MAX_S = 30.0
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


db = SQLAlchemy(model_class=Base)
_engines: dict[str, Engine] = {}


class TransactionTooLong(Exception):
    """The transaction ran longer than 30 s and was rolled back.

    "Balance as of T" is served for old T only because no transaction can still add entries before it.
    """


def driver_url(url: str) -> str:
    """The URL with the driver we use: psycopg 3."""
    for plain in ("postgresql://", "postgres://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url[len(plain) :]
    return url


def engine(role: Role = "app") -> Engine:
    """The pooled engine of a role; made at first use, one per process (never shared across a fork)."""
    url = driver_url(settings().role_url(role))
    if url not in _engines:
        _engines[url] = create_engine(
            url,
            pool_size=20 if role == "app" else 5,
            max_overflow=10,
            pool_pre_ping=False,
            pool_recycle=1800,
            pool_use_lifo=True,
            connect_args={"prepare_threshold": 2, "application_name": f"ebelge-{role}"},
        )
    return _engines[url]


def dispose_engines() -> None:
    """Close every pooled connection (after a fork, at the end of a process, between databases in tests)."""
    for pooled in _engines.values():
        pooled.dispose()
    _engines.clear()


@contextmanager
def role_session(role: Role) -> Iterator[Session]:
    """A transaction as `role` with no tenant set: tenant tables answer only where the role's policy says so."""
    with _transaction(role, None) as session:
        yield session


@contextmanager
def tenant_session(tenant_id: UUID) -> Iterator[Session]:
    """A transaction in which only `tenant_id`'s rows exist; commits on leaving, rolls back on an error.

    :raises TransactionTooLong: it took longer than 30 s; nothing was committed.
    """
    with _transaction("app", tenant_id) as session:
        yield session


@contextmanager
def _transaction(role: Role, tenant_id: UUID | None) -> Iterator[Session]:
    started = time.monotonic()
    with Session(engine(role), expire_on_commit=False) as session:
        if tenant_id is not None:
            set_tenant(session, tenant_id)
        yield session
        if time.monotonic() - started > TRANSACTION_MAX_S:
            raise TransactionTooLong(f"transaction ran longer than {TRANSACTION_MAX_S:.0f} s")
        session.commit()


def set_tenant(session: Session, tenant_id: UUID) -> None:
    """Bind the transaction to a tenant. The id is a UUID object, so the literal needs no quoting.

    SET LOCAL ends with the transaction (a session-level SET would leak through the pool) and, unlike
    set_config(), is passed on to the shards of a distributed database.
    """
    session.execute(text(f"SET LOCAL app.tenant_id = '{UUID(str(tenant_id))}'"))


def one(session: Session, sql: str, **values: Any) -> Any:
    """First row of a statement or None; for the few places that speak SQL directly."""
    return session.execute(text(sql), values).first()
