"""Tables of memberships and invitations. What each role may do with them: `tenants.rules.members`."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, PrimaryKeyConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text, Uuid

from ebelge.core.db import Base
from tenants.rights import NARROWABLE, ROLES

Instant = TIMESTAMP(timezone=True)
ALL_ROLES = tuple(ROLES)
# Heads and staff reach everything of their tenant: only these are ever narrowed.
_NARROWED_ONLY = f"role IN {NARROWABLE} OR (branch_ids = '{{}}' AND series_prefixes = '{{}}')"


class Membership(Base):
    """A person's role in a tenant. One who left keeps his row, ended: his deeds keep a name; joining again revives it.

    Empty `branch_ids` and `series_prefixes` reach everything.
    """

    __tablename__ = "membership"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "person_id"),
        CheckConstraint(f"role IN {ALL_ROLES}", name="role"),
        CheckConstraint(_NARROWED_ONLY, name="narrowed_where_it_may_be"),
        Index("membership_by_person", "person_id", postgresql_where=text("ended_at IS NULL")),
    )
    tenant_id: Mapped[UUID]
    person_id: Mapped[UUID]
    role: Mapped[str] = mapped_column(Text)
    branch_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default=text("'{}'"))
    series_prefixes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    joined_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    changed_by: Mapped[str] = mapped_column(Text)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class Invitation(Base):
    """A role offered to an address until `expires_at`. Its token stands in the mail only; sent again, it is another."""

    __tablename__ = "invitation"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "invitation_id"),
        CheckConstraint(f"role IN {ALL_ROLES}", name="role"),
        CheckConstraint(_NARROWED_ONLY, name="narrowed_where_it_may_be"),
        CheckConstraint("octet_length(token_sha256) = 32", name="token_sha256_length"),
        CheckConstraint("(accepted_at IS NULL) = (accepted_by IS NULL)", name="accepted_by_somebody"),
        CheckConstraint("accepted_at IS NULL OR revoked_at IS NULL", name="has_one_end"),
        Index(
            "invitation_open", "tenant_id", "email", unique=True,
            postgresql_where=text("accepted_at IS NULL AND revoked_at IS NULL"),
        ),
    )  # fmt: skip
    tenant_id: Mapped[UUID]
    invitation_id: Mapped[UUID]
    email: Mapped[str] = mapped_column(Text)
    full_name: Mapped[str] = mapped_column(Text, server_default=text("''"))
    language: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    branch_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default=text("'{}'"))
    series_prefixes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    token_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    sent_count: Mapped[int] = mapped_column(server_default=text("1"))
    invited_by: Mapped[str] = mapped_column(Text)
    invited_by_name: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    sent_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    accepted_by: Mapped[UUID | None]
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
