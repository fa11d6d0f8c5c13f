"""Reading documents. Every statement names its tenant and has an index; a guard test EXPLAINs each as the app role."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ebelge.core.errors import NotFound
from ebelge.documents.models import Document, DocumentEvent, DocumentXml

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


def get(session: Session, *, tenant_id: UUID, document_id: UUID) -> Document:
    """The document. :raises NotFound: this tenant has none with that id."""
    row = session.get(Document, (tenant_id, document_id))
    if row is None:
        raise NotFound("Belge bulunamadı.", "There is no such document.")
    return row


def lock(session: Session, *, tenant_id: UUID, document_id: UUID) -> Document:
    """The document, locked until the transaction ends and as it is now. :raises NotFound: see `get`."""
    row = session.get(Document, (tenant_id, document_id), with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("Belge bulunamadı.", "There is no such document.")
    return row


def by_ettn(session: Session, *, tenant_id: UUID, ettn: UUID) -> Document:
    """The document with this ETTN. :raises NotFound: this tenant has none."""
    row = session.scalars(select(Document).where(Document.tenant_id == tenant_id, Document.ettn == ettn)).first()
    if row is None:
        raise NotFound("Belge bulunamadı.", "There is no such document.")
    return row


def by_number(session: Session, *, tenant_id: UUID, number: str) -> Document:
    """The document that carries this number now; else the newest that ever did (withdrawn, failed, corrected).

    :raises NotFound: this tenant has none.
    """
    row = session.scalars(
        select(Document)
        .where(Document.tenant_id == tenant_id, Document.number == number)
        .order_by(Document.number_held.desc(), Document.document_id.desc())
        .limit(1)
    ).first()
    if row is None:
        raise NotFound("Belge bulunamadı.", "There is no such document.")
    return row


def list_page(
    session: Session, *, tenant_id: UUID, filters: Filters, after: UUID | None = None, limit: int = 50
) -> Page:
    """A page of the tenant's documents, newest first, those after the document `after`."""
    limit = max(1, min(limit, PAGE_MAX))
    rows = session.scalars(page_statement(tenant_id, filters, after).limit(limit + 1)).all()
    more = len(rows) > limit
    return Page(tuple(rows[:limit]), rows[limit - 1].document_id if more else None)


def page_statement(tenant_id: UUID, filters: Filters, after: UUID | None) -> Select[Any]:
    """The statement of `list_page`, without its limit."""
    statement = select(Document).where(Document.tenant_id == tenant_id)
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


def timeline(session: Session, *, tenant_id: UUID, document_id: UUID) -> Sequence[DocumentEvent]:
    """Every step of the document, oldest first. :raises NotFound: see `get`."""
    get(session, tenant_id=tenant_id, document_id=document_id)
    return session.scalars(
        select(DocumentEvent)
        .where(DocumentEvent.tenant_id == tenant_id, DocumentEvent.document_id == document_id)
        .order_by(DocumentEvent.at, DocumentEvent.event_id)
    ).all()


def source_xml(session: Session, *, tenant_id: UUID, document_id: UUID) -> bytes:
    """The XML as it was accepted: numbered, not signed. :raises NotFound: see `get`."""
    source = session.scalar(
        select(DocumentXml.source).where(DocumentXml.tenant_id == tenant_id, DocumentXml.document_id == document_id)
    )
    if source is None:
        raise NotFound("Belge bulunamadı.", "There is no such document.")
    return source
