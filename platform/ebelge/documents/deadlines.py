"""Documents that ought to move and do not: found over all tenants, put back one tenant at a time."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ebelge.documents.models import Document
from ebelge.documents.states import MOVING, State
from ebelge.documents.travel.models import ZarfRow
from ebelge.outbox import messages

# A dead letter counts as open: it waits for a person, and the sweeper must not breed another.
_STRANDED = text(
    "SELECT d.tenant_id, d.document_id FROM document d "
    "WHERE d.state IN ('accepted', 'signed', 'sent', 'unknown') AND d.progress_at < :before "
    "AND NOT EXISTS (SELECT 1 FROM outbox_message m WHERE m.tenant_id = d.tenant_id AND m.state <> 'done' "
    "AND m.key IN (d.document_id, d.zarf_id)) "
    "ORDER BY d.progress_at LIMIT :limit"
)
_OPEN_MESSAGE = text(
    "SELECT 1 FROM outbox_message WHERE tenant_id = :tenant_id AND state <> 'done' AND key = ANY (:keys) LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Stranded:
    """A document in a moving state, without progress and without a message that would move it."""

    tenant_id: UUID
    document_id: UUID


def find_stranded(session: Session, *, before: datetime, limit: int = 1000) -> list[Stranded]:
    """Stranded documents of all tenants without progress since `before`, longest first. Runs as the role reader."""
    return [
        Stranded(row.tenant_id, row.document_id)
        for row in session.execute(_STRANDED, {"before": before, "limit": limit})
    ]


def put_back(session: Session, *, stranded: Stranded, at: datetime) -> str | None:
    """Give a stranded document the message that moves it on; returns its topic, None if it moves again by itself."""
    document = session.scalars(
        select(Document)
        .where(Document.tenant_id == stranded.tenant_id, Document.document_id == stranded.document_id)
        .with_for_update(skip_locked=True)
    ).first()
    if document is None or document.state not in MOVING:
        return None
    keys = [document.document_id] + ([document.zarf_id] if document.zarf_id else [])
    values = {"tenant_id": document.tenant_id, "keys": keys}
    if session.execute(_OPEN_MESSAGE, values).first() is not None:
        return None
    topic, key = _next_step(session, document)
    messages.put(session, tenant_id=document.tenant_id, topic=topic, key=key, at=at)
    document.progress_at = at
    return topic


def _next_step(session: Session, document: Document) -> tuple[str, UUID]:
    if document.state == State.ACCEPTED:
        return "document.sign", document.document_id
    if document.channel == "mail":
        return "document.mail", document.document_id
    if document.zarf_id is not None:
        zarf = session.get(ZarfRow, (document.tenant_id, document.zarf_id))
        if zarf is not None and zarf.state != "prepared":
            return "zarf.status", document.zarf_id
    return "document.send", document.document_id
