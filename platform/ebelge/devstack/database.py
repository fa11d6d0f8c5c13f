"""Databases for development and tests: migrate, clone from a migrated template, drop."""

from __future__ import annotations

import time
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from ebelge.core.migrate import upgrade
from ebelge.devstack.services import plain_postgres_url

_ATTEMPTS = 20


def migrate(owner_url: str) -> None:
    """Bring the database up to date: roles first, then every migration. Repeatable; run as the owner."""
    upgrade(owner_url)


def database_url(server_url: str, name: str) -> str:
    """The same server and role, another database."""
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))


def clone(owner_url: str, name: str, *, template: str) -> str:
    """Create database `name` as a copy of `template` and return its URL.

    Nobody may be connected to the template; a connection that is just closing is waited for.
    """
    names = (sql.Identifier(name), sql.Identifier(template))
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names)
    _patiently(owner_url, statement, psycopg.errors.ObjectInUse)
    return database_url(owner_url, name)


def create(owner_url: str, name: str) -> str:
    """Create an empty database and return its URL."""
    return clone(owner_url, name, template="template1")


def drop(admin_url: str, name: str) -> None:
    """Drop the database, cutting its sessions where the role may do so (the superuser always may)."""
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    _patiently(admin_url, statement, psycopg.errors.ObjectInUse, psycopg.errors.InsufficientPrivilege)


def _patiently(url: str, statement: sql.Composed, *passing: type[psycopg.Error]) -> None:
    """Run one statement outside a transaction; sessions that are just closing get two seconds."""
    with psycopg.connect(plain_postgres_url(url), autocommit=True) as connection:
        for attempt in range(_ATTEMPTS):
            try:
                connection.execute(statement)
                return
            except passing:
                if attempt == _ATTEMPTS - 1:
                    raise
                time.sleep(0.1)
