"""Is the process alive (`/healthz`), and can it do its work (`/readyz`)?"""

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from http import HTTPStatus

import redis
from alembic.script import ScriptDirectory
from flask import Blueprint, Response, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from ebelge.archive.store import ArchiveError, open_store
from ebelge.core.clock import utc_now
from ebelge.core.config import settings
from ebelge.core.db import role_session
from ebelge.core.migrate import MIGRATIONS

TROUBLE_FRESH = timedelta(minutes=10)
blueprint = Blueprint("health", __name__)


class NotReady(Exception):
    """A part is not as it must be; the text says which way."""


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Everything an accepting request needs is there; 503 and the reasons if not."""
    checks: dict[str, Callable[[], None]] = {
        "database": _database,
        "migrations": _migrations,
        "redis": _redis,
        "archive": _archive,
        "seals": _seals,
    }
    result = {}
    for name, check in checks.items():
        try:
            check()
            result[name] = "ok"
        except NotReady as error:
            result[name] = str(error)
        except (SQLAlchemyError, redis.RedisError, OSError) as error:
            result[name] = type(error).__name__  # the text may name hosts: it goes to the log only
    # Redis is a doorbell, and a seal that cannot sign lets documents wait: both are told, and we go on accepting
    ready = all(state == "ok" for name, state in result.items() if name not in ("redis", "seals"))
    answer = jsonify(status="ready" if ready else "not_ready", checks=result)
    return answer, HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE


def _database() -> None:
    with role_session("app") as session:
        session.execute(text("SELECT 1"))


@cache
def _heads() -> frozenset[str]:
    return frozenset(ScriptDirectory(str(MIGRATIONS)).get_heads())


def _migrations() -> None:
    with role_session("owner") as session:
        found = frozenset(session.execute(text("SELECT version_num FROM alembic_version")).scalars())
    if found != _heads():
        raise NotReady("the database is not at the head revision: run `ebelge db migrate`")


def _redis() -> None:
    with redis.Redis.from_url(settings().redis_url, socket_timeout=1, socket_connect_timeout=1) as connection:
        connection.ping()


def _seals() -> None:
    with role_session("app") as session:
        seen = session.scalar(
            text("SELECT count(*) FROM seal_trouble WHERE seen_at > :since"), {"since": utc_now() - TROUBLE_FRESH}
        )
    if seen:
        raise NotReady(f"{seen} seals cannot sign, their documents wait: see `ebelge seals list`")


def _archive() -> None:
    try:
        open_store().place.check()
    except ArchiveError as error:
        raise NotReady(str(error)) from error
