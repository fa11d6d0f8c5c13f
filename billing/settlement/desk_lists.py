"""What finance's desk lists of the sale: orders with their payments, one order with all that belongs to it, refunds,
disputes, and what is owed. Sessions of the role reader; live tenants only.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from ebelge.core.errors import NotFound

# States of orders as the desk groups them.
GROUPS: dict[str, tuple[str, ...]] = {
    "open": ("draft", "pending", "in_review", "failed"),
    "paid": ("credited", "partially_refunded", "refunded", "disputed", "charged_back"),
    "ended": ("expired", "cancelled"),
}
_ORDERS = text(
    """SELECT o.tenant_id, o.order_id, o.reference, o.state, o.method, o.kontor, o.bonus_kontor, o.gross_kurus,
              o.currency, o.refunded_kurus, o.created_at, o.paid_at, o.invoice_state, t.title, t.vkn_tckn,
              p.gateway, p.gateway_payment_id
         FROM kontor_order o
         JOIN tenant t ON t.tenant_id = o.tenant_id AND t.mode = 'live'
         LEFT JOIN LATERAL (SELECT gateway, gateway_payment_id FROM payment p
                             WHERE p.tenant_id = o.tenant_id AND p.order_id = o.order_id
                             ORDER BY p.paid_at DESC LIMIT 1) p ON true
        WHERE (CAST(:states AS text[]) IS NULL OR o.state = ANY(CAST(:states AS text[])))
          AND (CAST(:method AS text) = '' OR o.method = :method)
          AND (CAST(:invoice AS text) = '' OR o.invoice_state = :invoice)
          AND (CAST(:start AS timestamptz) IS NULL OR o.created_at >= :start)
          AND (CAST(:end AS timestamptz) IS NULL OR o.created_at < :end)
          AND (CAST(:words AS text) = '' OR o.reference = upper(CAST(:words AS text))
               OR o.tenant_id = ANY(CAST(:tenants AS uuid[]))
               OR EXISTS (SELECT 1 FROM payment q WHERE q.tenant_id = o.tenant_id AND q.order_id = o.order_id
                             AND q.gateway_payment_id = :words))
          AND (CAST(:after_at AS timestamptz) IS NULL
               OR (o.created_at, o.order_id) < (CAST(:after_at AS timestamptz), CAST(:after_id AS uuid)))
        ORDER BY o.created_at DESC, o.order_id DESC LIMIT :limit"""
)
_ORDER = text(
    """SELECT o.*, t.title, t.vkn_tckn, r.title AS reseller_title, d.reference AS invoice_number,
              d.state AS invoice_document_state
         FROM kontor_order o
         JOIN tenant t ON t.tenant_id = o.tenant_id AND t.mode = 'live'
         LEFT JOIN tenant r ON r.tenant_id = o.reseller_id
         LEFT JOIN document_outcomes d ON d.document_id = o.invoice_document_id
              AND d.tenant_id = (SELECT tenant_id FROM tenant WHERE kind = 'operator' AND mode = 'live')
        WHERE o.tenant_id = :tenant_id AND o.order_id = :order_id"""
)
_OF_ORDER = "WHERE {0}.tenant_id = :tenant_id AND {0}.order_id = :order_id"
# What belongs to an order, by name.
_PARTS = {
    "attempts": text(
        f"""SELECT attempt_id, gateway, kind, state, amount_kurus, currency, gateway_ref, code, text_tr, text_en,
                   created_at, ended_at FROM payment_attempt a {_OF_ORDER.format("a")} ORDER BY created_at LIMIT 100"""
    ),
    "payments": text(
        f"""SELECT payment_id, gateway, gateway_payment_id, amount_kurus, paid_kurus, fee_kurus, refunded_kurus,
                   currency, installments, evidence, paid_at FROM payment p {_OF_ORDER.format("p")}
             ORDER BY paid_at LIMIT 50"""
    ),
    "events": text(
        f"""SELECT kind, text_tr, text_en, "by", at FROM order_event e {_OF_ORDER.format("e")}
             ORDER BY event_id LIMIT 200"""
    ),
    "lots": text(
        """SELECT l.lot_id, l.source, l.reason, l.granted, l.remaining, l.held, l.frozen, l.consumed, l.expires_at,
                  l.net_price_kurus FROM lot l
            WHERE l.tenant_id = :tenant_id AND l.source IN ('payment', 'receivable', 'bonus')
              AND (l.source_id = :order_id OR l.source_id IN (SELECT payment_id FROM payment p
                     WHERE p.tenant_id = :tenant_id AND p.order_id = :order_id))
            ORDER BY l.source DESC, l.part, l.lot_id LIMIT 50"""
    ),
    "refunds": text(
        f"""SELECT refund_id, state, kontor, gross_kurus, currency, requested_at FROM refund r {_OF_ORDER.format("r")}
             ORDER BY requested_at LIMIT 50"""
    ),
    "disputes": text(
        f"""SELECT dispute_id, gateway, gateway_state, step, amount_kurus, reason, opened_at, answer_due_at, ended_at
              FROM dispute d {_OF_ORDER.format("d")} ORDER BY opened_at LIMIT 50"""
    ),
    "debts": text(
        """SELECT receivable_id, kind, gross_kurus, settled_kurus, state, due_at FROM receivable
            WHERE tenant_id = :tenant_id AND source_id = :order_id ORDER BY created_at LIMIT 50"""
    ),
    "bank_lines": text(
        """SELECT a.line_id, a.amount_kurus, a.state, a.asked_by, a.approved_by, l.booked_on, l.sender_name, l.currency
             FROM bank_allocation a JOIN bank_line l USING (line_id)
            WHERE a.to_tenant_id = :tenant_id AND a.order_id = :order_id ORDER BY a.allocation_id LIMIT 50"""
    ),
}
_REFUNDS = """
    SELECT r.*, o.reference, o.method, t.title, t.vkn_tckn, i.number AS came_number, i.payable_kurus AS came_kurus,
           i.issued_on AS came_on
      FROM refund r
      JOIN kontor_order o ON o.tenant_id = r.tenant_id AND o.order_id = r.order_id
      JOIN tenant t ON t.tenant_id = r.tenant_id AND t.mode = 'live'
      LEFT JOIN LATERAL (SELECT number, payable_kurus, issued_on FROM return_invoice i
                          WHERE i.tenant_id = r.tenant_id AND i.refund_id = r.refund_id
                            AND i.state IN ('proposed', 'taken') ORDER BY i.came_at LIMIT 1) i ON true
