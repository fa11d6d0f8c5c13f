"""What became of the documents that were sent, told to the customers' own systems: read off the timelines by the clock.

A document comes to its end in many places, some of which write hundreds in a statement; its timeline has all of them.
Only accounts that have an endpoint are looked at (ADR 0140).
"""

import logging
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from ebelge.core.db import role_session, tenant_session
from ebelge.core.telemetry import bind
from ebelge.notify.webhooks import events

log = logging.getLogger(__name__)
# Told by the name of the state: `document.delivered`. What the account does itself (withdraw, give up) is not.
STATES: Final = ("delivered", "undelivered", "refused", "failed", "cancelled")
# A transaction may be so much older than what was told last (30 s at most, and two clocks that differ).
OVERLAP: Final = timedelta(minutes=2)
BATCH: Final = 500
_LISTENING = text(
    "SELECT tenant_id, min(created_at) AS since FROM webhook_endpoint WHERE state <> 'removed' "
    "GROUP BY tenant_id ORDER BY tenant_id"
)
_TOLD_LAST = text(
    "SELECT at FROM webhook_event WHERE tenant_id = :tenant_id AND type = ANY (:types) ORDER BY event_id DESC LIMIT 1"
)
# A step in one of these states is a move into it only if the step before it was in another.
_UNTOLD = text(
    """
    SELECT e.event_id, e.at, e.state, e.code, e.text_tr, e.text_en, d.document_id, d.kind, d.ettn, d.number
      FROM document_event e JOIN document d ON d.tenant_id = e.tenant_id AND d.document_id = e.document_id
     WHERE e.tenant_id = :tenant_id AND e.at >= :since
       AND e.state IN ('delivered', 'undelivered', 'refused', 'failed', 'cancelled')
       AND e.state IS DISTINCT FROM (
           SELECT p.state FROM document_event p
            WHERE p.tenant_id = e.tenant_id AND p.document_id = e.document_id
              AND (p.at, p.event_id) < (e.at, e.event_id)
            ORDER BY p.at DESC, p.event_id DESC LIMIT 1)
       AND NOT EXISTS (
           SELECT 1 FROM webhook_event w WHERE w.tenant_id = e.tenant_id
              AND w.occasion = 'document.' || e.state || ' ' || e.event_id)
     ORDER BY e.at, e.event_id LIMIT :limit
    """
)


def tell_ended(at: datetime) -> int:
    """Tell every account that listens what its documents have come to; returns how many events.

    What ended before its first endpoint is not told. After a standstill everything since the last event is.
    """
    with role_session("reader") as session:
        listening = session.execute(_LISTENING).all()
    count = 0
    for tenant_id, since in listening:
        with bind(tenant_id=tenant_id):
            try:
                while told := _tell_some(tenant_id, since):
                    count += told
            except Exception:  # one account's trouble holds up no other's
                log.exception("ended documents could not be told of")
    return count


def _tell_some(tenant_id: UUID, since: datetime) -> int:
    with tenant_session(tenant_id) as session:
        types = [f"document.{state}" for state in STATES]
        last = session.scalar(_TOLD_LAST, {"tenant_id": tenant_id, "types": types})
        since = since if last is None else max(since, last - OVERLAP)
        rows = session.execute(_UNTOLD, {"tenant_id": tenant_id, "since": since, "limit": BATCH}).all()
        return sum(_tell(session, tenant_id, row) for row in rows)


def _tell(session: Session, tenant_id: UUID, row: Any) -> bool:
    said = {
        "document_id": str(row.document_id), "kind": row.kind, "ettn": str(row.ettn), "number": row.number,
        "state": row.state, "code": row.code, "text_tr": row.text_tr, "text_en": row.text_en,
    }  # fmt: skip
    told = events.tell(
        session, tenant_id=tenant_id, type=f"document.{row.state}", occasion=str(row.event_id), data=said, at=row.at
    )
    return told is not None
