"""Tables of people. Only the role `people` reads and writes them, the backup reads; others ask `people_named()`."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
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


class Person(Base):
    """Somebody who signs in. What he may do stands in his memberships, never here.

    `fs_uniquifier` and `password` bear the names by which Flask-Security knows them.
    """

    __tablename__ = "person"
    __table_args__ = (
        PrimaryKeyConstraint("person_id"),
        UniqueConstraint("email"),
        UniqueConstraint("fs_uniquifier"),
        # as `persons.plain_email` writes it: one person, one spelling
        CheckConstraint("email ~ '^[^[:space:]@]+@[^[:space:]@]+$' AND email = lower(email)", name="email_form"),
        CheckConstraint("language IN ('tr', 'en')", name="language"),
        CheckConstraint("state IN ('active', 'disabled', 'anonymised')", name="state"),
    )
    person_id: Mapped[UUID]
    email: Mapped[str] = mapped_column(Text)
    full_name: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    password: Mapped[str | None] = mapped_column(Text)
    password_changed_at: Mapped[datetime | None] = mapped_column(Instant)
    fs_uniquifier: Mapped[str] = mapped_column(Text)
    closed_totp: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_counter: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(Instant)

    @property
    def active(self) -> bool:
        """Whether he may sign in at all."""
        return self.state == "active"


class RecoveryCode(Base):
    """A code that stands for the second factor once; only a keyed hash of it is kept."""

    __tablename__ = "recovery_code"
    __table_args__ = (
        PrimaryKeyConstraint("person_id", "code_sha256"),
        ForeignKeyConstraint(["person_id"], ["person.person_id"]),
        CheckConstraint("octet_length(code_sha256) = 32", name="code_sha256_length"),
    )
    person_id: Mapped[UUID]
    code_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class Passkey(Base):
    """A public key whose private half lies in a device of the person's."""

    __tablename__ = "passkey"
    __table_args__ = (
        PrimaryKeyConstraint("passkey_id"),
        UniqueConstraint("credential_id"),
        ForeignKeyConstraint(["person_id"], ["person.person_id"]),
        Index("passkey_by_person", "person_id"),
    )
    passkey_id: Mapped[UUID]
    person_id: Mapped[UUID]
    credential_id: Mapped[bytes] = mapped_column(LargeBinary)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    transports: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    backed_up: Mapped[bool]
    name: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    last_used_at: Mapped[datetime | None] = mapped_column(Instant)


class PersonIdentity(Base):
    """Whom an outer provider's subject stands for (single sign-on)."""

    __tablename__ = "person_identity"
    __table_args__ = (
        PrimaryKeyConstraint("issuer", "subject"),
        ForeignKeyConstraint(["person_id"], ["person.person_id"]),
        Index("person_identity_by_person", "person_id"),
    )
    issuer: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    person_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(Instant)


class PersonSession(Base):
    """Somebody signed in at one browser. The cookie holds random bits, this row their SHA-256.

    `waits_for_factor`: the password was right, the second factor is still to come; nobody is signed in yet.
    """

    __tablename__ = "person_session"
    __table_args__ = (
        PrimaryKeyConstraint("session_id"),
        UniqueConstraint("token_sha256"),
        ForeignKeyConstraint(["person_id"], ["person.person_id"]),
        CheckConstraint("octet_length(token_sha256) = 32", name="token_sha256_length"),
        CheckConstraint("NOT (waits_for_factor AND second_factor)", name="waits_or_has_it"),
        Index("person_session_by_person", "person_id", postgresql_where=text("ended_at IS NULL")),
        Index("person_session_by_age", "created_at"),
    )
    session_id: Mapped[UUID]
    token_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    person_id: Mapped[UUID]
    tenant_id: Mapped[UUID | None]
    method: Mapped[str] = mapped_column(Text)
    waits_for_factor: Mapped[bool]
    second_factor: Mapped[bool]
    address: Mapped[str] = mapped_column(Text)
    agent: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    last_seen_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class OneTimeSecret(Base):
    """What is good once and for a while: a link in a mail, the challenge for a passkey. Used up, the row is gone."""

    __tablename__ = "one_time_secret"
    __table_args__ = (
        PrimaryKeyConstraint("secret_sha256"),
        ForeignKeyConstraint(["person_id"], ["person.person_id"]),
        CheckConstraint("octet_length(secret_sha256) = 32", name="secret_sha256_length"),
        Index("one_time_secret_by_person", "person_id", "purpose"),
        Index("one_time_secret_by_end", "expires_at"),
    )
    secret_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    purpose: Mapped[str] = mapped_column(Text)
    person_id: Mapped[UUID | None]
    note: Mapped[str] = mapped_column(Text, server_default=text("''"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)


class SignInFailure(Base):
    """How often guessing failed for one account, address or factor, and until when nothing is tried any more.

    The subject is kept as a keyed hash: the table tells nothing about who was tried, whether he exists or not.
    """

    __tablename__ = "sign_in_failure"
    __table_args__ = (
        PrimaryKeyConstraint("kind", "subject_sha256"),
        CheckConstraint("octet_length(subject_sha256) = 32", name="subject_sha256_length"),
        Index("sign_in_failure_by_age", "last_at"),
    )
    kind: Mapped[str] = mapped_column(Text)
    subject_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(Instant)
    locked_until: Mapped[datetime | None] = mapped_column(Instant)
