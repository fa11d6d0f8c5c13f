"""Lots and entries of one wallet, page by page, newest first; each page is one index range."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.ledger.models import Entry, Lot


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
