"""The gateways' own lists, fetched every night and on demand: one half of the comparison with our payments."""

import logging
from datetime import date, datetime, timedelta

from billing.payments import lists
from billing.payments.errors import GatewayRefused, GatewayUnavailable, UntrustedAnswer
from billing.payments.gateway import PaymentGateway
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import role_session
from ebelge.jobs.gateways import gateways

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

    :raises GatewayUnavailable, GatewayRefused, UntrustedAnswer: nothing was kept.
    """
    lines = gateway.transactions(day)
    with role_session("finance") as session:
        new = lists.keep(session, day=day, lines=lines, at=utc_now())
    log.info("gateway list fetched", extra={"gateway": gateway.name, "day": str(day), "lines": len(lines), "new": new})
    return new
