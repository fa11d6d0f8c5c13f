"""Pools: who may draw how much, what was drawn in a month, and how much the members used."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.columns import Amount, Instant, Words, one_of
from ebelge.core.db import Base

RIGHT_STATES = ("offered", "active", "ended")


class DrawRight(Base):
    """The pool's side (the tenant is the pool): a member may draw in blocks, up to a cap a month."""

    __tablename__ = "draw_right"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "member_id"),
        CheckConstraint(one_of("state", RIGHT_STATES), name="state"),
        CheckConstraint("block_kontor > 0 AND monthly_cap_kontor >= 0 AND threshold_kontor >= 0", name="amounts"),
    )
    tenant_id: Mapped[UUID]
    member_id: Mapped[UUID]
    member_title: Mapped[str] = mapped_column(Words)
    block_kontor: Mapped[int] = mapped_column(Amount)
    monthly_cap_kontor: Mapped[int] = mapped_column(Amount)
    threshold_kontor: Mapped[int] = mapped_column(Amount)
    state: Mapped[str] = mapped_column(Words)
    offered_by: Mapped[str] = mapped_column(Words)
    offered_at: Mapped[datetime] = mapped_column(Instant)
    accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class PoolMembership(Base):
    """The member's side (the tenant is the member) of the same right; at most one pool refills a wallet."""

    __tablename__ = "pool_membership"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "pool_id"),
        CheckConstraint(one_of("state", RIGHT_STATES), name="state"),
        CheckConstraint("block_kontor > 0 AND monthly_cap_kontor >= 0 AND threshold_kontor >= 0", name="amounts"),
        Index("pool_membership_one", "tenant_id", unique=True, postgresql_where=text("state = 'active'")),
    )
    tenant_id: Mapped[UUID]
    pool_id: Mapped[UUID]
    pool_title: Mapped[str] = mapped_column(Words)
    block_kontor: Mapped[int] = mapped_column(Amount)
    monthly_cap_kontor: Mapped[int] = mapped_column(Amount)
    threshold_kontor: Mapped[int] = mapped_column(Amount)
    state: Mapped[str] = mapped_column(Words)
    offered_at: Mapped[datetime] = mapped_column(Instant)
    accepted_by: Mapped[str | None] = mapped_column(Words)
    accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class PoolMonth(Base):
    """What a member drew from the pool (the tenant) in an Istanbul month; guards the cap.

    `returned_kontor` is what came back of the kontör drawn in that month, whenever it came.
    """

    __tablename__ = "pool_month"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "member_id", "month"),
        CheckConstraint("returned_kontor BETWEEN 0 AND drawn_kontor", name="amounts"),
    )
    tenant_id: Mapped[UUID]
    member_id: Mapped[UUID]
    month: Mapped[date]
    drawn_kontor: Mapped[int] = mapped_column(Amount)
    returned_kontor: Mapped[int] = mapped_column(Amount, server_default=text("0"))


class PoolUse(Base):
    """Kontör of the pool (the tenant) that a member used in a day, less what came back that day, so it may be negative.

    All that the pool sees of a member's use: a sum, never documents.
    """

    __tablename__ = "pool_use"
    __table_args__ = (PrimaryKeyConstraint("tenant_id", "member_id", "day"),)
    tenant_id: Mapped[UUID]
    member_id: Mapped[UUID]
    day: Mapped[date]
    used_kontor: Mapped[int] = mapped_column(Amount)
    seen_at: Mapped[datetime] = mapped_column(Instant)
