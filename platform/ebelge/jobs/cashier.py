"""The payments job: questions to gateways and charges, each claim by itself, none beyond its lease."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.telemetry import bind
from ebelge.jobs import cards, charges, payments, returns, stopping
from ebelge.outbox import messages, relay
from ebelge.outbox.messages import Claim
from ebelge.outbox.topics import LEASE

log = logging.getLogger(__name__)
# The longest call to a gateway: 20 s, tried three times by its package. A claim is not begun later than this before
# its lease ends: somebody else would begin it too.
CALL_MAX = timedelta(seconds=70)
# What handles one claim of each topic. A handler ends its message in the transaction of its effect.
HANDLERS: Mapping[str, Callable[[Claim], None]] = {
    "payment.read": payments.read,
    "payment.charge": charges.charge,
    "card.forget": cards.forget,
    "refund.send": returns.send,
    "dispute.read": returns.read_dispute,
}


def work(claims: Sequence[Claim], *, claimed_at: datetime) -> None:
    """Handle what these claims stand for; what there was no time for goes back, uncounted."""
    latest = claimed_at + max(LEASE - CALL_MAX, LEASE / 4)
    left: list[Claim] = []
    payments.silent.clear()
    for claim in claims:
        if stopping.requested.is_set() or utc_now() > latest:
            left.append(claim)
            continue
        with bind(tenant_id=claim.tenant_id, key=claim.key, topic=claim.topic):
            try:
                HANDLERS[claim.topic](claim)
            except Exception as error:
                log.exception("a payment job failed")
                _again(claim, error)
    if left:
        with role_session("relay") as session:
            relay.give_back(session, left)


def _again(claim: Claim, error: Exception) -> None:
    try:
        with tenant_session(claim.tenant_id) as session:
            messages.again(session, claim, at=utc_now(), error=f"{type(error).__name__}: {error}")
    except Exception:  # its lease brings it back
        log.exception("a failed payment job could not be given back")
