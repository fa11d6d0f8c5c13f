"""Reconciliation: its runs, what does not agree, and the gateways' own lists."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.columns import Amount, Instant, Json, Words, one_of
from ebelge.core.db import Base

BREAK_STATES = ("open", "explained", "resolved")


class Break(Base):
    """Something that does not agree and waits for a person. What belongs to no tenant lies with the operator.

    `subject` names the thing (an id or key); the same break is open once. Nothing it speaks of is ever edited.
    """

    __tablename__ = "finance_break"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "break_id"),
        CheckConstraint(one_of("state", BREAK_STATES), name="state"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended_has_a_time"),
        CheckConstraint("state = 'open' OR note <> ''", name="ended_with_a_note"),
        Index("finance_break_open_once", "tenant_id", "kind", "subject", unique=True,
              postgresql_where=text("state = 'open'")),
        Index("finance_break_queue", "found_at", postgresql_where=text("state = 'open'")),
    )  # fmt: skip
    tenant_id: Mapped[UUID]
    break_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Words)
    subject: Mapped[str] = mapped_column(Words)
    amount_kurus: Mapped[int | None] = mapped_column(Amount)
    kontor: Mapped[int | None] = mapped_column(Amount)
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(Words)
    owner: Mapped[str | None] = mapped_column(Words)
    note: Mapped[str] = mapped_column(Words, server_default=text("''"))
    resolved_by: Mapped[str] = mapped_column(Words, server_default=text("''"))  # the entry that set it right
    found_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class ReconciliationRun(Base):
    """One comparison of everything, and what it counted."""

    __tablename__ = "reconciliation_run"
    __table_args__ = (Index("reconciliation_run_newest", "started_at"),)
    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date]
    started_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    asked_by: Mapped[str] = mapped_column(Words)
    counts: Mapped[dict[str, Any]] = mapped_column(Json)
    breaks_found: Mapped[int]
    breaks_open: Mapped[int]


class GatewayLine(Base):
    """A line of a gateway's own list of a day, as it was fetched: one half of the comparison with our payments."""

    __tablename__ = "gateway_line"
    __table_args__ = (
        PrimaryKeyConstraint("gateway", "transaction_id"),
        CheckConstraint(one_of("kind", ("payment", "refund", "cancel", "other")), name="kind"),
        Index("gateway_line_by_payment", "gateway", "gateway_payment_id"),
        Index("gateway_line_by_day", "gateway", "day"),
    )
    gateway: Mapped[str] = mapped_column(Words)
    transaction_id: Mapped[str] = mapped_column(Words)
    day: Mapped[date]
    gateway_payment_id: Mapped[str] = mapped_column(Words)
    attempt_ref: Mapped[str] = mapped_column(Words)
    kind: Mapped[str] = mapped_column(Words)
    amount_kurus: Mapped[int] = mapped_column(Amount)
    currency: Mapped[str] = mapped_column(Words)
    fee_kurus: Mapped[int] = mapped_column(Amount)
    fee_currency: Mapped[str] = mapped_column(Words)
    fetched_at: Mapped[datetime] = mapped_column(Instant)
