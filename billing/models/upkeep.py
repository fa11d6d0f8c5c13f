"""Keeping a wallet filled: alerts, automatic top-up, notices before kontör expires."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.columns import Amount, Instant, Words, one_of
from ebelge.core.db import Base


class KontorWatch(Base):
    """Whom to tell, and below which balance. `low_since`: told, and not risen above it since."""

    __tablename__ = "kontor_watch"
    __table_args__ = (CheckConstraint("low_kontor >= 0", name="low"),)
    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    low_kontor: Mapped[int] = mapped_column(Amount)
    emails: Mapped[list[str]] = mapped_column(ARRAY(Words))
    language: Mapped[str] = mapped_column(Words, server_default=text("'tr'"))
    low_since: Mapped[datetime | None] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class TopupPlan(Base):
    """Automatic top-up by a saved card: below the threshold buy this package, never above the monthly cap."""

    __tablename__ = "topup_plan"
    __table_args__ = (
        CheckConstraint("threshold_kontor >= 0 AND monthly_cap_kurus > 0 AND failures >= 0", name="amounts"),
        CheckConstraint("failure_limit BETWEEN 1 AND 10", name="failure_limit"),
        CheckConstraint(one_of("state", ("on", "off", "suspended")), name="state"),
    )
    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(Words)
    package_code: Mapped[str] = mapped_column(Words)
    threshold_kontor: Mapped[int] = mapped_column(Amount)
    monthly_cap_kurus: Mapped[int] = mapped_column(Amount)
    card_id: Mapped[UUID]
    failures: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    failure_limit: Mapped[int] = mapped_column(SmallInteger, server_default=text("3"))
    suspended_why: Mapped[str] = mapped_column(Words, server_default=text("''"))
    next_try_at: Mapped[datetime | None] = mapped_column(Instant)
    changed_by: Mapped[str] = mapped_column(Words)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class TopupRun(Base):
    """One automatic purchase. At most one is under way; the order carries what became of it."""

    __tablename__ = "topup_run"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "run_id"),
        CheckConstraint(one_of("state", ("started", "credited", "failed")), name="state"),
        UniqueConstraint("tenant_id", "order_id"),
        Index("topup_run_one_at_a_time", "tenant_id", unique=True, postgresql_where=text("state = 'started'")),
        Index("topup_run_by_time", "tenant_id", "started_at"),
    )
    tenant_id: Mapped[UUID]
    run_id: Mapped[UUID]
    order_id: Mapped[UUID]
    gross_kurus: Mapped[int] = mapped_column(Amount)
    state: Mapped[str] = mapped_column(Words)
    why: Mapped[str] = mapped_column(Words, server_default=text("''"))
    started_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class LotNotice(Base):
    """That a lot expires in 30, 14, 7 or 1 days was told, once."""

    __tablename__ = "lot_notice"
    __table_args__ = (PrimaryKeyConstraint("tenant_id", "lot_id", "days"),)
    tenant_id: Mapped[UUID]
    lot_id: Mapped[UUID]
    days: Mapped[int] = mapped_column(SmallInteger)
    kontor: Mapped[int] = mapped_column(Amount)
    at: Mapped[datetime] = mapped_column(Instant)
