"""Accounts that GİB closed by itself: noted, counted as closed from their day on, and told to whom they concern.

While a closure is listed it stands above the list of users: every open alias of the taxpayer ends with its day. When it
is gone (seven days, or GİB opened the account again) the next list of users says what holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from ebelge.core.db import driver
from ebelge.gib.closures import Closure

_PUT = text(
    "INSERT INTO gib_closure (mode, vkn_tckn, closure_date, new_identifier, status, registration_code, "
    "registration_description, seen_at) VALUES (:mode, :vkn, :day, :new, :status, :code, :said, :at) "
    "ON CONFLICT (mode, vkn_tckn, closure_date) DO UPDATE SET gone_at = NULL, status = excluded.status"
)
_GONE = text(
    "UPDATE gib_closure SET gone_at = :at WHERE mode = :mode AND gone_at IS NULL "
    "AND NOT (vkn_tckn || ' ' || closure_date = ANY (:kept))"
)
# The same statement ends a list's load (`list_load`), which would open these aliases again.
APPLY = """
UPDATE gib_alias g SET deleted_at = greatest(c.closure_date::timestamp AT TIME ZONE 'Europe/Istanbul', g.created_at)
  FROM gib_closure c
 WHERE c.mode = %(mode)s AND c.gone_at IS NULL AND g.mode = c.mode AND g.vkn_tckn = c.vkn_tckn
   AND (g.deleted_at IS NULL OR g.deleted_at > greatest(c.closure_date::timestamp AT TIME ZONE 'Europe/Istanbul',
                                                        g.created_at))
"""


@dataclass(frozen=True, slots=True)
class Told:
    """A tenant of ours whose account GİB closed, who has not been told yet."""

    tenant_id: UUID
    vkn_tckn: str
    closure_date: date
    reason: str


def take_in(session: Session, *, mode: str, closures: Sequence[Closure], at: datetime) -> int:
    """Note the closures that GİB lists now; returns how many. Those no longer listed are marked as gone."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:key))"), {"key": f"gib_closure:{mode}"})
    for one in closures:
        session.execute(
            _PUT,
            {"mode": mode, "vkn": one.vkn_tckn, "day": one.closure_date, "new": one.new_identifier,
             "status": one.status, "code": one.registration_code, "said": one.registration_description, "at": at},
        )  # fmt: skip
    kept = [f"{one.vkn_tckn} {one.closure_date.isoformat()}" for one in closures]
    session.execute(_GONE, {"mode": mode, "kept": kept, "at": at})
    driver(session).execute(APPLY, {"mode": mode})
    return len(closures)


def untold(session: Session) -> list[Told]:
    """Tenants of ours who are closed and do not know it yet. Runs as the role reader."""
    rows = session.execute(
        text(
            "SELECT t.tenant_id, c.vkn_tckn, c.closure_date, c.registration_code || ' ' || c.registration_description "
            "AS reason FROM gib_closure c JOIN tenant t ON t.mode = c.mode AND t.vkn_tckn = c.vkn_tckn "
            "WHERE c.told_at IS NULL AND c.gone_at IS NULL AND t.kind <> 'pool'"
        )
    )
    return [Told(row.tenant_id, row.vkn_tckn, row.closure_date, row.reason.strip()) for row in rows]


def told(session: Session, *, mode: str, vkn_tckn: str, closure_date: date, at: datetime) -> None:
    """Note that the tenant was told."""
    session.execute(
        text(
            "UPDATE gib_closure SET told_at = :at WHERE mode = :mode AND vkn_tckn = :vkn AND closure_date = :day "
            "AND told_at IS NULL"
        ),
        {"mode": mode, "vkn": vkn_tckn, "day": closure_date, "at": at},
    )
