"""Tables of accounts that leave. What each role may do with them: `tenants.rules.leaving`."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, LargeBinary, PrimaryKeyConstraint, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from ebelge.core.db import Base

Instant = TIMESTAMP(timezone=True)
STEPS = (
    "sending_ends", "documents_final", "answers_given", "report_accepted", "gib_cancelled", "kontor_settled",
    "archive_delivered",
)  # fmt: skip


class Closing(Base):
    """An account on its way out: asked for, its last day, and how it ended."""

    __tablename__ = "closing"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "closing_id"),
        CheckConstraint("state IN ('open', 'done', 'called_off')", name="state"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended_has_an_end"),
        Index("closing_open", "tenant_id", unique=True, postgresql_where=text("state = 'open'")),
    )
    tenant_id: Mapped[UUID]
    closing_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    last_day: Mapped[date]
    asked_by: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    kept_until: Mapped[date | None]


class ClosingStep(Base):
    """What a person confirmed of a closing's checklist, with the paper that proves it: append-only."""

    __tablename__ = "closing_step"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "closing_id", "step"),
        ForeignKeyConstraint(["tenant_id", "closing_id"], ["closing.tenant_id", "closing.closing_id"]),
        CheckConstraint(f"step IN {STEPS}", name="step"),
    )
    tenant_id: Mapped[UUID]
    closing_id: Mapped[UUID]
    step: Mapped[str] = mapped_column(Text)
    done_on: Mapped[date]
    paper: Mapped[str] = mapped_column(Text, server_default=text("''"))
    note: Mapped[str] = mapped_column(Text, server_default=text("''"))
    by: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)


class ArchiveExport(Base):
    """A whole archive that was handed out: how much it was, and the hash of its manifest."""

    __tablename__ = "archive_export"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "export_id"),
        CheckConstraint("octet_length(manifest_sha256) = 32", name="manifest_sha256_length"),
        Index("archive_export_by_time", "tenant_id", "at", "export_id"),
    )
    tenant_id: Mapped[UUID]
    export_id: Mapped[UUID]
    by: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    files: Mapped[int]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    missing: Mapped[int]
    manifest_sha256: Mapped[bytes] = mapped_column(LargeBinary)
