"""Tables of the audit log. Nobody changes an entry or a seal; details of persons stand apart and can be erased."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, PrimaryKeyConstraint, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import BigInteger, Text

from ebelge.core.db import Base

Instant = TIMESTAMP(timezone=True)
KINDS = ("person", "staff", "key", "system", "command", "visitor")
PARTS = ("from", "personal", "who")


class AuditEntry(Base):
    """A deed. `change` and `details` are texts as they are hashed, so that no database rewrites them."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "entry_id"),
        CheckConstraint("action ~ '^[a-z_]{1,40}[.][a-z_]{1,40}$'", name="action_form"),
        CheckConstraint(f"actor_kind IN {KINDS}", name="actor_kind"),
        # What stands before the last field of the hashed text holds no separator, so no two entries have one text.
        CheckConstraint(
            "strpos(object_kind || object_id || actor_id || for_whom || request_id || details, '|') = 0",
            name="fields_are_apart",
        ),
        CheckConstraint(
            "octet_length(object_kind || object_id || actor_id || for_whom || request_id || details) <= 4000",
            name="fields_are_short",
        ),
        CheckConstraint("octet_length(change) <= 16384", name="change_is_short"),
        Index("audit_entry_by_time", "tenant_id", "at", "entry_id"),
        Index("audit_entry_by_actor", "tenant_id", "actor_id", "at", "entry_id"),
        Index("audit_entry_by_action", "tenant_id", "action", "at", "entry_id"),
        Index("audit_entry_by_object", "tenant_id", "object_kind", "object_id", "at", "entry_id"),
        # The operator's view over all tenants, and what one person did everywhere.
        Index("audit_entry_of_all", "at", "entry_id"),
        Index("audit_entry_of_actor", "actor_id", "at", "entry_id"),
    )
    tenant_id: Mapped[UUID]
    entry_id: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(Instant)
    action: Mapped[str] = mapped_column(Text)
    object_kind: Mapped[str] = mapped_column(Text)
    object_id: Mapped[str] = mapped_column(Text)
    actor_kind: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[str] = mapped_column(Text)
    for_whom: Mapped[str] = mapped_column(Text)
    request_id: Mapped[str] = mapped_column(Text)
    details: Mapped[str] = mapped_column(Text)
    change: Mapped[str] = mapped_column(Text)


class AuditDetail(Base):
    """A part of an entry that names or places a person; the entry holds its salted hash. Erased: value and salt go."""

    __tablename__ = "audit_detail"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "entry_id", "part"),
        CheckConstraint(f"part IN {PARTS}", name="part"),
        CheckConstraint("octet_length(value) <= 8192", name="value_is_short"),
        CheckConstraint("(value IS NULL) = (salt IS NULL)", name="value_goes_with_its_salt"),
        CheckConstraint("(value IS NULL) = (erased_at IS NOT NULL)", name="erased_has_a_time"),
        Index("audit_detail_kept", "part", "noted_at", postgresql_where=text("value IS NOT NULL")),
    )
    tenant_id: Mapped[UUID]
    entry_id: Mapped[UUID]
    part: Mapped[str] = mapped_column(Text)
    noted_at: Mapped[datetime] = mapped_column(Instant)
    salt: Mapped[bytes | None] = mapped_column(LargeBinary)
    value: Mapped[str | None] = mapped_column(Text)
    erased_at: Mapped[datetime | None] = mapped_column(Instant)


class AuditUnsealed(Base):
    """An entry that waits for its seal: a work list, so the clock finds what is new without reading what is old."""

    __tablename__ = "audit_unsealed"
    __table_args__ = (PrimaryKeyConstraint("tenant_id", "entry_id"),)
    tenant_id: Mapped[UUID]
    entry_id: Mapped[UUID]


class AuditSeal(Base):
    """An entry's place in its tenant's chain: version without gap, hash over the one before and the entry."""

    __tablename__ = "audit_seal"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "version"),
        UniqueConstraint("tenant_id", "entry_id"),
        CheckConstraint("version > 0", name="version"),
        CheckConstraint("octet_length(hash) = 32", name="hash_length"),
    )
    tenant_id: Mapped[UUID]
    version: Mapped[int] = mapped_column(BigInteger)
    entry_id: Mapped[UUID]
    sealed_at: Mapped[datetime] = mapped_column(Instant)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
