"""Reading documents. Every statement names its tenant and has an index; a guard test EXPLAINs each as the app role.

`reach`: what part of the tenant's documents the reader works with (`ebelge.edge.access.reach()` for requests). What is
outside is as if it were not there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ebelge.core.errors import NotFound
from ebelge.documents import reached
from ebelge.documents.models import Document, DocumentEvent
from ebelge.documents.sheets import SOURCE
from tenants.members.reach import WHOLE, Reach

PAGE_MAX = 200


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to. `day_from` and `day_to` are issue dates, both included."""

    kind: str | None = None
    state: str | None = None
    day_from: date | None = None
    day_to: date | None = None
    buyer_vkn_tckn: str | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Documents, newest first; `next_after` is the key of the next page, None at the end."""

    documents: tuple[Document, ...]
    next_after: UUID | None


def get(session: Session, *, tenant_id: UUID, document_id: UUID, reach: Reach = WHOLE) -> Document:
    """The document. :raises NotFound: this tenant has none with that id, or it is out of reach."""
    return _within(session, tenant_id, session.get(Document, (tenant_id, document_id)), reach)


def lock(session: Session, *, tenant_id: UUID, document_id: UUID, reach: Reach = WHOLE) -> Document:
    """The document, locked until the transaction ends and as it is now. :raises NotFound: see `get`."""
    row = session.get(Document, (tenant_id, document_id), with_for_update=True, populate_existing=True)
    return _within(session, tenant_id, row, reach)


def by_ettn(session: Session, *, tenant_id: UUID, ettn: UUID, reach: Reach = WHOLE) -> Document:
    """The document with this ETTN. :raises NotFound: see `get`."""
    row = session.scalars(select(Document).where(Document.tenant_id == tenant_id, Document.ettn == ettn)).first()
    return _within(session, tenant_id, row, reach)


def by_number(session: Session, *, tenant_id: UUID, number: str, reach: Reach = WHOLE) -> Document:
    """The document that carries this number now; else the newest that ever did (withdrawn, failed, corrected).

    :raises NotFound: see `get`.
    """
    row = session.scalars(
        select(Document)
        .where(Document.tenant_id == tenant_id, Document.number == number)
        .order_by(Document.number_held.desc(), Document.document_id.desc())
        .limit(1)
    ).first()
    return _within(session, tenant_id, row, reach)


def list_page(
    session: Session, *, tenant_id: UUID, filters: Filters, after: UUID | None = None, limit: int = 50,
    reach: Reach = WHOLE,
) -> Page:  # fmt: skip
    """A page of the tenant's documents, newest first, those after the document `after`."""
    limit = max(1, min(limit, PAGE_MAX))
    rows = session.scalars(page_statement(tenant_id, filters, after, reach).limit(limit + 1)).all()
    more = len(rows) > limit
    return Page(tuple(rows[:limit]), rows[limit - 1].document_id if more else None)


def page_statement(tenant_id: UUID, filters: Filters, after: UUID | None, reach: Reach = WHOLE) -> Select[Any]:
    """The statement of `list_page`, without its limit."""
    statement = reached.narrowed(
        select(Document).where(Document.tenant_id == tenant_id), tenant_id=tenant_id, reach=reach
    )
    if filters.kind is not None:
        statement = statement.where(Document.kind == filters.kind)
    if filters.state is not None:
        statement = statement.where(Document.state == filters.state)
    if filters.day_from is not None:
        statement = statement.where(Document.issue_date >= filters.day_from)
    if filters.day_to is not None:
        statement = statement.where(Document.issue_date <= filters.day_to)
    if filters.buyer_vkn_tckn is not None:
        statement = statement.where(Document.buyer_vkn_tckn == filters.buyer_vkn_tckn)
    if filters.number is not None:
        statement = statement.where(Document.number == filters.number)
    if after is not None:
        statement = statement.where(Document.document_id < after)
    return statement.order_by(Document.document_id.desc())


def timeline(session: Session, *, tenant_id: UUID, document_id: UUID, reach: Reach = WHOLE) -> Sequence[DocumentEvent]:
    """Every step of the document, oldest first. :raises NotFound: see `get`."""
    get(session, tenant_id=tenant_id, document_id=document_id, reach=reach)
    return session.scalars(
        select(DocumentEvent)
        .where(DocumentEvent.tenant_id == tenant_id, DocumentEvent.document_id == document_id)
        .order_by(DocumentEvent.at, DocumentEvent.event_id)
    ).all()


def source_xml(session: Session, *, tenant_id: UUID, document_id: UUID, reach: Reach = WHOLE) -> bytes:
    """The XML as it was accepted: numbered, not signed. :raises NotFound: see `get`."""
    if not reach.whole:
        get(session, tenant_id=tenant_id, document_id=document_id, reach=reach)
    source: bytes | None = session.scalar(
        select(SOURCE.c.source).where(SOURCE.c.tenant_id == tenant_id, SOURCE.c.document_id == document_id)
    )
    if source is None:
        raise NotFound("Belge bulunamadı.", "There is no such document.")
    return source


def _within(session: Session, tenant_id: UUID, row: Document | None, reach: Reach) -> Document:
    if row is None or not reached.reaches(session, tenant_id=tenant_id, series_ids=[row.series_id], reach=reach):
        raise NotFound("Belge bulunamadı.", "There is no such document.")
    return row
