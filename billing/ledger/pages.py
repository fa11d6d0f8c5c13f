"""Lots and entries of one wallet, page by page, newest first; each page is one index range."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from billing.ledger.models import Entry, Lot
from ebelge.core.errors import NotFound

# Entries are kept by version: those of one lot are looked for in stretches, never in the whole journal at once.
STRETCH: Final = 5000
STRETCHES_MAX: Final = 4


class LotSums(NamedTuple):
    """What became of all kontör that a wallet ever got: the parts sum to `granted`."""

    granted: int
    remaining: int
    held: int
    consumed: int
    expired: int
    voided: int
    frozen: int
    passed: int


class EntriesOfLot(NamedTuple):
    """Movements of one lot, oldest first. `next_after`: from which version to look on; None: that was all."""

    entries: Sequence[Entry]
    next_after: int | None


def lots_page(
    session: Session, *, tenant_id: UUID, limit: int, before: UUID | None = None, only_open: bool = False
) -> Sequence[Lot]:
    """Up to `limit` lots older than `before` (ids are time-ordered). `only_open`: those with kontör left to spend."""
    query = select(Lot).where(Lot.tenant_id == tenant_id).order_by(Lot.lot_id.desc()).limit(limit)
    if before is not None:
        query = query.where(Lot.lot_id < before)
    if only_open:
        query = query.where(Lot.open)
    return session.scalars(query).all()


def entries_page(session: Session, *, tenant_id: UUID, limit: int, before: int | None = None) -> Sequence[Entry]:
    """Up to `limit` journal entries with a version below `before`, newest first."""
    query = select(Entry).where(Entry.tenant_id == tenant_id).order_by(Entry.version.desc()).limit(limit)
    if before is not None:
        query = query.where(Entry.version < before)
    return session.scalars(query).all()


def lot(session: Session, *, tenant_id: UUID, lot_id: UUID) -> Lot:
    """A lot of the tenant. :raises NotFound: it has no such lot."""
    found = session.get(Lot, (tenant_id, lot_id))
    if found is None:
        raise NotFound("Böyle bir kontör paketi yok.", "There is no such lot.")
    return found


def lots(session: Session, *, tenant_id: UUID, lot_ids: Collection[UUID]) -> Sequence[Lot]:
    """The tenant's lots of these ids."""
    return session.scalars(select(Lot).where(Lot.tenant_id == tenant_id, Lot.lot_id.in_(sorted(set(lot_ids))))).all()


def entry(session: Session, *, tenant_id: UUID, version: int) -> Entry:
    """An entry of the tenant's journal. :raises NotFound: it has no such entry."""
    found = session.get(Entry, (tenant_id, version))
    if found is None:
        raise NotFound("Böyle bir hareket yok.", "There is no such entry.")
    return found


def living_lots(session: Session, *, tenant_id: UUID, at: datetime, limit: int) -> Sequence[Lot]:
    """Lots of which something is left, in the order of burning; frozen ones and those only held come last."""
    alive = or_(Lot.open & (Lot.expires_at > at), Lot.frozen > 0, Lot.held > 0)
    return session.scalars(
        select(Lot)
        .where(Lot.tenant_id == tenant_id, alive)
        .order_by(Lot.open.desc(), Lot.priority, Lot.expires_at, Lot.lot_id)
        .limit(limit)
    ).all()


def sums(session: Session, *, tenant_id: UUID) -> LotSums:
    """What became of everything that the tenant's wallet ever got, from its lots."""
    columns = [func.coalesce(func.sum(getattr(Lot, name)), 0) for name in LotSums._fields]
    row = session.execute(select(*columns).where(Lot.tenant_id == tenant_id)).one()
    return LotSums(*(int(value) for value in row))


def entries_of_lot(session: Session, *, tenant_id: UUID, of: Lot, after: int | None, limit: int) -> EntriesOfLot:
    """Up to `limit` movements of a lot with versions above `after` (None: from its crediting on), oldest first.

    Looks through a bounded stretch of the journal only, so a page may hold fewer and yet go on.
    """
    versions = select(Entry.version).where(Entry.tenant_id == tenant_id)
    last = int(session.scalar(versions.order_by(Entry.version.desc()).limit(1)) or 0)
    start = after if after is not None else _before(session, tenant_id, of.credited_at)
    found: list[Entry] = []
    for _ in range(STRETCHES_MAX):
        upto = min(start + STRETCH, last)
        found += session.scalars(
            select(Entry)
            .where(
                Entry.tenant_id == tenant_id, Entry.version > start, Entry.version <= upto, Entry.lot_id == of.lot_id
            )
            .order_by(Entry.version)
            .limit(limit + 1 - len(found))
        )
        if len(found) > limit:
            return EntriesOfLot(found[:limit], found[limit - 1].version)
        start = upto
        if start >= last:
            return EntriesOfLot(found, None)
    return EntriesOfLot(found, start)


def _before(session: Session, tenant_id: UUID, at: datetime) -> int:
    """The last version before an instant."""
    from_then = select(Entry.version).where(Entry.tenant_id == tenant_id, Entry.at >= at)
    first = session.scalar(from_then.order_by(Entry.at, Entry.version).limit(1))
    return int(first) - 1 if first is not None else 0
