"""Tables of the texts: versions for everybody, acceptances of each account."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, PrimaryKeyConstraint
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from ebelge.core.db import Base

Instant = TIMESTAMP(timezone=True)
KINDS = ("contract", "privacy", "distance-selling", "consent")


class TextVersion(Base):
    """A text as it is in force from an instant until the next version of its kind. Append-only."""

    __tablename__ = "text_version"
    __table_args__ = (
        PrimaryKeyConstraint("kind", "version"),
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint("version ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'", name="version_form"),
        CheckConstraint("octet_length(sha256) = 32", name="sha256_length"),
    )
    kind: Mapped[str] = mapped_column(Text)
    version: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[datetime] = mapped_column(Instant)
    draft: Mapped[bool]
    title_tr: Mapped[str] = mapped_column(Text)
    title_en: Mapped[str] = mapped_column(Text)
    changes_tr: Mapped[str] = mapped_column(Text)
    changes_en: Mapped[str] = mapped_column(Text)
    body_tr: Mapped[str] = mapped_column(Text)
    body_en: Mapped[str] = mapped_column(Text)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    published_by: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime] = mapped_column(Instant)


class TextAcceptance(Base):
    """That a person accepted a version for himself or for the account (`given`), or withdrew consent. Append-only."""

    __tablename__ = "text_acceptance"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "acceptance_id"),
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint("octet_length(sha256) = 32", name="sha256_length"),
        Index("text_acceptance_newest", "tenant_id", "kind", "acceptance_id"),
    )
    tenant_id: Mapped[UUID]
    acceptance_id: Mapped[UUID]
    person_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Text)
    version: Mapped[str] = mapped_column(Text)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    given: Mapped[bool]
    language: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    agent: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
