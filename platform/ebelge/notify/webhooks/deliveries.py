"""The life of one delivery: what is sent, what an answer means, when it is tried again."""

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ebelge.core.errors import NotFound
from ebelge.core.vault import Vault, VaultError
from ebelge.notify.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from ebelge.notify.webhooks import endpoints
from ebelge.notify.webhooks.calling import GONE, Reply
from ebelge.notify.webhooks.signatures import sign

# After the first, second, … try; in sum three days. Then the delivery has failed.
PAUSES: Final = tuple(
    timedelta(seconds=s) for s in (5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 20 * 3600)
)
# An endpoint that has taken nothing for so long is paused.
PAUSED_AFTER: Final = timedelta(days=5)
# An endpoint that took nothing rests for a quarter of the time for which it has not, within these bounds.
REST_MIN, REST_MAX = timedelta(seconds=30), timedelta(hours=1)
USER_AGENT: Final = "Ebelge-Webhooks/1"


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is to be sent where."""

    delivery_id: UUID
    url: str
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class NotNow:
    """The endpoint rests: the delivery is not tried before that, and this counts as no try."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Entered:
    """What an answer led to: the delivery's state, when it is tried again, and an endpoint that was just paused."""

    state: str
    again_at: datetime | None = None
    paused: WebhookEndpoint | None = None


def parcel(
    session: Session, *, tenant_id: UUID, delivery_id: UUID, vault: Vault, at: datetime
) -> Parcel | NotNow | None:
    """What to send now; None if there is nothing (more) to send.

    A removed endpoint, a paused one and one whose secret cannot be opened end the delivery as `disabled`. While an
    endpoint rests, only deliveries that it has been asked to take before are tried, in their own pauses: thousands
    that wait for a dead one cost one call a rest, not one each.
    """
    endpoint, delivery = _locked(session, tenant_id, delivery_id)
    if delivery is None or delivery.state != "waiting":
        return None
    event = session.get(WebhookEvent, (tenant_id, delivery.event_id))
    if endpoint is None or endpoint.state != "active" or event is None:
        _disable(session, delivery, f"the endpoint is {'removed' if endpoint is None else endpoint.state}", at)
        return None
    if not delivery.tries and endpoint.rests_until is not None and endpoint.rests_until > at:
        return NotNow(endpoint.rests_until)
    try:
        keys = endpoints.secrets_of(endpoint, vault=vault, at=at)
    except VaultError as error:
        _disable(session, delivery, str(error), at)
        return None
    body = body_of(event)
    timestamp_s, event_id = int(at.timestamp()), str(event.event_id)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": sign(body, event_id=event_id, timestamp_s=timestamp_s, keys=keys),
    }
    return Parcel(delivery_id, endpoint.url, body, headers)


def body_of(event: WebhookEvent) -> bytes:
    """An event as it is sent: the same bytes however often."""
    told = {
        "type": event.type,
        "timestamp": event.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "data": event.data,
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def enter(session: Session, *, tenant_id: UUID, delivery_id: UUID, reply: Reply, at: datetime) -> Entered:
    """Note how a call fared: 2xx ends it, 410 pauses the endpoint, all else is tried again for three days.

    The first call after five days without a single success pauses the endpoint.
    """
    endpoint, delivery = _locked(session, tenant_id, delivery_id)
    if delivery is None or delivery.state != "waiting":
        return Entered("gone" if delivery is None else delivery.state)
    delivery.tries += 1
    delivery.status, delivery.answer = reply.status, reply.answer
    if endpoint is None:
        return _end(session, delivery, "disabled", at)
    if reply.taken:
        endpoint.failing_since = endpoint.rests_until = None
        return _end(session, delivery, "delivered", at)
    endpoint.failing_since = endpoint.failing_since or at
    endpoint.rests_until = at + min(max((at - endpoint.failing_since) / 4, REST_MIN), REST_MAX)
    if endpoint.state == "active" and (reply.status == GONE or at - endpoint.failing_since >= PAUSED_AFTER):
        endpoint.state, endpoint.changed_at = "paused", at
        _end(session, delivery, "failed", at)
        return Entered("failed", paused=endpoint)
    if delivery.tries > len(PAUSES):
        return _end(session, delivery, "failed", at)
    session.flush()
    return Entered("waiting", again_at=at + PAUSES[delivery.tries - 1])


def _end(session: Session, delivery: WebhookDelivery, state: str, at: datetime) -> Entered:
    delivery.state, delivery.ended_at = state, at
    session.flush()
    return Entered(state)


def _disable(session: Session, delivery: WebhookDelivery, why: str, at: datetime) -> None:
    delivery.answer = why[:500]
    _end(session, delivery, "disabled", at)


def _locked(
    session: Session, tenant_id: UUID, delivery_id: UUID
) -> tuple[WebhookEndpoint | None, WebhookDelivery | None]:
    """A delivery and its endpoint (None: removed), locked in the order that everybody keeps: endpoint, delivery."""
    known = session.get(WebhookDelivery, (tenant_id, delivery_id))
    if known is None:
        return None, None
    endpoint: WebhookEndpoint | None = None
    with suppress(NotFound):
        endpoint = endpoints.locked(session, tenant_id=tenant_id, endpoint_id=known.endpoint_id)
    delivery = session.scalars(
        select(WebhookDelivery)
        .where(WebhookDelivery.tenant_id == tenant_id, WebhookDelivery.delivery_id == delivery_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    return endpoint, delivery
