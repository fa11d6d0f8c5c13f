"""A reseller's sheet of customers to onboard, and what became of each row."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Integer, LargeBinary, PrimaryKeyConstraint, text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from ebelge.core.db import Base

Instant = TIMESTAMP(timezone=True)


class CustomerImport(Base):
    """A sheet that a reseller (the tenant) sent: checked whole first, then opened as was chosen.

    `whole`: all rows in one transaction or none; else the good rows only, one by one.
    """

    __tablename__ = "customer_import"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "import_id"),
        CheckConstraint("state IN ('checked', 'running', 'done', 'refused')", name="state"),
        CheckConstraint("octet_length(sha256) = 32", name="sha256_length"),
        CheckConstraint("(state IN ('done', 'refused')) = (ended_at IS NOT NULL)", name="ended_has_a_time"),
    )
    tenant_id: Mapped[UUID]
    import_id: Mapped[UUID]
    file_name: Mapped[str] = mapped_column(Text)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(Text)
    whole: Mapped[bool] = mapped_column(server_default=text("false"))
    created_by: Mapped[str] = mapped_column(Text)
    created_by_id: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class CustomerImportRow(Base):
    """One row of a sheet: what it says, what is wrong with it, which account it became."""

    __tablename__ = "customer_import_row"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "import_id", "row"),
        CheckConstraint("state IN ('bad', 'good', 'known', 'made', 'failed')", name="state"),
    )
    tenant_id: Mapped[UUID]
    import_id: Mapped[UUID]
    row: Mapped[int] = mapped_column(Integer)
    cells: Mapped[dict[str, str]] = mapped_column(JSONB)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    state: Mapped[str] = mapped_column(Text)
    customer_id: Mapped[UUID | None]
