"""Letters to be sent and events for the customers' own systems."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, PrimaryKeyConstraint, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from ebelge.core.db import Base

Instant = TIMESTAMP(timezone=True)
DELIVERY_STATES = ("waiting", "delivered", "failed", "disabled")


class Letter(Base):
    """A mail to people of a tenant (kontör low, lot expiring, card declined); `occasion` makes it go out once."""

    __tablename__ = "letter"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "letter_id"),
        CheckConstraint("state IN ('waiting', 'sent', 'failed')", name="state"),
        UniqueConstraint("tenant_id", "occasion"),
    )
    tenant_id: Mapped[UUID]
    letter_id: Mapped[UUID]
    occasion: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    recipients: Mapped[list[str]] = mapped_column(ARRAY(Text))
    language: Mapped[str] = mapped_column(Text)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class WebhookEndpoint(Base):
    """Where a tenant's own system hears of events; the signing secret is closed with the master key."""

    __tablename__ = "webhook_endpoint"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "endpoint_id"),
        CheckConstraint("state IN ('active', 'paused', 'removed')", name="state"),
    )
    tenant_id: Mapped[UUID]
    endpoint_id: Mapped[UUID]
    url: Mapped[str] = mapped_column(Text)
    events: Mapped[list[str]] = mapped_column(ARRAY(Text))
    closed_secret: Mapped[bytes] = mapped_column(LargeBinary)
    closed_old_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    old_secret_until: Mapped[datetime | None] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(Text)
    failing_since: Mapped[datetime | None] = mapped_column(Instant)
    # Until then no delivery that was never tried is: those before it were not taken.
    rests_until: Mapped[datetime | None] = mapped_column(Instant)
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class WebhookEvent(Base):
    """Something that happened, as it is told to the endpoints that want it. Once per type and subject. Append-only."""

    __tablename__ = "webhook_event"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "event_id"),
        UniqueConstraint("tenant_id", "occasion"),
    )
    tenant_id: Mapped[UUID]
    event_id: Mapped[UUID]
    type: Mapped[str] = mapped_column(Text)
    occasion: Mapped[str] = mapped_column(Text)
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    at: Mapped[datetime] = mapped_column(Instant)


class WebhookDelivery(Base):
    """An event on its way to one endpoint; replaying makes it wait again under the same event id."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "delivery_id"),
        UniqueConstraint("tenant_id", "event_id", "endpoint_id"),
        CheckConstraint(f"state IN {DELIVERY_STATES}", name="state"),
        Index("webhook_delivery_newest", "tenant_id", "endpoint_id", "delivery_id"),
    )
    tenant_id: Mapped[UUID]
    delivery_id: Mapped[UUID]
    event_id: Mapped[UUID]
    endpoint_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(Text)
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    status: Mapped[int | None]
    answer: Mapped[str] = mapped_column(Text, server_default=text("''"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
