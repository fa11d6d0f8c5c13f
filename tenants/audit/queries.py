"""Reading the log: newest first, page by page, filtered; an account's own, or all accounts' for the operator's people.

The account's session sees its own; a session of the role `reader` names the account, or none for all of them.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from tenants.audit.actions import ACTIONS, AREAS

EXPORT_MAX = 50_000
PARTS: Final = {"who": "who", "from": "place", "personal": "personal"}
_PAGE = 1000
_DETAIL = (
    "(SELECT d.value FROM audit_detail d WHERE d.tenant_id = n.tenant_id AND d.entry_id = n.entry_id "
    "AND d.part = '{part}')"
)
# The page first; what belongs to its rows is then fetched row by row, by key.
_PAGE_OF = (
    "SELECT n.*, "
    "(SELECT s.version FROM audit_seal s WHERE s.tenant_id = n.tenant_id AND s.entry_id = n.entry_id) AS version, "
    + ", ".join(f"{_DETAIL.format(part=part)} AS {name}" for part, name in PARTS.items())
    + " FROM (SELECT * FROM audit_entry n {where} ORDER BY n.at DESC, n.entry_id DESC LIMIT :limit) AS n "
    "ORDER BY n.at DESC, n.entry_id DESC"
)
_KEYS = text("SELECT tenant_id, key_id, name FROM api_key WHERE tenant_id IN :tenants AND key_id IN :keys").bindparams(
    bindparam("tenants", expanding=True), bindparam("keys", expanding=True)
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which entries: of one account or (None) of all, by whom, what, about what, in [since, until)."""

    tenant_id: UUID | None
    actor_id: str = ""
    action: str = ""
    area: str = ""
    object_kind: str = ""
    object_id: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """After which entry a page goes on."""

    at: datetime
    entry_id: UUID


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as people read it. What was erased is empty; `version` is None until it is sealed."""

    tenant_id: UUID
    entry_id: UUID
    at: datetime
    action: str
    object_kind: str
    object_id: str
    actor_kind: str
    actor_id: str
    actor_name: str
    for_whom: str
    address: str
    agent: str
    request_id: str
    version: int | None
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        """Where a page that ends with it goes on."""
        return Place(self.at, self.entry_id)


def page(session: Session, asked: Asked, *, limit: int, after: Place | None = None) -> list[Entry]:
    """Up to `limit` entries, newest first, from `after` on."""
    conditions, values = _conditions(asked, after)
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    statement = text(_PAGE_OF.format(where=where))
    if "actions" in values:
        statement = statement.bindparams(bindparam("actions", expanding=True))
    rows = session.execute(statement, {**values, "limit": limit}).all()
    return list(_entries(session, rows))


def every(session: Session, asked: Asked) -> Iterator[Entry]:
    """All of them, newest first, at most EXPORT_MAX."""
    place, left = None, EXPORT_MAX
    while left > 0:
        found = page(session, asked, limit=min(_PAGE, left), after=place)
        yield from found
        if len(found) < min(_PAGE, left):
            return
        left -= len(found)
        place = found[-1].place


def _conditions(asked: Asked, after: Place | None) -> tuple[list[str], dict[str, Any]]:
    conditions: list[str] = []
    values: dict[str, Any] = {}
    for name in ("tenant_id", "actor_id", "action", "object_kind", "object_id"):
        if value := getattr(asked, name):
            conditions.append(f"n.{name} = :{name}")
            values[name] = value
    if asked.area and not asked.action:
        conditions.append("n.action IN :actions")
        values["actions"] = list(AREAS[asked.area][1]) if asked.area in AREAS else [""]
    if asked.since is not None:
        conditions.append("n.at >= :since")
        values["since"] = asked.since
    if asked.until is not None:
        conditions.append("n.at < :until")
        values["until"] = asked.until
    if after is not None:
        conditions.append("(n.at, n.entry_id) < (:after_at, :after_id)")
        values |= {"after_at": after.at, "after_id": after.entry_id}
    return conditions, values


def _entries(session: Session, rows: Sequence[Any]) -> Iterator[Entry]:
    if not rows:
        return
    names = _key_names(session, rows)
    for row in rows:
        who, place, personal = (json.loads(value or "{}") for value in (row.who, row.place, row.personal))
        change = json.loads(row.change)
        yield Entry(
            tenant_id=row.tenant_id, entry_id=row.entry_id, at=row.at, action=row.action, object_kind=row.object_kind,
            object_id=row.object_id, actor_kind=row.actor_kind, actor_id=row.actor_id,
            actor_name=who.get("name", "") or names.get((row.tenant_id, row.actor_id), ""), for_whom=row.for_whom,
            address=place.get("address", ""), agent=place.get("agent", ""), request_id=row.request_id,
            version=row.version,
            before=change.get("before", {}) | personal.get("before", {}),
            after=change.get("after", {}) | personal.get("after", {}),
        )  # fmt: skip


def _key_names(session: Session, rows: Sequence[Any]) -> dict[tuple[UUID, str], str]:
    keys = {row.actor_id for row in rows if row.actor_kind == "key"}
    if not keys:
        return {}
    found = session.execute(_KEYS, {"tenants": list({row.tenant_id for row in rows}), "keys": list(keys)})
    return {(row.tenant_id, row.key_id): row.name for row in found}


def action_text(action: str, language: str) -> str:
    """An action in words; one that this release does not know is shown by its name."""
    known = ACTIONS.get(action)
    return action if known is None else known.text(language)
