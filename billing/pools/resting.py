"""Kontör of a pool that rest in a member's wallet: a sum, never its lots, nor anything that is the member's own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from ebelge.core.transaction import Call, Prepared

_RESTING: Final = Prepared(
    "SELECT coalesce(sum(l.remaining), 0)::bigint AS kontor FROM lot l WHERE l.tenant_id = %s AND l.open "
    "AND l.source = 'received' AND l.origin_tenant_id = %s AND l.expires_at > %s"
)


def asked(*, tenant_id: UUID, pool_id: UUID, at: datetime) -> Call:
    """As the member: the statement, for a round trip with other members'."""
    return _RESTING, (tenant_id, pool_id, at)


def told(rows: Sequence[Any]) -> int:
    """The sum."""
    return int(rows[0].kontor)
