"""Forecast: at the pace of the last four weeks, what will be used, what will expire, when the wallet is empty.

Integers throughout: by the end of `s` seconds `used * s // pace seconds` kontör are used, burnt in the order in which
the ledger burns (priority, expiry, lot).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from billing.ledger.models import Entry, Lot

LOOK_BACK: Final = timedelta(days=28)
_DAY: Final = timedelta(days=1)
_MICRO: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """Kontör used (captured less restored) in a time before the forecast; of a young wallet in its whole life."""

    used_kontor: int
    since: datetime
    until: datetime

    def by(self, instant: datetime) -> int:
        """Kontör used from the forecast's instant until a later one."""
        return self.used_kontor * ((instant - self.until) // _MICRO) // ((self.until - self.since) // _MICRO)

    def reached(self, kontor: int) -> datetime:
        """The first instant by which so many kontör are used; there must be a pace."""
        return self.until + _MICRO * -(-kontor * ((self.until - self.since) // _MICRO) // self.used_kontor)


@dataclass(frozen=True, slots=True)
class Burn:
    """What is left of a lot before it is forecast."""

    lot_id: UUID
    priority: int
    expires_at: datetime
    kontor: int


@dataclass(frozen=True, slots=True)
class LotForecast:
    """What will become of what a lot has left: the two parts sum to it."""

    lot_id: UUID
    expires_at: datetime
    kontor: int
    will_use: int
    will_expire: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """The whole wallet. `empty_at`: nothing is left to spend from then on, because it was used or the rest expired."""

    at: datetime
    pace: Pace
    spendable: int
    will_use: int
    will_expire: int
    empty_at: datetime
    empty_because: Literal["used", "expired", "empty_now"]
    lots: tuple[LotForecast, ...]


def forecast(session: Session, *, tenant_id: UUID, at: datetime) -> Forecast:
    """The tenant's forecast from `at` on. Kontör that are held or frozen are left out."""
    left = burning(session, tenant_id=tenant_id, at=at)
    return foretell(left, pace=pace(session, tenant_id=tenant_id, at=at))


def burning(session: Session, *, tenant_id: UUID, at: datetime) -> list[Burn]:
    """The lots that can be spent, with what is left in each."""
    lots = session.scalars(
        select(Lot).where(Lot.tenant_id == tenant_id, Lot.open, Lot.remaining > 0, Lot.expires_at > at)
    )
    return [Burn(lot.lot_id, lot.priority, lot.expires_at, lot.remaining) for lot in lots if lot.frozen_at is None]


def pace(session: Session, *, tenant_id: UUID, at: datetime) -> Pace:
    """What the journal says of the last 28 days, or of the time since the first entry (a day at least).

    Used is what came in, less what went out elsewhere, less what the balance grew by: all of them few entries with an
    index of their own, however many documents there were (ADR 0147).
    """
    first = session.scalar(
        select(Entry.at).where(Entry.tenant_id == tenant_id).order_by(Entry.at, Entry.version).limit(1)
    )
    since = min(max(first or at, at - LOOK_BACK), at - _DAY)
    # written out, so that the planner knows the partial index even for a statement that is prepared once
    in_less_out = (
        "CASE WHEN kind IN ('granted', 'received') THEN kontor WHEN kind IN ('frozen', 'thawed') THEN 0"
        " ELSE -kontor END"
    )
    came_in = session.scalar(
        text(
            f"SELECT coalesce(sum({in_less_out}), 0) FROM journal"
            " WHERE tenant_id = :tenant_id AND at > :since AND at <= :at"
            " AND kind NOT IN ('reserved', 'captured', 'released', 'restored')"
        ),
        {"tenant_id": tenant_id, "since": since, "at": at},
    )
    used = _whole(session, tenant_id, since) + int(came_in or 0) - _whole(session, tenant_id, at)
    return Pace(max(0, used), since, at)


def _whole(session: Session, tenant_id: UUID, at: datetime) -> int:
    """All kontör of the wallet by the last entry up to an instant, held and frozen ones too."""
    found = session.scalar(
        select(Entry.available + Entry.held + Entry.frozen)
        .where(Entry.tenant_id == tenant_id, Entry.at <= at)
        .order_by(Entry.at.desc(), Entry.version.desc())
        .limit(1)
    )
    return int(found or 0)


def foretell(lots: Sequence[Burn], *, pace: Pace) -> Forecast:
    """The forecast of given lots at a given pace."""
    at, total = pace.until, sum(lot.kontor for lot in lots)
    left = {lot.lot_id: lot.kontor for lot in lots}
    order = sorted(lots, key=lambda lot: (lot.priority, lot.expires_at, lot.lot_id))
    expired: dict[UUID, int] = {}
    wanted = used = 0
    empty_at, because = at, "empty_now" if not total else "used"
    for ending in sorted(lots, key=lambda lot: (lot.expires_at, lot.lot_id)):
        if not any(left.values()):
            break
        asked, wanted = wanted, pace.by(ending.expires_at)
        need = wanted - asked
        for lot in order:
            share = min(need, left[lot.lot_id])
            left[lot.lot_id] -= share
            need, used = need - share, used + share
        if not any(left.values()):
            empty_at, because = pace.reached(used), "used"
            break
        expired[ending.lot_id], left[ending.lot_id] = left[ending.lot_id], 0
        if not any(left.values()):
            empty_at, because = ending.expires_at, "expired"
    rows = tuple(
        LotForecast(
            lot.lot_id,
            lot.expires_at,
            lot.kontor,
            lot.kontor - expired.get(lot.lot_id, 0),
            expired.get(lot.lot_id, 0),
        )
        for lot in order
    )
    lost = sum(expired.values())
    return Forecast(at, pace, total, total - lost, lost, empty_at, because, rows)  # type: ignore[arg-type]  # 3 words


def course(lots: Sequence[Burn], *, pace: Pace, instants: Sequence[datetime]) -> list[int]:
    """What will be left to spend at each instant (in order, none before the forecast), at a given pace.

    At a pace of 0 only expiry takes something: the steps of a burn-down. Steps and uses are those of `foretell`.
    """
    left = {lot.lot_id: lot.kontor for lot in lots}
    order = sorted(lots, key=lambda lot: (lot.priority, lot.expires_at, lot.lot_id))
    events = sorted({*instants, *(lot.expires_at for lot in lots)})
    wanted, found, asked = set(instants), {}, 0
    for instant in events:
        asked, need = pace.by(instant), pace.by(instant) - asked
        for lot in order:
            share = min(need, left[lot.lot_id])
            left[lot.lot_id] -= share
            need -= share
        for lot in lots:
            if lot.expires_at <= instant:
                left[lot.lot_id] = 0
        if instant in wanted:
            found[instant] = sum(left.values())
    return [found[instant] for instant in instants]
