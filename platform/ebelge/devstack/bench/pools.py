"""Sixteen members that empty one pool block by block, beside the same charging from wallets that are full."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from uuid import UUID

from billing.ledger import lots
from billing.models.pools import DrawRight, PoolMembership
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.ids import new_id
from ebelge.devstack.bench._figures import Row, row
from ebelge.devstack.bench._ledgers import CONNECTIONS, KONTOR, PROCESSES, databases, in_turn, wallets
from ebelge.devstack.bench._reserves import Load

NAMES = ("pool_draw",)
BLOCK = 100
# Long enough that every member draws in every round.
WINDOW_S = 4.0


def rows(rounds: int) -> list[Row]:
    """The one row."""
    with databases("bench_pools") as (world,), ExitStack() as stack:

        def load(members: Sequence[UUID]) -> Load:
            made = Load.start("drawing", members, environment=world, processes=PROCESSES)
            stack.callback(made.stop)
            return made

        (pool,) = wallets(world, 1)
        full = wallets(world, CONNECTIONS)
        drawn, plain = in_turn(rounds, load(_members(pool, CONNECTIONS)), load(full), seconds=WINDOW_S)
    against = f"the same {CONNECTIONS} members with full wallets"
    return [row("pool_draw", drawn, "charges/s", against=against, limit=plain, reach=">= 0.9")]


def _members(pool_id: UUID, count: int) -> list[UUID]:
    """Members with empty wallets and a right to draw blocks."""
    ids, at = [new_id() for _ in range(count)], utc_now()
    terms = {
        "block_kontor": BLOCK,
        "monthly_cap_kontor": KONTOR,
        "threshold_kontor": 0,
        "state": "active",
        "offered_at": at,
        "accepted_at": at,
    }
    for member_id in ids:
        with tenant_session(member_id) as session:
            lots.open_wallet(session, tenant_id=member_id)
            session.add(PoolMembership(tenant_id=member_id, pool_id=pool_id, pool_title="bench", **terms))
        with tenant_session(pool_id) as session:
            session.add(
                DrawRight(tenant_id=pool_id, member_id=member_id, member_title="bench", offered_by="bench", **terms)
            )
    return ids
