"""The clock's duties for wallets: who is low, what expires, which top-ups begin and end, who is to be reminded.

Each finds tenants as `reader` and does one tenant's work in its own transaction; one tenant's trouble stops no other.
"""

import logging
import secrets
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from billing.expiry import notices
from billing.topups import plans, runs, watch
from billing.topups.runs import Capped, Failed, Started
from ebelge.core.clock import utc_now
from ebelge.core.config import settings
from ebelge.core.db import role_session, tenant_session
from ebelge.core.telemetry import bind
from ebelge.jobs import bell, pooling, telling
from ebelge.notify import post
from tenants import locator

log = logging.getLogger(__name__)
BATCH = 5000
# A debt is spoken of so long before it is due.
DUE_SOON = timedelta(days=3)
# The locator's word for the link by which a card's owner confirms a top-up.
CONFIRM_KIND: Final = "payment.confirm"

_WATCHED = text(
    "SELECT k.tenant_id FROM kontor_watch k JOIN wallet w ON w.tenant_id = k.tenant_id "
    "WHERE (w.available < k.low_kontor) <> (k.low_since IS NOT NULL) LIMIT :limit"
)
_LOW = text(
    "SELECT p.tenant_id FROM topup_plan p JOIN wallet w ON w.tenant_id = p.tenant_id "
    "WHERE p.state = 'on' AND w.available < p.threshold_kontor AND (p.next_try_at IS NULL OR p.next_try_at <= :at) "
    "AND NOT EXISTS (SELECT 1 FROM topup_run r WHERE r.tenant_id = p.tenant_id AND r.state = 'started') LIMIT :limit"
)
_ENDED = text(
    "SELECT r.tenant_id, r.order_id FROM topup_run r "
    "JOIN kontor_order o ON o.tenant_id = r.tenant_id AND o.order_id = r.order_id "
    "WHERE r.state = 'started' AND (o.credited_at IS NOT NULL OR NOT EXISTS (SELECT 1 FROM payment_attempt a "
    "WHERE a.tenant_id = r.tenant_id AND a.order_id = r.order_id AND a.ended_at IS NULL)) LIMIT :limit"
)
# Only who has something to hear: a look at every wallet with an ending lot would be dear.
_ENDING = text(
    """
    SELECT DISTINCT l.tenant_id
      FROM (SELECT o.*, CASE WHEN o.expires_at < :in_1 THEN 1 WHEN o.expires_at < :in_7 THEN 7
                             WHEN o.expires_at < :in_14 THEN 14 ELSE 30 END AS days
              FROM lot o
             WHERE o.open AND o.frozen_at IS NULL AND o.remaining > 0 AND o.expires_at > :at AND o.expires_at < :in_30
           ) AS l
      JOIN tenant t ON t.tenant_id = l.tenant_id AND t.mode = 'live' AND t.state = ANY(:told)
     WHERE l.credited_at <= l.expires_at - make_interval(days => l.days)
       AND NOT EXISTS (SELECT 1 FROM lot_notice n
                        WHERE n.tenant_id = l.tenant_id AND n.lot_id = l.lot_id AND n.days = l.days)
       AND NOT (l.source = 'received' AND EXISTS (SELECT 1 FROM pool_membership m
                        WHERE m.tenant_id = l.tenant_id AND m.pool_id = l.origin_tenant_id))
     LIMIT :limit
    """
)
_REFUNDS = text(
    "SELECT r.tenant_id, r.refund_id, r.gross_kurus, r.kontor, r.tax_way, o.reference FROM refund r "
    "JOIN kontor_order o ON o.tenant_id = r.tenant_id AND o.order_id = r.order_id "
    "WHERE r.ended_at IS NULL AND r.state = 'awaiting_return_invoice' AND r.tax_way <> 'cancel_invoice' "
    "AND NOT EXISTS (SELECT 1 FROM return_invoice i WHERE i.tenant_id = r.tenant_id AND i.refund_id = r.refund_id) "
    "LIMIT :limit"
)
_DEBTS = text(
    "SELECT tenant_id, receivable_id, gross_kurus - settled_kurus AS gross_kurus, due_at FROM receivable "
    "WHERE state = 'open' AND gross_kurus > settled_kurus AND due_at <= :soon LIMIT :limit"
)


def look_at_watches(at: datetime) -> int:
    """Tell of balances that fell below their watch's threshold; returns how many were looked at."""

    def look(tenant_id: UUID) -> None:
        with tenant_session(tenant_id) as session:
            now = utc_now()
            low = watch.look(session, tenant_id=tenant_id, at=now)
            if low is not None:
                telling.balance_low(session, tenant_id, low, now)

    return _each(_tenants(_WATCHED, limit=BATCH), look)


