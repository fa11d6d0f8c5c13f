"""A statement: opening, every movement with its document, lot and payment, closing; from the journal alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from billing.ledger.balance import SETTLED_AFTER, PastBalance, balance_as_of
from billing.ledger.journal import EFFECTS
from ebelge.core.clock import add_months, istanbul_midnight
from ebelge.core.db import driver, fetch
from ebelge.core.errors import InvalidRequest

BATCH = 2000
_LINES = """
    SELECT j.version, j.at, j.kind, j.kontor, j.net_kurus, j.available, j.held, j.frozen, j.charge_id,
           coalesce(c.kind, '') AS charge_kind, coalesce(c.reference, '') AS reference, j.lot_id, l.source,
           l.reason AS lot_reference, coalesce(p.gateway || ':' || p.gateway_payment_id, '') AS payment, l.expires_at
      FROM journal j
      JOIN lot l ON l.tenant_id = j.tenant_id AND l.lot_id = j.lot_id
      LEFT JOIN charge c ON c.tenant_id = j.tenant_id AND c.charge_id = j.charge_id
      LEFT JOIN payment p ON p.tenant_id = j.tenant_id AND l.source = 'payment' AND p.payment_id = l.source_id
     WHERE j.tenant_id = %s AND j.version > %s AND j.version <= %s
     ORDER BY j.version
"""
_LOTS = """
    SELECT l.lot_id, l.source, l.reason AS lot_reference, l.granted, l.credited_at, l.expires_at, l.net_price_kurus,
           sum(CASE j.kind WHEN 'granted' THEN j.kontor WHEN 'received' THEN j.kontor WHEN 'restored' THEN j.kontor
                           WHEN 'captured' THEN -j.kontor WHEN 'expired' THEN -j.kontor WHEN 'voided' THEN -j.kontor
                           WHEN 'passed' THEN -j.kontor ELSE 0 END)::bigint AS left_kontor
      FROM journal j JOIN lot l ON l.tenant_id = j.tenant_id AND l.lot_id = j.lot_id
     WHERE j.tenant_id = %s AND j.version <= %s
     GROUP BY l.tenant_id, l.lot_id
    HAVING sum(CASE j.kind WHEN 'granted' THEN j.kontor WHEN 'received' THEN j.kontor WHEN 'restored' THEN j.kontor
                           WHEN 'captured' THEN -j.kontor WHEN 'expired' THEN -j.kontor WHEN 'voided' THEN -j.kontor
                           WHEN 'passed' THEN -j.kontor ELSE 0 END) <> 0
     ORDER BY l.expires_at, l.lot_id
"""


class Line(NamedTuple):
    """One movement. `kontor` has no sign: `change` says how it moved what can be spent."""

    version: int
    at: datetime
    kind: str
    kontor: int
    net_kurus: int
    available: int
    held: int
    frozen: int
    charge_id: UUID | None
    charge_kind: str
    reference: str  # of what was charged: the document's number
    lot_id: UUID
    source: str
    lot_reference: str  # the order's reference, or the reason of a grant
    payment: str  # `gateway:id` that paid for the lot
    expires_at: datetime

    @property
    def change(self) -> int:
        """By how much the spendable kontör moved."""
        return EFFECTS[self.kind][0] * self.kontor


class LotLeft(NamedTuple):
    """A lot and what of it was left at the statement's end: spendable, held or frozen."""

    lot_id: UUID
    source: str
    lot_reference: str
    granted: int
    credited_at: datetime
    expires_at: datetime
    net_price_kurus: int
    left_kontor: int


@dataclass(frozen=True, slots=True)
class Frame:
    """A statement without its lines: the period, and the balances that its lines must lead from and to."""

    tenant_id: UUID
    start: datetime
    end: datetime
    opening: PastBalance
    closing: PastBalance

    @property
    def line_count(self) -> int:
        """How many lines it has: versions have no gaps."""
        return self.closing.version - self.opening.version


def month(day: date) -> tuple[datetime, datetime]:
    """[start, end) of the Istanbul month that `day` is in."""
    first = day.replace(day=1)
    return istanbul_midnight(first), istanbul_midnight(add_months(first, 1))


def frame(
    session: Session, *, tenant_id: UUID, start: datetime, end: datetime, now: datetime, provisional: bool = False
) -> Frame:
    """The balances at both ends of [start, end).

    An `end` that is not final yet is drawn to the last final instant, so the same statement asked for again is the
    same. A `provisional` one goes up to now and may still grow.
    :raises InvalidRequest: the period is empty or has not begun.
    """
    if provisional:
        now += SETTLED_AFTER
    end = min(end, now - SETTLED_AFTER)
    if start >= end:
        raise InvalidRequest("Dönem boş ya da henüz başlamadı.", "The period is empty or has not begun.")
    return Frame(
        tenant_id, start, end,
        _just_before(session, tenant_id, start, now), _just_before(session, tenant_id, end, now),
    )  # fmt: skip


def lines(session: Session, found: Frame) -> Iterator[Line]:
    """Every line of the statement in order, fetched in portions."""
    first, last = found.opening.version, found.closing.version
    with driver(session).cursor() as cursor:
        while first < last:
            upto = min(first + BATCH, last)
            yield from map(Line._make, cursor.execute(_LINES, (found.tenant_id, first, upto)))
            first = upto


def page(session: Session, found: Frame, *, after: int, limit: int) -> list[Line]:
    """Up to `limit` lines with versions above `after`, in order."""
    last = min(after + limit, found.closing.version)
    with driver(session).cursor() as cursor:
        return [Line._make(row) for row in cursor.execute(_LINES, (found.tenant_id, after, last))]


def lots_left(session: Session, found: Frame) -> list[LotLeft]:
    """The lots that had kontör left at the end, what expires first coming first."""
    return [LotLeft(*row) for row in fetch(session, _LOTS, found.tenant_id, found.closing.version)]


def _just_before(session: Session, tenant_id: UUID, at: datetime, now: datetime) -> PastBalance:
    """The balance before an instant: an entry at the instant itself belongs to what follows."""
    return balance_as_of(session, tenant_id=tenant_id, as_of=at - timedelta(microseconds=1), now=now)
