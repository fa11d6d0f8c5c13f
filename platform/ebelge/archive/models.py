"""Tables of the archive. What each role may do with them: `tenants.isolation`."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, LargeBinary, PrimaryKeyConstraint, SmallInteger, UniqueConstraint
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from ebelge.core.db import Base

Instant = TIMESTAMP(timezone=True)


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