def start_topups(at: datetime) -> int:
    """Begin a run for every plan whose wallet is low; a pool's members draw first. Returns how many were looked at."""
    return _each(_tenants(_LOW, at=at, limit=BATCH), start_topup)


def start_topup(tenant_id: UUID) -> Started | None:
    """Begin a run if plan and balance of one tenant ask for it."""
    can_draw = pooling.drawable(tenant_id)
    if can_draw is not None and can_draw.kontor > 0:
        return None
    with tenant_session(tenant_id) as session:
        at = utc_now()
        outcome = runs.start(session, tenant_id=tenant_id, at=at)
        if isinstance(outcome, Capped):
            telling.topup_capped(session, tenant_id, outcome, at)
        elif isinstance(outcome, plans.Suspended):
            telling.topup_suspended(session, tenant_id, outcome, at)
    if isinstance(outcome, Started):
        log.info("top-up begun", extra={"run_id": str(outcome.run_id), "gross_kurus": outcome.gross_kurus})
        return outcome
    return None


def end_topups(at: datetime) -> int:
    """End runs whose order was credited or whose charge came to nothing; returns how many were looked at."""
    with role_session("reader") as session:
        found = session.execute(_ENDED, {"limit": BATCH}).all()
    return _each(found, lambda row: end_topup(row.tenant_id, row.order_id))


def end_topup(tenant_id: UUID, order_id: UUID) -> None:
    """End the run of an order, if its outcome is known, and tell of it."""
    with tenant_session(tenant_id) as session:
        at = utc_now()
        done = runs.credited(session, tenant_id=tenant_id, order_id=order_id, at=at)
        if done is not None:
            telling.topup_done(session, tenant_id, done, at)
            return
        nothing = runs.failed(session, tenant_id=tenant_id, order_id=order_id, at=at)
        if nothing is not None:
            link = _confirm_link(session, tenant_id, nothing) if nothing.needs_owner else ""
            telling.topup_failed(session, tenant_id, nothing, confirm_link=link, at=at)


def tell_of_endings(at: datetime) -> int:
    """Tell of lots that expire in 30, 14, 7 and 1 days; returns how many tenants were looked at."""

    def tell(tenant_id: UUID) -> None:
        with tenant_session(tenant_id) as session:
            telling.lots_ending(session, tenant_id, notices.take(session, tenant_id=tenant_id, at=at), at)

    steps = {f"in_{days}": notices.end_of_step(at, days) for days in notices.STEPS}
    wanted = {"at": at, **steps, "told": list(notices.TOLD), "limit": BATCH}
    return _each(_tenants(_ENDING, **wanted), tell)


def remind(at: datetime) -> int:
    """Write of each refund that waits for its buyer's paper (again: `refund_reminders`), and of each debt before and
    after it is due; each once."""
    with role_session("reader") as session:
        refunds = session.execute(_REFUNDS, {"limit": BATCH}).all()
        debts = session.execute(_DEBTS, {"soon": at + DUE_SOON, "limit": BATCH}).all()
    count = 0
    for row in refunds:
        facts = {"gross_kurus": row.gross_kurus, "kontor": row.kontor, "reference": row.reference, "way": row.tax_way}
        count += _each([row], partial(_write, "refund_waits", f"refund.waits {row.refund_id}", facts, at))
    for row in debts:
        overdue = row.due_at <= at
        facts = {"gross_kurus": row.gross_kurus, "due_at": row.due_at.isoformat(), "overdue": overdue}
        occasion = f"receivable.{'overdue' if overdue else 'due'} {row.receivable_id}"
        count += _each([row], partial(_write, "receivable_due", occasion, facts, at))
    return count


def _write(kind: str, occasion: str, facts: dict[str, Any], at: datetime, row: Any) -> None:
    with tenant_session(row.tenant_id) as session:
        post.write(session, tenant_id=row.tenant_id, kind=kind, occasion=occasion, facts=facts, at=at)


def _confirm_link(session: Any, tenant_id: UUID, run: Failed) -> str:
    token = secrets.token_urlsafe(24)
    locator.put(session, tenant_id=tenant_id, kind=CONFIRM_KIND, key=token, object_id=run.order_id)
    return f"{settings().public_base_url}/payments/confirm/{token}"


def _tenants(sql: Any, **values: Any) -> list[UUID]:
    with role_session("reader") as session:
        return list(session.execute(sql, values).scalars())


def _each(found: Iterable[Any], work: Callable[[Any], object]) -> int:
    count = 0
    for one in found:
        with bind(tenant_id=getattr(one, "tenant_id", one)):
            try:
                work(one)
                count += 1
            except Exception:
                log.exception("upkeep of a wallet failed")
    if count:
        bell.ring()
    return count
