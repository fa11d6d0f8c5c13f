"""Tables of bulk uploads: the file, what it holds, and what became of each document in it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, LargeBinary, PrimaryKeyConstraint, text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import BigInteger, Text

from ebelge.core.db import Base

Instant = TIMESTAMP(timezone=True)


class BulkUpload(Base):
    """A ZIP of XML or a workbook, from the upload to its last document.

    `whole`: all documents in one transaction or none; else the good ones, one after another. `file` is kept for a
    workbook only: its columns may be mapped anew, and the result is told in its rows.
    """

    __tablename__ = "bulk_upload"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "upload_id"),
        CheckConstraint("form IN ('zip', 'invoices', 'despatches', 'producer_receipts')", name="form"),
        CheckConstraint(
            "state IN ('mapping', 'checking', 'checked', 'sending', 'paused', 'done', 'dropped')", name="state"
        ),
        CheckConstraint("octet_length(sha256) = 32", name="sha256_length"),
        CheckConstraint("octet_length(file) <= 10485760", name="file_is_bounded"),
        CheckConstraint("(state IN ('done', 'dropped')) = (ended_at IS NOT NULL)", name="ended_has_a_time"),
        Index("bulk_upload_same", "tenant_id", "sha256"),
        Index("bulk_upload_old", "created_at"),
    )
    tenant_id: Mapped[UUID]
    upload_id: Mapped[UUID]
    form: Mapped[str] = mapped_column(Text)
    file_name: Mapped[str] = mapped_column(Text)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    file: Mapped[bytes | None] = mapped_column(LargeBinary)
    headings: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'"))
    mapping: Mapped[dict[str, str]] = mapped_column(JSONB, server_default=text("'{}'"))
    state: Mapped[str] = mapped_column(Text)
    whole: Mapped[bool] = mapped_column(server_default=text("false"))
    # Why it stands still: problem+json of the refusal (kontör ran out, an item was refused where all was chosen).
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    branch_ids: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'"))
    series_prefixes: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'"))
    created_by: Mapped[str] = mapped_column(Text)
    created_name: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    started_by: Mapped[str] = mapped_column(Text, server_default=text("''"))
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class BulkItem(Base):
    """One document of an upload. `content`: its XML, or its draft as JSON; gone when it was sent.

    `place`: the file's name in the ZIP, or its rows in the sheet; `rows` their numbers.
    """

    __tablename__ = "bulk_item"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "upload_id", "item"),
        CheckConstraint("state IN ('waiting', 'good', 'bad', 'sent', 'failed')", name="state"),
        CheckConstraint("(state = 'sent') = (document_id IS NOT NULL)", name="sent_is_a_document"),
        Index("bulk_item_by_state", "tenant_id", "upload_id", "state", "item"),
    )
    tenant_id: Mapped[UUID]
    upload_id: Mapped[UUID]
    item: Mapped[int] = mapped_column(Integer)
    place: Mapped[str] = mapped_column(Text)
    rows: Mapped[list[int]] = mapped_column(JSONB, server_default=text("'[]'"))
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    receiver_alias: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    kind: Mapped[str | None] = mapped_column(Text)
    buyer: Mapped[str] = mapped_column(Text, server_default=text("''"))
    currency: Mapped[str] = mapped_column(Text, server_default=text("''"))
    payable_kurus: Mapped[int | None] = mapped_column(BigInteger)
    kontor: Mapped[int | None] = mapped_column(BigInteger)
    ettn: Mapped[UUID | None]
    document_id: Mapped[UUID | None]
    number: Mapped[str] = mapped_column(Text, server_default=text("''"))


class BulkMapping(Base):
    """Which columns of a tenant's sheets mean what, kept by the sheet's headings: `fields` is field -> heading."""

    __tablename__ = "bulk_mapping"
    __table_args__ = (PrimaryKeyConstraint("tenant_id", "form", "headings_sha256"),)
    tenant_id: Mapped[UUID]
    form: Mapped[str] = mapped_column(Text)
    headings_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    fields: Mapped[dict[str, str]] = mapped_column(JSONB)
    used_at: Mapped[datetime] = mapped_column(Instant)
