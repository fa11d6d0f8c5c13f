"""A charge that empties one of many open lots and goes on to the next, beside one from a single lot."""

from __future__ import annotations

from datetime import timedelta
from statistics import median
from uuid import UUID

from billing.ledger import lots
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.ids import new_id
from ebelge.devstack.bench._figures import Row, row, timed
from ebelge.devstack.bench._ledgers import databases, wallets
from ebelge.devstack.bench._reserves import charging

NAMES = ("charge_with_lots",)
OPEN_LOTS, CALLS = 50, 200


def rows(rounds: int) -> list[Row]:
    """The one row. A lot is granted before each charge, so that there are always as many."""
    with databases("bench_lots") as (world,):
        (single,) = wallets(world, 1)
        several, spare = _empty(), _empty()
        _grant(several, 1)
        for _ in range(OPEN_LOTS - 1):
            _grant(several, 2)
        times: tuple[list[float], list[float]] = ([], [])
        for n in range(rounds):
            taken: tuple[list[float], list[float]] = ([], [])
            for _ in range(CALLS):
                for side in (0, 1) if n % 2 else (1, 0):
                    _grant((several, spare)[side], 2)
                    taken[side].append(timed(charging((several, single)[side], 2)))
            for side in (0, 1):
                times[side].append(median(taken[side]))
    against = f"a charge from the only lot, instead of two of {OPEN_LOTS}"
    two, one = median(times[0]), median(times[1])
    return [row("charge_with_lots", two, "ms", against=against, limit=one, reach="<= 1.6")]


def _empty() -> UUID:
    tenant_id = new_id()
    with tenant_session(tenant_id) as session:
        lots.open_wallet(session, tenant_id=tenant_id)
    return tenant_id


def _grant(tenant_id: UUID, kontor: int) -> None:
    at = utc_now()
    with tenant_session(tenant_id) as session:
        lots.grant(
            session, tenant_id=tenant_id, source="opening", source_id=new_id(), kontor=kontor,
            net_price_kurus=kontor * 9, expires_at=at + timedelta(days=90), at=at,
        )  # fmt: skip
