"""What a tenant owes in kontör for something that was never held back: an incoming document (TRADE.md 4)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.columns import Amount, Instant, Words, one_of
from ebelge.core.db import Base


class Due(Base):
    """A charge that found no kontör. The next lot pays it before anything else; the charge has the due's id."""

    __tablename__ = "due"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "due_id"),
        CheckConstraint(one_of("state", ("open", "settled")), name="state"),
        CheckConstraint("kontor > 0", name="kontor_counted"),
        CheckConstraint("(state = 'settled') = (settled_at IS NOT NULL)", name="settled_has_an_instant"),
        Index("due_open", "tenant_id", "created_at", "due_id", postgresql_where=text("state = 'open'")),
    )
    tenant_id: Mapped[UUID]
    due_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Words)
    kontor: Mapped[int] = mapped_column(Amount)
    price_id: Mapped[UUID]
    reference: Mapped[str] = mapped_column(Words)
    state: Mapped[str] = mapped_column(Words)
    created_at: Mapped[datetime] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
