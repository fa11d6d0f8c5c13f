"""Resellers: their contracts, the commission they earn, what they take back."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, PrimaryKeyConstraint, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.columns import Amount, Instant, Period, Words, one_of
from ebelge.core.db import Base


class ResellerContract(Base):
    """How a reseller (the tenant) sells while `valid`: on commission, or buying and reselling himself."""

    __tablename__ = "reseller_contract"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "contract_id"),
        CheckConstraint(one_of("model", ("commission", "resale")), name="model"),
        CheckConstraint(one_of("passing", ("inherit", "fresh")), name="passing"),
        CheckConstraint(one_of("onboarding", ("applied", "active")), name="onboarding"),
        CheckConstraint("commission_bp BETWEEN 0 AND 10000 AND refund_window_days BETWEEN 0 AND 365", name="amounts"),
        CheckConstraint("model = 'commission' OR commission_bp = 0", name="resale_earns_no_commission"),
        CheckConstraint("NOT isempty(valid)", name="valid_is_a_period"),
        ExcludeConstraint(("tenant_id", "="), ("valid", "&&"), using="gist", name="reseller_contract_no_overlap"),
    )
    tenant_id: Mapped[UUID]
    contract_id: Mapped[UUID]
    model: Mapped[str] = mapped_column(Words)
    commission_bp: Mapped[int] = mapped_column(Integer)  # hundredths of a percent of the net price
    refund_window_days: Mapped[int] = mapped_column(SmallInteger)
    passing: Mapped[str] = mapped_column(Words)
    # In which state a customer whom the reseller onboards begins: `applied` until its owner has accepted the texts.
    onboarding: Mapped[str] = mapped_column(Words, server_default=text("'applied'"))
    valid: Mapped[Range[datetime]] = mapped_column(Period)
    created_by: Mapped[str] = mapped_column(Words)
    created_at: Mapped[datetime] = mapped_column(Instant)


class CommissionEntry(Base):
    """Commission of a reseller (the tenant) on a customer's order: earned, or taken back with a refund. Append-only.

    `kurus` has a sign. `base_net_kurus` is what it was reckoned from. An accrual is payable from `payable_from` on.
    """

    __tablename__ = "commission_entry"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "entry_id"),
        CheckConstraint(one_of("kind", ("accrued", "reversed", "paid")), name="kind"),
        CheckConstraint("(kind = 'accrued') = (kurus >= 0) OR kurus = 0", name="sign"),
        UniqueConstraint("tenant_id", "kind", "cause_id"),
        Index("commission_entry_by_order", "tenant_id", "order_id"),
        Index("commission_entry_by_month", "tenant_id", "month"),
    )
    tenant_id: Mapped[UUID]
    entry_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Words)
    cause_id: Mapped[UUID]  # the order, refund, dispute or payout
    customer_id: Mapped[UUID | None]
    customer_title: Mapped[str] = mapped_column(Words, server_default=text("''"))  # as it was then
    order_id: Mapped[UUID | None]
    order_reference: Mapped[str] = mapped_column(Words, server_default=text("''"))
    contract_id: Mapped[UUID | None]
    commission_bp: Mapped[int] = mapped_column(Integer)
    base_net_kurus: Mapped[int] = mapped_column(Amount)
    kurus: Mapped[int] = mapped_column(Amount)
    month: Mapped[date]
    payable_from: Mapped[datetime | None] = mapped_column(Instant)
    at: Mapped[datetime] = mapped_column(Instant)
    note: Mapped[str] = mapped_column(Words, server_default=text("''"))


class TakeBack(Base):
    """A reseller asks for unspent kontör back from a customer (the tenant), who accepts, or may not have to."""

    __tablename__ = "take_back"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "take_back_id"),
        CheckConstraint(one_of("state", ("asked", "done", "refused")), name="state"),
        CheckConstraint("kontor > 0 AND taken_kontor BETWEEN 0 AND kontor", name="kontor"),
        CheckConstraint("(state = 'asked') = (ended_at IS NULL)", name="ended_has_a_time"),
        Index("take_back_asked_once", "tenant_id", "draw_id", unique=True, postgresql_where=text("state = 'asked'")),
    )
    tenant_id: Mapped[UUID]
    take_back_id: Mapped[UUID]
    reseller_id: Mapped[UUID]
    reseller_title: Mapped[str] = mapped_column(Words)
    draw_id: Mapped[UUID]  # the passing whose kontör is asked back
    kontor: Mapped[int] = mapped_column(Amount)
    taken_kontor: Mapped[int] = mapped_column(Amount, server_default=text("0"))  # less where some was spent meanwhile
    state: Mapped[str] = mapped_column(Words)
    asked_by: Mapped[str] = mapped_column(Words)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    answered_by: Mapped[str | None] = mapped_column(Words)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
