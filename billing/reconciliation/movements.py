"""The roll-forward of all live tenants over a month, opened: by day, by tenant, down to the entries.

The same terms as `flow`, by which one tenant's is told. Opening and closing are what the last entries wrote down; the
terms are summed from the entries: two witnesses. Sessions of the role reader.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from billing.reconciliation.flow import MOVING, TERM_OF, TERMS

_WHOSE = "(CAST(:tenant_id AS uuid) IS NULL OR t.tenant_id = :tenant_id)"
_FROM = f"""
      FROM tenant t
      JOIN journal j ON j.tenant_id = t.tenant_id AND j.at >= :start AND j.at < :end AND j.kind IN {MOVING}
      JOIN lot l ON l.tenant_id = j.tenant_id AND l.lot_id = j.lot_id
     WHERE t.mode = 'live' AND {_WHOSE}
"""
_DAY = "(j.at AT TIME ZONE 'Europe/Istanbul')::date"
_BY_DAY = text(
    f"SELECT {_DAY} AS day, {TERM_OF} AS term, sum(j.kontor)::bigint AS kontor, sum(j.net_kurus)::bigint AS net_kurus,"
    f" count(*) AS entries {_FROM} GROUP BY 1, 2 ORDER BY 1"
)
_BY_TENANT = text(
    f"SELECT t.tenant_id, t.title, t.vkn_tckn, {TERM_OF} AS term, sum(j.kontor)::bigint AS kontor {_FROM}"
    " GROUP BY 1, 2, 3, 4 ORDER BY 2, 1"
)
_ENTRIES = text(
    f"""SELECT t.tenant_id, t.title, j.version, j.at, {TERM_OF} AS term, j.kontor, j.net_kurus, j.lot_id, j.charge_id,
               l.source, l.reason, coalesce(c.reference, '') AS reference
      FROM tenant t
      JOIN journal j ON j.tenant_id = t.tenant_id AND j.at >= :start AND j.at < :end AND j.kind IN {MOVING}
      JOIN lot l ON l.tenant_id = j.tenant_id AND l.lot_id = j.lot_id
      LEFT JOIN charge c ON c.tenant_id = j.tenant_id AND c.charge_id = j.charge_id
     WHERE t.mode = 'live' AND {_WHOSE} AND (CAST(:term AS text) = '' OR {TERM_OF} = :term)
       AND (CAST(:after_at AS timestamptz) IS NULL OR (j.at, t.tenant_id, j.version)
            > (CAST(:after_at AS timestamptz), CAST(:after_tenant AS uuid), CAST(:after_version AS bigint)))
     ORDER BY j.at, t.tenant_id, j.version LIMIT :limit"""
)
_STANDING = text(
    f"""SELECT coalesce(sum(e.kontor), 0)::bigint FROM tenant t
      CROSS JOIN LATERAL (SELECT j.available + j.held + j.frozen AS kontor FROM journal j
                           WHERE j.tenant_id = t.tenant_id AND j.at < :at ORDER BY j.version DESC LIMIT 1) e
     WHERE t.mode = 'live' AND {_WHOSE}"""
)


@dataclass(frozen=True, slots=True)
class Day:
    """A day's terms, without sign; `closing` is what was there at its end."""

    day: date
    terms: dict[str, int]
    net_kurus: dict[str, int]
    entries: int
    closing: int


@dataclass(frozen=True, slots=True)
class RollForward:
    """A period over all live tenants (or one): opening, terms, closing, and the days that moved anything."""

    start: datetime
    end: datetime
    opening: int
    terms: dict[str, int]
    net_kurus: dict[str, int]
    closing: int
    days: Sequence[Day]

    @property
    def agrees(self) -> bool:
        """Whether opening and terms make the closing that the last entries wrote down."""
        return self.opening + signed(self.terms) == self.closing


def signed(terms: dict[str, int]) -> int:
    """By how much terms move what is there."""
    return sum(TERMS[term][1] * kontor for term, kontor in terms.items())


def roll_forward(
    session: Session | Connection, *, start: datetime, end: datetime, tenant_id: UUID | None = None
) -> RollForward:  # fmt: skip
    """The period [start, end) by days. Test tenants never count."""
    values = {"start": start, "end": end, "tenant_id": tenant_id}
    opening = _standing(session, start, tenant_id)
    days: list[Day] = []
    terms, net = dict.fromkeys(TERMS, 0), dict.fromkeys(TERMS, 0)
    standing = opening
    for day, rows in _grouped(session.execute(_BY_DAY, values).all()):
        own = dict.fromkeys(TERMS, 0) | {row.term: int(row.kontor) for row in rows}
        price = dict.fromkeys(TERMS, 0) | {row.term: int(row.net_kurus) for row in rows}
        standing += signed(own)
        days.append(Day(day, own, price, sum(int(row.entries) for row in rows), standing))
        for term in TERMS:
            terms[term] += own[term]
            net[term] += price[term]
    return RollForward(start, end, opening, terms, net, _standing(session, end, tenant_id), days)


def by_tenant(
    session: Session | Connection, *, start: datetime, end: datetime
) -> list[tuple[UUID, str, str, dict[str, int]]]:  # fmt: skip
    """Of each tenant that moved anything: id, title, VKN or TCKN and its terms."""
    found: dict[UUID, tuple[UUID, str, str, dict[str, int]]] = {}
    for row in session.execute(_BY_TENANT, {"start": start, "end": end, "tenant_id": None}):
        kept = found.setdefault(row.tenant_id, (row.tenant_id, row.title, row.vkn_tckn, dict.fromkeys(TERMS, 0)))
        kept[3][row.term] = int(row.kontor)
    return list(found.values())


def entries(
    session: Session | Connection, *, start: datetime, end: datetime, tenant_id: UUID | None = None, term: str = "",
    after: tuple[datetime, UUID, int] | None = None, limit: int,
) -> Sequence[Any]:  # fmt: skip
    """Entries of [start, end) that moved kontör in or out, in order: tenant, lot, charge and document number."""
    at, tenant, version = after or (None, None, None)
    values = {
        "start": start, "end": end, "tenant_id": tenant_id, "term": term, "limit": limit, "after_at": at,
        "after_tenant": tenant, "after_version": version,
    }  # fmt: skip
    return session.execute(_ENTRIES, values).all()


def _grouped(rows: Sequence[Any]) -> list[tuple[date, list[Any]]]:
    found: dict[date, list[Any]] = {}
    for row in rows:
        found.setdefault(row.day, []).append(row)
    return list(found.items())


def _standing(session: Session | Connection, at: datetime, tenant_id: UUID | None) -> int:
    return int(session.execute(_STANDING, {"at": at, "tenant_id": tenant_id}).scalar_one())
