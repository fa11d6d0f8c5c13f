"""Undoing a line's wrong allocation: never by an edit. Rows below zero take it back, and the kontör with it.

What the wrong payer has left of the order is frozen and voided, what it used is owed: the same way as a payment that
its bank takes back (`disputes`). A debt on open account that was settled by mistake is simply open again.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.models.bank import BankAllocation
from billing.models.orders import KontorOrder, Payment
from billing.models.returns import Refund
from billing.orders import events, queries
from billing.payments.disputes import Dispute, DisputeStep
from billing.settlement import disputes, receivables, refunds
from billing.settlement.bank_credit import GATEWAY
from billing.settlement.bank_lines import decided, lock_line, locked, person, refresh_lines, words
from billing.settlement.bank_proposals import payable_by_id
from ebelge.core.errors import NotFound
from ebelge.core.ids import new_id

_APPROVED = """
    SELECT r.to_tenant_id, r.order_id, r.asked_at, array_agg(r.allocation_id ORDER BY r.allocation_id) AS reversing_ids,
           array_agg(r.reverses_id) AS reversed_ids,
           (array_agg(a.payment_ref ORDER BY a.allocation_id))[1] AS payment_ref, -sum(r.amount_kurus)::bigint AS kurus
      FROM bank_allocation r JOIN bank_allocation a ON a.allocation_id = r.reverses_id
     WHERE r.state = 'approved' AND r.reverses_id IS NOT NULL
     GROUP BY r.to_tenant_id, r.order_id, r.asked_at
     ORDER BY r.asked_at LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Reversal:
    """An order's payment that is to be taken back, and the rows that say so."""

    tenant_id: UUID
    order_id: UUID
    reversing_ids: tuple[UUID, ...]
    reversed_ids: tuple[UUID, ...]
    payment_ref: str
    amount_kurus: int


def reverse(
    session: Session, *, allocation_id: UUID, by: str, note: str, at: datetime, limit_kurus: int
) -> list[BankAllocation]:
    """Ask to take a credited decision back, with everything else that made up the same order's payment (role finance).

    Above the limit it waits for a second person like the crediting.
    :raises LineDecided: it is not credited, or is being taken back. :raises NotFound: there is no such decision.
    """
    row = session.scalars(select(BankAllocation).where(BankAllocation.allocation_id == allocation_id)).one_or_none()
    if row is None:
        raise NotFound("Böyle bir karar yok.", "There is no such decision.")
    reason, name = words(note, needed=True), person(by)
    whole = select(BankAllocation.allocation_id).where(
        BankAllocation.to_tenant_id == row.to_tenant_id,
        BankAllocation.order_id == row.order_id,
        BankAllocation.state == "credited",
        BankAllocation.reverses_id.is_(None),
    )
    parts = locked(session, row.order_id, session.scalars(whole).all())
    if allocation_id not in {part.allocation_id for part in parts if part.state == "credited"}:
        decided()
    order = payable_by_id(session, tenant_id=row.to_tenant_id, order_id=row.order_id)
    lines = [lock_line(session, part.line_id) for part in parts]
    second = max(order.gross_kurus, *(line.amount_kurus for line in lines)) > limit_kurus
    made: list[BankAllocation] = []
    for part in parts:
        if _is_being_reversed(session, part.allocation_id):
            decided()
        made.append(
            BankAllocation(
                allocation_id=new_id(), line_id=part.line_id, to_tenant_id=part.to_tenant_id, order_id=part.order_id,
                amount_kurus=-part.amount_kurus, state="asked" if second else "approved", second_person=second,
                reverses_id=part.allocation_id, asked_by=name, asked_at=at, approved_at=None if second else at,
                note=reason,
            )
        )  # fmt: skip
    session.add_all(made)
    session.flush()
    refresh_lines(session, parts)
    return made


