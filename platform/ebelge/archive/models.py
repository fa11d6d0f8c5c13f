"""Tables of the archive. What each role may do with them: `tenants.isolation`."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    UniqueConstraint,
    text,
)  # fmt: skip
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from ebelge.core.db import Base

Instant = TIMESTAMP(timezone=True)
SOURCES = ("outgoing", "incoming", "old", "file")
DIRECTIONS = ("out", "in", "none")
FILE_KINDS = ("other", "contract", "report", "statement", "edefter")
COLOURS = ("grey", "red", "orange", "yellow", "green", "teal", "blue", "purple", "pink", "brown")
BREAKS = ("missing", "changed", "unreadable", "without_row")
SEARCHED = ("archive", "outgoing", "incoming")
LEDGER_TYPES = ("Y", "K", "YB", "KB", "DR")


class ArchiveKey(Base):
    """A key that seals a tenant's files, closed with the master key. Never removed: files would be lost with it."""

    __tablename__ = "archive_key"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "key_id"),
        UniqueConstraint("tenant_id", "number"),
        CheckConstraint("number >= 1", name="number_counts"),
    )
    tenant_id: Mapped[UUID]
    key_id: Mapped[UUID]
    number: Mapped[int] = mapped_column(SmallInteger)
    closed_key: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Instant)


class ArchiveEntry(Base):
    """What the archive's index knows of a document or file; made anew from those by `ebelge archive reindex`.

    `words`: lexemes, each with the tenant's mark before it, so that the index is parted by tenants (ADR 0130).
    """

    __tablename__ = "archive_entry"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "entry_id"),
        CheckConstraint(f"source IN {SOURCES}", name="source"),
        CheckConstraint(f"direction IN {DIRECTIONS}", name="direction"),
        Index("archive_entry_by_day", "tenant_id", "day", "entry_id"),
        Index("archive_entry_by_other", "tenant_id", "vkn_tckn", "day", "entry_id"),
        Index("archive_entry_by_number", "tenant_id", "number", "entry_id"),
        Index("archive_entry_by_amount", "tenant_id", "amount_kurus", "entry_id"),
        Index("archive_entry_words", "words", postgresql_using="gin"),
    )
    tenant_id: Mapped[UUID]
    entry_id: Mapped[UUID]
    source: Mapped[str] = mapped_column(Text)
    direction: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    number: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    vkn_tckn: Mapped[str] = mapped_column(Text)
    day: Mapped[date]
    amount_kurus: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    series_id: Mapped[UUID | None]
    words: Mapped[Any] = mapped_column(TSVECTOR)
    added_at: Mapped[datetime] = mapped_column(Instant)


class ArchiveFile(Base):
    """A file of any kind that somebody put into the archive; its bytes: `file` under its id. It is never changed."""

    __tablename__ = "archive_file"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "file_id"),
        CheckConstraint(f"kind IN {FILE_KINDS}", name="kind"),
        CheckConstraint("octet_length(sha256) = 32", name="sha256_length"),
        CheckConstraint("size_bytes > 0", name="not_empty"),
        Index("archive_file_by_time", "tenant_id", "added_at", "file_id"),
    )
    tenant_id: Mapped[UUID]
    file_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str] = mapped_column(Text)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    kind: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    day: Mapped[date]
    kept_until: Mapped[date]
    added_by: Mapped[str] = mapped_column(Text)
    added_at: Mapped[datetime] = mapped_column(Instant)


class LedgerFile(Base):
    """An e-Defter file: what its name says, and the signature value by which a berat is bound to its ledger."""

    __tablename__ = "ledger_file"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "file_id"),
        ForeignKeyConstraint(["tenant_id", "file_id"], ["archive_file.tenant_id", "archive_file.file_id"]),
        UniqueConstraint("tenant_id", "base_name"),
        CheckConstraint(f"type IN {LEDGER_TYPES}", name="type"),
        CheckConstraint("part BETWEEN 0 AND 999999", name="part_has_six_digits"),
        Index("ledger_file_by_month", "tenant_id", "month", "branch", "type", "part"),
    )
    tenant_id: Mapped[UUID]
    file_id: Mapped[UUID]
    base_name: Mapped[str] = mapped_column(Text)
    month: Mapped[date]
    type: Mapped[str] = mapped_column(Text)
    part: Mapped[int]
    branch: Mapped[str] = mapped_column(Text)
    by_gib: Mapped[bool]
    signature_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    bound_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)


