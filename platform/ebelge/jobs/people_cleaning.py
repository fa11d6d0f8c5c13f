"""The clock's: old sessions, one-time secrets past their time and forgotten failures of people are removed."""

from datetime import datetime

from ebelge.core.db import role_session
from tenants.people import lockouts, once, sessions

BATCH = 1000


def clean(at: datetime) -> int:
    """Remove what nobody needs any more; returns how many rows."""
    with role_session("people") as session:
        count = once.forget(session, at=at) + lockouts.forget(session, before=at - lockouts.FORGOTTEN_AFTER)
    while removed := _sessions(at):
        count += removed
    return count


def _sessions(at: datetime) -> int:
    with role_session("people") as session:
        return sessions.forget(session, before=at - sessions.KEPT, limit=BATCH)
