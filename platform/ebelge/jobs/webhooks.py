"""Calling customers' systems (topic webhook.deliver): what to send, the call outside a transaction, its answer."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from ebelge.core.clock import utc_now
from ebelge.core.config import settings
from ebelge.core.db import role_session, tenant_session
from ebelge.core.telemetry import bind
from ebelge.jobs import stopping, telling
from ebelge.jobs.database import patiently
from ebelge.jobs.intents import vault
from ebelge.notify.webhooks import calling, deliveries
from ebelge.notify.webhooks.addresses import Rules
from ebelge.notify.webhooks.calling import Reply
from ebelge.notify.webhooks.deliveries import NotNow, Parcel
from ebelge.outbox import messages, relay
from ebelge.outbox.messages import Claim
from ebelge.outbox.topics import LEASE

log = logging.getLogger(__name__)
# The longest call, and a name server that takes its time before it.
CALL_MAX = timedelta(seconds=calling.WHOLE_S + 30)


def rules() -> Rules:
    """What this installation allows to call."""
    config = settings()
    return Rules(ports=config.webhook_ports, loopback=config.webhook_loopback)


def work(claims: Sequence[Claim], *, claimed_at: datetime) -> None:
    """Deliver what these claims stand for; what there was no time for goes back, uncounted."""
    latest = claimed_at + max(LEASE - CALL_MAX, LEASE / 4)
    left: list[Claim] = []
    for claim in claims:
        if stopping.requested.is_set() or utc_now() > latest:
            left.append(claim)
            continue
        with bind(tenant_id=claim.tenant_id, delivery_id=claim.key):
            try:
                deliver(claim)
            except Exception:  # its lease brings it back
                log.exception("a webhook could not be delivered")
    if left:
        with role_session("relay") as session:
            relay.give_back(session, left)


def deliver(claim: Claim) -> None:
    """Make one call and enter its answer."""
    parcel = patiently(partial(_begin, claim))
    if parcel is None:
        return
    reply = calling.post(parcel.url, parcel.body, parcel.headers, rules=rules())
    became = patiently(partial(_enter, claim, parcel, reply))
    log.info("webhook delivered", extra={"outcome": became, "status": reply.status, "detail": reply.answer[:200]})


def _begin(claim: Claim) -> Parcel | None:
    at = utc_now()
    with tenant_session(claim.tenant_id) as session:
        parcel = deliveries.parcel(session, tenant_id=claim.tenant_id, delivery_id=claim.key, vault=vault(), at=at)
        if isinstance(parcel, NotNow):
            messages.again(session, claim, at=at, due_at=parcel.until, error="the endpoint takes nothing; it rests")
            return None
        if parcel is None:
            messages.done(session, [claim], at=at)
        return parcel


def _enter(claim: Claim, parcel: Parcel, reply: Reply) -> str:
    at = utc_now()
    with tenant_session(claim.tenant_id) as session:
        if not messages.still_mine(session, claim):
            return "lost"
        entered = deliveries.enter(
            session, tenant_id=claim.tenant_id, delivery_id=parcel.delivery_id, reply=reply, at=at
        )
        if entered.paused is not None:
            telling.endpoint_paused(
                session, claim.tenant_id, endpoint_id=entered.paused.endpoint_id, url=parcel.url, answer=reply.answer
            )
        if entered.again_at is None:
            messages.done(session, [claim], at=at)
        else:
            messages.again(session, claim, at=at, due_at=entered.again_at, error=reply.answer)
        return entered.state