class StorageMonth(Base):
    """A month of e-Defter storage as it was charged: the size at its end, and the charge, if the price was not 0."""

    __tablename__ = "storage_month"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "month"),
        CheckConstraint("units >= 0", name="units_counted"),
    )
    tenant_id: Mapped[UUID]
    month: Mapped[date]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    units: Mapped[int] = mapped_column(BigInteger)
    kontor: Mapped[int] = mapped_column(BigInteger)
    charge_id: Mapped[UUID | None]
    charged_at: Mapped[datetime] = mapped_column(Instant)


class Tag(Base):
    """A word with a colour that an account's people hang on entries."""

    __tablename__ = "tag"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "tag_id"),
        UniqueConstraint("tenant_id", "folded"),
        CheckConstraint(f"colour IN {COLOURS}", name="colour"),
    )
    tenant_id: Mapped[UUID]
    tag_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(Text)
    folded: Mapped[str] = mapped_column(Text)
    colour: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)


class ArchiveTag(Base):
    """A tag on an entry."""

    __tablename__ = "archive_tag"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "entry_id", "tag_id"),
        ForeignKeyConstraint(["tenant_id", "tag_id"], ["tag.tenant_id", "tag.tag_id"], ondelete="CASCADE"),
        Index("archive_tag_by_tag", "tenant_id", "tag_id", "entry_id"),
    )
    tenant_id: Mapped[UUID]
    entry_id: Mapped[UUID]
    tag_id: Mapped[UUID]
    tagged_at: Mapped[datetime] = mapped_column(Instant)


class SavedSearch(Base):
    """Filters under a name: of the one who saved them, or (`owner` empty) of everybody in the account.

    `place`: which list they belong to. Those of the archive are `search.Filters`, the others stand as in the address.
    """

    __tablename__ = "saved_search"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "search_id"),
        UniqueConstraint("tenant_id", "owner", "place", "folded"),
        CheckConstraint(f"place IN {SEARCHED}", name="place"),
    )
    tenant_id: Mapped[UUID]
    search_id: Mapped[UUID]
    owner: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    folded: Mapped[str] = mapped_column(Text)
    filters: Mapped[dict[str, str]] = mapped_column(JSONB)
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    place: Mapped[str] = mapped_column(Text, server_default=text("'archive'"))


class IntegrityCheck(Base):
    """A share of the archive that was read and compared: what a night's check found, and where the next goes on."""

    __tablename__ = "integrity_check"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "check_id"),
        CheckConstraint("files >= 0 AND size_bytes >= 0 AND broken >= 0", name="counted"),
        Index("integrity_check_by_time", "tenant_id", "ended_at", "check_id"),
    )
    tenant_id: Mapped[UUID]
    check_id: Mapped[UUID]
    whole: Mapped[bool]
    started_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime] = mapped_column(Instant)
    files: Mapped[int] = mapped_column(BigInteger)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    broken: Mapped[int] = mapped_column(BigInteger)
    round_began_at: Mapped[datetime] = mapped_column(Instant)
    round_ended: Mapped[bool]
    place: Mapped[str] = mapped_column(Text, server_default=text("''"))


class IntegrityBreak(Base):
    """A file that is not what its row says, or has none; `gone_at`: a later check found it whole again."""

    __tablename__ = "integrity_break"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "object_id", "name"),
        CheckConstraint(f"what IN {BREAKS}", name="what"),
        Index("integrity_break_open", "tenant_id", "found_at", postgresql_where=text("gone_at IS NULL")),
    )
    tenant_id: Mapped[UUID]
    object_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(Text)
    what: Mapped[str] = mapped_column(Text)
    label: Mapped[str] = mapped_column(Text)
    found_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    gone_at: Mapped[datetime | None] = mapped_column(Instant)
