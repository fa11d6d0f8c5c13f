"""Tables of what came from a former integrator. What each role may do with them: `tenants.rules.leaving`."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, LargeBinary, PrimaryKeyConstraint
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from ebelge.core.db import Base

Instant = TIMESTAMP(timezone=True)
PARTS = ("account", "series", "lots", "people", "contacts", "documents")


class ImportRun(Base):
    """One import file, in the books of the operator's own tenant: what it said of itself and how far it came."""

    __tablename__ = "import_run"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "import_id"),
        CheckConstraint("state IN ('running', 'done')", name="state"),
        CheckConstraint("octet_length(files_sha256) = 32", name="files_sha256_length"),
        CheckConstraint("(state = 'done') = (ended_at IS NOT NULL)", name="done_has_an_end"),
    )
    tenant_id: Mapped[UUID]
    import_id: Mapped[UUID]
    files_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    totals: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(Text)
    started_by: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class ImportPart(Base):
    """A part of an import that is in one account, written in the transaction that brought it: never twice."""

    __tablename__ = "import_part"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "import_id", "part"),
        CheckConstraint(f"part IN {PARTS}", name="part"),
        CheckConstraint("rows >= 0", name="rows_counted"),
    )
    tenant_id: Mapped[UUID]
    import_id: Mapped[UUID]
    part: Mapped[str] = mapped_column(Text)
    rows: Mapped[int]
    at: Mapped[datetime] = mapped_column(Instant)
