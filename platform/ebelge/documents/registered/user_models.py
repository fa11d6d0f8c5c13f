"""The table of user envelopes. What each role may do with it: `tenants.rules.registered_users`."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, PrimaryKeyConstraint, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from ebelge.core.db import Base

Instant = TIMESTAMP(timezone=True)
GIVEN_NAME, SIGNED_NAME = "user-account.xml", "user-account-signed.xml"


class UserEnvelope(Base):
    """A request to GİB to open or close a service: given to be counter-signed, handed in, sent, answered."""

    __tablename__ = "user_envelope"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "request_id"),
        CheckConstraint("action IN ('open', 'close')", name="action"),
        CheckConstraint("state IN ('given', 'sent', 'done', 'refused')", name="state"),
        CheckConstraint("(state = 'given') = (signed_sha256 IS NULL)", name="sent_is_signed"),
        Index(
            "user_envelope_open", "tenant_id", "service", unique=True, postgresql_where=text("state = 'sent'")
        ),
    )  # fmt: skip
    tenant_id: Mapped[UUID]
    request_id: Mapped[UUID]
    service: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    given_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    signed_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    zarf_id: Mapped[UUID | None]
    code: Mapped[int | None]
    code_text: Mapped[str] = mapped_column(Text, server_default=text("''"))
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
