"""Requests about personal data, copies made for people, and holds that keep somebody's data from being erased."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, PrimaryKeyConstraint, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from ebelge.core.db import Base

Instant = TIMESTAMP(timezone=True)
KINDS = ("export", "erasure", "correction", "objection", "information")


class PrivacyRequest(Base):
    """What somebody asked about his data, by a page or on paper; the law gives 30 days for the answer."""

    __tablename__ = "privacy_request"
    __table_args__ = (
        PrimaryKeyConstraint("request_id"),
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint("state IN ('open', 'done', 'refused')", name="state"),
        CheckConstraint("(state = 'open') = (answered_at IS NULL)", name="answered_once"),
        CheckConstraint("due_at > asked_at", name="due_later"),
        Index("privacy_request_open", "due_at", postgresql_where=text("state = 'open'")),
        Index("privacy_request_of_person", "person_id", "asked_at"),
    )
    request_id: Mapped[UUID]
    person_id: Mapped[UUID | None]
    contact: Mapped[str] = mapped_column(Text, server_default=text("''"))
    kind: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_by: Mapped[str] = mapped_column(Text, server_default=text("''"))
    note: Mapped[str] = mapped_column(Text, server_default=text("''"))


class PrivacyExport(Base):
    """A copy of a person's data: asked for, made by the clock, fetched by that person only, gone after seven days."""

    __tablename__ = "privacy_export"
    __table_args__ = (
        PrimaryKeyConstraint("export_id"),
        CheckConstraint("state IN ('asked', 'ready', 'gone')", name="state"),
        CheckConstraint("(state = 'ready') = (file IS NOT NULL)", name="ready_has_a_file"),
        CheckConstraint("octet_length(file) <= 52428800", name="file_is_bounded"),
        Index("privacy_export_asked", "asked_at", postgresql_where=text("state = 'asked'")),
        Index("privacy_export_one", "person_id", unique=True, postgresql_where=text("state <> 'gone'")),
    )
    export_id: Mapped[UUID]
    person_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    request_id: Mapped[UUID]
    asked_at: Mapped[datetime] = mapped_column(Instant)
    made_at: Mapped[datetime | None] = mapped_column(Instant)
    ends_at: Mapped[datetime | None] = mapped_column(Instant)
    fetched_at: Mapped[datetime | None] = mapped_column(Instant)
    file: Mapped[bytes | None] = mapped_column(LargeBinary)


class PrivacyHold(Base):
    """A person whose data stay for a while although nothing else keeps them: a dispute, an inquiry."""

    __tablename__ = "privacy_hold"
    __table_args__ = (PrimaryKeyConstraint("person_id"),)
    person_id: Mapped[UUID]
    reason: Mapped[str] = mapped_column(Text)
    held_until: Mapped[datetime] = mapped_column(Instant)
    placed_by: Mapped[str] = mapped_column(Text)
    placed_at: Mapped[datetime] = mapped_column(Instant)
