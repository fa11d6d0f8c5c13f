"""A payer's bank takes a payment back: frozen when it opens, thawed when it is won, voided and owed when it is lost.

What a gateway or a person says is the dispute's present state, so notices may come twice, late or out of order. A state
that nobody knows frees nothing and waits for a person, and so does a lost dispute about a part of the payment only.
"""

from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.breaks import open_break
from billing.models.orders import KontorOrder, Payment
from billing.models.returns import DisputeRow, Refund
from billing.models.upkeep import TopupPlan
from billing.orders import events
from billing.payments.disputes import Dispute, DisputeStep
from billing.settlement import descent, holds, refunds
from billing.settlement.chargeback import book, last_cause, money
from billing.settlement.holds import Action, Cause, Instruction
from billing.settlement.quote import lots_of
from billing.settlement.refund_rows import REVERSED, answered, lock_order, stand
from ebelge.core.errors import Conflict, NotFound
from ebelge.core.ids import new_id
from ebelge.core.money import lira_text
from ebelge.outbox import messages
from tenants.audit.deeds import deed

Rest = Literal["void", "keep"]
SUSPENDED_WHY = "dispute"
NEEDS_PERSON = "dispute_needs_person"
_WORDS: dict[DisputeStep, tuple[str, str]] = {
    DisputeStep.WATCH: ("Ödeme için bilgi istendi; para hareketi yok.",
                        "An inquiry about the payment; no money moved."),
    DisputeStep.FREEZE: ("Ödemeye itiraz edildi; bu siparişten kalan kontörler donduruldu.",
                         "The payment is disputed; what is left of this order is frozen."),
    DisputeStep.THAW: ("İtiraz lehimize sonuçlandı; kontörler, donuk kaldıkları süre eklenerek çözüldü.",
                       "The dispute is won; the kontör are thawed, with the frozen time added."),
    DisputeStep.VOID: ("İtiraz kaybedildi; kalan kontörler geçersiz, kullanılan bölüm borç kaydedildi.",
                       "The dispute is lost; what is left is void, what was used is owed."),
    DisputeStep.APPEAL: ("Karara itiraz ettik; sonuç bekleniyor.", "We have appealed; the outcome is awaited."),
    DisputeStep.ASK: ("İtirazın durumu bir kişi tarafından incelenecek; kontörler olduğu gibi kalır.",
                      "A person looks at the dispute; the kontör stay as they are."),
}  # fmt: skip


class DisputeStateConflict(Conflict):
    """The dispute's state does not allow this."""

    code = "dispute_state_conflict"
    title_tr, title_en = "İtirazın durumu buna izin vermiyor", "The state of the dispute does not allow this"


def take(
    session: Session,
    *,
    tenant_id: UUID,
    dispute: Dispute,
    by: str,
    at: datetime,
    rest: Rest | None = None,
    read_at: datetime | None = None,
) -> UUID:
    """Take in how a dispute stands now, and do what that asks of the ledger; returns our id of it.

    :param rest: of a lost dispute about a part of the payment: staff voids all that is left, or leaves it and all that
        was charged back is owed.
    :param read_at: when the gateway was asked; if the dispute has moved since, the answer is old.
    :raises NotFound: the tenant has no such payment. :raises DisputeStateConflict: the answer is old, ask again.
    """
    payment = session.scalars(
        select(Payment).where(
            Payment.tenant_id == tenant_id, Payment.gateway == dispute.gateway,
            Payment.gateway_payment_id == dispute.payment_id,
        )
    ).one_or_none()  # fmt: skip
    if payment is None:
        raise NotFound()
    order = lock_order(session, tenant_id=tenant_id, order_id=payment.order_id)
    row, new = _row(session, order, payment, dispute, at)
    if read_at is not None and not new and row.step_at > read_at:
        raise DisputeStateConflict("İtiraz bu arada ilerledi.", "The dispute has moved since it was read.")
    row.amount_kurus = dispute.amount_kurus if _agrees(dispute, payment) else payment.amount_kurus
    row.fee_kurus, row.withdrawn = dispute.fee_kurus, dispute.withdrawn
    row.gateway_state, row.reason = dispute.state, dispute.reason
    row.answer_due_at = None if dispute.answer_due_s is None else datetime.fromtimestamp(dispute.answer_due_s, UTC)
    row.rest = rest or row.rest
    step = _step(row, order, payment, dispute)
    dispute_id = row.dispute_id
    if new or row.step != step:
        _go(session, order, row, step, by, at)
    stand(session, order=lock_order(session, tenant_id=tenant_id, order_id=payment.order_id), at=at)
    session.flush()
    return dispute_id


