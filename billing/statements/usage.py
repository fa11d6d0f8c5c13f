"""What kontör were used for: by day, kind, person or API key. Used is what was captured, less what came back."""

from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from ebelge.core.clock import istanbul_midnight
from ebelge.core.db import fetch
from ebelge.core.errors import InvalidRequest

By = Literal["day", "kind", "user", "api_key"]
DAYS_MAX = 366

# Who had a document made: `key:…` for an API key, else a person or a part of the program.
_KEYS: dict[str, str] = {
    "day": "to_char(j.at AT TIME ZONE 'Europe/Istanbul', 'YYYY-MM-DD')",
    "kind": "c.kind",
    "user": "coalesce(CASE WHEN d.created_by NOT LIKE 'key:%%' THEN d.created_by END, '')",
    "api_key": "coalesce(CASE WHEN d.created_by LIKE 'key:%%' THEN substr(d.created_by, 5) END, '')",
}
_BY_WHOM = "LEFT JOIN document_outcomes d ON d.tenant_id = j.tenant_id AND d.document_id = j.charge_id"
_MOVED = """
      FROM journal j
      JOIN charge c ON c.tenant_id = j.tenant_id AND c.charge_id = j.charge_id
      {more}
     WHERE j.tenant_id = %s AND j.at >= %s AND j.at < %s AND j.kind IN ('captured', 'restored')
"""
_USED = f"""
    SELECT {{key}} AS key, sum(CASE j.kind WHEN 'captured' THEN j.kontor ELSE -j.kontor END)::bigint AS kontor,
           count(DISTINCT j.charge_id) FILTER (WHERE j.kind = 'captured')
         - count(DISTINCT j.charge_id) FILTER (WHERE j.kind = 'restored') AS charges
    {_MOVED}
     GROUP BY 1 ORDER BY 1
"""
_PARTS = f"""
    SELECT j.version, j.at, j.kind, j.kontor, j.charge_id, c.kind AS charge_kind, c.reference
    {_MOVED} AND {{key}} = %s AND j.version > %s
     ORDER BY j.version LIMIT %s
"""


class Used(NamedTuple):
    """A day, kind, person or key (empty: none of these), the kontör it used and for how many documents or services."""

    key: str
    kontor: int
    charges: int


class Part(NamedTuple):
    """A movement: `captured` was used, `restored` came back."""

    version: int
    at: datetime
    kind: str
    kontor: int
    charge_id: UUID
    charge_kind: str
    reference: str


def usage(session: Session, *, tenant_id: UUID, first: date, last: date, by: By) -> list[Used]:
    """Kontör used from `first` to `last`, both whole Istanbul days.

    :raises InvalidRequest: the days are in the wrong order, or more than a year.
    """
    sql = _USED.format(key=_KEYS[by], more=_BY_WHOM if by in ("user", "api_key") else "")
    return [Used(*row) for row in fetch(session, sql, tenant_id, *_days(first, last))]


def parts(
    session: Session, *, tenant_id: UUID, first: date, last: date, by: By, key: str, after: int = 0, limit: int
) -> list[Part]:
    """The movements that one row of `usage` is made of, oldest first, above the version `after`. Errors: `usage`."""
    sql = _PARTS.format(key=_KEYS[by], more=_BY_WHOM if by in ("user", "api_key") else "")
    return [Part(*row) for row in fetch(session, sql, tenant_id, *_days(first, last), key, after, limit)]


def _days(first: date, last: date) -> tuple[datetime, datetime]:
    if not first <= last <= first + timedelta(days=DAYS_MAX - 1):
        raise InvalidRequest("En çok 366 günlük bir aralık verin.", "Give a range of at most 366 days.")
    return istanbul_midnight(first), istanbul_midnight(last + timedelta(days=1))
