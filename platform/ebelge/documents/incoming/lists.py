"""The list of incoming documents as people look at it, and the mark that one was taken over into the books.

`reach`: see `incoming.queries`. Every statement names its tenant.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, select, update
from sqlalchemy.orm import Session

from ebelge.documents import looking
from ebelge.documents.incoming import queries
from ebelge.documents.incoming.models import IncomingDocument
from ebelge.documents.looking import COUNTED_MAX, Count, Key, Page, Wanted, exactly, fitting, is_indexed
from tenants.audit.deeds import deed
from tenants.members.reach import WHOLE, Reach

KINDS: Final = ("efatura", "eirsaliye")
ANSWERS: Final = ("none", "accepted", "rejected", "partly", "returned", "assumed")
_FEW: Final = frozenset({"rejected", "partly", "returned"})


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the headline says: how many wait for our answer, and until when the first of them."""

    needs: Count
    next_until: datetime | None


def page(
    session: Session, *, tenant_id: UUID, wanted: Wanted, at: datetime, after: Key | None = None, limit: int = 50,
    reach: Reach = WHOLE,
) -> Page[IncomingDocument]:  # fmt: skip
    """A page of what came in, the newest issue day first. :raises InvalidRequest: a filter that cannot be."""
    asked = statement(tenant_id, wanted, at=at, reach=reach)
    few = wanted.needs or wanted.answer in _FEW
    # What a narrowed reader does not reach the index finds and the statement leaves out: it knows no mailboxes.
    indexed = replace(wanted.entry, source="incoming") if is_indexed(wanted.entry, few=few) else None
    return looking.page(
        session, IncomingDocument, asked, tenant_id=tenant_id, indexed=indexed, after=after, limit=limit
    )


def statement(tenant_id: UUID, wanted: Wanted, *, at: datetime, reach: Reach = WHOLE) -> Select[Any]:
    """The statement of `page` without its words, its beginning and its limit."""
    of = IncomingDocument
    asked = queries.narrowed(select(of).where(of.tenant_id == tenant_id), tenant_id=tenant_id, reach=reach)
    asked = fitting(asked, of, tenant_id=tenant_id, wanted=wanted, other=of.sender_vkn_tckn, kinds=KINDS)
    if wanted.answer is not None:
        asked = asked.where(exactly(of.answer, wanted.answer, ANSWERS))
    if wanted.taken is not None:
        asked = asked.where(of.taken_at.is_not(None) if wanted.taken else of.taken_at.is_(None))
    if wanted.needs:
        asked = asked.where(_needs(at))
    return asked.order_by(of.issue_date.desc(), of.document_id.desc())


def waiting(session: Session, *, tenant_id: UUID, at: datetime, reach: Reach = WHOLE) -> Waiting:
    """What waits for our answer, counted as far as a headline says it."""
    asked = select(IncomingDocument.answerable_until).where(IncomingDocument.tenant_id == tenant_id, _needs(at))
    some = (
        queries.narrowed(asked, tenant_id=tenant_id, reach=reach)
        .order_by(IncomingDocument.answerable_until)
        .limit(COUNTED_MAX)
        .subquery()
    )
    number, first = session.execute(select(func.count(), func.min(some.c.answerable_until))).one()
    return Waiting(Count(number), first)


def within(session: Session, *, tenant_id: UUID, document_ids: Collection[UUID], reach: Reach) -> list[UUID]:
    """Of these documents those that the tenant has and the reader reaches."""
    asked = select(IncomingDocument.document_id).where(
        IncomingDocument.tenant_id == tenant_id, IncomingDocument.document_id.in_(sorted(document_ids))
    )
    return list(session.scalars(queries.narrowed(asked, tenant_id=tenant_id, reach=reach)))


def take_over(
    session: Session, *, tenant_id: UUID, document_ids: Collection[UUID], by: str, at: datetime, back: bool = False
) -> int:
    """Mark documents (which the caller has looked up) as taken over into the books, or take the mark back.

    Returns how many were marked; what bears the mark keeps who set it first.
    """
    of = IncomingDocument
    changed = session.scalars(
        update(of)
        .where(
            of.tenant_id == tenant_id,
            of.document_id.in_(sorted(document_ids)),
            of.taken_at.is_not(None) if back else of.taken_at.is_(None),
        )
        .values(taken_at=None if back else at, taken_by=None if back else by)
        .returning(of.document_id)
    ).all()
    for document_id in changed:
        deed(
            session, tenant_id=tenant_id, action="document.untaken" if back else "document.taken_over",
            object_kind="incoming_document", object_id=document_id, after={"taken": not back}, by=by, at=at,
        )  # fmt: skip
    return len(changed)


def _needs(at: datetime) -> ColumnElement[bool]:
    """What may still be answered; the words are those of the index `incoming_document_due`."""
    of = IncomingDocument
    return and_(of.answer == literal_column("'none'"), of.answerable_until > at)
