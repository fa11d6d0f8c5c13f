"""The table of applications."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from ebelge.core.db import Base

Instant = TIMESTAMP(timezone=True)
STATES = ("unconfirmed", "waiting", "asked", "activated", "refused", "abandoned", "replaced")
OPEN = ("unconfirmed", "waiting", "asked")
# Never changed by a person: what the applicant let pass, or began anew.
ENDED_BY_ITSELF = ("abandoned", "replaced")


class Application(Base):
    """Somebody's application for the account whose id it bears.

    unconfirmed (mail not yet answered) -> waiting -> asked <-> waiting -> activated | refused; abandoned after 30 days
    unconfirmed, replaced by a newer form for the same taxpayer.
    """

    __tablename__ = "application"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "application_id"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("language IN ('tr', 'en')", name="language"),
        CheckConstraint("(state IN ('activated', 'refused')) = (decided_at IS NOT NULL)", name="decided_once"),
        Index("application_one_open", "tenant_id", unique=True, postgresql_where=text(f"state IN {OPEN}")),
        Index("application_newest", "application_id"),
    )
    tenant_id: Mapped[UUID]
    application_id: Mapped[UUID]
    sandbox_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(Text)
    person_id: Mapped[UUID]
    full_name: Mapped[str] = mapped_column(Text)
    email: Mapped[str] = mapped_column(Text)
    phone: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    services: Mapped[list[str]] = mapped_column(ARRAY(Text))
    product: Mapped[str] = mapped_column(Text)
    invited_by: Mapped[UUID | None]
    address: Mapped[str] = mapped_column(Text)
    agent: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    asked: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
