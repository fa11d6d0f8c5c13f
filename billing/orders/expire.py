"""Orders that nobody paid end by themselves."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.models.orders import KontorOrder
from billing.orders import events
from billing.orders.queries import live_attempts, lock, lock_attempts
from billing.orders.states import OrderState, move

# EFT takes its time and companies pay late: a transfer order waits this much longer before it ends.
TRANSFER_GRACE = timedelta(days=14)
# The offer of an order that is paid by card stands this long; a failed attempt may be repeated meanwhile.
CARD_ORDER_LIFE = timedelta(hours=24)


def past_its_time(order: KontorOrder, *, at: datetime) -> bool:
    """True when the time to pay the order is over: by card CARD_ORDER_LIFE after placing, by transfer TRANSFER_GRACE
    after the due date."""
    if order.due_at is not None:
        return order.due_at + TRANSFER_GRACE <= at
    return order.created_at + CARD_ORDER_LIFE <= at


def expire_unpaid(session: Session, *, tenant_id: UUID, at: datetime, limit: int = 100) -> list[UUID]:
    """End the tenant's orders whose time to pay is over; returns them, oldest first. Two runs are one run.

    Never while an attempt is live: what became of it must be known first.
    """
    candidates = session.scalars(
        select(KontorOrder)
        .where(
            KontorOrder.tenant_id == tenant_id,
            # as the index has it; the second line leaves out what is under review
            KontorOrder.state.in_(("draft", "pending", "in_review")),
            KontorOrder.state != OrderState.IN_REVIEW.value,
            KontorOrder.created_at <= at - CARD_ORDER_LIFE,
        )
        .order_by(KontorOrder.created_at)
    ).all()
    ended: list[UUID] = []
    for candidate in (one for one in candidates if past_its_time(one, at=at)):
        if len(ended) == limit:
            break
        if _expire(session, tenant_id, candidate.order_id, at):
            ended.append(candidate.order_id)
    session.flush()
    return ended


def _expire(session: Session, tenant_id: UUID, order_id: UUID, at: datetime) -> bool:
    lock_attempts(session, tenant_id=tenant_id, order_id=order_id)
    order = lock(session, tenant_id=tenant_id, order_id=order_id)
    if order.state not in (OrderState.DRAFT, OrderState.PENDING) or not past_its_time(order, at=at):
        return False
    if live_attempts(session, tenant_id=tenant_id, order_id=order_id):
        return False
    move(order, OrderState.EXPIRED, at=at)
    events.record(
        session,
        tenant_id=tenant_id,
        order_id=order_id,
        kind="expired",
        text_tr="Siparişin ödeme süresi doldu.",
        text_en="The time to pay the order is over.",
        by="system",
        at=at,
    )
    return True
