"""Transactions of jobs: repeated when the connection breaks, since every effect is fenced by its claim."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, OperationalError

from ebelge.core.db import dispose_engines

log = logging.getLogger(__name__)
T = TypeVar("T")

PATIENCE_S = 20.0
# deadlock_detected, serialization_failure, lock_not_available: another transaction was in the way.
_PASSING = frozenset({"40P01", "40001", "55P03"})


def patiently(work: Callable[[], T], *, patience_s: float = PATIENCE_S) -> T:
    """Run a whole transaction, again while the database is away or in the way, for up to `patience_s`.

    A commit whose answer was lost may have happened: `work` must end its messages in the transaction, so that the
    repetition finds them ended and changes nothing.
    """
    end = time.monotonic() + patience_s
    pause_s = 0.1
    while True:
        try:
            return work()
        except DBAPIError as error:
            if not _is_passing(error) or time.monotonic() + pause_s > end:
                raise
            log.warning("the database is away or busy, trying again", extra={"reason": str(error.orig)[:200]})
            if error.connection_invalidated:
                dispose_engines()
        time.sleep(pause_s)
        pause_s = min(pause_s * 2, 2.0)


def _is_passing(error: DBAPIError) -> bool:
    state = getattr(error.orig, "sqlstate", None)
    if error.connection_invalidated or state in _PASSING:
        return True
    # Connection refused, server starting up or shutting down: no SQLSTATE, or class 57P / 08.
    return isinstance(error, OperationalError) and (state is None or state[:3] in ("57P", "080"))
