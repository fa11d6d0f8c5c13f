"""What stopped a command and a person can mend, in one line; a defect is not told and keeps its trace."""

from typing import Final

import psycopg
from redis.exceptions import ConnectionError as RedisAway
from sqlalchemy.exc import DBAPIError

from ebelge.core.errors import DomainError
from tenants.fields import InvalidFields

_REFUSED: Final = "42501"  # insufficient privilege
_NOT_THERE: Final = ("42P01", "42703", "42883")  # table, column, function


def sentence(error: Exception) -> str | None:
    """What happened and what to do about it; None where only the trace helps."""
    if isinstance(error, InvalidFields):
        return " ".join(f"{name}: {english}" for name, (_, english) in error.wrong.items()) + " Nothing was stored."
    if isinstance(error, DomainError):
        return str(error)
    if isinstance(error, DBAPIError) and isinstance(error.orig, Exception):
        return sentence(error.orig)
    if isinstance(error, psycopg.Error):
        return _database(error)
    if isinstance(error, RedisAway):
        return f"Redis does not answer: {_line(error)}. Does it run, and does REDIS_URL name it?"
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return None


def _database(error: psycopg.Error) -> str | None:
    if error.sqlstate == _REFUSED:
        return f"The database refuses: {_line(error)}. `ebelge db roles` sets up what each role may do."
    if error.sqlstate in _NOT_THERE:
        return (
            f"The database is not at this release: {_line(error)}. `ebelge db status` says where it stands, "
            "`ebelge db migrate` brings it on."
        )
    if not isinstance(error, psycopg.OperationalError):
        return None
    if error.sqlstate is None:
        return f"The database does not answer: {_line(error)}. Does it run, and does DATABASE_URL name it?"
    return f"The database is busy or going down: {_line(error)}. Try again."


def _line(error: Exception) -> str:
    """The first line of a reason, without the dot at its end."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].strip().rstrip(".")
