"""Return invoices that buyers sent for our sales: proposed for the refund that awaits one, then taken or dismissed.

Finance confirms; nothing pays by itself. What came lies in finance's queue as a break until then (TRADE.md 9).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from billing.breaks import open_break
from billing.models.returns import Refund, ReturnInvoice
from billing.orders import events
from billing.settlement.refund_rows import RefundStateConflict, answered
from ebelge.core.errors import Conflict, InvalidRequest, NotFound
from ebelge.core.money import lira_text
from tenants.audit.deeds import deed

CAME: Final = "return_invoice_came"
WAY: Final = "iade_faturasi"
AWAITS: Final = "awaiting_return_invoice"

_OPEN = """
    SELECT i.tenant_id, i.document_id, i.number, i.issued_on, i.payable_kurus, i.currency, i.state, i.came_at,
           i.order_id, i.refund_id, o.reference, t.title, r.gross_kurus AS refund_kurus, b.break_id,
           coalesce(i.payable_kurus = r.gross_kurus AND i.currency = r.currency, false) AS fits
      FROM return_invoice i
      JOIN kontor_order o ON o.tenant_id = i.tenant_id AND o.order_id = i.order_id
      JOIN tenant t ON t.tenant_id = i.tenant_id AND t.mode = 'live'
      LEFT JOIN refund r ON r.tenant_id = i.tenant_id AND r.refund_id = i.refund_id
      LEFT JOIN finance_break b ON b.tenant_id = i.tenant_id AND b.kind = 'return_invoice_came'
           AND b.subject = i.document_id::text AND b.state = 'open'
     WHERE i.state IN ('waiting', 'proposed') {which}
     ORDER BY i.came_at, i.document_id LIMIT :limit
"""
_ALL_OPEN = text(_OPEN.format(which=""))
_OPEN_OF_ORDER = text(_OPEN.format(which="AND i.tenant_id = :tenant_id AND i.order_id = :order_id"))


class NoProposal(Conflict):
    """No return invoice that fits has come; its number can still be given by hand."""

    code = "no_return_invoice"
    title_tr, title_en = "Uygun bir iade faturası gelmedi", "No return invoice that fits has come"


@dataclass(frozen=True, slots=True)
class Came:
    """A return invoice in the operator's inbox, and the order whose invoice it names."""

    document_id: UUID
    operator_id: UUID
    order_id: UUID
    number: str
    issued_on: date
    payable_kurus: int
    currency: str


def came(session: Session, *, tenant_id: UUID, invoice: Came, at: datetime) -> bool:
    """Note a return invoice of the tenant's (the buyer of kontör) and propose it; True if it is new."""
    row = session.execute(
        insert(ReturnInvoice)
        .values(
            tenant_id=tenant_id, document_id=invoice.document_id, operator_id=invoice.operator_id,
            order_id=invoice.order_id, number=invoice.number, issued_on=invoice.issued_on,
            payable_kurus=invoice.payable_kurus, currency=invoice.currency, state="waiting", came_at=at,
        )
        .on_conflict_do_nothing()
        .returning(ReturnInvoice.document_id)
    ).first()  # fmt: skip
    if row is None:
        return False
    open_break(
        session, tenant_id=tenant_id, kind=CAME, subject=str(invoice.document_id), at=at,
        amount_kurus=invoice.payable_kurus,
        data={"number": invoice.number, "issued_on": invoice.issued_on, "order_id": invoice.order_id},
    )  # fmt: skip
    propose(session, tenant_id=tenant_id, document_id=invoice.document_id, at=at)
    return True


def propose(session: Session, *, tenant_id: UUID, document_id: UUID, at: datetime) -> str:
    """Give an open return invoice to the refund of its order that awaits one, or take it back from one that does not
    any more; returns its state. Repeating it changes nothing."""
    invoice = _locked(session, tenant_id, document_id)
    if invoice.state not in ("waiting", "proposed"):
        return invoice.state
    refund = session.scalars(
        select(Refund).where(
            Refund.tenant_id == tenant_id, Refund.order_id == invoice.order_id, Refund.ended_at.is_(None),
            Refund.state == AWAITS, Refund.tax_way == WAY,
        )
    ).one_or_none()  # fmt: skip
    was = invoice.refund_id if invoice.state == "proposed" else None
    invoice.refund_id, invoice.state = (refund.refund_id, "proposed") if refund is not None else (None, "waiting")
    if refund is not None and refund.refund_id != was:
        events.record(
            session, tenant_id=tenant_id, order_id=invoice.order_id, kind="refund_return_came", by="system", at=at,
            text_tr=f"İade faturası geldi: {invoice.number}, {lira_text(invoice.payable_kurus)} {invoice.currency}. "
            "Finansın onayı bekleniyor.",
            text_en=f"The return invoice came: {invoice.number}, {lira_text(invoice.payable_kurus)} "
            f"{invoice.currency}. Finance has yet to confirm it.",
            data={"refund_id": str(refund.refund_id), "gross_kurus": refund.gross_kurus},
        )  # fmt: skip
    session.flush()
    return invoice.state


