"""PostgreSQL and Redis of one instance: the servers of DATABASE_URL and REDIS_URL, or embedded ones."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO

import psycopg
import redis

from ebelge.devstack import folders
from ebelge.devstack.cluster import OLDEST_MAJOR, binaries
from ebelge.devstack.errors import StackError, explain_os_error
from ebelge.devstack.postgres import EmbeddedPostgres
from ebelge.devstack.redis import EmbeddedRedis, server_program


def plain_postgres_url(url: str) -> str:
    """The URL as libpq reads it: without SQLAlchemy's driver name."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


class InstanceLock:
    """One `make run` per folder: a kernel lock, gone with its process however that ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def take(self) -> None:
        """Take the lock.

        :raises StackError: another process of this machine has it; the text says which.
        """
        folders.private(self.path.parent)
        file = self.path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            known: dict[str, object] = {}
            with suppress(ValueError):
                known = dict(json.loads(file.read() or "{}"))
            file.close()
            who = f"process {known.get('pid', 'unknown')}"
            if known.get("address"):
                who += f", at {known['address']}"
            raise StackError(
                f"Ebelge already runs in {self.path.parent.parent} ({who}). "
                "Use that one, stop it first (Ctrl-C in its terminal), or start a second instance with "
                "EBELGE_VAR=/another/folder."
            ) from error
        self._file = file
        self.note(address="")

    def note(self, *, address: str) -> None:
        """Write down who holds the lock and where it answers, for the message of a second start."""
        if self._file is not None:
            self._file.seek(0)
            self._file.truncate()
            json.dump({"pid": os.getpid(), "address": address, "since": int(time.time())}, self._file)
            self._file.flush()

    def release(self) -> None:
        """Give the lock back; the file stays, emptied."""
        if self._file is not None:
            self._file.truncate(0)
            self._file.close()
            self._file = None


class Services:
    """`with Services(var) as services:` database and Redis are up inside, and gone afterwards."""

    def __init__(self, var: Path, *, durable: bool = True, env: Mapping[str, str] | None = None) -> None:
        """`env` (default: os.environ) is asked for DATABASE_URL and REDIS_URL, and for ports to use."""
        self.var = var.absolute()
        self._durable = durable
        self._env = dict(os.environ if env is None else env)
        self.lock = InstanceLock(self.var / "run" / "instance.lock")
        self.postgres: EmbeddedPostgres | None = None
        self.redis: EmbeddedRedis | None = None
        self._tend_after = 0.0

    def start(self) -> None:
        """Start what is not given from outside; check what is.

        :raises StackError: with a remedy.
        """
        folders.private(self.var)
        self.lock.take()
        try:
            logs = folders.private(self.var / "log")
            if self._env.get("DATABASE_URL"):
                check_database(self._env["DATABASE_URL"])
            else:
                self.postgres = EmbeddedPostgres(
                    self.var / "postgres",
                    log=logs / "postgres.log",
                    durable=self._durable,
                    port=int(self._env.get("EBELGE_POSTGRES_PORT") or 0),
                    bin_dir=binaries(self._env),
                )
                self.postgres.start()
            if self._env.get("REDIS_URL"):
                check_redis(self._env["REDIS_URL"])
            else:
                self.redis = EmbeddedRedis(
                    self.var / "redis",
                    log=logs / "redis.log",
                    port=int(self._env.get("EBELGE_REDIS_PORT") or 0),
                    program=server_program(self._env),
                )
                self.redis.start()
        except OSError as error:
            self.stop()
            raise explain_os_error(error, self.var) from error
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop what we started, Redis first; safe to call twice."""
        try:
            if self.redis is not None:
                self.redis.stop()
            if self.postgres is not None:
                self.postgres.stop()
        finally:
            self.lock.release()

    def tend(self) -> None:
        """Bring back, on its port, a server of ours that died; at most one try in two seconds."""
        if time.monotonic() < self._tend_after:
            return
        for server in (self.postgres, self.redis):
            if server is not None and server.port and not server.running():
                self._tend_after = time.monotonic() + 2.0
                with suppress(StackError):  # said in its log; tried again
                    server.restart()

    def __enter__(self) -> Services:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def database_url(self) -> str:
        """The owner's URL."""
        return self.postgres.owner_url() if self.postgres else self._env["DATABASE_URL"]

    @property
    def superuser_url(self) -> str | None:
        """The superuser's URL; None for a server that is not ours. For guard tests only."""
        return self.postgres.superuser_url() if self.postgres else None

    @property
    def redis_url(self) -> str:
        """URL of Redis, database 0."""
        return self.redis.url() if self.redis else self._env["REDIS_URL"]

    def environment(self) -> dict[str, str]:
        """What a child process needs to find both, and the client programs that fit the server."""
        found = {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url, "EBELGE_VAR": str(self.var)}
        if self.postgres:
            found["EBELGE_POSTGRES_BIN"] = str(self.postgres.bin_dir)
        return found


def check_database(url: str) -> None:
    """Check that DATABASE_URL answers, is new enough and belongs to a role that may create roles.

    :raises StackError: it does not; the text says what to do.
    """
    try:
        with psycopg.connect(plain_postgres_url(url), connect_timeout=10) as connection:
            major = connection.info.server_version // 10000
            row = connection.execute(
                "SELECT rolcreaterole OR rolsuper, current_user FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
    except psycopg.Error as error:
        reason = " ".join(str(error).split()).rstrip(".?")
        raise StackError(
            f"DATABASE_URL is set, but that server cannot be used: {reason}. Mend it, or unset DATABASE_URL "
            "and an embedded PostgreSQL is started."
        ) from error
    if major < OLDEST_MAJOR:
        raise StackError(f"DATABASE_URL leads to PostgreSQL {major}; {OLDEST_MAJOR} or newer is needed.")
    if row is None or not row[0]:
        raise StackError(
            f"DATABASE_URL is the owner's, who creates our roles, but {row[1] if row else 'it'} may not "
            "create any. As a superuser: ALTER ROLE … CREATEROLE."
        )


def check_redis(url: str) -> None:
    """Check that REDIS_URL answers.

    :raises StackError: it does not; the text says what to do.
    """
    try:
        with redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5) as probe:
            probe.ping()
    except (redis.RedisError, ValueError) as error:
        reason = str(error).rstrip(".")
        raise StackError(
            f"REDIS_URL is set, but that server does not answer: {reason}. Mend it, or unset REDIS_URL and an "
            "embedded Redis is started."
        ) from error
