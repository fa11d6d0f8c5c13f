"""Commercial invoices that came in and nobody answered: told two days before day 8 ends and on the last day, once.

One letter for all of an account that end on the same day; an event for each document (whoever says nothing accepts).
"""

import logging
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from ebelge.core.clock import ISTANBUL, istanbul_date, utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.telemetry import bind
from ebelge.notify import post
from ebelge.notify.webhooks import events

log = logging.getLogger(__name__)
EVENT: Final = "incoming.answer_due"
DAYS_BEFORE: Final = 2
# From this hour on, Istanbul: people read it in the morning.
FROM_HOUR: Final = 9
NAMED_MAX, BATCH = 20, 5000
_OPEN = text(
    "SELECT d.tenant_id, d.document_id, d.number, d.sender_title, d.answerable_until FROM incoming_document d "
    "JOIN tenant t ON t.tenant_id = d.tenant_id AND t.mode = 'live' WHERE d.answer = 'none' AND d.kind = 'efatura' "
    "AND d.answerable_until > :at AND d.answerable_until < :soon "
    "ORDER BY d.tenant_id, d.answerable_until, d.document_id LIMIT :limit"
)


def remind(at: datetime) -> int:
    """Tell every account of what it has to answer; returns how many letters were written."""
    if at.astimezone(ISTANBUL).hour < FROM_HOUR:
        return 0
    soon = at + timedelta(days=DAYS_BEFORE + 1)
    with role_session("reader") as session:
        rows = session.execute(_OPEN, {"at": at, "soon": soon, "limit": BATCH}).all()
    count = 0
    for (tenant_id, last), due in groupby(rows, key=lambda row: (row.tenant_id, last_day(row.answerable_until))):
        left = (last - istanbul_date(at)).days
        if left > DAYS_BEFORE:
            continue
        with bind(tenant_id=tenant_id):
            try:
                count += _tell(tenant_id, last, 0 if left == 0 else DAYS_BEFORE, list(due))
            except Exception:  # one account's trouble holds up no other's
                log.exception("answers due could not be told of")
    return count


def last_day(until: datetime) -> date:
    """The last day on which an answer is in time, whether `until` is its last instant or the first that is too late."""
    return istanbul_date(until - timedelta(seconds=1))


def _tell(tenant_id: UUID, last: date, step: int, due: Sequence[Any]) -> int:
    at = utc_now()
    facts = {
        "day": last.isoformat(), "last": step == 0, "documents": len(due),
        "named": [{"number": one.number, "sender": one.sender_title} for one in due[:NAMED_MAX]],
    }  # fmt: skip
    with tenant_session(tenant_id) as session:
        written = post.write(
            session, tenant_id=tenant_id, kind="answer_due", occasion=f"answers.due {last} {step}", facts=facts, at=at
        )
        for one in due:
            said = {"document_id": str(one.document_id), "number": one.number, "day": last.isoformat(), "days": step}
            events.tell(
                session, tenant_id=tenant_id, type=EVENT, occasion=f"{one.document_id} {step}", data=said, at=at
            )
    return len(written)