"""
_REFUND_LIST = text(
    f"""{_REFUNDS}
     WHERE (:ended = (r.ended_at IS NOT NULL)) AND (CAST(:state AS text) = '' OR r.state = :state)
       AND (CAST(:start AS timestamptz) IS NULL OR r.requested_at >= :start)
       AND (CAST(:end AS timestamptz) IS NULL OR r.requested_at < :end)
       AND (CAST(:after_at AS timestamptz) IS NULL
            OR (r.requested_at, r.refund_id) > (CAST(:after_at AS timestamptz), CAST(:after_id AS uuid)))
     ORDER BY r.requested_at, r.refund_id LIMIT :limit"""
)
_REFUND = text(f"{_REFUNDS} WHERE r.refund_id = :refund_id")
_REFUND_LOTS = text(
    """SELECT p.lot_id, p.kontor, p.net_kurus, l.source, l.reason, l.expires_at FROM refund_lot p
         JOIN lot l ON l.tenant_id = p.tenant_id AND l.lot_id = p.lot_id
        WHERE p.tenant_id = :tenant_id AND p.refund_id = :refund_id ORDER BY p.lot_id"""
)
_DISPUTES = text(
    """SELECT d.tenant_id, d.dispute_id, d.order_id, d.gateway, d.gateway_dispute_id, d.gateway_state, d.step, d.reason,
              d.amount_kurus, d.opened_at, d.answer_due_at, o.reference, o.currency, t.title
         FROM dispute d
         JOIN kontor_order o ON o.tenant_id = d.tenant_id AND o.order_id = d.order_id
         JOIN tenant t ON t.tenant_id = d.tenant_id AND t.mode = 'live'
        WHERE d.ended_at IS NULL ORDER BY d.opened_at, d.dispute_id LIMIT :limit"""
)
_DEBTS = text(
    """SELECT r.tenant_id, r.receivable_id, r.kind, r.source_id, r.kontor, r.gross_kurus, r.settled_kurus,
              r.settled_kontor, r.state, r.due_at, r.created_at, r.note, t.title, t.vkn_tckn,
              coalesce(o.order_id, d.order_id) AS order_id, coalesce(o.reference, '') AS reference
         FROM receivable r
         JOIN tenant t ON t.tenant_id = r.tenant_id AND t.mode = 'live'
         LEFT JOIN dispute d ON d.tenant_id = r.tenant_id AND d.dispute_id = r.source_id AND r.kind = 'chargeback'
         LEFT JOIN kontor_order o ON o.tenant_id = r.tenant_id AND o.order_id = coalesce(d.order_id, r.source_id)
        WHERE r.state = 'open'
          AND (CAST(:after_at AS timestamptz) IS NULL
               OR (r.due_at, r.receivable_id) > (CAST(:after_at AS timestamptz), CAST(:after_id AS uuid)))
        ORDER BY r.due_at, r.receivable_id LIMIT :limit"""
)
_OWED = text(
    """SELECT coalesce(sum(r.gross_kurus - r.settled_kurus), 0)::bigint AS kurus,
              coalesce(sum(r.gross_kurus - r.settled_kurus) FILTER (WHERE r.due_at <= :at), 0)::bigint AS overdue_kurus,
              coalesce(sum(r.kontor - r.settled_kontor) FILTER (WHERE r.kind = 'emergency'), 0)::bigint AS kontor
         FROM receivable r JOIN tenant t ON t.tenant_id = r.tenant_id AND t.mode = 'live' WHERE r.state = 'open'"""
)
Place = tuple[datetime, UUID] | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which orders. `words`: a reference, a payment's id, or what `tenants` were found by."""

    states: Sequence[str] | None = None
    method: str = ""
    invoice: str = ""
    words: str = ""
    tenants: Sequence[UUID] = field(default_factory=tuple)
    start: datetime | None = None
    end: datetime | None = None
    after: Place = None


