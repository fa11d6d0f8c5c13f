"""Documents that were issued or received elsewhere, before the account came here. They are kept, never sent."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from ebelge.core.db import Base

Instant = TIMESTAMP(timezone=True)
DIRECTIONS = ("out", "in")
# Its file in the archive, under the document's own id.
OLD_NAME: Final = "imported.xml"


class OldDocument(Base):
    """A document that was issued or received elsewhere; its file lies in the archive as it came, and never moves."""

    __tablename__ = "old_document"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "document_id"),
        UniqueConstraint("tenant_id", "direction", "ettn"),
        CheckConstraint(f"direction IN {DIRECTIONS}", name="direction"),
        CheckConstraint("octet_length(file_sha256) = 32", name="file_sha256_length"),
        Index("old_document_by_day", "tenant_id", "issue_date", "document_id"),
        Index("old_document_by_other", "tenant_id", "other_vkn_tckn", "document_id"),
        Index("old_document_by_number", "tenant_id", "number", "document_id"),
    )
    tenant_id: Mapped[UUID]
    document_id: Mapped[UUID]
    direction: Mapped[str] = mapped_column(Text)
    ettn: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Text)
    profile: Mapped[str] = mapped_column(Text)
    type_code: Mapped[str] = mapped_column(Text)
    number: Mapped[str] = mapped_column(Text)
    issue_date: Mapped[date]
    other_vkn_tckn: Mapped[str] = mapped_column(Text)
    other_title: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    payable_kurus: Mapped[int] = mapped_column(BigInteger)
    file_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    file_bytes: Mapped[int]
    import_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(Instant)
