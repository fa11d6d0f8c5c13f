"""The sweeper of payments: no attempt and no order is forgotten, whatever message was lost."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from billing.orders import attempts, expire
from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.jobs import bell
from ebelge.outbox import messages

log = logging.getLogger(__name__)
BATCH = 500
# A question that was put is not put again before this, should it get lost altogether.
PUT_AGAIN = timedelta(minutes=10)
_DUE = text(
    "SELECT tenant_id, attempt_id FROM payment_attempt WHERE ended_at IS NULL AND check_at <= :at "
    "ORDER BY check_at LIMIT :limit"
)
_UNPAID = text(
    "SELECT DISTINCT tenant_id FROM kontor_order WHERE state IN ('draft', 'pending', 'in_review') "
    "AND created_at <= :before LIMIT :limit"
)


def look_after(at: datetime) -> int:
    """Have the gateway asked about every attempt whose time to look has come; returns how many."""
    with role_session("reader") as session:
        due = session.execute(_DUE, {"at": at, "limit": BATCH}).all()
    put = sum([_look(row.tenant_id, row.attempt_id, at) for row in due])
    if put:
        bell.ring()
    return put


def _look(tenant_id: UUID, attempt_id: UUID, at: datetime) -> bool:
    with tenant_session(tenant_id) as session:
        attempt = attempts.locked(session, tenant_id=tenant_id, attempt_id=attempt_id)
        if attempt.ended_at is not None or attempt.check_at > at:
            return False
        attempt.check_at = at + PUT_AGAIN
        session.flush()
        if messages.under_way(session, tenant_id=tenant_id, keys=[attempt_id]):
            return False
        topic = "payment.read" if attempt.kind == "checkout" else "payment.charge"
        messages.put(session, tenant_id=tenant_id, topic=topic, key=attempt_id, at=utc_now())
        return True


def end_unpaid_orders(at: datetime) -> int:
    """End the orders that nobody paid in time; returns how many."""
    with role_session("reader") as session:
        before = at - expire.CARD_ORDER_LIFE
        tenants = session.execute(_UNPAID, {"before": before, "limit": BATCH}).scalars().all()
    count = 0
    for tenant_id in tenants:
        with tenant_session(tenant_id) as session:
            count += len(expire.expire_unpaid(session, tenant_id=tenant_id, at=utc_now()))
    return count
