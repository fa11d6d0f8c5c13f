"""Balances, now and as of an earlier instant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from billing.ledger.models import Entry, Lot, Wallet
from ebelge.core.errors import InvalidRequest

# An entry's time lies at most 60 s back and its transaction ends within 30 s: after 90 s nothing can come before.
SETTLED_AFTER = timedelta(seconds=90)


_BEFORE = text("""
    SELECT coalesce((SELECT j.available FROM journal j WHERE j.tenant_id = :tenant_id AND j.at < x.instant
                      ORDER BY j.at DESC, j.version DESC LIMIT 1), 0)
      FROM unnest(CAST(:instants AS timestamptz[])) WITH ORDINALITY AS x(instant, place) ORDER BY x.place
""")


@dataclass(frozen=True, slots=True)
class Balance:
    """Kontör of a tenant. `spendable` leaves out what is past due but not yet posted as expired."""

    available: int
    held: int
    frozen: int
    spendable: int
    next_expiry_at: datetime | None
    next_expiry_kontor: int
    version: int


def balance(session: Session, *, tenant_id: UUID, at: datetime) -> Balance:
    """The balance now, O(1) in the number of entries."""
    wallet = session.execute(select(Wallet).where(Wallet.tenant_id == tenant_id)).scalar_one()
    open_lots = session.execute(
        select(Lot.expires_at, func.sum(Lot.remaining))
        .where(Lot.tenant_id == tenant_id, Lot.open, Lot.expires_at > at)
        .group_by(Lot.expires_at)
        .order_by(Lot.expires_at)
    ).all()
    first = open_lots[0] if open_lots else (None, 0)
    return Balance(
        available=wallet.available,
        held=wallet.held,
        frozen=wallet.frozen,
        spendable=sum(int(row[1]) for row in open_lots),
        next_expiry_at=first[0],
        next_expiry_kontor=int(first[1]),
        version=wallet.version,
    )


@dataclass(frozen=True, slots=True)
class PastBalance:
    """Kontör of a tenant as of an instant; never changes afterwards."""

    available: int
    held: int
    frozen: int
    version: int


def balance_as_of(session: Session, *, tenant_id: UUID, as_of: datetime, now: datetime) -> PastBalance:
    """The balance as of `as_of`, which must be at least 90 s ago: later entries can no longer change it.

    :raises InvalidRequest: `as_of` is too recent to be final.
    """
    if as_of > now - SETTLED_AFTER:
        raise InvalidRequest(
            "Geçmiş bakiye en az 90 saniye öncesi için verilebilir.",
            "A past balance can be given for instants at least 90 seconds ago.",
        )
    entry = session.execute(
        select(Entry)
        .where(Entry.tenant_id == tenant_id, Entry.at <= as_of)
        .order_by(Entry.at.desc(), Entry.version.desc())
        .limit(1)
    ).scalar_one_or_none()
    if entry is None:
        return PastBalance(0, 0, 0, 0)
    return PastBalance(entry.available, entry.held, entry.frozen, entry.version)


def spendable_before(session: Session, *, tenant_id: UUID, instants: Sequence[datetime]) -> list[int]:
    """What could be spent just before each instant, by one index look-up each; 0 before the first entry.

    What was past due but not yet swept counts until the sweep: the journal's word of that time.
    """
    rows = session.execute(_BEFORE, {"tenant_id": tenant_id, "instants": list(instants)})
    return [int(row[0]) for row in rows]