def orders(session: Session, wanted: Wanted, *, limit: int) -> Sequence[Any]:
    """Orders of live tenants with their last payment, the newest first."""
    values = {
        "states": None if wanted.states is None else list(wanted.states), "method": wanted.method,
        "invoice": wanted.invoice, "words": wanted.words, "tenants": list(wanted.tenants), "start": wanted.start,
        "end": wanted.end, "after_at": wanted.after and wanted.after[0], "after_id": wanted.after and wanted.after[1],
        "limit": limit,
    }  # fmt: skip
    return session.execute(_ORDERS, values).all()


def order(session: Session, *, tenant_id: UUID, order_id: UUID) -> tuple[Any, dict[str, Sequence[Any]]]:
    """An order, and by name all that belongs to it. :raises NotFound: no live tenant has it."""
    values = {"tenant_id": tenant_id, "order_id": order_id}
    row = session.execute(_ORDER, values).first()
    if row is None:
        raise NotFound()
    return row, {name: session.execute(statement, values).all() for name, statement in _PARTS.items()}


def refunds(
    session: Session, *, ended: bool = False, state: str = "", start: datetime | None = None,
    end: datetime | None = None, after: Place = None, limit: int,
) -> Sequence[Any]:  # fmt: skip
    """Refunds under way, or ended ones, the oldest first, with the return invoice that came for each."""
    values = {
        "ended": ended, "state": state, "start": start, "end": end, "after_at": after and after[0],
        "after_id": after and after[1], "limit": limit,
    }  # fmt: skip
    return session.execute(_REFUND_LIST, values).all()


def refund(session: Session, *, refund_id: UUID) -> tuple[Any, Sequence[Any]]:
    """A refund and its parts by lots. :raises NotFound: there is none."""
    row = session.execute(_REFUND, {"refund_id": refund_id}).first()
    if row is None:
        raise NotFound()
    return row, session.execute(_REFUND_LOTS, {"tenant_id": row.tenant_id, "refund_id": refund_id}).all()


def disputes(session: Session, *, limit: int) -> Sequence[Any]:
    """Disputes that are not decided, the oldest first."""
    return session.execute(_DISPUTES, {"limit": limit}).all()


def debts(session: Session, *, after: Place = None, limit: int) -> Sequence[Any]:
    """What is owed to us, the longest due first."""
    values = {"after_at": after and after[0], "after_id": after and after[1], "limit": limit}
    return session.execute(_DEBTS, values).all()


def owed(session: Session, *, at: datetime) -> Any:
    """All that is owed: `kurus`, of it `overdue_kurus`, and lent `kontor`."""
    return session.execute(_OWED, {"at": at}).one()
