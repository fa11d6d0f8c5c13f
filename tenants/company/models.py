"""Tables of a tenant's set-up. What each role may do with them: `tenants.rules.company`."""

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
KINDS = ("efatura", "earsiv", "eirsaliye", "emm", "esmm")


class Branch(Base):
    """A şube. Its code never changes: series, and the rights of people, name it."""

    __tablename__ = "branch"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "branch_id"),
        UniqueConstraint("tenant_id", "code"),
        CheckConstraint("code ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,19}$'", name="code_form"),
    )
    tenant_id: Mapped[UUID]
    branch_id: Mapped[UUID]
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    street: Mapped[str | None] = mapped_column(Text)
    district: Mapped[str] = mapped_column(Text)
    city: Mapped[str] = mapped_column(Text)
    postal_zone: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[datetime] = mapped_column(Instant)


class OwnAlias(Base):
    """A GB (sender unit) or PK (mailbox) of the tenant at GİB, and whether GİB has confirmed it."""

    __tablename__ = "own_alias"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "alias_id"),
        CheckConstraint("state IN ('asked', 'confirmed', 'closing', 'closed', 'refused')", name="state"),
        CheckConstraint("role IN ('GB', 'PK')", name="role"),
        CheckConstraint("alias ~ '^urn:mail:[!-~]{3,246}$'", name="alias_form"),
        CheckConstraint("state NOT IN ('confirmed', 'closing') OR valid_from IS NOT NULL", name="confirmed_has_a_day"),
        CheckConstraint("state <> 'closed' OR valid_until IS NOT NULL", name="closed_has_a_day"),
        Index(
            "own_alias_open",
            "tenant_id",
            "service",
            "role",
            "alias",
            unique=True,
            postgresql_where=text("state NOT IN ('closed', 'refused')"),
        ),
    )
    tenant_id: Mapped[UUID]
    alias_id: Mapped[UUID]
    service: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    alias: Mapped[str] = mapped_column(Text)
    # code of the branch whose mailbox it is; "": the whole company's
    branch: Mapped[str] = mapped_column(Text, server_default=text("''"))
    state: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    reference: Mapped[str] = mapped_column(Text, server_default=text("''"))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class Authorisation(Base):
    """A paper the tenant signed: that the operator's seal signs, the activation, or a petition to GİB."""

    __tablename__ = "authorisation"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "authorisation_id"),
        CheckConstraint("purpose IN ('seal', 'activation', 'petition')", name="purpose"),
        Index("authorisation_of", "tenant_id", "service", "purpose"),
    )
    tenant_id: Mapped[UUID]
    authorisation_id: Mapped[UUID]
    service: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str] = mapped_column(Text)
    signed_on: Mapped[date]
    paper: Mapped[str] = mapped_column(Text)
    recorded_by: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    withdrawn_on: Mapped[date | None]


class Design(Base):
    """How documents of a kind look to readers, by name; what it says stands in its versions."""

    __tablename__ = "design"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "design_id"),
        UniqueConstraint("tenant_id", "kind", "name"),
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
    )
    tenant_id: Mapped[UUID]
    design_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)


class DesignChoice(Base):
    """Which design a kind of document has from an instant on: append-only, for the same reason."""

    __tablename__ = "design_choice"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "choice_id"),
        ForeignKeyConstraint(["tenant_id", "design_id"], ["design.tenant_id", "design.design_id"]),
        Index("design_choice_of", "tenant_id", "kind", "chosen_at"),
    )
    tenant_id: Mapped[UUID]
    choice_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Text)
    design_id: Mapped[UUID]
    chosen_at: Mapped[datetime] = mapped_column(Instant)


class DesignVersion(Base):
    """What a design says from an instant on: append-only, so an old document keeps its look."""

    __tablename__ = "design_version"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "design_id", "version"),
        ForeignKeyConstraint(["tenant_id", "design_id"], ["design.tenant_id", "design.design_id"]),
        CheckConstraint("logo_type IN ('image/png', 'image/jpeg')", name="logo_type"),
        CheckConstraint("(logo IS NULL) = (logo_type IS NULL)", name="logo_has_a_type"),
        CheckConstraint("octet_length(logo) <= 262144", name="logo_size"),
        ForeignKeyConstraint(["tenant_id", "xslt_sha256"], ["design_stylesheet.tenant_id", "design_stylesheet.sha256"]),
        CheckConstraint("(xslt_sha256 IS NULL) = (xslt_name IS NULL)", name="xslt_has_a_name"),
    )
    tenant_id: Mapped[UUID]
    design_id: Mapped[UUID]
    version: Mapped[int]
    notes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    iban: Mapped[str | None] = mapped_column(Text)
    bank_name: Mapped[str | None] = mapped_column(Text)
    logo: Mapped[bytes | None] = mapped_column(LargeBinary)
    logo_type: Mapped[str | None] = mapped_column(Text)
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    xslt_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    xslt_name: Mapped[str | None] = mapped_column(Text)


class DesignStylesheet(Base):
    """A stylesheet (XSLT) of the tenant's own, kept once however many versions name it: append-only."""

    __tablename__ = "design_stylesheet"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "sha256"),
        CheckConstraint("octet_length(sha256) = 32", name="sha256_length"),
        CheckConstraint("octet_length(data) <= 1048576", name="size"),
    )
    tenant_id: Mapped[UUID]
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    data: Mapped[bytes] = mapped_column(LargeBinary)
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)


class CompanySettings(Base):
    """A version of the tenant's settings: append-only; a value that is absent is the default in code."""

    __tablename__ = "company_settings"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "version"),
        CheckConstraint("default_scenario IN ('TEMELFATURA', 'TICARIFATURA')", name="default_scenario"),
        CheckConstraint("mail_language IN ('tr', 'en')", name="mail_language"),
        CheckConstraint("seal_warn_days BETWEEN 1 AND 180", name="seal_warn_days"),
    )
    tenant_id: Mapped[UUID]
    version: Mapped[int]
    default_scenario: Mapped[str | None] = mapped_column(Text)
    mail_language: Mapped[str | None] = mapped_column(Text)
    seal_warn_days: Mapped[int | None]
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    mail_pdf: Mapped[bool | None]
