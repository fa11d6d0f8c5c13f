"""A draw from a pool: both halves at once, each in a transaction of its own tenant's (ADR 0078).

An outbox message finishes what a kill cuts off between them.
"""

import logging
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from billing.ledger import transfers
from billing.ledger.transfers import NotPassed, Passage
from billing.pools import draws, rights
from billing.pools.draws import NoDrawRight
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session, tenant_trips
from ebelge.core.ids import new_id
from ebelge.jobs.ledger import credit

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Kontör that came from the pool now."""

    pool_id: UUID
    kontor: int


def draw(member_id: UUID, *, needed_kontor: int, draw_id: UUID | None = None) -> Drawn | None:
    """Draw at least `needed_kontor` for a member, both halves at once; None if it belongs to no pool.

    :raises DrawRefused: the right has ended, the cap is reached or the pool is empty; nothing was changed.
    """
    draw_id = draw_id or new_id()
    pool_id = _pool_of.get(member_id) or _ask_pool_of(member_id)
    if pool_id is None:
        return None
    try:
        passage = _pass(pool_id, member_id, draw_id, needed_kontor)
    except NoDrawRight:
        # It may have changed its pool since we asked; the pool's own right has the last word either way.
        remembered, pool_id = pool_id, _ask_pool_of(member_id)
        if pool_id is None:
            return None
        if pool_id == remembered:
            raise
        passage = _pass(pool_id, member_id, draw_id, needed_kontor)
    credit(passage, by_draw={})
    log.info("kontör drawn", extra={"pool_id": str(pool_id), "member_id": str(member_id), "kontor": passage.kontor})
    return Drawn(pool_id, passage.kontor)


def _ask_pool_of(member_id: UUID) -> UUID | None:
    """Which pool a member draws from, as its own books say now; remembered for the draws to come."""
    with tenant_trips(member_id) as session:
        pool_id = rights.pool_of(session, tenant_id=member_id)
    _pool_of.pop(member_id, None)
    if pool_id is not None:
        if len(_pool_of) >= REMEMBERED_MAX:
            _pool_of.clear()
        _pool_of[member_id] = pool_id
    return pool_id


# Which pool this process last saw a member in. A draw is decided by the pool's right, and what arrives at a member who
# has left goes back at once, so an old entry costs a round trip and nothing else.
_pool_of: dict[UUID, UUID] = {}
REMEMBERED_MAX = 10_000


def _pass(pool_id: UUID, member_id: UUID, draw_id: UUID, needed_kontor: int) -> Passage:
    """The pool's half. Members wait for its wallet while it is locked: mostly, that is the commit alone."""
    draw: dict[str, Any] = {"tenant_id": pool_id, "member_id": member_id, "draw_id": draw_id}
    try:
        with tenant_session(pool_id) as session:
            passing = draws.pass_block(session, **draw, needed_kontor=needed_kontor, at=utc_now())
    except NotPassed:
        with tenant_session(pool_id) as session:
            return draws.pass_to_member(session, **draw, needed_kontor=needed_kontor, at=utc_now())
    if passing is not None:
        return passing.passage()
    with tenant_trips(pool_id) as session:
        return transfers.passage(session, tenant_id=pool_id, draw_id=draw_id)
