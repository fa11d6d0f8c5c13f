"""The first half of a draw, as the pool: right, cap and kontör in one transaction; and what a member could draw."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.ledger import transfers
from billing.ledger.errors import InsufficientKontor
from billing.ledger.models import Lot
from billing.ledger.transfers import Passage, Passing
from billing.models.pools import DrawRight, PoolMonth
from ebelge.core.clock import istanbul_date
from ebelge.core.db import later, together
from ebelge.core.errors import Conflict
from ebelge.core.transaction import Prepared
from ebelge.outbox import messages

AHEAD = "pool.draw"


class DrawRefused(Conflict):
    """Nothing can be drawn. The subclass says why; the words fit into the refusal of what the kontör was for."""

    code = "draw_refused"
    title_tr, title_en = "Havuzdan kontör çekilemedi", "Nothing can be drawn from the pool"


class NoDrawRight(DrawRefused):
    """The pool gives this member no right, or not any longer."""

    code = "no_draw_right"


class CapReached(DrawRefused):
    """The month's cap leaves less than is needed."""

    code = "pool_cap_reached"


class PoolEmpty(DrawRefused):
    """The pool has less than is needed."""

    code = "pool_empty"


@dataclass(frozen=True, slots=True)
class Drawable:
    """What a member could draw now, and why not more."""

    kontor: int
    cap_left_kontor: int


_RIGHT = Prepared(
    "SELECT state, block_kontor, monthly_cap_kontor FROM draw_right WHERE tenant_id = %s AND member_id = %s FOR UPDATE"
)
# After the right is locked: a statement of its own sees what the holder before us has committed.
_KNOWN = Prepared("SELECT kontor FROM transfer WHERE tenant_id = %s AND draw_id = %s")
# Opens the month and locks it: what it returns stays true until the transaction ends, also while kontör comes back.
_OPEN_MONTH = Prepared(
    "INSERT INTO pool_month AS m (tenant_id, member_id, month, drawn_kontor) VALUES (%s, %s, %s, 0) "
    "ON CONFLICT (tenant_id, member_id, month) DO UPDATE SET drawn_kontor = m.drawn_kontor "
    "RETURNING m.drawn_kontor - m.returned_kontor AS drawn"
)
# The cap is kept by the statement itself, whoever computes the amount.
_COUNT = Prepared(
    "UPDATE pool_month SET drawn_kontor = drawn_kontor + %s WHERE tenant_id = %s AND member_id = %s AND month = %s "
    "AND drawn_kontor - returned_kontor + %s <= %s"
)
_COUNT_LESS = Prepared(
    "UPDATE pool_month SET drawn_kontor = drawn_kontor - %s WHERE tenant_id = %s AND member_id = %s AND month = %s"
)


def pass_to_member(
    session: Session, *, tenant_id: UUID, member_id: UUID, draw_id: UUID, needed_kontor: int, at: datetime
) -> Passage:
    """Draw a block, or `needed_kontor` if that is more, for a member; returns what is on its way (`kontor.arrive`).

    Less than a block where the cap or the pool leaves less, never less than is needed. The month is Istanbul's at
    `at`. Repeating a draw changes nothing and returns what it took. Lock order: right, month, wallet.

    :raises NoDrawRight, CapReached, PoolEmpty: nothing was changed; the caller rolls back.
    """
    known, amount, cap = _amount(session, tenant_id, member_id, draw_id, needed_kontor, at)
    if known:
        return transfers.passage(session, tenant_id=tenant_id, draw_id=draw_id)
    of = (tenant_id, member_id, month_of(at))
    later(session, _COUNT, amount, *of, amount, cap)
    draw: dict[str, Any] = {"tenant_id": tenant_id, "draw_id": draw_id, "to_tenant_id": member_id, "at": at}
    try:
        return transfers.pass_on(session, **draw, kontor=amount)
    except InsufficientKontor as error:
        # Nothing was passed, but the pool's wallet is held: what it was short of is exact.
        short = int(error.extra["missing_kontor"])
    if amount - short < max(1, needed_kontor):
        raise PoolEmpty("Havuzda yeterli kontör yok.", "The pool has not enough kontör.")
    later(session, _COUNT_LESS, short, *of)
    return transfers.pass_on(session, **draw, kontor=amount - short)


