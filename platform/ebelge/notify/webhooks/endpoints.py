"""Endpoints: where a tenant's own system hears of events, and the secrets they are signed with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from ebelge.core.errors import Conflict, InvalidRequest, NotFound
from ebelge.core.ids import new_id
from ebelge.core.vault import Vault
from ebelge.notify.models import WebhookDelivery, WebhookEndpoint
from ebelge.notify.webhooks.addresses import Rules, check_url
from ebelge.notify.webhooks.signatures import new_secret
from tenants.audit.deeds import deed

EVENTS: Final = (
    "kontor.low",
    "lot.expiring",
    "lot.expired",
    "order.paid",
    "order.refunded",
    "payment.disputed",
    "topup.suspended",
    "document.delivered",
    "document.undelivered",
    "document.refused",
    "document.failed",
    "document.cancelled",
    "incoming.received",
    "document.answered",
    "incoming.answer_failed",
    "incoming.answer_due",
)
ENDPOINTS_MAX: Final = 20
# Both secrets sign for so long after a rotation.
ROTATION: Final = timedelta(hours=24)


class TooManyEndpoints(Conflict):
    """The tenant has as many endpoints as it may."""

    code = "too_many_webhooks"
    title_tr, title_en = "En çok 20 web kancası olabilir", "There can be 20 webhook endpoints at most"


@dataclass(frozen=True, slots=True)
class Shown:
    """An endpoint with its secret, at the only time it is shown."""

    endpoint: WebhookEndpoint
    secret: str


def create(
    session: Session,
    *,
    tenant_id: UUID,
    url: str,
    events: Sequence[str],
    rules: Rules,
    vault: Vault,
    by: str,
    at: datetime,
) -> Shown:
    """Add an endpoint for some events.

    :raises AddressRefused: it cannot be called. :raises InvalidRequest: no such event. :raises TooManyEndpoints: 20.
    """
    check_url(url, rules=rules)
    wanted = check_events(events)
    count = session.scalar(
        select(func.count()).where(WebhookEndpoint.tenant_id == tenant_id, WebhookEndpoint.state != "removed")
    )
    if (count or 0) >= ENDPOINTS_MAX:
        raise TooManyEndpoints()
    endpoint_id, secret = new_id(), new_secret()
    endpoint = WebhookEndpoint(
        tenant_id=tenant_id,
        endpoint_id=endpoint_id,
        url=url,
        events=wanted,
        closed_secret=vault.close(secret.encode(), context=closed_for(tenant_id, endpoint_id)),
        state="active",
        created_by=by,
        created_at=at,
        changed_at=at,
    )
    session.add(endpoint)
    session.flush()
    _note(session, endpoint, "webhook.added", {"url": url, "topics": wanted, "state": "active"}, at=at, by=by)
    return Shown(endpoint, secret)


def check_events(events: Sequence[str]) -> list[str]:
    """The events in our order. :raises InvalidRequest: none, or one that does not exist."""
    unknown = sorted(set(events) - set(EVENTS))
    if unknown or not events:
        raise InvalidRequest(
            f"Olaylar şunlardan olmalı: {', '.join(EVENTS)}.", f"Events are some of: {', '.join(EVENTS)}."
        )
    return [one for one in EVENTS if one in events]


def last_deliveries(session: Session, *, tenant_id: UUID) -> dict[UUID, WebhookDelivery]:
    """The newest delivery to each of the tenant's endpoints that had one."""
    sent = aliased(WebhookDelivery)
    newest = (
        select(sent.delivery_id)
        .where(sent.tenant_id == tenant_id, sent.endpoint_id == WebhookEndpoint.endpoint_id)
        .order_by(sent.delivery_id.desc())
        .limit(1)
        .correlate(WebhookEndpoint)
        .scalar_subquery()
    )
    ids = select(newest).where(WebhookEndpoint.tenant_id == tenant_id, WebhookEndpoint.state != "removed")
    rows = session.scalars(
        select(WebhookDelivery).where(WebhookDelivery.tenant_id == tenant_id, WebhookDelivery.delivery_id.in_(ids))
    )
    return {row.endpoint_id: row for row in rows}


def listed(session: Session, *, tenant_id: UUID) -> Sequence[WebhookEndpoint]:
    """The tenant's endpoints, oldest first, without those removed."""
    return session.scalars(
        select(WebhookEndpoint)
        .where(WebhookEndpoint.tenant_id == tenant_id, WebhookEndpoint.state != "removed")
        .order_by(WebhookEndpoint.endpoint_id)
    ).all()


def found(session: Session, *, tenant_id: UUID, endpoint_id: UUID) -> WebhookEndpoint:
    """An endpoint, to be looked at. :raises NotFound: no such endpoint, or removed."""
    row = session.get(WebhookEndpoint, (tenant_id, endpoint_id))
    if row is None or row.state == "removed":
        raise NotFound()
    return row


def asked_for(session: Session, *, tenant_id: UUID, endpoint_id: UUID) -> WebhookEndpoint:
    """An endpoint, locked, that somebody wants called now: it rests no longer. :raises NotFound: see `locked`."""
    endpoint = locked(session, tenant_id=tenant_id, endpoint_id=endpoint_id)
    endpoint.rests_until = None
    return endpoint


