"""Commission month by month, and where each entry stands: waiting for its refund window, payable, paid, or reversed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.models.resellers import CommissionEntry

State = Literal["pending", "payable", "paid", "reversed", "payout"]


@dataclass(frozen=True, slots=True)
class MonthSum:
    """What a month brought, in kuruş, each with its sign."""

    month: date
    accrued_kurus: int
    reversed_kurus: int
    paid_kurus: int

    @property
    def net_kurus(self) -> int:
        """What was earned in the month, less what was taken back."""
        return self.accrued_kurus + self.reversed_kurus


def months(session: Session, *, tenant_id: UUID, limit: int = 24) -> Sequence[MonthSum]:
    """As the reseller: the months that have entries, newest first."""
    entry = CommissionEntry
    sums = (
        func.coalesce(func.sum(entry.kurus).filter(entry.kind == kind), 0) for kind in ("accrued", "reversed", "paid")
    )
    rows = session.execute(
        select(entry.month, *sums)
        .where(entry.tenant_id == tenant_id)
        .group_by(entry.month)
        .order_by(entry.month.desc())
        .limit(limit)
    )
    return [MonthSum(month, *(int(amount) for amount in amounts)) for month, *amounts in rows]


def paid_until(session: Session, *, tenant_id: UUID) -> datetime | None:
    """The instant of the last payout: it paid all that was payable then."""
    entry = CommissionEntry
    return session.scalar(select(func.max(entry.at)).where(entry.tenant_id == tenant_id, entry.kind == "paid"))


def state_of(entry: CommissionEntry, *, paid_until: datetime | None, at: datetime) -> State:
    """Where an entry stands at an instant."""
    if entry.kind == "paid":
        return "payout"
    if entry.kind == "reversed":
        return "reversed"
    since = max(entry.at, entry.payable_from or entry.at)
    if since > at:
        return "pending"
    return "paid" if paid_until is not None and since <= paid_until else "payable"
