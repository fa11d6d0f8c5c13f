"""Every account, for the operator's staff: found by title or number, by state. Sessions of the role reader only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from ebelge.core.errors import NotFound
from ebelge.core.folding import fold

WORDS_MAX: Final = 6
# As `fold` makes the words that are looked for; the C collation keeps I and i apart from what a locale thinks.
_TITLE: Final = "lower(translate(t.title, 'ıİşŞğĞüÜöÖçÇâÂîÎûÛ', 'iissgguuooccaaiiuu') COLLATE \"C\")"
_COLUMNS: Final = """
    SELECT t.tenant_id, t.kind, t.mode, t.state, t.state_since, t.state_reason, t.vkn_tckn, t.title, t.city,
           t.created_at, r.title AS reseller_title,
           (SELECT coalesce(jsonb_object_agg(s.service, s.state), '{}') FROM service s
             WHERE s.tenant_id = t.tenant_id AND s.state <> 'not_wanted') AS services
      FROM tenant t LEFT JOIN tenant r ON r.tenant_id = t.reseller_id
"""


@dataclass(frozen=True, slots=True)
class Account:
    """An account as the operator's list shows it."""

    tenant_id: UUID
    kind: str
    mode: str
    state: str
    state_since: Any
    state_reason: str | None
    vkn_tckn: str
    title: str
    city: str
    created_at: Any
    reseller_title: str | None
    services: dict[str, str]


def search(
    session: Session, *, words: str = "", state: str = "", mode: str = "live", after: tuple[str, UUID] | None = None,
    limit: int = 50,
) -> Sequence[Account]:  # fmt: skip
    """Accounts by title, then id: every word stands in the title, or one is the beginning of the VKN or TCKN.

    Turkish letters, their case and punctuation make no difference. `after`: title and id of the last one shown.
    """
    conditions, values = ["t.mode = :mode"], {"mode": mode, "limit": limit}
    if state:
        conditions.append("t.state = :state")
        values["state"] = state
    looked_for = fold(words[:200]).casefold().split()[:WORDS_MAX]
    if words.strip() and not looked_for:
        return []  # nothing but punctuation
    for place, word in enumerate(looked_for):
        values[f"word{place}"] = word
        conditions.append(f"({_TITLE} LIKE '%' || :word{place} || '%' OR t.vkn_tckn LIKE :word{place} || '%')")
    if after is not None:
        conditions.append("(t.title, t.tenant_id) > (:title, CAST(:after AS uuid))")
        values |= {"title": after[0], "after": str(after[1])}
    statement = f"{_COLUMNS} WHERE {' AND '.join(conditions)} ORDER BY t.title, t.tenant_id LIMIT :limit"
    return [Account(**row._mapping) for row in session.execute(text(statement), values)]


def get(session: Session, *, tenant_id: UUID) -> Account:
    """One account. :raises NotFound: there is none."""
    row = session.execute(text(f"{_COLUMNS} WHERE t.tenant_id = :id"), {"id": str(tenant_id)}).first()
    if row is None:
        raise NotFound()
    return Account(**row._mapping)