def again(session: Session, *, tenant_id: UUID, dispute_id: UUID, at: datetime) -> None:
    """Repeat an open dispute's present step where it has not been taken yet: on grace lots that came since, and
    through messages for draws that got lost. Takes nothing twice."""
    row = session.get(DisputeRow, (tenant_id, dispute_id))
    action = None if row is None else _action(row)
    if row is None or row.ended_at is not None or action is None:
        return
    order = lock_order(session, tenant_id=tenant_id, order_id=row.order_id)
    _act(session, order, row, action, row.step_at, at)


def booked(session: Session, *, tenant_id: UUID, dispute_id: UUID, passed_on: holds.Sum, at: datetime) -> None:
    """End a lost dispute once the last of its passed-on kontör is void too: book what is owed for the rest.

    :param passed_on: what was voided in other tenants.
    """
    row = session.get(DisputeRow, (tenant_id, dispute_id))
    if row is None or row.step != DisputeStep.VOID or row.ended_at is not None:
        return
    order = lock_order(session, tenant_id=tenant_id, order_id=row.order_id)
    book(session, order=order, row=row, passed_on=passed_on, at=at)


def roots(session: Session, *, tenant_id: UUID, dispute_id: UUID) -> list[UUID]:
    """The lots that the disputed payment bought."""
    row = session.get_one(DisputeRow, (tenant_id, dispute_id))
    order = session.get_one(KontorOrder, (tenant_id, row.order_id))
    payment = session.get_one(Payment, (tenant_id, row.payment_id))
    return [lot.lot_id for lot in lots_of(session, order=order, payment=payment)]


def _row(
    session: Session, order: KontorOrder, payment: Payment, dispute: Dispute, at: datetime
) -> tuple[DisputeRow, bool]:
    known = session.scalars(
        select(DisputeRow)
        .where(
            DisputeRow.tenant_id == order.tenant_id, DisputeRow.gateway == dispute.gateway,
            DisputeRow.gateway_dispute_id == dispute.dispute_id,
        )
        .execution_options(populate_existing=True)
    ).one_or_none()  # fmt: skip
    if known is not None:
        if known.payment_id != payment.payment_id:
            raise DisputeStateConflict("İtiraz başka bir ödemenin.", "The dispute is another payment's.")
        return known, False
    row = DisputeRow(
        tenant_id=order.tenant_id, dispute_id=new_id(), gateway=dispute.gateway,
        gateway_dispute_id=dispute.dispute_id, payment_id=payment.payment_id, order_id=order.order_id,
        step="watch", step_at=at, rest="", opened_at=at,
    )  # fmt: skip
    session.add(row)
    return row, True


def _agrees(dispute: Dispute, payment: Payment) -> bool:
    return dispute.currency == payment.currency and 0 < dispute.amount_kurus <= payment.paid_kurus


def _step(row: DisputeRow, order: KontorOrder, payment: Payment, dispute: Dispute) -> DisputeStep:
    """The step to stand at. Lost about a part, or in another currency: a person decides what becomes of the rest."""
    partial = dispute.amount_kurus < order.gross_kurus - order.refunded_kurus
    if dispute.step is DisputeStep.VOID and not row.rest and (partial or not _agrees(dispute, payment)):
        return DisputeStep.ASK
    if dispute.step is DisputeStep.APPEAL and row.step == "void":
        return DisputeStep.VOID  # what is void stays void until the appeal is won
    return dispute.step


_ACTIONS: dict[str, Action] = {"freeze": "freeze", "appeal": "freeze", "ask": "freeze", "thaw": "thaw", "void": "void"}


def _action(row: DisputeRow) -> Action | None:
    """What the row's step asks of the lots. Where nobody knows the state, they are frozen only if money was taken."""
    if row.step == "ask" and not row.withdrawn:
        return None
    return "thaw" if row.step == "void" and row.rest == "keep" else _ACTIONS.get(row.step)


def _go(session: Session, order: KontorOrder, row: DisputeRow, step: DisputeStep, by: str, at: datetime) -> None:
    lost = row.step == "void"
    # Who waited for the lock may have read the clock first: each step is later than the one before.
    row.step, row.step_at, row.ended_at = step.value, max(at, row.step_at + holds.TICK), None
    session.flush()
    if step is DisputeStep.THAW and lost:
        _won_after_all(session, order, row, at)
    if step is DisputeStep.ASK:
        _ask(session, order, row, at)
    else:
        answered(session, tenant_id=order.tenant_id, kind=NEEDS_PERSON, subject=row.dispute_id, by=by, at=at)
    if step is not DisputeStep.WATCH and step is not DisputeStep.THAW:
        _suspend_topup(session, order.tenant_id, at)
    action = _action(row)
    if action is not None:
        _act(session, order, row, action, row.step_at, at)
    if step is not DisputeStep.WATCH and step is not DisputeStep.THAW:
        _stop_refunds(session, order, at)
    _tell(session, order, row, step, by, at)
    row.ended_at = at if step is DisputeStep.THAW else None
    session.flush()
    if step is DisputeStep.VOID and not _onward(session, order, row):
        book(session, order=order, row=row, passed_on=holds.Sum(), at=at)