def approved(session: Session, *, limit: int = 200) -> list[Reversal]:
    """Payments whose taking back is approved and not done, oldest first (role finance)."""
    session.flush()
    rows = session.connection().exec_driver_sql(_APPROVED, (limit,)).fetchall()
    return [
        Reversal(
            row.to_tenant_id, row.order_id, tuple(row.reversing_ids), tuple(row.reversed_ids), row.payment_ref,
            row.kurus,
        )
        for row in rows
    ]  # fmt: skip


def take_back(session: Session, reversal: Reversal, *, at: datetime) -> None:
    """Take the payment back in the payer's books; repeating it changes nothing.

    :raises NotFound: the payment is not there: a defect, nothing is changed.
    """
    order = queries.lock(session, tenant_id=reversal.tenant_id, order_id=reversal.order_id)
    if order.method == "open_account":
        _open_again(session, order, reversal, at)
        return
    _tell(session, order, reversal, at)
    disputes.take(
        session,
        tenant_id=reversal.tenant_id,
        dispute=Dispute(
            gateway=GATEWAY,
            dispute_id=str(reversal.reversing_ids[0]),
            payment_id=reversal.payment_ref,
            amount_kurus=reversal.amount_kurus,
            currency=order.currency,
            state="reversed",
            step=DisputeStep.VOID,
            reason="another payer's transfer",  # the desk's note may name another customer: it stays at the desk
            answer_due_s=None,
            fee_kurus=0,
            withdrawn=True,
            raw={},
        ),
        by="system",
        at=at,
    )


def taken_back(session: Session, reversal: Reversal, *, at: datetime) -> None:
    """Write down as finance that it is done: the lines are free for a better decision."""
    rows = locked(session, reversal.order_id, [*reversal.reversing_ids, *reversal.reversed_ids])
    for row in rows:
        if row.reverses_id is not None and row.state == "approved":
            row.state, row.ended_at = "credited", at
        elif row.reverses_id is None and row.state == "credited":
            row.state, row.ended_at = "reversed", at
    session.flush()
    refresh_lines(session, rows)


def _open_again(session: Session, order: KontorOrder, reversal: Reversal, at: datetime) -> None:
    payment = session.scalars(
        select(Payment.payment_id).where(
            Payment.tenant_id == reversal.tenant_id, Payment.gateway == GATEWAY,
            Payment.gateway_payment_id == reversal.payment_ref,
        )
    ).one_or_none()  # fmt: skip
    if payment is None:
        raise NotFound()
    receivables.unpaid(session, order=order, payment_ref=reversal.payment_ref, at=at)
    waiting = session.scalars(
        select(Refund.refund_id).where(
            Refund.tenant_id == reversal.tenant_id, Refund.payment_id == payment, Refund.ended_at.is_(None),
            Refund.may_have_happened.is_(False),
        )
    ).all()  # fmt: skip
    for refund_id in waiting:
        refunds.cancel(
            session, tenant_id=reversal.tenant_id, refund_id=refund_id, by="system", at=at,
            why="the payment was taken back",
        )  # fmt: skip


def _tell(session: Session, order: KontorOrder, reversal: Reversal, at: datetime) -> None:
    if events.told(
        session, tenant_id=order.tenant_id, order_id=order.order_id, kind=receivables.TAKEN_BACK,
        key="payment_ref", value=reversal.payment_ref,
    ):  # fmt: skip
        return
    events.record(
        session, tenant_id=order.tenant_id, order_id=order.order_id, kind=receivables.TAKEN_BACK,
        text_tr="Başkasının havalesi yanlışlıkla bu siparişe yazılmıştı; düzeltildi. Ayrıntı için bize yazın.",
        text_en="Somebody else's transfer was put to this order by mistake; that is set right. Ask us for details.",
        by="system", at=at, data={"payment_ref": reversal.payment_ref},
    )  # fmt: skip
    session.flush()


def _is_being_reversed(session: Session, allocation_id: UUID) -> bool:
    found = select(BankAllocation.allocation_id).where(
        BankAllocation.reverses_id == allocation_id, BankAllocation.state != "refused"
    )
    return session.execute(found.limit(1)).first() is not None
