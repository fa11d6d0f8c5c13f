"""Roles and migrations: what turns an empty database into ours. Run as the owner."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from ebelge.core.config import LOGIN_ROLES, Role, role_name, role_password
from ebelge.core.db import driver_url

MIGRATIONS = Path(__file__).resolve().parents[3] / "migrations"
ROLES: tuple[Role, ...] = ("app", "directory", "ledger", "audit", "relay", "reader", "finance", "reseller", "people")
# "Balance as of T" rests on transactions that end within 30 s (core.db checks it as well).
LIMITS: dict[Role, dict[str, str]] = {
    "app": {"statement_timeout": "30s", "lock_timeout": "10s", "idle_in_transaction_session_timeout": "30s"},
    "relay": {
        "statement_timeout": "30s",
        "lock_timeout": "10s",
        "idle_in_transaction_session_timeout": "30s",
    },
    "finance": {"statement_timeout": "30s", "lock_timeout": "10s", "idle_in_transaction_session_timeout": "30s"},
    "reseller": {"statement_timeout": "30s", "lock_timeout": "10s", "idle_in_transaction_session_timeout": "30s"},
    "people": {"statement_timeout": "30s", "lock_timeout": "10s", "idle_in_transaction_session_timeout": "30s"},
    "reader": {"idle_in_transaction_session_timeout": "1h", "default_transaction_read_only": "on"},
}


def create_roles(owner_url: str) -> list[str]:
    """Create the roles that are missing and set their passwords and limits; returns the names created.

    The owner must have CREATEROLE. Roles belong to the cluster: several databases of one owner share them.
    """
    created = []
    pool = create_engine(driver_url(owner_url), isolation_level="AUTOCOMMIT")
    try:
        with pool.connect() as connection:
            for role in ROLES:
                name = role_name(role)
                if connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": name}) is None:
                    connection.exec_driver_sql(f"CREATE ROLE {name} NOLOGIN NOINHERIT")
                    created.append(name)
                if role in LOGIN_ROLES:
                    password = role_password(owner_url, role)
                    connection.exec_driver_sql(f"ALTER ROLE {name} LOGIN PASSWORD '{password}'")
                for setting, value in LIMITS.get(role, {}).items():
                    connection.exec_driver_sql(f"ALTER ROLE {name} SET {setting} = '{value}'")
    finally:
        pool.dispose()
    return created


@contextmanager
def lent_roles(owner_url: str) -> Iterator[None]:
    """Make the owner a member of the roles that own functions, for the time of a migration only.

    Giving a function to a role, and changing it later, needs membership; keeping it would let the owner see the
    rows that the role's policies show.
    """
    names = ", ".join(role_name(role) for role in ROLES if role not in LOGIN_ROLES)
    pool = create_engine(driver_url(owner_url), isolation_level="AUTOCOMMIT")
    try:
        with pool.connect() as connection:
            connection.exec_driver_sql(f"GRANT {names} TO CURRENT_USER")
            try:
                yield
            finally:
                connection.exec_driver_sql(f"REVOKE {names} FROM CURRENT_USER")
    finally:
        pool.dispose()


def alembic_config(owner_url: str) -> Config:
    """Alembic's configuration for a database."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("sqlalchemy.url", driver_url(owner_url).replace("%", "%%"))
    return config


def upgrade(owner_url: str, revision: str = "head") -> None:
    """Create the roles that are missing and run the migrations up to `revision`."""
    create_roles(owner_url)
    with lent_roles(owner_url):
        command.upgrade(alembic_config(owner_url), revision)


def downgrade(owner_url: str, revision: str = "base") -> None:
    """Undo migrations down to `revision` (tests and emergencies; data of dropped tables is lost)."""
    with lent_roles(owner_url):
        command.downgrade(alembic_config(owner_url), revision)
