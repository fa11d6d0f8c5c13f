"""What follows from money elsewhere: each claim by itself, a repetition changes nothing."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial

from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.telemetry import bind
from ebelge.jobs import (
    bank_files,
    books,
    bulk,
    commission,
    customer_onboarding,
    invoices,
    pooling,
    reporting,
    returns,
    telling,
)
from ebelge.jobs.database import patiently
from ebelge.outbox import messages
from ebelge.outbox.messages import Claim

log = logging.getLogger(__name__)
Effect = Callable[[Claim], None]


def each_in_turn(*effects: Effect) -> Effect:
    """A handler of several effects, each of which bears repetition; the message ends when all are done."""

    def handle(claim: Claim) -> None:
        for effect in effects:
            effect(claim)
        with tenant_session(claim.tenant_id) as session:
            messages.done(session, [claim], at=utc_now())

    return handle


# What handles one claim of each topic. A handler ends its message itself, at the latest when its effect is committed.
HANDLERS: Mapping[str, Effect] = {
    "order.credited": each_in_turn(commission.credited, telling.order_credited),
    "order.paid": each_in_turn(commission.credited, telling.order_credited),
    "order.reversed": each_in_turn(commission.reversed_, telling.order_reversed),
    "order.invoice": invoices.issue,
    "books.compare": books.compare,
    "bank.file": bank_files.take_in,
    "kontor.follow": returns.follow,
    "pool.draw": pooling.draw_ahead,
    "pool.right": pooling.agree_by_message,
    "customers.import": customer_onboarding.work,
    "bulk.work": bulk.work,
    "report.build": reporting.build,
    "report.status": reporting.ask,
}
# A topic whose handler this installation does not have yet waits this long.
UNHANDLED = timedelta(minutes=10)


def work(claims: Sequence[Claim]) -> None:
    """Handle each claim; one that fails is tried again later."""
    for claim in claims:
        with bind(tenant_id=claim.tenant_id, key=claim.key, topic=claim.topic):
            try:
                patiently(partial(HANDLERS.get(claim.topic, _wait), claim))
            except Exception as error:
                log.exception("what follows from a sale failed")
                _again(claim, error)


def _wait(claim: Claim) -> None:
    at = utc_now()
    with tenant_session(claim.tenant_id) as session:
        messages.again(session, claim, at=at, due_at=at + UNHANDLED, error="no handler for the topic")


def _again(claim: Claim, error: Exception) -> None:
    try:
        with tenant_session(claim.tenant_id) as session:
            messages.again(session, claim, at=utc_now(), error=f"{type(error).__name__}: {error}")
    except Exception:  # its lease brings it back
        log.exception("a failed claim could not be given back")
