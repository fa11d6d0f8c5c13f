"""Change of a customer's reseller: the request, each side's answer, and who is a side of it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from ebelge.core.db import Base
from tenants.models import Instant

SIDES = ("customer", "old", "new", "operator")


class ResellerChange(Base):
    """The customer (the tenant) goes from one reseller to another, or to none, once every side has said yes."""

    __tablename__ = "reseller_change"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "change_id"),
        CheckConstraint("state IN ('asked', 'agreed', 'refused', 'withdrawn', 'moved', 'done')", name="state"),
        CheckConstraint(f"asked_side IN {SIDES}", name="asked_side"),
        CheckConstraint("old_reseller_id IS DISTINCT FROM new_reseller_id", name="changes_something"),
        CheckConstraint(
            "state NOT IN ('agreed', 'moved', 'done') OR effective_at IS NOT NULL", name="agreed_has_a_day"
        ),
        CheckConstraint("(state IN ('asked', 'agreed')) = (ended_at IS NULL)", name="ended_has_a_time"),
        Index("reseller_change_open", "tenant_id", unique=True, postgresql_where=text("state IN ('asked', 'agreed')")),
    )
    tenant_id: Mapped[UUID]
    change_id: Mapped[UUID]
    old_reseller_id: Mapped[UUID | None]
    old_title: Mapped[str | None] = mapped_column(Text)
    new_reseller_id: Mapped[UUID | None]
    new_title: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    asked_side: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    wanted_on: Mapped[date]
    effective_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class ResellerChangeAnswer(Base):
    """What one side said, once and for good. Append-only."""

    __tablename__ = "reseller_change_answer"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "change_id", "side"),
        CheckConstraint(f"side IN {SIDES}", name="side"),
    )
    tenant_id: Mapped[UUID]
    change_id: Mapped[UUID]
    side: Mapped[str] = mapped_column(Text)
    yes: Mapped[bool]
    reason: Mapped[str] = mapped_column(Text, server_default=text("''"))
    by: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)


class ResellerChangeParty(Base):
    """That a tenant (a reseller, the operator) is a side of a customer's request: where it finds it. Append-only."""

    __tablename__ = "reseller_change_party"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "change_id", "side"),
        CheckConstraint(f"side IN {SIDES}", name="side"),
    )
    tenant_id: Mapped[UUID]
    change_id: Mapped[UUID]
    side: Mapped[str] = mapped_column(Text)
    customer_id: Mapped[UUID]
    asked_at: Mapped[datetime] = mapped_column(Instant)
