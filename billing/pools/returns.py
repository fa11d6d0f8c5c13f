"""What goes back to the pool: on recall, on leaving, before it expires. Held and spent kontör stays with the member.

A refusal by GİB later gives kontör back to the member's own lot (TRADE.md 4); after leaving it stays there.
"""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID, uuid5

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from billing.ledger import lots, transfers
from billing.ledger.models import Lot, Transfer
from billing.ledger.transfers import Passage
from billing.models.pools import PoolMonth
from billing.pools.draws import month_of

_RETURNED = text(
    "UPDATE pool_month SET returned_kontor = least(drawn_kontor, returned_kontor + :kontor) "
    "WHERE tenant_id = :pool AND member_id = :member AND month = :month"
)


def give_back(
    session: Session,
    *,
    tenant_id: UUID,
    pool_id: UUID,
    return_id: UUID,
    at: datetime,
    kontor: int | None = None,
    expiring_until: datetime | None = None,
    of_draw: UUID | None = None,
) -> int:
    """As the member: pass the unheld rest of what came from the pool back to it; returns how much is on its way.

    Repeating a `return_id` changes nothing. :param kontor: at most so much. :param expiring_until: only lots that
    expire by then. :param of_draw: only what came by that draw.
    """
    lots.hold_wallet(session, tenant_id=tenant_id, at=at)
    known = session.get(Transfer, (tenant_id, return_id))
    if known is not None:
        return int(known.kontor)
    query = select(Lot.lot_id, Lot.remaining).where(
        Lot.tenant_id == tenant_id,
        Lot.open,
        Lot.expires_at > at,
        Lot.source == "received",
        Lot.origin_tenant_id == pool_id,
    )
    if of_draw is not None:
        query = query.where(Lot.source_id == of_draw)
    if expiring_until is not None:
        query = query.where(Lot.expires_at <= expiring_until)
    found = session.execute(query).all()
    rest = sum(int(row.remaining) for row in found)
    amount = rest if kontor is None else min(rest, kontor)
    if amount <= 0:
        return 0
    transfers.pass_on(
        session,
        tenant_id=tenant_id,
        draw_id=return_id,
        to_tenant_id=pool_id,
        kontor=amount,
        at=at,
        only_lots=[row.lot_id for row in found],
    )
    return amount


def draws_of(session: Session, *, tenant_id: UUID, passage: Passage) -> dict[UUID, int]:
    """As the giver: of which draws of the receiver the kontör in a passage came; empty for what was never theirs."""
    given = {lot.origin_lot_id: lot.kontor for lot in passage.lots}
    rows = session.execute(
        select(Lot.lot_id, Lot.source_id).where(
            Lot.tenant_id == tenant_id,
            Lot.lot_id.in_(given),
            Lot.source == "received",
            Lot.origin_tenant_id == passage.to_tenant_id,
        )
    )
    found: dict[UUID, int] = {}
    for row in rows:
        found[row.source_id] = found.get(row.source_id, 0) + given[row.lot_id]
    return found


def months_of(session: Session, *, tenant_id: UUID, member_id: UUID, by_draw: Mapping[UUID, int]) -> dict[date, int]:
    """As the pool, before a return is received: how much of it was drawn in which month.

    The months are locked: a draw takes its month before the wallet, and receiving takes the wallet.
    """
    if not by_draw:
        return {}
    months: dict[date, int] = {}
    drawn = session.execute(
        select(Transfer.draw_id, Transfer.at).where(Transfer.tenant_id == tenant_id, Transfer.draw_id.in_(by_draw))
    )
    for row in drawn:
        month = month_of(row.at)
        months[month] = months.get(month, 0) + by_draw[row.draw_id]
    session.execute(
        select(PoolMonth.month)
        .where(PoolMonth.tenant_id == tenant_id, PoolMonth.member_id == member_id, PoolMonth.month.in_(sorted(months)))
        .order_by(PoolMonth.month)
        .with_for_update()
    ).all()
    return months


def came_back(session: Session, *, tenant_id: UUID, member_id: UUID, months: Mapping[date, int]) -> None:
    """As the pool, when a return was received: it counts against the months in which it was drawn."""
    for month, kontor in sorted(months.items()):
        session.execute(_RETURNED, {"pool": tenant_id, "member": member_id, "month": month, "kontor": kontor})


def send_on(session: Session, *, tenant_id: UUID, passage: Passage, at: datetime) -> UUID | None:
    """As a member who left the pool while a draw was on its way: give it back, with its receiving.

    Returns the id of the return, if there is one.
    """
    return_id = uuid5(passage.draw_id, "the member has left")
    back = give_back(
        session,
        tenant_id=tenant_id,
        pool_id=passage.from_tenant_id,
        return_id=return_id,
        at=at,
        of_draw=passage.draw_id,
    )
    return return_id if back else None
