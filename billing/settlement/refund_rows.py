"""Rows of refunds and the order they belong to: locked, moved, told. Used by every part of a refund's life."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing import breaks
from billing.models.finance import Break
from billing.models.orders import KontorOrder
from billing.models.returns import DisputeRow, LotHold, Refund
from billing.orders import events, queries, states
from billing.orders.states import OrderState
from billing.settlement import holds
from billing.settlement.holds import Action, Cause, Sum
from ebelge.core.errors import Conflict, NotFound
from tenants.audit.deeds import deed

SEND = "refund.send"
REVERSED = "order.reversed"
# A refund that is final is looked at no more.
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


# What people read of a refund.
STATE_TEXTS: dict[str, tuple[str, str]] = {
    "awaiting_return_invoice": ("İade belgesi bekleniyor", "The document of the return is awaited"),
    "ready": ("Ödeme kuruluşuna iletilecek", "About to be sent to the gateway"),
    "sent": ("Ödeme kuruluşunda", "With the gateway"),
    "unknown": ("Ödeme kuruluşunun yanıtı soruluyor", "The gateway is being asked"),
    "to_transfer": ("Havale edilecek", "About to be transferred"),
    "done": ("İade edildi", "Refunded"),
    "failed": ("Gerçekleşmedi; kontörler geri geldi", "Did not go through; the kontör are back"),
    "cancelled": ("İptal edildi", "Called off"),
}
TAX_WAY_TEXTS: dict[str, tuple[str, str]] = {
    "iade_faturasi": ("İade faturası kesmeniz gerekir", "You send an iade faturası"),
    "cancel_invoice": ("Faturayı biz iptal ederiz", "We cancel the invoice"),
    "gider_pusulasi": ("Gider pusulası imzalarsınız", "You sign a gider pusulası"),
}


class RefundStateConflict(Conflict):
    """The refund has come too far, or not far enough, for this."""

    code = "refund_state_conflict"
    title_tr, title_en = "İadenin durumu buna izin vermiyor", "The state of the refund does not allow this"


def lock_order(session: Session, *, tenant_id: UUID, order_id: UUID) -> KontorOrder:
    """The order, locked. Locks are taken in the order: order, refund or dispute, wallet. :raises NotFound."""
    session.flush()
    return queries.lock(session, tenant_id=tenant_id, order_id=order_id)


def lock_refund(session: Session, *, tenant_id: UUID, refund_id: UUID) -> Refund:
    """The refund, locked together with its order. :raises NotFound: no such refund."""
    known = session.get(Refund, (tenant_id, refund_id))
    if known is None:
        raise NotFound()
    lock_order(session, tenant_id=tenant_id, order_id=known.order_id)
    return session.scalars(
        select(Refund)
        .where(Refund.tenant_id == tenant_id, Refund.refund_id == refund_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def stand(session: Session, *, order: KontorOrder, at: datetime) -> None:
    """Put a locked, credited order into the state that its refunds and disputes give it."""
    session.flush()
    steps = set(
        session.scalars(
            select(DisputeRow.step).where(
                DisputeRow.tenant_id == order.tenant_id, DisputeRow.order_id == order.order_id
            )
        )
    )
    if "void" in steps:
        new = OrderState.CHARGED_BACK
    elif steps & {"freeze", "appeal", "ask"}:
        new = OrderState.DISPUTED
    elif order.refunded_kurus == 0:
        new = OrderState.CREDITED
    else:
        whole = order.refunded_kurus == order.gross_kurus
        new = OrderState.REFUNDED if whole else OrderState.PARTIALLY_REFUNDED
    states.move(order, new, at=at)


def instruct(session: Session, *, refund: Refund, action: Action, lot_ids: Sequence[UUID], at: datetime) -> Sum:
    """Freeze, thaw or void lots of the refund's own tenant; what was passed on is another's and is not refunded."""
    refund_id, tenant_id = refund.refund_id, refund.tenant_id
    asked = holds.asked(session, cause=Cause(refund_id, "refund", tenant_id), action=action, at=at)
    return holds.act(
        session, tenant_id=refund.tenant_id, instruction=asked, lot_ids=lot_ids, at=at,
        reason=f"refund {refund.refund_id}", further=False,
    )  # fmt: skip


def held_by(session: Session, *, refund: Refund) -> list[UUID]:
    """The lots that the refund holds."""
    held = select(LotHold.lot_id).where(LotHold.tenant_id == refund.tenant_id, LotHold.cause_id == refund.refund_id)
    return list(session.scalars(held.order_by(LotHold.lot_id)))


def tell(session: Session, *, refund: Refund, kind: str, words: tuple[str, str], by: str, at: datetime) -> None:
    """Write a line of the order's timeline about the refund; `words` are Turkish and English."""
    events.record(
        session, tenant_id=refund.tenant_id, order_id=refund.order_id, kind=kind, text_tr=words[0], text_en=words[1],
        by=by, at=at, data={"refund_id": str(refund.refund_id), "gross_kurus": refund.gross_kurus},
    )  # fmt: skip
    session.flush()


def answered(session: Session, *, tenant_id: UUID, kind: str, subject: UUID, by: str, at: datetime) -> None:
    """End the break that waited for what is known now."""
    waiting = select(Break.break_id).where(
        Break.tenant_id == tenant_id, Break.kind == kind, Break.subject == str(subject), Break.state == "open"
    )
    for break_id in session.scalars(waiting).all():
        breaks.end_break(
            session, tenant_id=tenant_id, break_id=break_id, state="resolved", note=f"answered by {by}",
            resolved_by=str(subject), by=by, at=at,
        )  # fmt: skip


def note_decision(session: Session, *, refund: Refund, was: str, why: str, by: str, at: datetime) -> None:
    """In the audit log: what people decided about a refund."""
    facts = {"state": refund.state, "gross_kurus": refund.gross_kurus, "kontor": refund.kontor, "reason": why}
    deed(
        session, tenant_id=refund.tenant_id, action="refund.decided", object_kind="refund", object_id=refund.refund_id,
        before={"state": was}, after=facts, by=by, at=at,
    )  # fmt: skip
