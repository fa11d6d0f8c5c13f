"""Tables of leads; their tenant is the operator."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, LargeBinary, PrimaryKeyConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from ebelge.core.db import Base

Instant = TIMESTAMP(timezone=True)
STATES = ("new", "assigned", "contacted", "offered", "won", "lost", "spam")
SOURCES = ("request", "contact", "sign_up")
TOPICS = ("product", "sales", "support", "accounting", "privacy", "other", "duplicate")
EVENT_KINDS = ("made", "state", "assigned", "next", "note")


class Lead(Base):
    """Somebody who wants something of us: what he typed, who looks after it, and how far it has come."""

    __tablename__ = "lead"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "lead_id"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint(f"source IN {SOURCES}", name="source"),
        CheckConstraint(f"topic IN {TOPICS}", name="topic"),
        CheckConstraint("language IN ('tr', 'en')", name="language"),
        CheckConstraint("octet_length(form_sha256) = 32", name="form_sha256_length"),
        CheckConstraint("documents_a_month BETWEEN 0 AND 100000000", name="documents_in_range"),
        Index("lead_by_form", "tenant_id", "form_sha256", unique=True),
        Index("lead_by_reseller", "reseller_id", "lead_id", postgresql_where=text("reseller_id IS NOT NULL")),
    )
    tenant_id: Mapped[UUID]
    lead_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    topic: Mapped[str] = mapped_column(Text)
    full_name: Mapped[str] = mapped_column(Text)
    company: Mapped[str] = mapped_column(Text)
    vkn_tckn: Mapped[str] = mapped_column(Text)
    phone: Mapped[str] = mapped_column(Text)
    email: Mapped[str] = mapped_column(Text)
    city: Mapped[str] = mapped_column(Text)
    documents_a_month: Mapped[int]
    product: Mapped[str] = mapped_column(Text)
    services: Mapped[list[str]] = mapped_column(ARRAY(Text))
    message: Mapped[str] = mapped_column(Text)
    may_call: Mapped[bool]
    language: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    form_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    owner_id: Mapped[UUID | None]
    owner_name: Mapped[str] = mapped_column(Text, server_default=text("''"))
    reseller_id: Mapped[UUID | None]
    next_on: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class LeadEvent(Base):
    """A line of a lead's history. Append-only."""

    __tablename__ = "lead_event"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "lead_id", "event_id"),
        ForeignKeyConstraint(["tenant_id", "lead_id"], ["lead.tenant_id", "lead.lead_id"]),
        CheckConstraint(f"kind IN {EVENT_KINDS}", name="kind"),
    )
    tenant_id: Mapped[UUID]
    lead_id: Mapped[UUID]
    event_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
