"""The timeline of an order, in words a person can read. Append-only."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.models.orders import OrderEvent
from ebelge.core.ids import new_id


def record(
    session: Session,
    *,
    tenant_id: UUID,
    order_id: UUID,
    kind: str,
    text_tr: str,
    text_en: str,
    by: str,
    at: datetime,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Write what happened to an order. `by`: a person, an API key, `system`, or the gateway's name."""
    session.add(
        OrderEvent(
            tenant_id=tenant_id,
            event_id=new_id(),
            order_id=order_id,
            kind=kind,
            text_tr=text_tr,
            text_en=text_en,
            data=dict(data or {}),
            by=by,
            at=at,
        )
    )


def told(session: Session, *, tenant_id: UUID, order_id: UUID, kind: str, key: str, value: str) -> bool:
    """Whether the timeline has this kind of line with this value in its data: what is repeated is told once."""
    found = select(OrderEvent.event_id).where(
        OrderEvent.tenant_id == tenant_id,
        OrderEvent.order_id == order_id,
        OrderEvent.kind == kind,
        OrderEvent.data[key].astext == value,
    )
    return session.execute(found.limit(1)).first() is not None
