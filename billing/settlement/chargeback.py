"""What a lost dispute costs whom: the payer owes what was charged back less what could be voided, to the kuruş.

Expired kontör count as used: the refund desk would not have paid for them either, and a chargeback is no way round it.
"""

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.breaks import open_break
from billing.models.orders import KontorOrder, OrderEvent
from billing.models.returns import DisputeRow, LotHold, Receivable, Refund
from billing.orders import events
from billing.settlement.holds import Sum
from billing.settlement.quote import kdv_of
from billing.settlement.refund_rows import REVERSED
from ebelge.core.ids import new_id
from ebelge.core.money import count_text, lira_text, share_kurus
from ebelge.outbox import messages

DUE_AFTER = timedelta(days=7)


def money(session: Session, *, tenant_id: UUID, dispute_id: UUID) -> Receivable | None:
    """What is owed because of a dispute."""
    return session.scalars(
        select(Receivable).where(
            Receivable.tenant_id == tenant_id, Receivable.kind == "chargeback", Receivable.source_id == dispute_id
        )
    ).one_or_none()


def book(session: Session, *, order: KontorOrder, row: DisputeRow, passed_on: Sum, at: datetime) -> None:
    """End a lost dispute: the receivable, commission taken back, what was taken too much told to a person.

    The order is locked. The instalment surcharge, if one was charged back too, is not the payer's debt.
    """
    tenant_id = order.tenant_id
    own = session.execute(
        select(func.coalesce(func.sum(LotHold.kontor), 0), func.coalesce(func.sum(LotHold.net_kurus), 0)).where(
            LotHold.tenant_id == tenant_id, LotHold.cause_id == row.dispute_id, LotHold.state == "voided"
        )
    ).one()
    void = Sum(int(own[0]), int(own[1])) + passed_on
    taken = min(row.amount_kurus, order.gross_kurus)
    void_gross = void.net_kurus + (kdv_of(session, order=order, net_kurus=void.net_kurus) if void.net_kurus else 0)
    owed = taken - void_gross
    if owed > 0:
        left = max(0, _kontor_left(session, order) - void.kontor)
        known = money(session, tenant_id=tenant_id, dispute_id=row.dispute_id)
        if known is None:
            known = Receivable(
                tenant_id=tenant_id, receivable_id=new_id(), kind="chargeback", source_id=row.dispute_id,
                settled_kurus=0, settled_kontor=0, created_at=at,
            )  # fmt: skip
            session.add(known)
        known.kontor, known.gross_kurus = left, owed
        known.state, known.due_at, known.note = "open", at + DUE_AFTER, f"{order.reference} charged back"
    elif owed < 0:
        open_break(
            session, tenant_id=tenant_id, kind="chargeback_took_more", subject=str(row.dispute_id), at=at,
            amount_kurus=-owed, data={"order_id": str(order.order_id)},
        )  # fmt: skip
    row.ended_at = at
    net = _net_of(order, min(taken, order.gross_kurus - order.refunded_kurus))
    messages.put(
        session, tenant_id=tenant_id, topic=REVERSED, key=_cause(row, times_booked(session, row=row)), at=at,
        payload={"order_id": str(order.order_id), "cause": "dispute", "net_kurus": net},
    )  # fmt: skip
    events.record(
        session, tenant_id=tenant_id, order_id=order.order_id, kind="charged_back", by="system", at=at,
        text_tr=f"Geri alınan ödeme işlendi: {count_text(void.kontor)} kontör geçersiz, "
        f"{lira_text(max(0, owed))} TL borç.",
        text_en=f"The chargeback is booked: {count_text(void.kontor)} kontör are void, "
        f"{lira_text(max(0, owed))} TL are owed.",
        data={"dispute_id": str(row.dispute_id), "voided_kontor": void.kontor, "owed_kurus": max(0, owed)},
    )  # fmt: skip
    session.flush()


def times_booked(session: Session, *, row: DisputeRow) -> int:
    """How often the dispute was lost and booked: one that was won on appeal may be lost again."""
    booked = select(func.count()).where(
        OrderEvent.tenant_id == row.tenant_id, OrderEvent.order_id == row.order_id, OrderEvent.kind == "charged_back",
        OrderEvent.data["dispute_id"].astext == str(row.dispute_id),
    )  # fmt: skip
    return int(session.execute(booked).scalar_one())


def last_cause(session: Session, *, row: DisputeRow) -> UUID:
    """By what name the last booking took commission back; what undoes it says the same."""
    return _cause(row, max(0, times_booked(session, row=row) - 1))


def _cause(row: DisputeRow, before: int) -> UUID:
    return uuid5(row.dispute_id, f"lost again {before}") if before else row.dispute_id


def _kontor_left(session: Session, order: KontorOrder) -> int:
    """Kontör of the order, bonus included, that no refund took back."""
    back = select(func.coalesce(func.sum(Refund.kontor), 0)).where(
        Refund.tenant_id == order.tenant_id, Refund.order_id == order.order_id, Refund.state == "done"
    )
    return order.kontor + order.bonus_kontor - int(session.execute(back).scalar_one())


def _net_of(order: KontorOrder, gross_kurus: int) -> int:
    """The net part of a gross amount of the order, so that the whole gross has the whole net."""
    return share_kurus(order.net_kurus, units=order.gross_kurus, first=0, last=max(0, gross_kurus))
