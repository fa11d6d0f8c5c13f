"""Notices before kontör expires: 30, 14, 7 and 1 Istanbul days ahead, each once per lot.

If nobody looked for days, only the nearest step is told. A lot credited after a step's instant was never told by it:
whoever got it was told its expiry then. Kontör drawn from a pool are the pool's to be reminded of (TRADE.md 9).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from billing.ledger.models import Lot
from billing.models.pools import PoolMembership
from billing.models.upkeep import LotNotice
from ebelge.core.clock import istanbul_date, istanbul_midnight
from tenants import accounts

STEPS: Final = (1, 7, 14, 30)
TOLD: Final = ("active", "suspended", "closing")


@dataclass(frozen=True, slots=True)
class Ending:
    """A lot that is to be told of: kontör left in it, and the step (days) it has come to."""

    lot_id: UUID
    kontor: int
    expires_at: datetime
    days: int


def end_of_step(at: datetime, days: int) -> datetime:
    """What expires before this instant is at most `days` Istanbul days away."""
    return istanbul_midnight(istanbul_date(at) + timedelta(days=days + 1))


def take(session: Session, *, tenant_id: UUID, at: datetime) -> list[Ending]:
    """Note every notice that is due and return what is to be told, by expiry; a second call returns nothing.

    Nothing for sandboxes and closed accounts, nor for lots that are frozen or have nothing left to spend.
    """
    tenant = accounts.get(session, tenant_id=tenant_id)
    if tenant.mode != "live" or tenant.state not in TOLD:
        return []
    due = [ending for lot in _ending_lots(session, tenant_id, at) if (ending := _due(lot, at)) is not None]
    return [ending for ending in due if _note(session, tenant_id, ending, at)]


def step_of(expires_at: datetime, *, at: datetime) -> int | None:
    """The nearest step that the expiry has come to; None before the first."""
    return next((days for days in STEPS if expires_at < end_of_step(at, days)), None)


def _ending_lots(session: Session, tenant_id: UUID, at: datetime) -> Sequence[Lot]:
    pools = select(PoolMembership.pool_id).where(PoolMembership.tenant_id == tenant_id)
    return session.scalars(
        select(Lot)
        .where(
            Lot.tenant_id == tenant_id,
            Lot.open,
            Lot.frozen_at.is_(None),
            Lot.remaining > 0,
            Lot.expires_at > at,
            Lot.expires_at < end_of_step(at, STEPS[-1]),
            (Lot.source != "received") | Lot.origin_tenant_id.not_in(pools),
        )
        .order_by(Lot.expires_at, Lot.lot_id)
    ).all()


def _due(lot: Lot, at: datetime) -> Ending | None:
    days = step_of(lot.expires_at, at=at)
    if days is None or lot.credited_at > _came(lot.expires_at, days):
        return None
    return Ending(lot.lot_id, lot.remaining, lot.expires_at, days)


def _note(session: Session, tenant_id: UUID, ending: Ending, at: datetime) -> bool:
    noted = session.execute(
        insert(LotNotice)
        .values(tenant_id=tenant_id, lot_id=ending.lot_id, days=ending.days, kontor=ending.kontor, at=at)
        .on_conflict_do_nothing()
        .returning(LotNotice.lot_id)
    ).first()
    return noted is not None


def _came(expires_at: datetime, days: int) -> datetime:
    """When a lot came to a step: 00:00 Istanbul, `days` days before the day of its expiry."""
    return istanbul_midnight(istanbul_date(expires_at) - timedelta(days=days))