def proposed(session: Session, *, tenant_id: UUID, refund_id: UUID) -> Sequence[ReturnInvoice]:
    """The return invoices proposed for a refund, oldest first."""
    return session.scalars(
        select(ReturnInvoice)
        .where(
            ReturnInvoice.tenant_id == tenant_id, ReturnInvoice.refund_id == refund_id,
            ReturnInvoice.state == "proposed",
        )
        .order_by(ReturnInvoice.document_id)
    ).all()  # fmt: skip


def numbers_proposed(session: Session, *, tenant_id: UUID, refund_ids: Sequence[UUID]) -> dict[UUID, str]:
    """By refund, the number of the return invoice proposed for it; of several the last one."""
    rows = session.execute(
        select(ReturnInvoice.refund_id, ReturnInvoice.number)
        .where(
            ReturnInvoice.tenant_id == tenant_id, ReturnInvoice.refund_id.in_(refund_ids),
            ReturnInvoice.state == "proposed",
        )
        .order_by(ReturnInvoice.document_id)
    )  # fmt: skip
    return {row.refund_id: row.number for row in rows if row.refund_id is not None}


def open_ones(session: Session, *, limit: int) -> Sequence[Any]:
    """What came and is not decided, of all live tenants, the oldest first; `fits`: its refund is about that amount.

    Sessions of the role reader.
    """
    return session.execute(_ALL_OPEN, {"limit": limit}).all()


def open_of_order(session: Session, *, tenant_id: UUID, order_id: UUID, limit: int = 20) -> Sequence[Any]:
    """The same about one order."""
    return session.execute(_OPEN_OF_ORDER, {"tenant_id": tenant_id, "order_id": order_id, "limit": limit}).all()


def one(session: Session, *, tenant_id: UUID, refund_id: UUID, document_id: UUID) -> ReturnInvoice:
    """A return invoice proposed for the refund. :raises NotFound: it is not, or not any more."""
    found = session.get(ReturnInvoice, (tenant_id, document_id))
    if found is None or (found.state, found.refund_id) != ("proposed", refund_id):
        raise NotFound()
    return found


def fitting(session: Session, *, tenant_id: UUID, refund_id: UUID) -> ReturnInvoice:
    """The one proposed return invoice that is about exactly the refund's amount.

    :raises NotFound: no such refund. :raises NoProposal: none, several, or another amount: a person names the number.
    """
    refund = session.get(Refund, (tenant_id, refund_id))
    if refund is None:
        raise NotFound()
    found = proposed(session, tenant_id=tenant_id, refund_id=refund_id)
    exact = [one for one in found if (one.payable_kurus, one.currency) == (refund.gross_kurus, refund.currency)]
    if len(exact) != 1:
        came_of = ", ".join(f"{one.number} ({lira_text(one.payable_kurus)} {one.currency})" for one in found) or "-"
        raise NoProposal(
            f"İade {lira_text(refund.gross_kurus)} {refund.currency}; gelenler: {came_of}. Belge numarasını yazın.",
            f"The refund is {lira_text(refund.gross_kurus)} {refund.currency}; came: {came_of}. Name the document.",
        )
    return exact[0]


def take(session: Session, *, refund: Refund, by: str, at: datetime) -> None:
    """The locked refund was confirmed by its document: if that came to us, it is taken and leaves finance's queue."""
    if refund.tax_way != WAY:
        return
    rows = session.scalars(
        select(ReturnInvoice)
        .where(
            ReturnInvoice.tenant_id == refund.tenant_id, ReturnInvoice.order_id == refund.order_id,
            ReturnInvoice.number == refund.tax_document, ReturnInvoice.state.in_(("waiting", "proposed")),
        )
        .with_for_update()
    ).all()  # fmt: skip
    for row in rows:
        row.state, row.refund_id, row.decided_by, row.decided_at = "taken", refund.refund_id, by, at
        answered(session, tenant_id=refund.tenant_id, kind=CAME, subject=row.document_id, by=by, at=at)


def dismiss(session: Session, *, tenant_id: UUID, document_id: UUID, why: str, by: str, at: datetime) -> None:
    """Staff say that a return invoice is about no refund of kontör; it leaves the queue, the reason is audited.

    :raises NotFound: none such. :raises InvalidRequest: no reason. :raises RefundStateConflict: it was taken.
    """
    if not why.strip():
        raise InvalidRequest("Nedenini yazın.", "Say why.")
    invoice = _locked(session, tenant_id, document_id)
    if invoice.state == "dismissed":
        return
    if invoice.state == "taken":
        raise RefundStateConflict(state=invoice.state)
    was, invoice.state, invoice.refund_id, invoice.decided_by, invoice.decided_at = (
        invoice.state, "dismissed", None, by, at,
    )  # fmt: skip
    answered(session, tenant_id=tenant_id, kind=CAME, subject=document_id, by=by, at=at)
    deed(
        session, tenant_id=tenant_id, action="refund.return_dismissed", object_kind="return_invoice",
        object_id=document_id, before={"state": was}, after={"state": "dismissed", "reason": why.strip()}, by=by, at=at,
    )  # fmt: skip


def _locked(session: Session, tenant_id: UUID, document_id: UUID) -> ReturnInvoice:
    row = session.scalars(
        select(ReturnInvoice)
        .where(ReturnInvoice.tenant_id == tenant_id, ReturnInvoice.document_id == document_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound()
    return row
