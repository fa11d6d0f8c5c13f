"""Decisions about bank lines in the audit log: of the account they concern, else of the operator."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from billing.models.bank import BankAllocation, BankLine
from billing.settlement.bank_lines import AUTOMATIC
from tenants.audit.deeds import house_deed


def note_rows(session: Session, rows: Sequence[BankAllocation], *, by: str, at: datetime) -> None:
    """What people put to orders, approved or refused. What the machine does stands in the order's own history."""
    if by == AUTOMATIC:
        return
    for row in rows:
        facts = {"state": row.state, "amount_kurus": row.amount_kurus, "order": row.order_id, "reason": row.note}
        house_deed(
            session, tenant_id=row.to_tenant_id, action="bank.line_decided", object_kind="bank_line",
            object_id=row.line_id, after={name: value for name, value in facts.items() if value != ""}, by=by, at=at,
        )  # fmt: skip


def note_line(
    session: Session, line: BankLine, *, to_tenant_id: UUID | None = None, by: str, at: datetime
) -> None:  # fmt: skip
    """What people decided about a line as a whole."""
    facts = {
        "state": line.state, "amount_kurus": line.amount_kurus, "currency": line.currency,
        "decision": line.pays_back_id, "reason": line.note,
    }  # fmt: skip
    house_deed(
        session, tenant_id=to_tenant_id, action="bank.line_decided", object_kind="bank_line", object_id=line.line_id,
        after={name: value for name, value in facts.items() if value not in ("", None)}, by=by, at=at,
    )  # fmt: skip
