"""Identifiers: time-ordered uuidv7, so the hot pages of an index stay together."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A new row id (uuidv7)."""
    return UUID(int=uuid7().int)
