"""The desk's lists: lines that wait for somebody, what is decided about them, and finding one by the end of its id."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ebelge.core.errors import InvalidRequest, NotFound

WAITING = ("new", "proposed", "decided", "to_refund")
SHORT = 8  # so many signs of an id are shown; the end, because the beginning of neighbours is the same

_LINES = """
    SELECT l.line_id, l.booked_on, l.amount_kurus, l.currency, l.description, l.sender_name, l.sender_vkn, l.state,
           coalesce(l.match, '') AS match, l.note, coalesce(o.reference, '') AS reference,
           coalesce(t.title, '') AS title, coalesce(o.gross_kurus, 0) AS gross_kurus,
           l.amount_kurus
             - coalesce((SELECT sum(a.amount_kurus) FROM bank_allocation a WHERE a.line_id = l.line_id
                          AND a.reverses_id IS NULL AND a.state IN ('asked', 'approved', 'credited')), 0)::bigint
             + coalesce((SELECT sum(b.amount_kurus) FROM bank_line b WHERE b.pays_back_id = l.line_id), 0)::bigint
             AS rest_kurus
      FROM bank_line l
      LEFT JOIN kontor_order o ON o.tenant_id = l.proposed_tenant_id AND o.order_id = l.proposed_order_id
      LEFT JOIN tenant t ON t.tenant_id = l.proposed_tenant_id
     WHERE l.state = ANY(%s) AND (%s::uuid[] IS NULL OR l.line_id = ANY(%s::uuid[]))
       AND (%s::uuid IS NULL OR l.statement_id = %s::uuid)
     ORDER BY l.booked_on, l.line_id LIMIT %s
"""
_DECISIONS = """
    SELECT a.allocation_id, a.line_id, a.amount_kurus, a.state, a.second_person, a.asked_by,
           coalesce(a.approved_by, '') AS approved_by, a.note, o.reference, t.title
      FROM bank_allocation a
      JOIN kontor_order o ON o.tenant_id = a.to_tenant_id AND o.order_id = a.order_id
      JOIN tenant t ON t.tenant_id = a.to_tenant_id
     WHERE a.line_id = ANY(%s) ORDER BY a.allocation_id
"""
_FIND = {
    "line": "SELECT line_id FROM bank_line WHERE replace(line_id::text, '-', '') LIKE '%%' || %s LIMIT 2",
    "decision": "SELECT allocation_id FROM bank_allocation "
    "WHERE replace(allocation_id::text, '-', '') LIKE '%%' || %s LIMIT 2",
}


@dataclass(frozen=True, slots=True)
class ListedLine:
    """A line as the desk sees it; `reference`, `title` and `gross_kurus` are those of the order that is proposed."""

    line_id: UUID
    booked_on: date
    amount_kurus: int
    currency: str
    description: str
    sender_name: str
    sender_vkn: str
    state: str
    match: str
    note: str
    reference: str
    title: str
    gross_kurus: int
    rest_kurus: int


@dataclass(frozen=True, slots=True)
class ListedDecision:
    """A decision about a line, with its order in words."""

    allocation_id: UUID
    line_id: UUID
    amount_kurus: int
    state: str
    second_person: bool
    asked_by: str
    approved_by: str
    note: str
    reference: str
    title: str


def lines(
    session: Session, *, states: Sequence[str] = WAITING, line_ids: Sequence[UUID] | None = None,
    statement_id: UUID | None = None, limit: int = 200,
) -> list[ListedLine]:  # fmt: skip
    """Lines in these states (of these ids, first seen in this statement, where they are given), oldest first (role
    finance)."""
    ids = None if line_ids is None else list(line_ids)
    return [
        ListedLine(**row._mapping)
        for row in _rows(session, _LINES, list(states), ids, ids, statement_id, statement_id, limit)
    ]


def decisions(session: Session, line_ids: Sequence[UUID]) -> list[ListedDecision]:
    """What is decided about these lines, in the order in which it was (role finance)."""
    return [ListedDecision(**row._mapping) for row in _rows(session, _DECISIONS, list(line_ids))]


def find_line(session: Session, said: str) -> UUID:
    """The line whose id is, or ends with, what was said. :raises NotFound: none or several."""
    return _find(session, "line", said)


def find_decision(session: Session, said: str) -> UUID:
    """The decision whose id is, or ends with, what was said. :raises NotFound: none or several."""
    return _find(session, "decision", said)


def short(id_: UUID) -> str:
    """The end of an id, enough to name it at the desk."""
    return id_.hex[-SHORT:]


def _find(session: Session, what: str, said: str) -> UUID:
    end = said.strip().lower().replace("-", "")
    if not 6 <= len(end) <= 32 or set(end) - set("0123456789abcdef"):
        raise InvalidRequest("En az altı işaretli bir kimlik sonu gerekli.", f"{said[:40]!r} is not the end of an id.")
    found = _rows(session, _FIND[what], end)
    if len(found) != 1:
        raise NotFound(f"{said[:40]}: bir kayıt bulunamadı.", f"{len(found) or 'No'} {what}s end with {end}.")
    return UUID(str(found[0][0]))


def _rows(session: Session, sql: str, *values: Any) -> Sequence[Any]:
    session.flush()
    return session.connection().exec_driver_sql(sql, values).fetchall()
