"""Pools at work: both halves of a draw, draws ahead, recall, leaving, and the two sides of a right brought to agree.

Never two wallets in one transaction: each step is one tenant's, and an outbox message finishes what a kill cuts off.
"""

import logging
import os
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from billing.ledger import balance
from billing.models.pools import DrawRight, PoolMembership
from billing.pools import draws, returns, rights, use
from billing.pools.draws import DrawRefused
from billing.pools.rights import NotAPool, Terms
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import role_session, tenant_session, tenant_trips
from ebelge.core.errors import NotFound
from ebelge.core.ids import new_id
from ebelge.jobs import bell, drawing
from ebelge.jobs.ledger import finish
from ebelge.outbox import messages
from ebelge.outbox.messages import Claim
from tenants import accounts

log = logging.getLogger(__name__)

# Kontör that expires within so many days goes back to the pool at night, where others may still use it.
RECALL_DAYS = int(os.environ.get("EBELGE_POOL_RECALL_DAYS") or 3)
# Use of members who left is told for so long: held charges of theirs end later.
USE_AFTER_LEAVING = timedelta(days=45)
MAY_DRAW = ("customer", "reseller")
OPEN = ("active", "suspended")
BATCH = 5000


def draw_ahead(claim: Claim) -> None:
    """Topic pool.draw: refill a wallet that is below its threshold. The message's id is the draw's."""
    member_id, at = claim.tenant_id, utc_now()
    with tenant_session(member_id) as session:
        membership = rights.active_membership(session, tenant_id=member_id)
        left = balance.balance(session, tenant_id=member_id, at=at)
        low = membership is not None and left.spendable < membership.threshold_kontor
    if low:
        try:
            drawing.draw(member_id, needed_kontor=1, draw_id=claim.message_id)
        except DrawRefused as refusal:
            log.info("nothing drawn ahead", extra={"member_id": str(member_id), "reason": refusal.code})
    with tenant_session(member_id) as session:
        messages.done(session, [claim], at=utc_now())


_LOW = text(
    """
    SELECT m.tenant_id, m.pool_id
      FROM pool_membership m
      JOIN wallet w ON w.tenant_id = m.tenant_id AND w.available < m.threshold_kontor
      JOIN wallet p ON p.tenant_id = m.pool_id AND p.available > 0
      JOIN draw_right r ON r.tenant_id = m.pool_id AND r.member_id = m.tenant_id AND r.state = 'active'
      LEFT JOIN pool_month d ON d.tenant_id = m.pool_id AND d.member_id = m.tenant_id AND d.month = :month
     WHERE m.state = 'active' AND m.threshold_kontor > 0
       AND r.monthly_cap_kontor > coalesce(d.drawn_kontor - d.returned_kontor, 0)
     LIMIT :limit
    """
)


def low_wallets(at: datetime) -> int:
    """Ask for a draw ahead for every member below its threshold whose pool and cap still give; returns how many."""
    with role_session("reader") as session:
        found = session.execute(_LOW, {"month": draws.month_of(at), "limit": BATCH}).all()
    count = 0
    for row in found:
        with tenant_session(row.tenant_id) as session:
            count += draws.put_ahead(session, tenant_id=row.tenant_id, pool_id=row.pool_id, at=utc_now())
    if count:
        bell.ring()
    return count


def offer(pool_id: UUID, member_id: UUID, *, terms: Terms, by: str) -> DrawRight:
    """Offer a member a right to draw, or give it other terms, on both sides.

    :raises NotFound: no such account. :raises NotAPool: the account cannot draw, or is of another mode or closed.
    """
    with tenant_session(pool_id) as session:
        mode = accounts.get(session, tenant_id=pool_id).mode
    with tenant_session(member_id) as session:
        member = accounts.get(session, tenant_id=member_id)
        if member.mode != mode:
            raise NotFound()
        if member.kind not in MAY_DRAW or member.state not in OPEN:
            raise NotAPool("Bu hesap havuzdan kontör çekemez.", "That account cannot draw from a pool.")
        title = member.title
    with tenant_session(pool_id) as session:
        rights.offer(
            session, tenant_id=pool_id, member_id=member_id, member_title=title, terms=terms, by=by, at=utc_now()
        )
    agree(pool_id, member_id)
    with tenant_session(pool_id) as session:
        return rights.right_of(session, tenant_id=pool_id, member_id=member_id)


def accept(member_id: UUID, pool_id: UUID, *, by: str) -> PoolMembership:
    """Take a pool's offer up, on both sides. :raises NotFound, OfferIsOver, AnotherPool: see `rights.accept`."""
    with tenant_session(member_id) as session:
        rights.accept(session, tenant_id=member_id, pool_id=pool_id, by=by, at=utc_now())
    agree(pool_id, member_id)
    with tenant_session(member_id) as session:
        return rights.membership_in(session, tenant_id=member_id, pool_id=pool_id)


def leave(member_id: UUID, pool_id: UUID) -> int:
    """End the right from the member's side; the unheld rest goes back. Returns the kontör given back now."""
    return_id, back = new_id(), 0
    with tenant_session(member_id) as session:
        at = utc_now()
        if rights.leave(session, tenant_id=member_id, pool_id=pool_id, at=at):
            back = returns.give_back(session, tenant_id=member_id, pool_id=pool_id, return_id=return_id, at=at)
    if back:
        finish(member_id, return_id)
    agree(pool_id, member_id)
    return back