def _act(
    session: Session, order: KontorOrder, row: DisputeRow, action: Action, asked_at: datetime, at: datetime
) -> None:
    cause = Cause(row.dispute_id, "dispute", order.tenant_id)
    payment = session.get_one(Payment, (order.tenant_id, row.payment_id))
    lot_ids = [lot.lot_id for lot in lots_of(session, order=order, payment=payment)]
    holds.act(
        session, tenant_id=order.tenant_id, instruction=Instruction(cause, action, asked_at), lot_ids=lot_ids, at=at,
        reason=f"dispute {row.dispute_id}",
    )  # fmt: skip


def _onward(session: Session, order: KontorOrder, row: DisputeRow) -> bool:
    payment = session.get_one(Payment, (order.tenant_id, row.payment_id))
    lot_ids = [lot.lot_id for lot in lots_of(session, order=order, payment=payment)]
    reached = descent.family(session, tenant_id=order.tenant_id, lot_ids=lot_ids)
    return bool(descent.onward(session, tenant_id=order.tenant_id, lot_ids=reached))


def _stop_refunds(session: Session, order: KontorOrder, at: datetime) -> None:
    """While a payment is disputed no refund of it goes out; one that may have gone already is not touched."""
    waiting = session.scalars(
        select(Refund.refund_id).where(
            Refund.tenant_id == order.tenant_id, Refund.order_id == order.order_id, Refund.ended_at.is_(None),
            Refund.may_have_happened.is_(False),
        )
    ).all()  # fmt: skip
    for refund_id in waiting:
        refunds.cancel(
            session, tenant_id=order.tenant_id, refund_id=refund_id, by="system", at=at, why="the payment is disputed"
        )


def _suspend_topup(session: Session, tenant_id: UUID, at: datetime) -> None:
    plan = session.get(TopupPlan, tenant_id, with_for_update=True)
    if plan is not None and plan.state == "on":
        plan.state, plan.suspended_why, plan.changed_by, plan.changed_at = "suspended", SUSPENDED_WHY, "system", at
        session.flush()


def _ask(session: Session, order: KontorOrder, row: DisputeRow, at: datetime) -> None:
    open_break(
        session, tenant_id=order.tenant_id, kind=NEEDS_PERSON, subject=str(row.dispute_id), at=at,
        amount_kurus=row.amount_kurus,
        data={"order_id": str(order.order_id), "gateway": row.gateway, "gateway_state": row.gateway_state},
    )  # fmt: skip


def _won_after_all(session: Session, order: KontorOrder, row: DisputeRow, at: datetime) -> None:
    """Won on appeal: our own kontör are credited anew and the debt is gone; what was passed on needs a person."""
    tenant_id, dispute_id = order.tenant_id, row.dispute_id
    back = holds.give_back(
        session,
        tenant_id=tenant_id,
        cause_id=dispute_id,
        payment_id=row.payment_id,
        at=at,
        reason=f"dispute {dispute_id} won after all",
    )
    owed = money(session, tenant_id=tenant_id, dispute_id=dispute_id)
    settled = owed.settled_kurus if owed is not None else 0
    if owed is not None and owed.state == "open":
        owed.state, owed.note = "written_off", "won after all"
    if settled or _onward(session, order, row):
        open_break(
            session, tenant_id=tenant_id, kind="dispute_won_after_void", subject=str(dispute_id), at=at,
            amount_kurus=settled or None, kontor=back.kontor, data={"order_id": str(order.order_id)},
        )  # fmt: skip
    messages.put(
        session, tenant_id=tenant_id, topic=REVERSED, key=last_cause(session, row=row), at=at,
        payload={"order_id": str(order.order_id), "cause": "dispute", "undone": True},
    )  # fmt: skip


def _tell(session: Session, order: KontorOrder, row: DisputeRow, step: DisputeStep, by: str, at: datetime) -> None:
    words = _WORDS[step]
    fee = f" {lira_text(row.fee_kurus)}" if row.fee_kurus else ""
    events.record(
        session, tenant_id=order.tenant_id, order_id=order.order_id, kind=f"dispute_{step.value}", by=by, at=at,
        text_tr=words[0] + (f" Ödeme kuruluşunun masrafı:{fee}." if fee else ""),
        text_en=words[1] + (f" The gateway's fee:{fee}." if fee else ""),
        data={"dispute_id": str(row.dispute_id), "amount_kurus": row.amount_kurus, "fee_kurus": row.fee_kurus,
              "state": row.gateway_state},
    )  # fmt: skip
    deed(
        session, tenant_id=order.tenant_id, action="dispute.decided", object_kind="dispute", object_id=row.dispute_id,
        after={"state": step.value, "amount_kurus": row.amount_kurus, "gateway_ref": row.gateway_dispute_id}, by=by,
        at=at,
    )  # fmt: skip
