"""What is on sale: packages and prices. Versions are appended; only the end of a version may be drawn nearer."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, PrimaryKeyConstraint, SmallInteger
from sqlalchemy.dialects.postgresql import ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.columns import Amount, Instant, Period, Words
from ebelge.core.db import Base

PACKAGE_SUMS = (
    "kontor > 0 AND bonus_kontor >= 0 AND net_price_kurus >= 0 AND kdv_percent BETWEEN 0 AND 100"
    " AND validity_months BETWEEN 1 AND 120"
)


class PackageVersion(Base):
    """A package as it is sold while `valid`, to everybody (scope nil) or to the customers of a reseller."""

    __tablename__ = "package_version"
    __table_args__ = (
        CheckConstraint(PACKAGE_SUMS, name="amounts"),
        CheckConstraint("code ~ '^[a-z0-9][a-z0-9-]{1,39}$'", name="code_form"),
        CheckConstraint("NOT isempty(valid)", name="valid_is_a_period"),
        ExcludeConstraint(("code", "="), ("scope", "="), ("valid", "&&"), using="gist", name="package_no_overlap"),
    )
    version_id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Words)
    scope: Mapped[UUID]
    name_tr: Mapped[str] = mapped_column(Words)
    name_en: Mapped[str] = mapped_column(Words)
    kontor: Mapped[int] = mapped_column(Amount)
    bonus_kontor: Mapped[int] = mapped_column(Amount)
    net_price_kurus: Mapped[int] = mapped_column(Amount)
    kdv_percent: Mapped[int] = mapped_column(SmallInteger)
    validity_months: Mapped[int] = mapped_column(SmallInteger)
    valid: Mapped[Range[datetime]] = mapped_column(Period)
    note: Mapped[str] = mapped_column(Words)
    created_by: Mapped[str] = mapped_column(Words)
    created_at: Mapped[datetime] = mapped_column(Instant)


class TenantPackage(Base):
    """A package at this tenant's own terms; it goes before the reseller's and the public version of the same code."""

    __tablename__ = "tenant_package"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "version_id"),
        CheckConstraint(PACKAGE_SUMS, name="amounts"),
        CheckConstraint("code ~ '^[a-z0-9][a-z0-9-]{1,39}$'", name="code_form"),
        CheckConstraint("NOT isempty(valid)", name="valid_is_a_period"),
        ExcludeConstraint(
            ("tenant_id", "="), ("code", "="), ("valid", "&&"), using="gist", name="tenant_package_no_overlap"
        ),
    )
    tenant_id: Mapped[UUID]
    version_id: Mapped[UUID]
    code: Mapped[str] = mapped_column(Words)
    name_tr: Mapped[str] = mapped_column(Words)
    name_en: Mapped[str] = mapped_column(Words)
    kontor: Mapped[int] = mapped_column(Amount)
    bonus_kontor: Mapped[int] = mapped_column(Amount)
    net_price_kurus: Mapped[int] = mapped_column(Amount)
    kdv_percent: Mapped[int] = mapped_column(SmallInteger)
    validity_months: Mapped[int] = mapped_column(SmallInteger)
    valid: Mapped[Range[datetime]] = mapped_column(Period)
    note: Mapped[str] = mapped_column(Words)
    created_by: Mapped[str] = mapped_column(Words)
    created_at: Mapped[datetime] = mapped_column(Instant)


class TenantPrice(Base):
    """What a charge kind costs this tenant while `valid`; it goes before the reseller's and the public price."""

    __tablename__ = "tenant_price"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "price_id"),
        CheckConstraint("kontor >= 0", name="kontor"),
        CheckConstraint("NOT isempty(valid)", name="valid_is_a_period"),
        ExcludeConstraint(
            ("tenant_id", "="), ("kind", "="), ("valid", "&&"), using="gist", name="tenant_price_no_overlap"
        ),
    )
    tenant_id: Mapped[UUID]
    price_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Words)
    kontor: Mapped[int] = mapped_column(Amount)
    valid: Mapped[Range[datetime]] = mapped_column(Period)
    note: Mapped[str] = mapped_column(Words)
    created_by: Mapped[str] = mapped_column(Words)
    created_at: Mapped[datetime] = mapped_column(Instant)
