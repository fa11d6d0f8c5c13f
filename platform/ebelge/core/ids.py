"""Identifiers: time-ordered uuidv7, so the hot pages of an index stay together."""

from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A new row id (uuidv7)."""
    return UUID(int=uuid7().int)


def floor_id(instant: datetime) -> UUID:
    """The lowest id that could have been made at an instant: ids from it on are of that time or later."""
    return UUID(int=int(instant.timestamp() * 1000) << 80)
