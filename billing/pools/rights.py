"""Rights to draw: offered by the pool, accepted by the member; a row on each side, brought to agree by `agreed`.

Each side writes its own row in its own transaction and puts the message `pool.right`; whoever works on that reads both
rows, one session after the other, and writes `agreed` to both. An offer is a generation (`offered_at`); within one,
a right only goes on: offered, active, ended. Terms are the pool's, whose kontör it is.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from billing.models.pools import RIGHT_STATES, DrawRight, PoolMembership
from billing.pools.sides import Side, Terms, may_follow, put, put_terms, side_of
from ebelge.core.db import together
from ebelge.core.errors import Conflict, InvalidRequest, NotFound
from ebelge.core.transaction import Call, Prepared
from ebelge.outbox import messages
from tenants import accounts
from tenants.audit.deeds import deed

__all__ = ["Side", "Terms"]
TOPIC = "pool.right"
_POOL_OF = Prepared("SELECT pool_id FROM pool_membership WHERE tenant_id = %s AND state = 'active'")
_STATE = Prepared("SELECT state FROM pool_membership WHERE tenant_id = %s AND pool_id = %s")


class AnotherPool(Conflict):
    """The member draws from a pool already; one pool at most refills a wallet."""

    code = "another_pool"
    title_tr, title_en = "Başka bir havuzdan kontör çekiliyor", "Another pool refills this wallet"


class NotAPool(Conflict):
    """Only a pool offers rights, and only to an open account of another kind and of its own mode."""

    code = "not_a_pool"
    title_tr, title_en = "Bu hesap havuz değil ya da alıcı uygun değil", "Not a pool, or not an account that may draw"


class OfferIsOver(Conflict):
    """The offer was withdrawn, or the right has ended."""

    code = "offer_is_over"
    title_tr, title_en = "Bu teklif geçerli değil", "The offer no longer stands"


def offer(
    session: Session, *, tenant_id: UUID, member_id: UUID, member_title: str, terms: Terms, by: str, at: datetime
) -> DrawRight:
    """As the pool: offer a right, or give an offered or active one these terms; an ended one begins anew as an offer.

    The caller has made sure that the member may draw. :raises InvalidRequest: the terms make no sense.
    :raises NotAPool: the session's tenant is none.
    """
    if accounts.get(session, tenant_id=tenant_id).kind != "pool":
        raise NotAPool("Çekme hakkını yalnız havuz verir.", "Only a pool gives rights to draw.")
    if terms.block_kontor <= 0 or terms.monthly_cap_kontor < 0 or terms.threshold_kontor < 0:
        raise InvalidRequest(
            "Blok pozitif, aylık üst sınır ve eşik sıfır ya da pozitif tam sayı olmalı.",
            "The block must be positive, the monthly cap and the threshold not negative.",
        )
    if member_id == tenant_id:
        raise InvalidRequest("Havuz kendinden kontör çekemez.", "A pool cannot draw from itself.")
    right = _of_pool(session, tenant_id, member_id)
    if right is None:
        right = DrawRight(tenant_id=tenant_id, member_id=member_id, state="ended", offered_at=at, offered_by=by)
        session.add(right)
    if right.state == "ended":
        right.state, right.offered_at, right.offered_by = "offered", at, by
        right.accepted_at = right.ended_at = None
    right.member_title = member_title
    put_terms(right, terms)
    session.flush()
    messages.put(session, tenant_id=tenant_id, topic=TOPIC, key=member_id, at=at, payload={"side": "pool"})
    deed(
        session, tenant_id=tenant_id, action="pool.right_offered", object_kind="draw_right", object_id=member_id,
        after={
            "member": member_id, "block": terms.block_kontor, "monthly_cap": terms.monthly_cap_kontor,
            "threshold_kontor": terms.threshold_kontor,
        },
        by=by, at=at,
    )  # fmt: skip
    return right


def accept(session: Session, *, tenant_id: UUID, pool_id: UUID, by: str, at: datetime) -> PoolMembership:
    """As the member: take an offer up. Repeating it changes nothing.

    :raises NotFound: no such offer. :raises OfferIsOver: it has ended. :raises AnotherPool: another pool's is active.
    """
    membership = membership_in(session, tenant_id=tenant_id, pool_id=pool_id)
    if membership.state == "ended":
        raise OfferIsOver("Havuzdan yeni bir teklif isteyin.", "Ask the pool for a new offer.")
    if membership.state == "offered":
        try:
            with session.begin_nested():
                membership.state, membership.accepted_by, membership.accepted_at = "active", by, at
                session.flush()
        except IntegrityError as error:
            if "pool_membership_one" not in str(error.orig):
                raise
            raise AnotherPool(
                "Önce bağlı olduğunuz havuzdan ayrılın.", "Leave the pool that you draw from first."
            ) from error
        messages.put(session, tenant_id=tenant_id, topic=TOPIC, key=pool_id, at=at, payload={"side": "member"})
        _note(session, "pool.right_accepted", tenant_id, pool_id, {"pool": pool_id, "state": "active"}, by=by, at=at)
    return membership


def leave(session: Session, *, tenant_id: UUID, pool_id: UUID, at: datetime) -> bool:
    """As the member: end the right, or refuse the offer; True if it ended by this. :raises NotFound: there is none.

    The unheld rest goes back by `returns.give_back` in the same transaction, and only then: what comes back to the
    member's lots later stays there.
    """
    membership = membership_in(session, tenant_id=tenant_id, pool_id=pool_id)
    if membership.state == "ended":
        return False
    membership.state, membership.ended_at = "ended", at
    session.flush()
    messages.put(session, tenant_id=tenant_id, topic=TOPIC, key=pool_id, at=at, payload={"side": "member"})
    _note(session, "pool.right_ended", tenant_id, pool_id, {"pool": pool_id, "state": "ended"}, at=at)
    return True


def withdraw(session: Session, *, tenant_id: UUID, member_id: UUID, at: datetime) -> DrawRight:
    """As the pool: end the right; nothing more is drawn from now on. Repeating it changes nothing. :raises NotFound."""
    right = right_of(session, tenant_id=tenant_id, member_id=member_id)
    if right.state != "ended":
        right.state, right.ended_at = "ended", at
        session.flush()
        messages.put(session, tenant_id=tenant_id, topic=TOPIC, key=member_id, at=at, payload={"side": "pool"})
        _note(session, "pool.right_ended", tenant_id, member_id, {"member": member_id, "state": "ended"}, at=at)
    return right


def right_of(session: Session, *, tenant_id: UUID, member_id: UUID) -> DrawRight:
    """The pool's row of a member, locked. :raises NotFound: there is none."""
    right = _of_pool(session, tenant_id, member_id)
    if right is None:
        raise NotFound("Bu hesabın havuzda hakkı yok.", "That account has no right in this pool.")
    return right


