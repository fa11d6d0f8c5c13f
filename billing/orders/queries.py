"""Reading orders and what belongs to them; locking them in the one order that everybody keeps."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.models.orders import KontorOrder, OrderEvent, Payment, PaymentAttempt
from ebelge.core.errors import NotFound


def lock(session: Session, *, tenant_id: UUID, order_id: UUID) -> KontorOrder:
    """The order, locked and freshly read; lock its attempts first. :raises NotFound: the tenant has no such order."""
    order = session.scalars(
        select(KontorOrder)
        .where(KontorOrder.tenant_id == tenant_id, KontorOrder.order_id == order_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if order is None:
        raise NotFound()
    return order


def lock_attempts(session: Session, *, tenant_id: UUID, order_id: UUID) -> Sequence[PaymentAttempt]:
    """The order's attempts, locked and freshly read, oldest first (lock order: attempt, order, wallet)."""
    return session.scalars(
        select(PaymentAttempt)
        .where(PaymentAttempt.tenant_id == tenant_id, PaymentAttempt.order_id == order_id)
        .order_by(PaymentAttempt.attempt_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def live_attempts(session: Session, *, tenant_id: UUID, order_id: UUID) -> list[PaymentAttempt]:
    """Attempts of an order that have not ended."""
    return list(
        session.scalars(
            select(PaymentAttempt).where(
                PaymentAttempt.tenant_id == tenant_id,
                PaymentAttempt.order_id == order_id,
                PaymentAttempt.ended_at.is_(None),
            )
        )
    )


def get(session: Session, *, tenant_id: UUID, order_id: UUID) -> KontorOrder:
    """An order of the tenant. :raises NotFound: it has no such order."""
    order = session.get(KontorOrder, (tenant_id, order_id))
    if order is None:
        raise NotFound()
    return order


def orders(session: Session, *, tenant_id: UUID, limit: int, before: UUID | None = None) -> Sequence[KontorOrder]:
    """Orders of the tenant, newest first; `before`: those older than this order id."""
    wanted = select(KontorOrder).where(KontorOrder.tenant_id == tenant_id)
    if before is not None:
        wanted = wanted.where(KontorOrder.order_id < before)
    return session.scalars(wanted.order_by(KontorOrder.order_id.desc()).limit(limit)).all()


def attempts(session: Session, *, tenant_id: UUID, order_id: UUID) -> Sequence[PaymentAttempt]:
    """Attempts to pay an order, oldest first."""
    return session.scalars(
        select(PaymentAttempt)
        .where(PaymentAttempt.tenant_id == tenant_id, PaymentAttempt.order_id == order_id)
        .order_by(PaymentAttempt.attempt_id)
    ).all()


def attempt(session: Session, *, tenant_id: UUID, attempt_id: UUID) -> PaymentAttempt:
    """An attempt of the tenant. :raises NotFound: it has no such attempt."""
    found = session.get(PaymentAttempt, (tenant_id, attempt_id))
    if found is None:
        raise NotFound()
    return found


def payments(session: Session, *, tenant_id: UUID, order_id: UUID) -> Sequence[Payment]:
    """Payments that came in for an order, oldest first."""
    return session.scalars(
        select(Payment).where(Payment.tenant_id == tenant_id, Payment.order_id == order_id).order_by(Payment.payment_id)
    ).all()


def timeline(session: Session, *, tenant_id: UUID, order_id: UUID) -> Sequence[OrderEvent]:
    """What happened to an order, oldest first."""
    return session.scalars(
        select(OrderEvent)
        .where(OrderEvent.tenant_id == tenant_id, OrderEvent.order_id == order_id)
        .order_by(OrderEvent.event_id)
    ).all()