def locked(session: Session, *, tenant_id: UUID, endpoint_id: UUID) -> WebhookEndpoint:
    """An endpoint, locked and freshly read. :raises NotFound: no such endpoint, or removed."""
    found = session.scalars(
        select(WebhookEndpoint)
        .where(WebhookEndpoint.tenant_id == tenant_id, WebhookEndpoint.endpoint_id == endpoint_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None or found.state == "removed":
        raise NotFound()
    return found


def rotate(session: Session, *, tenant_id: UUID, endpoint_id: UUID, vault: Vault, at: datetime) -> Shown:
    """Give an endpoint a new secret; for a day the old one signs beside it. :raises NotFound: see `locked`."""
    endpoint, secret = locked(session, tenant_id=tenant_id, endpoint_id=endpoint_id), new_secret()
    endpoint.closed_old_secret, endpoint.old_secret_until = endpoint.closed_secret, at + ROTATION
    endpoint.closed_secret = vault.close(secret.encode(), context=closed_for(tenant_id, endpoint_id))
    endpoint.changed_at = at
    session.flush()
    _note(session, endpoint, "webhook.secret_rotated", {"overlap_until": at + ROTATION}, at=at)
    return Shown(endpoint, secret)


def change(
    session: Session, *, tenant_id: UUID, endpoint_id: UUID, url: str, events: Sequence[str], rules: Rules, at: datetime
) -> WebhookEndpoint:  # fmt: skip
    """Send other events, or to another address, from now on; what is on its way goes to the new address, too.

    Secret and state stay. :raises NotFound: see `locked`. Else as `create`.
    """
    endpoint = locked(session, tenant_id=tenant_id, endpoint_id=endpoint_id)
    check_url(url, rules=rules)
    was: dict[str, object] = {"url": endpoint.url, "topics": list(endpoint.events)}
    now: dict[str, object] = {"url": url, "topics": check_events(events)}
    if now == was:
        return endpoint
    if url != endpoint.url:
        endpoint.failing_since = endpoint.rests_until = None
    endpoint.url, endpoint.events, endpoint.changed_at = url, check_events(events), at
    session.flush()
    _note(session, endpoint, "webhook.changed", now, at=at, before=was)
    return endpoint


def activate(session: Session, *, tenant_id: UUID, endpoint_id: UUID, at: datetime) -> WebhookEndpoint:
    """Call a paused endpoint again; an active one stays so. :raises NotFound: see `locked`."""
    endpoint = locked(session, tenant_id=tenant_id, endpoint_id=endpoint_id)
    was = endpoint.state
    endpoint.state, endpoint.changed_at = "active", at
    endpoint.failing_since = endpoint.rests_until = None
    session.flush()
    _note(session, endpoint, "webhook.changed", {"state": "active"}, at=at, before={"state": was})
    return endpoint


def pause(session: Session, *, tenant_id: UUID, endpoint_id: UUID, at: datetime) -> WebhookEndpoint:
    """Call an endpoint no more until it is activated; what is told meanwhile can be replayed.

    :raises NotFound: see `locked`.
    """
    endpoint = locked(session, tenant_id=tenant_id, endpoint_id=endpoint_id)
    was = endpoint.state
    endpoint.state, endpoint.changed_at = "paused", at
    session.flush()
    _note(session, endpoint, "webhook.changed", {"state": "paused"}, at=at, before={"state": was})
    return endpoint


def remove(session: Session, *, tenant_id: UUID, endpoint_id: UUID, at: datetime) -> None:
    """Call an endpoint no more, for good. :raises NotFound: no such endpoint, or removed already."""
    endpoint = locked(session, tenant_id=tenant_id, endpoint_id=endpoint_id)
    endpoint.state, endpoint.changed_at = "removed", at
    session.flush()
    _note(session, endpoint, "webhook.removed", {"url": endpoint.url}, at=at)


def secrets_of(endpoint: WebhookEndpoint, *, vault: Vault, at: datetime) -> list[str]:
    """The secrets that sign now, the newest first. :raises VaultError: see there."""
    context = closed_for(endpoint.tenant_id, endpoint.endpoint_id)
    found = [vault.open(endpoint.closed_secret, context=context).decode()]
    old, until = endpoint.closed_old_secret, endpoint.old_secret_until
    if old is not None and until is not None and at < until:
        found.append(vault.open(old, context=context).decode())
    return found


def _note(
    session: Session, endpoint: WebhookEndpoint, action: str, after: dict[str, object], *, at: datetime, by: str = "",
    before: dict[str, object] | None = None,
) -> None:  # fmt: skip
    deed(
        session, tenant_id=endpoint.tenant_id, action=action, object_kind="webhook", object_id=endpoint.endpoint_id,
        before=before, after=after, by=by, at=at,
    )  # fmt: skip


def closed_for(tenant_id: UUID, endpoint_id: UUID) -> str:
    """What an endpoint's secrets are closed for: they open as nothing else."""
    return f"webhook:{tenant_id}:{endpoint_id}"
