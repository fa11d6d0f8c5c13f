"""Where each lot came from, in words, with the page that shows it: an order, a giver, or a reason."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.ledger.models import Lot
from billing.models.orders import KontorOrder, Payment
from billing.statements.table import SOURCES
from ebelge.core.db import tenant_session
from ebelge.edge import sellers

# Lots of these were made by the order that their source names (`settlement.quote.lots_of`).
OF_AN_ORDER: Final = ("receivable", "bonus")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a lot came from. `path`: the order or lot behind it; empty where there is none to be shown."""

    words: str
    detail: str = ""
    path: str = ""


def of(tenant_id: UUID, lots: Iterable[Lot], side: int) -> dict[UUID, Origin]:
    """The origin of each lot: two statements at most, however many there are, and one per giver. Call it outside any
    transaction: givers are read as themselves."""
    rows = list(lots)
    with tenant_session(tenant_id) as session:
        orders = _orders(session, tenant_id, rows)
    givers = sellers.titles(rows)
    return {lot.lot_id: _one(lot, orders, givers, side) for lot in rows}


def _orders(session: Session, tenant_id: UUID, lots: list[Lot]) -> dict[UUID, KontorOrder]:
    """By the id of what a lot's source names: a payment, or the order itself."""
    paid = [lot.source_id for lot in lots if lot.source == "payment"]
    named = [lot.source_id for lot in lots if lot.source in OF_AN_ORDER]
    behind: dict[UUID, UUID] = {order_id: order_id for order_id in named}
    if paid:
        found = session.execute(
            select(Payment.payment_id, Payment.order_id).where(
                Payment.tenant_id == tenant_id, Payment.payment_id.in_(paid)
            )
        )
        behind |= {payment_id: order_id for payment_id, order_id in found if order_id is not None}
    if not behind:
        return {}
    rows = session.scalars(
        select(KontorOrder).where(
            KontorOrder.tenant_id == tenant_id, KontorOrder.order_id.in_(sorted(set(behind.values())))
        )
    )
    orders = {row.order_id: row for row in rows}
    return {source_id: orders[order_id] for source_id, order_id in behind.items() if order_id in orders}


def _one(lot: Lot, orders: dict[UUID, KontorOrder], givers: dict[UUID, str], side: int) -> Origin:
    words = SOURCES[lot.source][side]
    order = orders.get(lot.source_id)
    if order is not None and (lot.source == "payment" or lot.source in OF_AN_ORDER):
        return Origin(words, order.reference, url_for("kontor_orders.one", order_id=order.order_id))
    if lot.source == "received" and lot.origin_tenant_id is not None:
        return Origin(words, givers.get(lot.origin_tenant_id, ""))
    if lot.source == "grace" and lot.origin_lot_id is not None:
        return Origin(words, lot.reason, url_for("kontor_pages.lot", lot_id=lot.origin_lot_id))
    return Origin(words, lot.reason)
