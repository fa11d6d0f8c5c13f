"""What came of a lot: grace lots beside it, and kontör that were passed on, one tenant at a time. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.ledger.models import Lot, Transfer, TransferLot


@dataclass(frozen=True, slots=True)
class Onward:
    """Kontör of a held lot that were passed on to another tenant."""

    draw_id: UUID
    to_tenant_id: UUID
    origin_lot_id: UUID


def family(session: Session, *, tenant_id: UUID, lot_ids: Sequence[UUID]) -> list[UUID]:
    """These lots and the tenant's grace lots that came of them, oldest generation first."""
    reached, young = list(lot_ids), list(lot_ids)
    while young:
        young = list(
            session.scalars(
                select(Lot.lot_id)
                .where(Lot.tenant_id == tenant_id, Lot.source == "grace", Lot.origin_tenant_id == tenant_id)
                .where(Lot.origin_lot_id.in_(young), Lot.lot_id.not_in(reached))
                .order_by(Lot.lot_id)
            )
        )
        reached += young
    return reached


def onward(session: Session, *, tenant_id: UUID, lot_ids: Sequence[UUID]) -> list[Onward]:
    """By which draws kontör of these lots left, in the order of the draws."""
    rows = session.execute(
        select(TransferLot.draw_id, Transfer.to_tenant_id, TransferLot.lot_id)
        .join(Transfer, (Transfer.tenant_id == TransferLot.tenant_id) & (Transfer.draw_id == TransferLot.draw_id))
        .where(TransferLot.tenant_id == tenant_id, TransferLot.lot_id.in_(list(lot_ids)))
        .order_by(TransferLot.draw_id, TransferLot.lot_id)
        .distinct()
    )
    return [Onward(*row) for row in rows]


def children(session: Session, *, tenant_id: UUID, draw_id: UUID, origin_lot_id: UUID) -> list[UUID]:
    """The tenant's lots that a draw brought out of one of the giver's lots; empty until it has arrived."""
    return list(
        session.scalars(
            select(Lot.lot_id)
            .where(Lot.tenant_id == tenant_id, Lot.source == "received", Lot.source_id == draw_id)
            .where(Lot.origin_lot_id == origin_lot_id)
            .order_by(Lot.part)
        )
    )
