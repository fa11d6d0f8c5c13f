"""What a reseller's people see of their customers: who, in which state, how much kontör and until when. No documents.

Runs as the database role `reseller` (`core.db.reseller_session`): its policies show the customers of that reseller and
nobody else, and of their lots only what is left until when. The predicate on the reseller stands here all the same.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from ebelge.core.errors import InvalidRequest, NotFound
from ebelge.core.folding import fold

Order = Literal["low", "title", "expiry"]
WORDS_MAX = 6
# `core.folding.fold` in SQL, for the letters that Turkish titles have.
_FOLDED = (
    "btrim(regexp_replace(upper(translate(t.title, 'çÇğĞıİöÖşŞüÜâÂîÎûÛ', 'CCGGIIOOSSUUAAIIUU') COLLATE \"C\"), "
    "'[^A-Z0-9]+', ' ', 'g'))"
)
_KEYS: Final[dict[str, tuple[str, str]]] = {
    "low": ("w.available", "bigint"),
    "title": (_FOLDED, "text"),
    "expiry": ("coalesce(n.expires_at, 'infinity')", "timestamptz"),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """A customer in the list. `key`: where the next page goes on, in the order that was asked for."""

    tenant_id: UUID
    vkn_tckn: str
    title: str
    state: str
    city: str
    available: int
    next_expiry: datetime | None
    expiring: int
    last_activity: datetime | None
    services: tuple[str, ...]
    created_at: datetime
    key: str

    @property
    def cursor(self) -> str:
        """Where the page after this customer begins: opaque, and good for the same order only."""
        return base64.urlsafe_b64encode(f"{self.key}|{self.tenant_id}".encode()).decode().rstrip("=")


def after(cursor: str | None) -> tuple[str, UUID] | None:
    """What a cursor says. :raises InvalidRequest: it is none of ours."""
    if not cursor:
        return None
    try:
        key, _, tenant_id = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().rpartition("|")
        return key, UUID(tenant_id)
    except (binascii.Error, UnicodeError, ValueError) as error:
        raise InvalidRequest("Sayfa adresi geçersiz.", "The page's address is invalid.") from error


def customers(
    session: Session,
    *,
    reseller_id: UUID,
    at: datetime,
    limit: int,
    search: str = "",
    order: Order = "low",
    after: tuple[str, UUID] | None = None,
) -> Sequence[Seen]:
    """Live customers of the reseller; those after a key and id. `search`: words of the title, or a VKN's beginning.

    Compared without case, dots and Turkish letters. :raises InvalidRequest: a key that is none of this order's.
    """
    key, kind = _KEYS[order]
    words = fold(search).split()[:WORDS_MAX]
    wanted = [f"({_FOLDED} LIKE :word{n} OR t.vkn_tckn LIKE :start{n})" for n in range(len(words))]
    if after is not None:
        wanted.append(f"({key}, t.tenant_id) > (CAST(:key AS {kind}), :id)")
    values: dict[str, Any] = {"reseller": reseller_id, "at": at, "limit": limit}
    values |= {f"word{n}": f"%{word}%" for n, word in enumerate(words)}
    values |= {f"start{n}": f"{word}%" for n, word in enumerate(words)}
    if after is not None:
        values |= {"key": _checked(after[0], order), "id": after[1]}
    rest = "".join(f" AND {one}" for one in wanted)
    return _seen(session, f"{_of(key)} WHERE {_THEIRS}{rest} ORDER BY {key}, t.tenant_id LIMIT :limit", values)


def customer(session: Session, *, reseller_id: UUID, customer_id: UUID, at: datetime) -> Seen:
    """One customer of the reseller; a stranger's and nobody's are answered alike. :raises NotFound: none."""
    sql = f"{_of('w.available')} WHERE {_THEIRS} AND t.tenant_id = :customer"
    found = _seen(session, sql, {"reseller": reseller_id, "customer": customer_id, "at": at})
    if not found:
        raise NotFound("Böyle bir müşteriniz yok.", "You have no such customer.")
    return found[0]


_THEIRS = "t.reseller_id = :reseller AND t.mode = 'live' AND t.kind = 'customer'"


def _of(key: str) -> str:
    return f"""
    SELECT t.tenant_id, t.vkn_tckn, t.title, t.state, t.city, w.available, n.expires_at AS next_expiry,
           coalesce(n.kontor, 0) AS expiring, t.created_at,
           CASE WHEN w.version > 0 THEN w.last_entry_at END AS last_activity,
           ARRAY(SELECT s.service FROM service s WHERE s.tenant_id = t.tenant_id AND s.state IN ('active', 'closing')
                  ORDER BY s.service) AS services, CAST({key} AS text) AS key
      FROM tenant t
      JOIN wallet w ON w.tenant_id = t.tenant_id
      LEFT JOIN LATERAL (
            SELECT l.expires_at, sum(l.remaining) AS kontor FROM lot l
             WHERE l.tenant_id = t.tenant_id AND l.open AND l.remaining > 0 AND l.expires_at > :at
             GROUP BY l.expires_at ORDER BY l.expires_at LIMIT 1
      ) n ON true"""


def _seen(session: Session, sql: str, values: dict[str, Any]) -> list[Seen]:
    rows = session.execute(text(sql), values)
    return [Seen(**{**row._mapping, "services": tuple(row.services), "expiring": int(row.expiring)}) for row in rows]


def _checked(key: str, order: Order) -> str:
    try:
        if order == "low":
            int(key)
        elif order == "expiry" and key != "infinity":
            datetime.fromisoformat(key)
    except ValueError as error:
        raise InvalidRequest("Sayfa adresi geçersiz.", "The page's address is invalid.") from error
    return key