def recall(
    pool_id: UUID, member_id: UUID, *, kontor: int | None = None, end: bool = False, return_id: UUID | None = None
) -> int:
    """Call the unheld rest (or at most `kontor` of it) back to the pool; returns how much came.

    `end`: the right ends, and all of the rest comes. Repeating a `return_id` changes nothing.

    :raises NotFound: the account has no right in this pool.
    """
    with tenant_session(pool_id) as session:
        if end:
            rights.withdraw(session, tenant_id=pool_id, member_id=member_id, at=utc_now())
        else:
            rights.right_of(session, tenant_id=pool_id, member_id=member_id)
    if end:
        return agree(pool_id, member_id)
    return _bring_back(pool_id, member_id, return_id or new_id(), kontor=kontor)


def agree(pool_id: UUID, member_id: UUID) -> int:
    """Bring both sides of a right to say the same; bears repetition. Where the right ends by this, the unheld rest goes
    back: returns how much."""
    with tenant_session(pool_id) as session:
        pool = rights.pool_side(session, tenant_id=pool_id, member_id=member_id)
        title = accounts.get(session, tenant_id=pool_id).title
    back = 0
    while pool is not None:
        return_id, ended = new_id(), 0
        with tenant_session(member_id) as session:
            member = rights.member_side(session, tenant_id=member_id, pool_id=pool_id)
            side = rights.agreed(pool, member)
            if rights.put_member_side(session, tenant_id=member_id, pool_id=pool_id, pool_title=title, side=side):
                ended = returns.give_back(
                    session, tenant_id=member_id, pool_id=pool_id, return_id=return_id, at=utc_now()
                )
        if ended:
            finish(member_id, return_id)
        back += ended
        with tenant_session(pool_id) as session:
            rights.put_pool_side(session, tenant_id=pool_id, member_id=member_id, side=side)
            now = rights.pool_side(session, tenant_id=pool_id, member_id=member_id)
        # The pool may have changed its terms meanwhile, and whoever told the member of it may have been before us.
        pool = now if now is not None and (now.terms, now.offered_at) != (pool.terms, pool.offered_at) else None
    return back


def agree_by_message(claim: Claim) -> None:
    """Topic pool.right: one side has changed."""
    of_pool = claim.payload["side"] == "pool"
    agree(*((claim.tenant_id, claim.key) if of_pool else (claim.key, claim.tenant_id)))
    with tenant_session(claim.tenant_id) as session:
        messages.done(session, [claim], at=utc_now())


_ENDING = text(
    """
    SELECT DISTINCT l.origin_tenant_id AS pool_id, l.tenant_id AS member_id
      FROM lot l
      JOIN pool_membership m ON m.tenant_id = l.tenant_id AND m.pool_id = l.origin_tenant_id AND m.state = 'active'
     WHERE l.open AND l.source = 'received' AND l.expires_at > :at AND l.expires_at <= :until
     LIMIT :limit
    """
)


def recall_ending(at: datetime) -> int:
    """Bring kontör that expires within RECALL_DAYS back to its pool; returns how many members gave some."""
    until = at + timedelta(days=RECALL_DAYS)
    with role_session("reader") as session:
        found = session.execute(_ENDING, {"at": at, "until": until, "limit": BATCH}).all()
    return sum(_bring_back(row.pool_id, row.member_id, new_id(), expiring_until=until) > 0 for row in found)


_MEMBERS = text(
    "SELECT tenant_id AS member_id, pool_id, accepted_at FROM pool_membership "
    "WHERE accepted_at IS NOT NULL AND (ended_at IS NULL OR ended_at > :since)"
)


def roll_up_use(at: datetime) -> int:
    """Tell each pool what its members used per day, from the last day it knows on; returns how many members."""
    with role_session("reader") as session:
        found = session.execute(_MEMBERS, {"since": at - USE_AFTER_LEAVING}).all()
    for row in found:
        with tenant_session(row.pool_id) as session:
            known = use.last_day(session, tenant_id=row.pool_id, member_id=row.member_id)
        since: date = known or istanbul_date(row.accepted_at)
        with tenant_session(row.member_id) as session:
            days = use.used(session, tenant_id=row.member_id, pool_id=row.pool_id, since=since, at=at)
        with tenant_session(row.pool_id) as session:
            use.note(session, tenant_id=row.pool_id, member_id=row.member_id, days=days, at=at)
    return len(found)


def drawable(member_id: UUID) -> draws.Drawable | None:
    """What a member may draw now; None if it belongs to no pool."""
    with tenant_trips(member_id) as session:
        pool_id = rights.pool_of(session, tenant_id=member_id)
    if pool_id is None:
        return None
    with tenant_session(pool_id) as session:
        return draws.drawable(session, tenant_id=pool_id, member_id=member_id, at=utc_now())


def _bring_back(
    pool_id: UUID,
    member_id: UUID,
    return_id: UUID,
    *,
    kontor: int | None = None,
    expiring_until: datetime | None = None,
) -> int:
    with tenant_session(member_id) as session:
        back = returns.give_back(
            session,
            tenant_id=member_id,
            pool_id=pool_id,
            return_id=return_id,
            at=utc_now(),
            kontor=kontor,
            expiring_until=expiring_until,
        )
    if back:
        finish(member_id, return_id)
    return back
