"""The clock's part in return invoices: what came to the operator about a sale of ours is proposed to finance."""

import logging
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from billing.settlement import return_invoices
from billing.settlement.return_invoices import Came
from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.telemetry import bind
from ebelge.notify import post

log = logging.getLogger(__name__)
BATCH = 200
# So far back a return is looked for: longer than a refund waits before finance is asked (30 days).
LOOK_BACK = timedelta(days=90)
# The sender is our customer by his VKN; the document names the invoice of one of his orders.
_CAME = text(
    "SELECT b.tenant_id, d.document_id, d.tenant_id AS operator_id, o.order_id, d.number, d.issue_date, "
    "d.payable_kurus, d.currency, o.reference, b.title "
    "FROM tenant op JOIN incoming_document d ON d.tenant_id = op.tenant_id AND d.references_id IS NOT NULL "
    "AND d.received_at > :since JOIN tenant b ON b.mode = op.mode AND b.vkn_tckn = d.sender_vkn_tckn "
    "JOIN kontor_order o ON o.tenant_id = b.tenant_id AND o.invoice_document_id = d.references_id "
    "WHERE op.kind = 'operator' AND NOT EXISTS (SELECT 1 FROM return_invoice r WHERE r.tenant_id = b.tenant_id "
    "AND r.document_id = d.document_id) ORDER BY d.document_id LIMIT :limit"
)
# A refund was asked for after its invoice came, or was called off.
_LOOSE = text(
    "SELECT r.tenant_id, r.document_id FROM return_invoice r WHERE r.state IN ('waiting', 'proposed') "
    "AND (r.state = 'waiting') = EXISTS (SELECT 1 FROM refund f WHERE f.tenant_id = r.tenant_id "
    "AND f.order_id = r.order_id AND f.ended_at IS NULL AND f.state = 'awaiting_return_invoice' "
    "AND f.tax_way = 'iade_faturasi') ORDER BY r.came_at LIMIT :limit"
)


def look(at: datetime) -> int:
    """Propose what has come; returns how many return invoices are new or found their refund."""
    with role_session("reader") as session:
        new = session.execute(_CAME, {"since": at - LOOK_BACK, "limit": BATCH}).all()
        loose = session.execute(_LOOSE, {"limit": BATCH}).all()
    count = 0
    for row in (*new, *loose):
        with bind(tenant_id=row.tenant_id):
            try:
                count += _note(row) if row in new else _propose(row)
            except Exception:  # one customer's trouble holds up no other's
                log.exception("a return invoice could not be proposed", extra={"document_id": str(row.document_id)})
    return count


def _note(row: Any) -> bool:
    at = utc_now()
    facts = {"buyer": row.title, "number": row.number, "reference": row.reference, "payable_kurus": row.payable_kurus}
    occasion = f"return.came {row.document_id}"
    with tenant_session(row.operator_id) as session:  # first: told once, whoever dies after it
        post.write(
            session, tenant_id=row.operator_id, kind="return_invoice_came", occasion=occasion, facts=facts, at=at
        )
    invoice = Came(
        row.document_id, row.operator_id, row.order_id, row.number, row.issue_date, row.payable_kurus, row.currency
    )
    with tenant_session(row.tenant_id) as session:
        new = return_invoices.came(session, tenant_id=row.tenant_id, invoice=invoice, at=at)
    log.info("return invoice came", extra={"document_id": str(row.document_id), "number": row.number, "new": new})
    return new


def _propose(row: Any) -> bool:
    with tenant_session(row.tenant_id) as session:
        state = return_invoices.propose(session, tenant_id=row.tenant_id, document_id=row.document_id, at=utc_now())
    return state == "proposed"
