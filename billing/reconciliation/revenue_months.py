"""Revenue month after month, and a month's revenue lot by lot: the terms of `revenue`, grouped in one pass.

The newest closing is what the lots hold now; every earlier one is reckoned back from it by what moved since. A
connection of the role reader, REPEATABLE READ.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from billing.reconciliation.revenue import LEFT_NOW, LIVE, SUMS
from ebelge.core.clock import add_months, istanbul_midnight

_MONTH = "date_trunc('month', j.at AT TIME ZONE 'Europe/Istanbul')::date"
_BY_MONTH = text(f"SELECT {_MONTH} AS month, {SUMS} FROM journal j {LIVE} WHERE j.at >= :start GROUP BY 1 ORDER BY 1")
# The terms of revenue as parts of a lot's movements in a period.
TERMS: dict[str, str] = {
    "sold": "sum(j.net_kurus) FILTER (WHERE j.kind = 'granted')",
    "earned": "sum(CASE j.kind WHEN 'captured' THEN j.net_kurus WHEN 'restored' THEN -j.net_kurus ELSE 0 END)",
    "breakage": "sum(j.net_kurus) FILTER (WHERE j.kind = 'expired')",
    "voided": "sum(j.net_kurus) FILTER (WHERE j.kind = 'voided')",
    "in_transit": "sum(CASE j.kind WHEN 'passed' THEN j.net_kurus WHEN 'received' THEN -j.net_kurus ELSE 0 END)",
}
_LOTS = text(
    f"""SELECT m.*, t.title, l.source, l.reason, l.credited_at, l.expires_at, l.net_price_kurus, l.net_left_kurus
      FROM (SELECT j.tenant_id, j.lot_id,
                   {", ".join(f"coalesce({sql}, 0)::bigint AS {name}" for name, sql in TERMS.items())}
              FROM journal j {LIVE} WHERE j.at >= :start AND j.at < :end GROUP BY 1, 2) m
      JOIN lot l ON l.tenant_id = m.tenant_id AND l.lot_id = m.lot_id
      JOIN tenant t ON t.tenant_id = m.tenant_id
     WHERE CASE CAST(:term AS text) WHEN 'sold' THEN m.sold WHEN 'earned' THEN m.earned WHEN 'breakage' THEN m.breakage
                WHEN 'voided' THEN m.voided WHEN 'in_transit' THEN m.in_transit
                ELSE (m.sold <> 0 OR m.earned <> 0 OR m.breakage <> 0 OR m.voided <> 0 OR m.in_transit <> 0)::int END
           <> 0
       AND (CAST(:after_tenant AS uuid) IS NULL
            OR (m.tenant_id, m.lot_id) > (CAST(:after_tenant AS uuid), CAST(:after_lot AS uuid)))
     ORDER BY m.tenant_id, m.lot_id LIMIT :limit"""
)


@dataclass(frozen=True, slots=True)
class Month:
    """A month over all live tenants, net kuruş."""

    month: date
    sold: int
    earned: int
    breakage: int
    voided: int
    in_transit: int
    deferred_closing: int

    @property
    def deferred_opening(self) -> int:
        """What was deferred when it began."""
        return self.deferred_closing - self.sold + self.earned + self.breakage + self.voided + self.in_transit


def months(connection: Connection, *, first: date, count: int) -> list[Month]:
    """`count` months from `first` on, oldest first; those in which nothing moved stand there, too."""
    rows = {row.month: row for row in connection.execute(_BY_MONTH, {"start": istanbul_midnight(first)})}
    closing = int(connection.execute(text(LEFT_NOW)).scalar_one())
    wanted = [add_months(first, number) for number in range(count)]
    found: list[Month] = []
    for day in sorted({*wanted, *rows}, reverse=True):
        row = rows.get(day)
        one = _month(day, row, closing) if row is not None else Month(day, 0, 0, 0, 0, 0, closing)
        closing = one.deferred_opening
        if day in wanted:
            found.append(one)
    return found[::-1]


def lots_of(
    connection: Connection, *, start: datetime, end: datetime, term: str = "", after: tuple[UUID, UUID] | None = None,
    limit: int,
) -> Sequence[Any]:  # fmt: skip
    """Lots that moved in [start, end), with each term; `term`: only those that moved by it."""
    values = {
        "start": start, "end": end, "term": term, "limit": limit, "after_tenant": after and after[0],
        "after_lot": after and after[1],
    }  # fmt: skip
    return connection.execute(_LOTS, values).all()


def _month(day: date, row: Any, closing: int) -> Month:
    def sum_of(name: str) -> int:
        return int(getattr(row, name) or 0)

    return Month(
        day, sum_of("sold"), sum_of("captured") - sum_of("restored"), sum_of("expired"), sum_of("voided"),
        sum_of("passed") - sum_of("received"), closing,
    )  # fmt: skip
