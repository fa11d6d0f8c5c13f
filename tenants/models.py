"""Tables of the tenants area. What each role may do with them: `tenants.isolation`."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from ebelge.core.db import Base

Instant = TIMESTAMP(timezone=True)
SERVICE_STATES = ("not_wanted", "checklist", "authorised", "asked_at_gib", "active", "closing", "closed")


class Tenant(Base):
    """A mükellef, a reseller, a pool or the operator itself. A sandbox is a tenant of its own (mode test)."""

    __tablename__ = "tenant"
    __table_args__ = (
        CheckConstraint("kind IN ('customer', 'reseller', 'pool', 'operator')", name="kind"),
        CheckConstraint("mode IN ('live', 'test')", name="mode"),
        CheckConstraint("state IN ('applied', 'active', 'suspended', 'closing', 'closed')", name="state"),
        CheckConstraint("vkn_tckn ~ '^[0-9]{10,11}$'", name="vkn_tckn_form"),
        CheckConstraint("(mode = 'test') = (live_tenant_id IS NOT NULL)", name="sandbox_names_its_live_tenant"),
        UniqueConstraint("tenant_id", "mode"),
        Index("tenant_operator_per_mode", "mode", unique=True, postgresql_where=text("kind = 'operator'")),
        Index("tenant_sandbox", "live_tenant_id", unique=True, postgresql_where=text("live_tenant_id IS NOT NULL")),
        Index("tenant_by_reseller", "reseller_id", postgresql_where=text("reseller_id IS NOT NULL")),
        Index("tenant_vkn_per_mode", "mode", "vkn_tckn", unique=True, postgresql_where=text("kind <> 'pool'")),
    )
    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    mode: Mapped[str] = mapped_column(Text)
    live_tenant_id: Mapped[UUID | None]
    reseller_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(Text)
    vkn_tckn: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    first_name: Mapped[str | None] = mapped_column(Text)
    family_name: Mapped[str | None] = mapped_column(Text)
    tax_office: Mapped[str | None] = mapped_column(Text)
    street: Mapped[str | None] = mapped_column(Text)
    district: Mapped[str] = mapped_column(Text)
    city: Mapped[str] = mapped_column(Text)
    postal_zone: Mapped[str | None] = mapped_column(Text)
    country: Mapped[str] = mapped_column(Text, server_default=text("'Türkiye'"))
    email: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    state_since: Mapped[datetime | None] = mapped_column(Instant)
    state_reason: Mapped[str | None] = mapped_column(Text)


class ApiKey(Base):
    """An API key: its id is public, of its secrets only the SHA-256 is kept.

    After a rotation the secret of before (`old_`) opens, too, until `old_ends_at`.
    """

    __tablename__ = "api_key"
    __table_args__ = (
        PrimaryKeyConstraint("key_id"),
        CheckConstraint("octet_length(secret_sha256) = 32", name="secret_sha256_length"),
        CheckConstraint("octet_length(old_secret_sha256) = 32", name="old_secret_sha256_length"),
        CheckConstraint("(old_secret_sha256 IS NULL) = (old_ends_at IS NULL)", name="old_secret_has_an_end"),
        CheckConstraint("cardinality(addresses) <= 20", name="addresses_are_few"),
        Index("api_key_of_tenant", "tenant_id", "created_at"),
    )
    key_id: Mapped[str] = mapped_column(Text)
    tenant_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(Text)
    secret_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    last_used_at: Mapped[datetime | None] = mapped_column(Instant)
    last_used_from: Mapped[str | None] = mapped_column(Text)
    # who made it: person:<id>, command:keys, system:setup
    created_by: Mapped[str] = mapped_column(Text, server_default=text("''"))
    # networks it may be used from, in CIDR form; empty: from everywhere
    addresses: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    rotated_at: Mapped[datetime | None] = mapped_column(Instant)
    old_secret_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    old_ends_at: Mapped[datetime | None] = mapped_column(Instant)
    old_last_used_at: Mapped[datetime | None] = mapped_column(Instant)
    old_last_used_from: Mapped[str | None] = mapped_column(Text)


class Locator(Base):
    """What must be unique across tenants, or is found before a tenant is known. Read by `locate()` only."""

    __tablename__ = "locator"
    __table_args__ = (
        PrimaryKeyConstraint("kind", "key_sha256"),
        CheckConstraint("octet_length(key_sha256) = 32", name="key_sha256_length"),
    )
    kind: Mapped[str] = mapped_column(Text)
    key_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    tenant_id: Mapped[UUID]
    object_id: Mapped[UUID]


class Service(Base):
    """One e-document service of a tenant and how far its activation has come."""

    __tablename__ = "service"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "service"),
        CheckConstraint(f"state IN {SERVICE_STATES}", name="state"),
        CheckConstraint("seal_mode IN ('operator', 'own_hsm', 'pkcs12')", name="seal_mode"),
        CheckConstraint("state <> 'active' OR active_from IS NOT NULL", name="active_has_a_day"),
    )
    tenant_id: Mapped[UUID]
    service: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    active_from: Mapped[date | None]
    active_until: Mapped[date | None]
    seal_mode: Mapped[str] = mapped_column(Text)
    sender_alias: Mapped[str | None] = mapped_column(Text)
    asked_at: Mapped[datetime | None] = mapped_column(Instant)
    reference: Mapped[str | None] = mapped_column(Text)


class SealRow(Base):
    """A seal a tenant may sign with. PKCS#12 (development and sandbox only) is closed with the master key."""

    __tablename__ = "seal"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "seal_id"),
        CheckConstraint("storage IN ('pkcs11', 'pkcs12')", name="storage"),
        CheckConstraint("mode IN ('live', 'test')", name="mode"),
        CheckConstraint("(storage = 'pkcs12') = (closed_pkcs12 IS NOT NULL)", name="pkcs12_is_kept"),
        CheckConstraint("(storage = 'pkcs11') = (token_label IS NOT NULL)", name="pkcs11_names_a_token"),
        UniqueConstraint("tenant_id", "certificate_sha256"),
        # A sandbox can never hold a live seal: the seal's mode is its tenant's.
        ForeignKeyConstraint(["tenant_id", "mode"], ["tenant.tenant_id", "tenant.mode"]),
    )
    tenant_id: Mapped[UUID]
    seal_id: Mapped[UUID]
    storage: Mapped[str] = mapped_column(Text)
    mode: Mapped[str] = mapped_column(Text)
    certificate_der: Mapped[bytes] = mapped_column(LargeBinary)
    certificate_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    valid_until: Mapped[datetime] = mapped_column(Instant)
    # From then on it signs before all that were entered without a date, or with an earlier one.
    signs_from: Mapped[datetime | None] = mapped_column(Instant)
    token_label: Mapped[str | None] = mapped_column(Text)
    key_label: Mapped[str | None] = mapped_column(Text)
    closed_pkcs12: Mapped[bytes | None] = mapped_column(LargeBinary)
    active: Mapped[bool] = mapped_column(server_default=text("true"))
