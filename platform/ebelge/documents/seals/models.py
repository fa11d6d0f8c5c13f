"""Tables about certificates and tokens: what was answered about a certificate, lists, logins, seals in trouble; and
the days of an archive that were stamped. What each role may do with them: `tenants.rules.certificates`."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, PrimaryKeyConstraint, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from ebelge.core.db import Base

Instant = TIMESTAMP(timezone=True)


class CertificateStatus(Base):
    """What is known of a certificate, by its SHA-256; `asked_at` the last try, `answered_at` the last answer."""

    __tablename__ = "certificate_status"
    __table_args__ = (
        PrimaryKeyConstraint("certificate_sha256"),
        CheckConstraint("state IN ('good', 'revoked', 'unknown', 'undeclared')", name="state"),
    )
    certificate_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    next_update: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    ocsp: Mapped[bytes | None] = mapped_column(LargeBinary)
    crl_urls: Mapped[list[str]] = mapped_column(ARRAY(Text))


class RevocationList(Base):
    """A CRL as it was fetched last, by its address: one serves all certificates of its issuer."""

    __tablename__ = "revocation_list"
    __table_args__ = (PrimaryKeyConstraint("url"),)
    url: Mapped[str] = mapped_column(Text)
    der: Mapped[bytes] = mapped_column(LargeBinary)
    fetched_at: Mapped[datetime] = mapped_column(Instant)
    next_update: Mapped[datetime | None] = mapped_column(Instant)


class TokenLogin(Base):
    """The last login to an HSM's token, by whichever process: a refused PIN is not tried again by any of them.

    `pin_mark` is a keyed hash: a PIN of few digits could be guessed from a plain one.
    """

    __tablename__ = "token_login"
    __table_args__ = (
        PrimaryKeyConstraint("token_label"),
        CheckConstraint("state IN ('trying', 'free', 'refused')", name="state"),
    )
    token_label: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    pin_mark: Mapped[bytes] = mapped_column(LargeBinary)
    tried_at: Mapped[datetime] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(Text)


class SealTrouble(Base):
    """A seal that could not sign, and since when; the row is gone when it signs again."""

    __tablename__ = "seal_trouble"
    __table_args__ = (PrimaryKeyConstraint("owner_id"),)
    owner_id: Mapped[UUID]
    code: Mapped[str] = mapped_column(Text)
    text_tr: Mapped[str] = mapped_column(Text)
    text_en: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)


class StampedDay(Base):
    """A day of a tenant's archive whose files stand in one manifest; `object_id` is where that and its stamps lie.

    `head`: SHA-256 of the newest manifest. Without `stamped_at` its stamp is still to come.
    """

    __tablename__ = "stamped_day"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "day"),
        Index("stamped_day_open", "day", postgresql_where=text("stamped_at IS NULL")),
    )
    tenant_id: Mapped[UUID]
    day: Mapped[date]
    object_id: Mapped[UUID]
    files: Mapped[int] = mapped_column(BigInteger)
    manifest: Mapped[str] = mapped_column(Text)
    manifest_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    stamped_at: Mapped[datetime | None] = mapped_column(Instant)


class DayStamp(Base):
    """A time stamp over a day's manifest and every stamp before it; `signer_ends_at`: its authority's certificate."""

    __tablename__ = "day_stamp"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "day", "number"),
        Index("day_stamp_ends", "signer_ends_at"),
    )
    tenant_id: Mapped[UUID]
    day: Mapped[date]
    number: Mapped[int] = mapped_column(BigInteger)
    manifest: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(Text)
    token_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    stamped_at: Mapped[datetime] = mapped_column(Instant)
    signer_ends_at: Mapped[datetime] = mapped_column(Instant)
