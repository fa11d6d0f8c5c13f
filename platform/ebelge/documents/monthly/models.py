"""Tables of the month: taxes of each outgoing document, and exports with their control totals."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, PrimaryKeyConstraint, text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from ebelge.core.db import Base

Instant = TIMESTAMP(timezone=True)
FORMS = ("xlsx", "zip")


class DocumentTax(Base):
    """What an outgoing document's XML says of its taxes, in hundredths of its currency. A despatch has no row."""

    __tablename__ = "document_tax"
    __table_args__ = (PrimaryKeyConstraint("tenant_id", "document_id"),)
    tenant_id: Mapped[UUID]
    document_id: Mapped[UUID]
    base_kurus: Mapped[int] = mapped_column(BigInteger)
    kdv_kurus: Mapped[int] = mapped_column(BigInteger)
    other_tax_kurus: Mapped[int] = mapped_column(BigInteger)
    tevkifat_kurus: Mapped[int] = mapped_column(BigInteger)
    # as in incoming_document: {"code", "rate", "base_kurus", "tax_kurus", "withheld"}
    taxes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)


class MonthExport(Base):
    """A month that was handed out: by whom, when, how many documents, with which totals, as which bytes. Append-only.

    `whole`: by somebody who sees all documents. `totals`: see `figures.Month.totals`.
    """

    __tablename__ = "month_export"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "export_id"),
        CheckConstraint(f"form IN {FORMS}", name="form"),
        CheckConstraint("octet_length(sha256) = 32", name="sha256_length"),
        CheckConstraint("document_count >= 0", name="counted"),
        Index("month_export_of", "tenant_id", "month", "made_at"),
    )
    tenant_id: Mapped[UUID]
    export_id: Mapped[UUID]
    month: Mapped[date]
    form: Mapped[str] = mapped_column(Text)
    whole: Mapped[bool] = mapped_column(server_default=text("true"))
    made_by: Mapped[str] = mapped_column(Text)
    made_name: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(Instant)
    document_count: Mapped[int]
    totals: Mapped[dict[str, Any]] = mapped_column(JSONB)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
