"""Having a gateway asked: a message per question, put only if the same question does not wait already."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from billing.models.orders import PaymentAttempt
from ebelge.outbox import messages

LAST_LOOK = timedelta(hours=1)
_WAITS = text(
    "SELECT 1 FROM outbox_message WHERE tenant_id = :tenant_id AND key = :key AND topic = :topic "
    "AND state = 'waiting' AND payload = CAST(:payload AS jsonb) LIMIT 1"
)


def ask(
    session: Session, *, tenant_id: UUID, topic: str, key: UUID, at: datetime, payload: Mapping[str, str] | None = None
) -> bool:
    """Put `topic` for `key` unless the very same waits for a worker. A question in a worker's hands does not count:
    it may have been answered before what we have just heard of. True if it was put; then ring the bell."""
    given = dict(payload or {})
    values = {"tenant_id": tenant_id, "key": key, "topic": topic, "payload": json.dumps(given)}
    if session.execute(_WAITS, values).first() is not None:
        return False
    messages.put(session, tenant_id=tenant_id, topic=topic, key=key, at=at, payload=given)
    return True


def ask_once_more(session: Session, *, attempt: PaymentAttempt, at: datetime) -> None:
    """Ask about an attempt that was ended here, when its page is surely closed: a payer may still have sat before it,
    and his notices may get lost."""
    if attempt.gateway_ref is not None:
        due_at = max(at, attempt.expires_at or at) + LAST_LOOK
        messages.put(
            session, tenant_id=attempt.tenant_id, topic="payment.read", key=attempt.attempt_id, at=at, due_at=due_at
        )


def ask_attempt(
    session: Session, *, tenant_id: UUID, attempt_id: UUID, at: datetime, payload: Mapping[str, str] | None = None
) -> bool:
    """Let a worker ask what became of an attempt; False if it waits already, or there is no such attempt."""
    if session.get(PaymentAttempt, (tenant_id, attempt_id)) is None:
        return False
    return ask(session, tenant_id=tenant_id, topic="payment.read", key=attempt_id, at=at, payload=payload)
