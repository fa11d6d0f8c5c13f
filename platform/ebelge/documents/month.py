"""How many documents of which kind stand in which state: counted from an index, without reading a document."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ebelge.core.ids import floor_id
from ebelge.documents import reached
from ebelge.documents.models import Document
from tenants.members.reach import WHOLE, Reach

# More of one kind of trouble than this is shown as "more than": nobody reads on, and the page stays quick.
TROUBLES_MAX: Final = 100


class Counted(NamedTuple):
    """A kind, a state, and how many documents of a period are both."""

    kind: str
    state: str
    documents: int


class Troubles(NamedTuple):
    """How many documents of one state wait for a person (at most `TROUBLES_MAX`), and the newest of them."""

    state: str
    documents: int
    newest: Sequence[tuple[UUID, str, str]]  # id, number, buyer


def counted(session: Session, *, tenant_id: UUID, first: date, last: date, reach: Reach = WHOLE) -> list[Counted]:
    """Documents with issue dates from `first` to `last`, by kind and state."""
    wanted: Any = (
        select(Document.kind, Document.state, func.count())
        .where(Document.tenant_id == tenant_id, Document.issue_date >= first, Document.issue_date <= last)
        .group_by(Document.kind, Document.state)
    )
    rows = session.execute(reached.narrowed(wanted, tenant_id=tenant_id, reach=reach))
    return [Counted(row[0], row[1], int(row[2])) for row in rows]


def troubles(
    session: Session, *, tenant_id: UUID, states: Collection[str], since: datetime, reach: Reach = WHOLE
) -> list[Troubles]:
    """Documents accepted since then that stand in one of these states and were not corrected, state by state."""
    found = []
    for state in states:
        wanted: Any = (
            select(Document.document_id, Document.number, Document.buyer_title)
            .where(
                Document.tenant_id == tenant_id,
                Document.state == state,
                Document.document_id >= floor_id(since),
                Document.superseded.is_(False),
            )
            .order_by(Document.document_id.desc())
            .limit(TROUBLES_MAX)
        )
        rows = session.execute(reached.narrowed(wanted, tenant_id=tenant_id, reach=reach)).all()
        if rows:
            found.append(Troubles(state, len(rows), [(row[0], row[1], row[2]) for row in rows[:3]]))
    return found


def any_at_all(session: Session, *, tenant_id: UUID) -> bool:
    """Whether the tenant has ever sent a document."""
    return session.scalar(select(Document.document_id).where(Document.tenant_id == tenant_id).limit(1)) is not None
