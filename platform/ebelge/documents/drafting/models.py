"""Tables of drafts, the address book and products. What each role may do with them: `tenants.rules.drafting`."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Index,
    Integer,
    Numeric,
    PrimaryKeyConstraint,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from ebelge.core.db import Base

Instant = TIMESTAMP(timezone=True)
CONTENT_BYTES_MAX = 2 * 1024 * 1024


class Draft(Base):
    """A document somebody is writing, or with a `name` a template. `content`: the API's JSON and what stands beside it.

    `revision` counts savings, `tab` is the page that saved last: another page that began from an older revision is told
    so. The id is also the key of sending: a draft with a `document_id` was sent, and is kept, emptied, to say so.
    """

    __tablename__ = "draft"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "draft_id"),
        CheckConstraint(f"octet_length(content::text) <= {CONTENT_BYTES_MAX}", name="content_is_bounded"),
        CheckConstraint("revision > 0", name="revision_counts"),
        CheckConstraint("name = '' OR document_id IS NULL", name="template_is_never_sent"),
        Index("draft_of_person", "tenant_id", "person_id", "saved_at", "draft_id"),
        Index("draft_template", "tenant_id", "name", postgresql_where=text("name <> ''")),
        Index("draft_old", "saved_at"),
    )
    tenant_id: Mapped[UUID]
    draft_id: Mapped[UUID]
    person_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(Text, server_default=text("''"))
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    revision: Mapped[int] = mapped_column(Integer)
    tab: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Text, server_default=text("''"))
    buyer: Mapped[str] = mapped_column(Text, server_default=text("''"))
    currency: Mapped[str] = mapped_column(Text, server_default=text("''"))
    payable_kurus: Mapped[int | None] = mapped_column(BigInteger)
    corrects_id: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(Instant)
    saved_at: Mapped[datetime] = mapped_column(Instant)
    deleted_at: Mapped[datetime | None] = mapped_column(Instant)
    document_id: Mapped[UUID | None]


class Contact(Base):
    """Somebody in a tenant's address book: whom it invoices, or buys from. `alias`: which of his mailboxes is meant."""

    __tablename__ = "contact"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "contact_id"),
        CheckConstraint("vkn_tckn ~ '^[0-9]{10,11}$'", name="vkn_tckn_form"),
        UniqueConstraint("tenant_id", "vkn_tckn", "title"),
        Index("contact_by_title", "tenant_id", "folded_title", "contact_id"),
    )
    tenant_id: Mapped[UUID]
    contact_id: Mapped[UUID]
    vkn_tckn: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    folded_title: Mapped[str] = mapped_column(Text)
    first_name: Mapped[str | None] = mapped_column(Text)
    family_name: Mapped[str | None] = mapped_column(Text)
    tax_office: Mapped[str | None] = mapped_column(Text)
    street: Mapped[str | None] = mapped_column(Text)
    building_number: Mapped[str | None] = mapped_column(Text)
    district: Mapped[str | None] = mapped_column(Text)
    city: Mapped[str | None] = mapped_column(Text)
    postal_zone: Mapped[str | None] = mapped_column(Text)
    country: Mapped[str] = mapped_column(Text, server_default=text("'Türkiye'"))
    email: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    alias: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    import_id: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime | None] = mapped_column(Instant)


class Product(Base):
    """Goods or a service that is sold often. `unit_price` is in `currency`, as fine as a document's prices are."""

    __tablename__ = "product"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "product_id"),
        CheckConstraint("unit_price >= 0", name="price_is_none_or_more"),
        CheckConstraint("kdv_rate BETWEEN 0 AND 100", name="rate_is_a_percentage"),
        Index("product_code", "tenant_id", "code", unique=True, postgresql_where=text("code <> ''")),
        Index("product_by_name", "tenant_id", "folded_name", "product_id"),
    )
    tenant_id: Mapped[UUID]
    product_id: Mapped[UUID]
    code: Mapped[str] = mapped_column(Text, server_default=text("''"))
    name: Mapped[str] = mapped_column(Text)
    folded_name: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(Text)
    unit_price: Mapped[Decimal] = mapped_column(Numeric(20, 8), server_default=text("0"))
    currency: Mapped[str] = mapped_column(Text, server_default=text("'TRY'"))
    kdv_rate: Mapped[Decimal] = mapped_column(Numeric(7, 4), server_default=text("0"))
    gtip: Mapped[str | None] = mapped_column(Text)
    withholding_code: Mapped[str | None] = mapped_column(Text)
    exemption_code: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