def membership_in(session: Session, *, tenant_id: UUID, pool_id: UUID) -> PoolMembership:
    """The member's row of a pool, locked. :raises NotFound: there is none."""
    found = _of_member(session, tenant_id, pool_id)
    if found is None:
        raise NotFound("Bu havuzdan bir teklif yok.", "There is no offer of that pool.")
    return found


def active_membership(session: Session, *, tenant_id: UUID) -> PoolMembership | None:
    """The right by which the member's wallet is refilled, if there is one."""
    return session.scalars(
        select(PoolMembership).where(PoolMembership.tenant_id == tenant_id, PoolMembership.state == "active")
    ).one_or_none()


def pool_of(session: Session, *, tenant_id: UUID) -> UUID | None:
    """Which pool refills the member's wallet: one statement, for whoever is short."""
    (found,) = together(session, (_POOL_OF, (tenant_id,)))
    return found[0].pool_id if found else None


def asking_state(*, tenant_id: UUID, pool_id: UUID) -> Call:
    """The statement that reads a member's right in a pool, for a round trip together with others; see `ended`."""
    return _STATE, (tenant_id, pool_id)


def ended(rows: Sequence[Any]) -> bool:
    """Whether these rows of `asking_state` say that the right has ended."""
    return bool(rows) and rows[0].state == "ended"