def pass_block(
    session: Session, *, tenant_id: UUID, member_id: UUID, draw_id: UUID, needed_kontor: int, at: datetime
) -> Passing | None:
    """`pass_to_member` where the pool has enough, in two round trips, of which the second is the commit.

    None: the draw was made before.

    :raises NotPassed: at the commit, if the pool has less; `pass_to_member` then says what it gives.
    :raises NoDrawRight, CapReached: nothing was changed.
    """
    known, amount, cap = _amount(session, tenant_id, member_id, draw_id, needed_kontor, at)
    if known:
        return None
    later(session, _COUNT, amount, tenant_id, member_id, month_of(at), amount, cap)
    return transfers.pass_on_later(
        session, tenant_id=tenant_id, draw_id=draw_id, to_tenant_id=member_id, kontor=amount, at=at
    )


def _amount(
    session: Session, tenant_id: UUID, member_id: UUID, draw_id: UUID, needed_kontor: int, at: datetime
) -> tuple[bool, int, int]:
    """Whether the draw was made before; else how much to draw, and the month's cap. Locks right and month."""
    found, known, month = together(
        session,
        (_RIGHT, (tenant_id, member_id)),
        (_KNOWN, (tenant_id, draw_id)),
        (_OPEN_MONTH, (tenant_id, member_id, month_of(at))),
    )
    if known:
        return True, 0, 0
    if not found or found[0].state != "active":
        raise NoDrawRight("Havuzdan çekme hakkınız yok.", "You have no right to draw from the pool.")
    cap = found[0].monthly_cap_kontor
    left = cap - month[0].drawn
    if left < max(1, needed_kontor):
        raise CapReached(
            "Havuzdan bu ay çekebileceğiniz kontör yetmiyor (aylık üst sınır).",
            "What you may still draw from the pool this month is not enough (monthly cap).",
        )
    return False, min(left, max(found[0].block_kontor, needed_kontor)), cap


def put_ahead(session: Session, *, tenant_id: UUID, pool_id: UUID, at: datetime) -> bool:
    """As the member: ask for a draw ahead (`pool.draw`), unless one is under way. The message's id is the draw's."""
    if messages.under_way(session, tenant_id=tenant_id, keys=[pool_id]):
        return False
    messages.put(session, tenant_id=tenant_id, topic=AHEAD, key=pool_id, at=at)
    return True


def drawable(session: Session, *, tenant_id: UUID, member_id: UUID, at: datetime) -> Drawable:
    """As the pool, for a member: what it could draw now; 0 without an active right. Names no lot and no sister."""
    right = session.get(DrawRight, (tenant_id, member_id))
    if right is None or right.state != "active":
        return Drawable(0, 0)
    drawn = drawn_in_month(session, tenant_id=tenant_id, member_id=member_id, month=month_of(at))
    left = max(0, right.monthly_cap_kontor - drawn)
    there = session.execute(
        select(func.coalesce(func.sum(Lot.remaining), 0)).where(
            Lot.tenant_id == tenant_id, Lot.open, Lot.expires_at > at
        )
    ).scalar_one()
    return Drawable(min(left, int(there)), left)


def drawn_in_month(session: Session, *, tenant_id: UUID, member_id: UUID, month: date) -> int:
    """As the pool: kontör a member drew in an Istanbul month, less what came back of it."""
    row = session.execute(
        select(PoolMonth.drawn_kontor - PoolMonth.returned_kontor).where(
            PoolMonth.tenant_id == tenant_id, PoolMonth.member_id == member_id, PoolMonth.month == month
        )
    ).scalar_one_or_none()
    return int(row or 0)


def drawn_by_member(session: Session, *, tenant_id: UUID, month: date) -> dict[UUID, int]:
    """As the pool: what `drawn_in_month` says, of every member that drew in the month."""
    rows = session.execute(
        select(PoolMonth.member_id, PoolMonth.drawn_kontor - PoolMonth.returned_kontor).where(
            PoolMonth.tenant_id == tenant_id, PoolMonth.month == month
        )
    )
    return {row[0]: int(row[1]) for row in rows}


def month_of(at: datetime) -> date:
    """The Istanbul month of an instant, as its first day."""
    return istanbul_date(at).replace(day=1)
