"""Reading what came in. Every statement names its tenant and has an index.

`reach`: who is narrowed to branches (or to series, so to their branches) sees what came to those branches' mailboxes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, any_, func, select
from sqlalchemy.orm import Session

from ebelge.core.errors import NotFound
from ebelge.documents.incoming.models import IncomingDocument, IncomingEvent
from ebelge.documents.models import Series
from tenants.company.models import Branch, OwnAlias
from tenants.members.reach import WHOLE, Reach

PAGE_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; days are issue dates, both included. `open_at`: still to be answered then."""

    kind: str | None = None
    sender: str | None = None
    number: str | None = None
    ettn: UUID | None = None
    answer: str | None = None
    day_from: date | None = None
    day_to: date | None = None
    open_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Documents, newest first; `next_after` is the key of the next page, None at the end."""

    documents: tuple[IncomingDocument, ...]
    next_after: UUID | None


def get(session: Session, *, tenant_id: UUID, document_id: UUID, reach: Reach = WHOLE) -> IncomingDocument:
    """The document. :raises NotFound: this tenant has none with that id, or it is out of reach."""
    row = session.get(IncomingDocument, (tenant_id, document_id))
    if row is None or not (reach.whole or row.receiver_alias in mailboxes(session, tenant_id=tenant_id, reach=reach)):
        raise NotFound("Belge bulunamadı.", "There is no such document.")
    return row


def list_page(
    session: Session, *, tenant_id: UUID, filters: Filters, after: UUID | None = None, limit: int = 50,
    reach: Reach = WHOLE,
) -> Page:  # fmt: skip
    """A page of what came in, newest first, those after the document `after`."""
    limit = max(1, min(limit, PAGE_MAX))
    rows = session.scalars(page_statement(tenant_id, filters, after, reach).limit(limit + 1)).all()
    more = len(rows) > limit
    return Page(tuple(rows[:limit]), rows[limit - 1].document_id if more else None)


def page_statement(tenant_id: UUID, filters: Filters, after: UUID | None, reach: Reach = WHOLE) -> Select[Any]:
    """The statement of `list_page`, without its limit."""
    of = IncomingDocument
    statement = narrowed(select(of).where(of.tenant_id == tenant_id), tenant_id=tenant_id, reach=reach)
    exact = {"kind": of.kind, "sender": of.sender_vkn_tckn, "number": of.number, "ettn": of.ettn, "answer": of.answer}
    for name, column in exact.items():
        value = getattr(filters, name)
        if value is not None:
            statement = statement.where(column == value)
    if filters.day_from is not None:
        statement = statement.where(of.issue_date >= filters.day_from)
    if filters.day_to is not None:
        statement = statement.where(of.issue_date <= filters.day_to)
    if filters.open_at is not None:
        statement = statement.where(of.answer == "none", of.answerable_until >= filters.open_at)
    if after is not None:
        statement = statement.where(of.document_id < after)
    return statement.order_by(of.document_id.desc())


def narrowed(statement: Select[Any], *, tenant_id: UUID, reach: Reach) -> Select[Any]:
    """A statement over incoming documents that finds only what `reach` reaches."""
    if reach.whole:
        return statement
    # An array that is made first keeps the walk along the newest documents (see `documents.reached`).
    within = func.array(_aliases(tenant_id, reach).scalar_subquery())
    return statement.where(IncomingDocument.receiver_alias == any_(within))


def timeline(session: Session, *, tenant_id: UUID, document_id: UUID, reach: Reach = WHOLE) -> Sequence[IncomingEvent]:
    """Every step of the document, oldest first. :raises NotFound: see `get`."""
    get(session, tenant_id=tenant_id, document_id=document_id, reach=reach)
    return session.scalars(
        select(IncomingEvent)
        .where(IncomingEvent.tenant_id == tenant_id, IncomingEvent.document_id == document_id)
        .order_by(IncomingEvent.at, IncomingEvent.event_id)
    ).all()


def mailboxes(session: Session, *, tenant_id: UUID, reach: Reach) -> set[str]:
    """The mailboxes whose documents a narrowed `reach` reaches."""
    return set(session.scalars(_aliases(tenant_id, reach)))


def _aliases(tenant_id: UUID, reach: Reach) -> Select[str]:
    """The mailboxes of the branches that `reach` reaches; the whole company's are none of those."""
    if reach.branch_ids:
        codes = select(Branch.code).where(Branch.tenant_id == tenant_id, Branch.branch_id.in_(sorted(reach.branch_ids)))
    else:
        codes = select(Series.branch).where(
            Series.tenant_id == tenant_id, Series.prefix.in_(sorted(reach.series_prefixes))
        )
    return select(OwnAlias.alias).where(
        OwnAlias.tenant_id == tenant_id, OwnAlias.role == "PK", OwnAlias.branch != "", OwnAlias.branch.in_(codes)
    )
