"""Passing kontör on: two single-tenant halves joined by the outbox, never holding two wallets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from billing.ledger.charges import insufficient
from billing.ledger.errors import refusals
from billing.ledger.models import Transfer, TransferLot
from ebelge.core.errors import NotFound
from ebelge.core.ids import new_id
from ebelge.outbox import messages

ARRIVE = "kontor.arrive"


@dataclass(frozen=True, slots=True)
class ChildLot:
    """A lot on its way: it keeps its origin, its share of the price and its expiry."""

    origin_lot_id: UUID
    kontor: int
    net_price_kurus: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Passage:
    """A transfer as the giver wrote it down: what the other side is to receive."""

    draw_id: UUID
    from_tenant_id: UUID
    to_tenant_id: UUID
    lots: tuple[ChildLot, ...]


def pass_on(
    session: Session,
    *,
    tenant_id: UUID,
    draw_id: UUID,
    to_tenant_id: UUID,
    kontor: int,
    at: datetime,
    only_lots: Sequence[UUID] | None = None,
    fresh_until: datetime | None = None,
) -> None:
    """First half, as the giver: take kontör from the lots in burn order and put outbox `kontor.arrive`, key draw_id.

    Whoever works on that message reads `passage` as the giver and calls `receive` as the receiver. Repeating a draw
    changes nothing. The caller makes sure that the receiver exists and may receive from this tenant.

    :param only_lots: take from these lots only. :param fresh_until: the children get this expiry, not their lot's.
    :raises InsufficientKontor: fewer than `kontor` can be passed on.
    :raises SameKeyOtherContent: the draw exists for another receiver or amount.
    :raises LotHasExpired: `fresh_until` is not after `at`.
    """
    with refusals():
        short = session.execute(
            text("SELECT ledger_pass(:tenant_id, :draw_id, :to, :kontor, :only, :fresh, :at)"),
            {
                "tenant_id": tenant_id,
                "draw_id": draw_id,
                "to": to_tenant_id,
                "kontor": kontor,
                "only": None if only_lots is None else list(only_lots),
                "fresh": fresh_until,
                "at": at,
            },
        ).scalar_one()
    session.expire_all()
    if short == 0:
        messages.put(session, tenant_id=tenant_id, topic=ARRIVE, key=draw_id, at=at)
    elif short is not None:
        raise insufficient(needed_kontor=kontor, short_kontor=int(short))


def passage(session: Session, *, tenant_id: UUID, draw_id: UUID) -> Passage:
    """What the giver wrote down for a draw. :raises NotFound: no such draw."""
    row = session.get(Transfer, (tenant_id, draw_id))
    if row is None:
        raise NotFound()
    parts = session.scalars(
        select(TransferLot)
        .where(TransferLot.tenant_id == tenant_id, TransferLot.draw_id == draw_id)
        .order_by(TransferLot.part)
    )
    lots = tuple(ChildLot(part.lot_id, part.kontor, part.net_kurus, part.expires_at) for part in parts)
    return Passage(draw_id, tenant_id, row.to_tenant_id, lots)


def receive(session: Session, *, tenant_id: UUID, passage: Passage, at: datetime) -> int:
    """Second half, as the receiver: credit the children, keyed by draw and part. Returns the kontör credited now."""
    if passage.to_tenant_id != tenant_id:
        raise NotFound()
    with refusals():
        credited = session.execute(
            text("SELECT ledger_receive(:tenant_id, :draw_id, :from, :ids, :origins, :kontor, :net, :expires, :at)"),
            {
                "tenant_id": tenant_id,
                "draw_id": passage.draw_id,
                "from": passage.from_tenant_id,
                "ids": [new_id() for _ in passage.lots],
                "origins": [lot.origin_lot_id for lot in passage.lots],
                "kontor": [lot.kontor for lot in passage.lots],
                "net": [lot.net_price_kurus for lot in passage.lots],
                "expires": [lot.expires_at for lot in passage.lots],
                "at": at,
            },
        ).scalar_one()
    session.expire_all()
    return int(credited)
