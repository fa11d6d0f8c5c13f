"""Envelopes whose next question, or whose sending, was lost with its message: found over all tenants, asked again."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ebelge.documents.travel.models import ZarfRow
from ebelge.outbox import messages

# `zarf.next_question_at` is when the next step is due; a dead letter counts as open, because a person sees it.
_LOST = text(
    "SELECT z.tenant_id, z.zarf_id FROM zarf z WHERE z.state <> 'ended' AND z.next_question_at < :before "
    "AND NOT (z.state = 'prepared' AND z.cargo = 'document') "
    "AND NOT EXISTS (SELECT 1 FROM outbox_message m WHERE m.tenant_id = z.tenant_id AND m.key = z.zarf_id "
    "AND m.topic IN ('zarf.status', 'parcel.send') AND m.state <> 'done') ORDER BY z.next_question_at LIMIT :limit"
)


@dataclass(frozen=True, slots=True)
class Lost:
    """An open envelope that nothing would move on."""

    tenant_id: UUID
    zarf_id: UUID


def find(session: Session, *, before: datetime, limit: int = 1000) -> list[Lost]:
    """Open envelopes whose next step was due before `before` and has no message. Runs as the role reader."""
    rows = session.execute(_LOST, {"before": before, "limit": limit})
    return [Lost(row.tenant_id, row.zarf_id) for row in rows]


def put_back(session: Session, *, lost: Lost, at: datetime) -> str | None:
    """Give an envelope the message that moves it on; returns its topic, None if it moves again by itself."""
    zarf = session.scalars(
        select(ZarfRow)
        .where(ZarfRow.tenant_id == lost.tenant_id, ZarfRow.zarf_id == lost.zarf_id, ZarfRow.state != "ended")
        .with_for_update(skip_locked=True)
    ).first()
    if zarf is None or messages.under_way(session, tenant_id=lost.tenant_id, keys=[lost.zarf_id]):
        return None
    topic = "parcel.send" if zarf.state == "prepared" else "zarf.status"
    messages.put(session, tenant_id=lost.tenant_id, topic=topic, key=lost.zarf_id, at=at)
    zarf.next_question_at = at
    return topic
