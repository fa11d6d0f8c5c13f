"""A package that somebody chose before he could buy it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.columns import Amount, Instant, Words, one_of
from ebelge.core.db import Base

ENDS = ("ordered", "dismissed", "replaced")


class OrderProposal(Base):
    """The package a visitor chose, as he saw it, kept with the account until it is ordered or dismissed."""

    __tablename__ = "order_proposal"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "proposal_id"),
        CheckConstraint(one_of("ended", ENDS), name="ended"),
        CheckConstraint("(ended IS NULL) = (ended_at IS NULL)", name="ends_once"),
        Index("order_proposal_one_open", "tenant_id", unique=True, postgresql_where=text("ended IS NULL")),
    )
    tenant_id: Mapped[UUID]
    proposal_id: Mapped[UUID]
    package_code: Mapped[str] = mapped_column(Words)
    version_id: Mapped[UUID]
    name_tr: Mapped[str] = mapped_column(Words)
    name_en: Mapped[str] = mapped_column(Words)
    kontor: Mapped[int] = mapped_column(Amount)
    net_price_kurus: Mapped[int] = mapped_column(Amount)
    chosen_at: Mapped[datetime] = mapped_column(Instant)
    order_id: Mapped[UUID | None]
    ended: Mapped[str | None] = mapped_column(Words)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
