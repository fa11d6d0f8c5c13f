"""A reseller's contracts as its own page and the operator's show them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from billing.resellers import contracts

# Since, until, model, commission in basis points, refund window in days, passing, onboarding, whether it is in force.
Row = tuple[datetime | None, datetime | None, str, int, int, str, str, bool]


def rows(session: Session, *, tenant_id: UUID, at: datetime) -> list[Row]:
    """All of them, the newest first; in a session of the reseller's."""
    return [
        (one.valid.lower, one.valid.upper, one.model, one.commission_bp, one.refund_window_days, one.passing,
         one.onboarding, at in one.valid)
        for one in contracts.contracts(session, tenant_id=tenant_id)
    ]  # fmt: skip
