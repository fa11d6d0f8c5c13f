"""Which despatch note is on which invoice."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, PrimaryKeyConstraint, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from ebelge.core.db import Base


class DespatchInvoice(Base):
    """A despatch note on an invoice. `counts`: this is the invoice that makes it invoiced (at most one)."""

    __tablename__ = "despatch_invoice"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "despatch_id", "invoice_id"),
        Index("despatch_invoice_once", "tenant_id", "despatch_id", unique=True, postgresql_where=text("counts")),
        Index("despatch_invoice_of_invoice", "tenant_id", "invoice_id"),
    )
    tenant_id: Mapped[UUID]
    despatch_id: Mapped[UUID]
    invoice_id: Mapped[UUID]
    counts: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
