"""Who can be given a lead: the operator's own people, and open resellers."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Taker:
    """A colleague (person's id) or a reseller (account's id)."""

    id: UUID
    name: str


def resellers(session: Session) -> list[Taker]:
    """Resellers with an open account, by name (role reader)."""
    rows = session.execute(
        text(
            "SELECT tenant_id, title FROM tenant WHERE kind = 'reseller' AND mode = 'live' AND state = 'active' "
            "ORDER BY title, tenant_id"
        )
    )
    return [Taker(row.tenant_id, row.title) for row in rows]


def colleagues(session: Session, *, tenant_id: UUID) -> list[Taker]:
    """The operator's own people, by name (role reader)."""
    rows = session.execute(
        text(
            "SELECT p.person_id, p.full_name FROM membership m JOIN person p ON p.person_id = m.person_id "
            "WHERE m.tenant_id = :tenant_id AND m.ended_at IS NULL AND p.state = 'active' ORDER BY p.full_name, 1"
        ),
        {"tenant_id": tenant_id},
    )
    return [Taker(row.person_id, row.full_name) for row in rows]
