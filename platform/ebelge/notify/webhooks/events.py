"""Telling events: once per occasion, to every active endpoint that wants them, in the caller's transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ebelge.core.errors import NotFound
from ebelge.core.ids import new_id
from ebelge.notify.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from ebelge.notify.webhooks import endpoints
from ebelge.outbox import messages

TOPIC: Final = "webhook.deliver"
TEST: Final = "webhook.test"
REPLAY_MAX: Final = 1000


def tell(
    session: Session, *, tenant_id: UUID, type: str, occasion: str, data: Mapping[str, Any], at: datetime
) -> UUID | None:
    """Tell an event; None if it was told before, or the tenant has no endpoint. Data: JSON, no secrets."""
    listening = endpoints.listed(session, tenant_id=tenant_id)
    if not listening:
        return None
    event_id = new_id()
    told = session.execute(
        insert(WebhookEvent)
        .values(
            tenant_id=tenant_id, event_id=event_id, type=type, occasion=f"{type} {occasion}", data=dict(data), at=at
        )
        .on_conflict_do_nothing()
        .returning(WebhookEvent.event_id)
    ).first()
    if told is None:
        return None
    for endpoint in listening:
        if type in endpoint.events and endpoint.state == "active":
            _deliver(session, endpoint, event_id, at)
    return event_id


def test(session: Session, *, tenant_id: UUID, endpoint_id: UUID, at: datetime) -> WebhookDelivery:
    """Send an event of type `webhook.test` to one endpoint. :raises NotFound: no such endpoint."""
    endpoint = endpoints.asked_for(session, tenant_id=tenant_id, endpoint_id=endpoint_id)
    event_id = new_id()
    session.add(
        WebhookEvent(
            tenant_id=tenant_id, event_id=event_id, type=TEST, occasion=f"{TEST} {event_id}",
            data={"endpoint_id": str(endpoint_id)}, at=at,
        )
    )  # fmt: skip
    session.flush()
    return _deliver(session, endpoint, event_id, at)


def replay(session: Session, *, tenant_id: UUID, endpoint_id: UUID, event_id: UUID, at: datetime) -> WebhookDelivery:
    """Send one event to an endpoint again, under its own id. :raises NotFound: no such endpoint or event."""
    endpoint = endpoints.asked_for(session, tenant_id=tenant_id, endpoint_id=endpoint_id)
    if session.get(WebhookEvent, (tenant_id, event_id)) is None:
        raise NotFound()
    return _deliver(session, endpoint, event_id, at)


def replay_since(session: Session, *, tenant_id: UUID, endpoint_id: UUID, since: datetime, at: datetime) -> int:
    """Send an endpoint what it wants of the events since an instant and has not taken, oldest first; how many.

    At most 1,000 at once. :raises NotFound: no such endpoint.
    """
    endpoint = endpoints.asked_for(session, tenant_id=tenant_id, endpoint_id=endpoint_id)
    taken = select(WebhookDelivery.event_id).where(
        WebhookDelivery.tenant_id == tenant_id,
        WebhookDelivery.endpoint_id == endpoint_id,
        WebhookDelivery.state.in_(("delivered", "waiting")),
    )
    missed = session.scalars(
        select(WebhookEvent.event_id)
        .where(
            WebhookEvent.tenant_id == tenant_id,
            WebhookEvent.at >= since,
            WebhookEvent.type.in_(endpoint.events),
            WebhookEvent.event_id.not_in(taken),
        )
        .order_by(WebhookEvent.event_id)
        .limit(REPLAY_MAX)
    ).all()
    for event_id in missed:
        _deliver(session, endpoint, event_id, at)
    return len(missed)


def event(session: Session, *, tenant_id: UUID, event_id: UUID) -> WebhookEvent:
    """An event of the tenant. :raises NotFound: it has no such event."""
    found = session.get(WebhookEvent, (tenant_id, event_id))
    if found is None:
        raise NotFound()
    return found


def deliveries(
    session: Session, *, tenant_id: UUID, endpoint_id: UUID, limit: int, before: UUID | None = None
) -> Sequence[tuple[WebhookDelivery, WebhookEvent]]:
    """Deliveries to an endpoint with their events, newest first."""
    wanted = (
        select(WebhookDelivery, WebhookEvent)
        .join(
            WebhookEvent,
            (WebhookEvent.tenant_id == WebhookDelivery.tenant_id) & (WebhookEvent.event_id == WebhookDelivery.event_id),
        )
        .where(WebhookDelivery.tenant_id == tenant_id, WebhookDelivery.endpoint_id == endpoint_id)
    )
    if before is not None:
        wanted = wanted.where(WebhookDelivery.delivery_id < before)
    rows = session.execute(wanted.order_by(WebhookDelivery.delivery_id.desc()).limit(limit)).all()
    return [(row[0], row[1]) for row in rows]


def _deliver(session: Session, endpoint: WebhookEndpoint, event_id: UUID, at: datetime) -> WebhookDelivery:
    """Put a delivery on its way, or one that has ended on its way again."""
    delivery = session.scalars(
        select(WebhookDelivery)
        .where(
            WebhookDelivery.tenant_id == endpoint.tenant_id,
            WebhookDelivery.event_id == event_id,
            WebhookDelivery.endpoint_id == endpoint.endpoint_id,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if delivery is None:
        delivery = WebhookDelivery(
            tenant_id=endpoint.tenant_id, delivery_id=new_id(), event_id=event_id, endpoint_id=endpoint.endpoint_id,
            created_at=at,
        )  # fmt: skip
        session.add(delivery)
    elif delivery.state == "waiting":
        return delivery
    delivery.state, delivery.tries, delivery.ended_at = "waiting", 0, None
    session.flush()
    messages.put(session, tenant_id=endpoint.tenant_id, topic=TOPIC, key=delivery.delivery_id, at=at)
    return delivery
