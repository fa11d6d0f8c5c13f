"""What follows from approved decisions: orders are credited when they make up the price, wrong payments are undone.

Three steps, each a transaction of its own: `ready` as finance, `settle()` as the payer, `credited` as finance. A kill
between them loses nothing: whoever comes next does the same again, and a payment credits once.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from billing.payments.gateway import PaymentEvidence, PaymentState
from billing.settlement.bank_lines import locked, refresh_lines
from billing.settlement.settle import settle
from billing.settlement.settled import Settled

GATEWAY = "bank"
CREDITED: frozenset[str] = frozenset({"credited", "already", "paid_on_account"})
BATCH = 200

_READY = """
    SELECT a.to_tenant_id, a.order_id, o.reference, o.gross_kurus, o.currency,
           array_agg(a.allocation_id ORDER BY a.allocation_id) AS allocation_ids,
           (array_agg(a.payment_ref ORDER BY a.allocation_id))[1] AS payment_ref,
           jsonb_agg(jsonb_build_object('allocation_id', a.allocation_id, 'line_id', l.line_id, 'bank_ref', l.bank_ref,
                     'booked_on', l.booked_on, 'kurus', a.amount_kurus, 'line_kurus', l.amount_kurus,
                     'asked_by', a.asked_by, 'approved_by', a.approved_by) ORDER BY a.allocation_id) AS lines
      FROM bank_allocation a
      JOIN bank_line l USING (line_id)
      JOIN kontor_order o ON o.tenant_id = a.to_tenant_id AND o.order_id = a.order_id
     WHERE a.state = 'approved' AND a.reverses_id IS NULL
     GROUP BY a.to_tenant_id, a.order_id, o.reference, o.gross_kurus, o.currency
    HAVING sum(a.amount_kurus) = o.gross_kurus
     ORDER BY min(a.approved_at), a.order_id LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Crediting:
    """An order that approved decisions pay in full, and the evidence of it: one line, or several that add up."""

    tenant_id: UUID
    order_id: UUID
    allocation_ids: tuple[UUID, ...]
    evidence: PaymentEvidence


def ready(session: Session, *, limit: int = BATCH) -> list[Crediting]:
    """Orders whose approved decisions make up their price to the kuruş, longest approved first (role finance)."""
    session.flush()
    rows = session.connection().exec_driver_sql(_READY, (limit,)).fetchall()
    return [
        Crediting(
            row.to_tenant_id,
            row.order_id,
            tuple(row.allocation_ids),
            PaymentEvidence(
                gateway=GATEWAY,
                payment_id=row.payment_ref,
                amount_kurus=row.gross_kurus,
                paid_kurus=row.gross_kurus,
                currency=row.currency,
                order_ref=row.reference,
                state=PaymentState.PAID,
                raw={"lines": row.lines},
            ),
        )
        for row in rows
    ]


def credit(session: Session, crediting: Crediting, *, at: datetime) -> Settled:
    """Credit as the payer, through the one `settle()`; repeating it changes nothing."""
    return settle(
        session,
        tenant_id=crediting.tenant_id,
        order_id=crediting.order_id,
        attempt_id=None,
        evidence=crediting.evidence,
        at=at,
    )


def credited(session: Session, crediting: Crediting, settled: Settled, *, at: datetime) -> None:
    """Write down as finance what `settle()` came to. What it did not take is refused, and the lines are free again:
    a break of the payer's keeps the evidence for the person who decides next.
    """
    taken = settled.outcome in CREDITED
    rows = locked(session, crediting.order_id, crediting.allocation_ids)
    for row in rows:
        if row.state == "approved":
            row.state, row.ended_at = "credited" if taken else "refused", at
            if not taken:
                row.note = f"{row.note} settle: {settled.outcome}".strip()
    session.flush()
    refresh_lines(session, rows)
