"""The outbox table."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from ebelge.core.db import Base

STATES = ("scheduled", "waiting", "claimed", "done", "dead")


class OutboxMessage(Base):
    """One thing to do after the commit that wrote it.

    scheduled (due later) -> waiting -> claimed (leased, attempt counted) -> done | waiting again | dead.
    """

    __tablename__ = "outbox_message"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "message_id"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("(state = 'claimed') = (lease_until IS NOT NULL)", name="claimed_has_a_lease"),
        Index(
            "outbox_message_waiting",
            "queue",
            "tenant_id",
            "message_id",
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("outbox_message_scheduled", "due_at", postgresql_where=text("state = 'scheduled'")),
        Index("outbox_message_leased", "lease_until", postgresql_where=text("state = 'claimed'")),
        Index("outbox_message_dead", "tenant_id", "message_id", postgresql_where=text("state = 'dead'")),
        Index("outbox_message_key", "tenant_id", "key"),
        {"postgresql_with": {"fillfactor": "70"}},
    )
    tenant_id: Mapped[UUID]
    message_id: Mapped[UUID]
    queue: Mapped[str] = mapped_column(Text)
    topic: Mapped[str] = mapped_column(Text)
    key: Mapped[UUID]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    state: Mapped[str] = mapped_column(Text)
    attempt: Mapped[int] = mapped_column(server_default=text("0"))
    due_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    lease_until: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