def memberships(session: Session, *, tenant_id: UUID) -> Sequence[PoolMembership]:
    """Everything a member was offered, the newest first."""
    return session.scalars(
        select(PoolMembership)
        .where(PoolMembership.tenant_id == tenant_id)
        .order_by(PoolMembership.offered_at.desc(), PoolMembership.pool_id)
    ).all()


def rights(session: Session, *, tenant_id: UUID) -> Sequence[DrawRight]:
    """All rights of a pool, by member's name."""
    return session.scalars(
        select(DrawRight).where(DrawRight.tenant_id == tenant_id).order_by(DrawRight.member_title, DrawRight.member_id)
    ).all()


def pool_side(session: Session, *, tenant_id: UUID, member_id: UUID) -> Side | None:
    """The pool's copy of a right."""
    right = _of_pool(session, tenant_id, member_id)
    return None if right is None else side_of(right)


def member_side(session: Session, *, tenant_id: UUID, pool_id: UUID) -> Side | None:
    """The member's copy of a right."""
    membership = _of_member(session, tenant_id, pool_id)
    return None if membership is None else side_of(membership)


def agreed(pool: Side, member: Side | None) -> Side:
    """What both sides are to say: the newer offer; within one offer, whoever went further; the pool's terms."""
    if member is None or member.offered_at != pool.offered_at:
        return pool  # the member has not seen this offer yet
    further = max(pool, member, key=lambda side: RIGHT_STATES.index(side.state))
    return replace(
        pool,
        state=further.state,
        accepted_at=pool.accepted_at or member.accepted_at,
        ended_at=further.ended_at,
    )


def put_pool_side(session: Session, *, tenant_id: UUID, member_id: UUID, side: Side) -> None:
    """As the pool: write what was agreed, unless the row went further meanwhile (its own message will follow)."""
    right = _of_pool(session, tenant_id, member_id)
    if right is not None and may_follow(right, side):
        put(right, side, terms=False)
        session.flush()


def put_member_side(session: Session, *, tenant_id: UUID, pool_id: UUID, pool_title: str, side: Side) -> bool:
    """As the member: write what was agreed, unless the row went further meanwhile (its own message will follow).

    True if an active right ended by this: the unheld rest goes back in the same transaction, as in `leave`.
    """
    membership = _of_member(session, tenant_id, pool_id)
    if membership is None:
        membership = PoolMembership(tenant_id=tenant_id, pool_id=pool_id)
        session.add(membership)
        was_active = False
    elif not may_follow(membership, side):
        return False
    else:
        was_active = membership.state == "active"
        if membership.offered_at != side.offered_at:
            membership.accepted_by = None
    membership.pool_title = pool_title
    put(membership, side, terms=True)
    session.flush()
    return was_active and side.state == "ended"


def _note(
    session: Session, action: str, tenant_id: UUID, other: UUID, after: dict[str, object], *, by: str = "", at: datetime
) -> None:
    deed(
        session,
        tenant_id=tenant_id,
        action=action,
        object_kind="draw_right",
        object_id=other,
        after=after,
        by=by,
        at=at,
    )


def _of_pool(session: Session, tenant_id: UUID, member_id: UUID) -> DrawRight | None:
    return session.scalars(
        select(DrawRight).where(DrawRight.tenant_id == tenant_id, DrawRight.member_id == member_id).with_for_update()
    ).one_or_none()


def _of_member(session: Session, tenant_id: UUID, pool_id: UUID) -> PoolMembership | None:
    return session.scalars(
        select(PoolMembership)
        .where(PoolMembership.tenant_id == tenant_id, PoolMembership.pool_id == pool_id)
        .with_for_update()
    ).one_or_none()
