"""Consent of a customer that somebody acts for it, and when somebody did."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, SmallInteger, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from ebelge.core.db import Base
from tenants.models import Instant


class ActingConsent(Base):
    """One person of a reseller or of the operator asks the customer (the tenant) to act for it; the customer answers.

    `hours` and `rights` are what was wished; `given_rights` and `expires_at` what was given, never more than a week.
    """

    __tablename__ = "acting_consent"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "consent_id"),
        CheckConstraint("state IN ('asked', 'given', 'refused', 'ended')", name="state"),
        CheckConstraint("hours BETWEEN 1 AND 168", name="hours"),
        CheckConstraint("state NOT IN ('given', 'refused') OR answered_at IS NOT NULL", name="answer_has_a_time"),
        CheckConstraint("state <> 'given' OR expires_at IS NOT NULL", name="given_has_an_end"),
        CheckConstraint("expires_at <= answered_at + interval '7 days'", name="a_week_at_most"),
        CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ended_has_a_time"),
        Index("acting_consent_newest", "tenant_id", "asked_at"),
    )
    tenant_id: Mapped[UUID]
    consent_id: Mapped[UUID]
    acting_tenant_id: Mapped[UUID]  # whose people the person belongs to
    acting_title: Mapped[str] = mapped_column(Text)
    person_id: Mapped[UUID]
    person_name: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    hours: Mapped[int] = mapped_column(SmallInteger)
    rights: Mapped[list[str]] = mapped_column(ARRAY(Text))
    state: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    answered_by: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    given_rights: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by: Mapped[str | None] = mapped_column(Text)


class ActingLink(Base):
    """A link to a wish, sent by mail to one of the customer's owners; the locator finds it by its token."""

    __tablename__ = "acting_link"
    __table_args__ = (PrimaryKeyConstraint("tenant_id", "link_id"),)
    tenant_id: Mapped[UUID]
    link_id: Mapped[UUID]
    consent_id: Mapped[UUID]
    email: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime] = mapped_column(Instant)


class ActingSession(Base):
    """A person's session acts for the customer (the tenant) from here to there, under a consent."""

    __tablename__ = "acting_session"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "acting_id"),
        Index("acting_session_one", "tenant_id", "session_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("acting_session_of_consent", "tenant_id", "consent_id"),
    )
    tenant_id: Mapped[UUID]
    acting_id: Mapped[UUID]
    consent_id: Mapped[UUID]
    person_id: Mapped[UUID]
    session_id: Mapped[UUID]
    began_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
