"""Reminders of refunds that wait, once a week each: to whom it is up to, in the transaction that notes them."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from billing.models.orders import KontorOrder
from billing.models.returns import Refund
from billing.settlement import refunds, return_invoices
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import tenant_session
from ebelge.notify import post

_OPERATOR = text("SELECT o.tenant_id FROM tenant t CROSS JOIN LATERAL operator_of(t.mode) o WHERE t.tenant_id = :id")


def remind(session: Session, *, tenant_id: UUID, refund_id: UUID) -> bool:
    """Remind of a refund whose week is over; False if it is not.

    The buyer, while his iade faturası or his signature is awaited; the operator, when that came, for a transfer and
    where the sale's invoice is to be cancelled.
    """
    at = utc_now()
    if not refunds.remind(session, tenant_id=tenant_id, refund_id=refund_id, at=at):
        return False
    refund = session.get_one(Refund, (tenant_id, refund_id))
    reference = session.get_one(KontorOrder, (tenant_id, refund.order_id)).reference
    facts = {"gross_kurus": refund.gross_kurus, "kontor": refund.kontor, "reference": reference, "way": refund.tax_way}
    occasion = f"refund.waits {refund_id} {istanbul_date(at)}"
    ours = _up_to_us(session, refund)
    if not ours:
        post.write(session, tenant_id=tenant_id, kind="refund_waits", occasion=occasion, facts=facts, at=at)
        return True
    operator = session.execute(_OPERATOR, {"id": tenant_id}).scalar()
    if operator is not None:
        with tenant_session(operator) as desk:
            said = facts | {"waits_for": ours}
            post.write(desk, tenant_id=operator, kind="refund_waits_for_us", occasion=occasion, facts=said, at=at)
    return True


def _up_to_us(session: Session, refund: Refund) -> str:
    """What the operator has to do; "" where it is the buyer's turn."""
    if refund.state == "to_transfer" or refund.tax_way == "cancel_invoice":
        return "to_transfer" if refund.state == "to_transfer" else refund.tax_way
    came = return_invoices.proposed(session, tenant_id=refund.tenant_id, refund_id=refund.refund_id)
    return "came" if came else ""
