"""The gateways' own lists, fetched every night and on demand: one half of the comparison with our payments."""

import logging
from datetime import date, datetime, timedelta

from billing.orders.attempts import ATTEMPT_KIND
from billing.payments import lists
from billing.payments.errors import GatewayRefused, GatewayUnavailable, UntrustedAnswer
from billing.payments.gateway import ListedTransaction, PaymentGateway
from billing.settlement.settle import PAYMENT_KIND
from billing.settlement.settled import payment_key
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.jobs import bell
from ebelge.jobs.asking import ask_attempt
from ebelge.jobs.gateways import gateways
from tenants import locator

log = logging.getLogger(__name__)
# iyzico closes a day after its end; what it enters late is found by fetching some days again.
DAYS_BACK = 3
_fetched: dict[tuple[str, date], date] = {}


def nightly(at: datetime) -> int:
    """Fetch the last days' lists of every gateway, each once a day; returns how many lines were new."""
    today = istanbul_date(at)
    new = 0
    for name, gateway in gateways().items():
        for back in range(1, DAYS_BACK + 1):
            day = today - timedelta(days=back)
            if _fetched.get((name, day)) == today:
                continue
            try:
                new += fetch(gateway, day)
            except (GatewayUnavailable, GatewayRefused, UntrustedAnswer, ValueError) as error:
                log.error("gateway list not fetched", extra={"gateway": name, "day": str(day), "reason": str(error)})
                break  # the next hour tries again
            _fetched[name, day] = today
    return new


def fetch(gateway: PaymentGateway, day: date) -> int:
    """Fetch one gateway's list of a Turkish calendar day and keep it; returns how many lines were new.

    A payment of an attempt of ours that we do not have is asked about: whatever told of it got lost.
    :raises GatewayUnavailable, GatewayRefused, UntrustedAnswer: nothing was kept.
    """
    lines = gateway.transactions(day)
    with role_session("finance") as session:
        new = lists.keep(session, day=day, lines=lines, at=utc_now())
    asked = sum([_ask_about(line) for line in lines if line.kind == "payment"])
    if asked:
        bell.ring()
        log.warning("payments that nobody told us of", extra={"gateway": gateway.name, "day": str(day), "count": asked})
    log.info("gateway list fetched", extra={"gateway": gateway.name, "day": str(day), "lines": len(lines), "new": new})
    return new


def _ask_about(line: ListedTransaction) -> bool:
    with role_session("app") as session:
        key = payment_key(line.gateway, line.payment_id)
        if not line.attempt_ref or locator.locate(session, kind=PAYMENT_KIND, key=key) is not None:
            return False
        found = locator.locate(session, kind=ATTEMPT_KIND, key=line.attempt_ref)
    if found is None:
        return False
    payload = {"payment_id": line.payment_id}
    with tenant_session(found.tenant_id) as session:
        return ask_attempt(
            session, tenant_id=found.tenant_id, attempt_id=found.object_id, at=utc_now(), payload=payload
        )
