"""Tables of GİB's lists: registered users, closed accounts, the state of both, and documents that an old list decided.

Rights: `tenants.isolation`.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, PrimaryKeyConstraint, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from ebelge.core.db import Base

Instant = TIMESTAMP(timezone=True)


class GibAliasRow(Base):
    """A line of GİB's registered user list, per mode: who receives (PK) or sends (GB) which kind at which alias.

    An alias that was closed and opened again has a row for each period, so the list of any past day can be told.
    """

    __tablename__ = "gib_alias"
    __table_args__ = (
        PrimaryKeyConstraint("mode", "vkn_tckn", "document_type", "role", "alias", "created_at"),
        CheckConstraint("mode IN ('live', 'test')", name="mode"),
        CheckConstraint("role IN ('PK', 'GB')", name="role"),
    )
    mode: Mapped[str] = mapped_column(Text)
    vkn_tckn: Mapped[str] = mapped_column(Text)
    document_type: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    alias: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    account_type: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    deleted_at: Mapped[datetime | None] = mapped_column(Instant)


class GibListLoad(Base):
    """When a list was taken in (or found unchanged) last, what it held, and why a later one was refused."""

    __tablename__ = "gib_list_load"
    __table_args__ = (
        PrimaryKeyConstraint("mode", "role"),
        CheckConstraint("role IN ('PK', 'GB', 'TEMP')", name="role"),
    )
    mode: Mapped[str] = mapped_column(Text)
    loaded_at: Mapped[datetime] = mapped_column(Instant)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    aliases: Mapped[int]
    role: Mapped[str] = mapped_column(Text, server_default=text("'PK'"))
    etag: Mapped[str] = mapped_column(Text, server_default=text("''"))
    opened: Mapped[int] = mapped_column(server_default=text("0"))
    changed: Mapped[int] = mapped_column(server_default=text("0"))
    closed: Mapped[int] = mapped_column(server_default=text("0"))
    refused_at: Mapped[datetime | None] = mapped_column(Instant)
    refused: Mapped[str] = mapped_column(Text, server_default=text("''"))


class GibClosure(Base):
    """An account that GİB closed by itself (UserTempList): it counts as closed from the day on, while it is listed."""

    __tablename__ = "gib_closure"
    __table_args__ = (
        PrimaryKeyConstraint("mode", "vkn_tckn", "closure_date"),
        CheckConstraint("mode IN ('live', 'test')", name="mode"),
        Index("gib_closure_untold", "mode", postgresql_where=text("told_at IS NULL")),
    )
    mode: Mapped[str] = mapped_column(Text)
    vkn_tckn: Mapped[str] = mapped_column(Text)
    closure_date: Mapped[date]
    new_identifier: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    registration_code: Mapped[str] = mapped_column(Text)
    registration_description: Mapped[str] = mapped_column(Text)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    gone_at: Mapped[datetime | None] = mapped_column(Instant)
    told_at: Mapped[datetime | None] = mapped_column(Instant)


class GibHealth(Base):
    """Whether GİB answers, per mode: since when it does not, and when it did last. Written when that changes."""

    __tablename__ = "gib_health"
    __table_args__ = (CheckConstraint("mode IN ('live', 'test')", name="mode"),)
    mode: Mapped[str] = mapped_column(Text, primary_key=True)
    down_since: Mapped[datetime | None] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    detail: Mapped[str] = mapped_column(Text, server_default=text("''"))


class ListCheck(Base):
    """An e-Arşiv document that a list older than a day decided: looked up again in a fresh one (ADR 0133).

    It is signed at `sign_at` at the latest. `state`: waiting; same: a fresh list says the same; refused: its buyer is
    an e-Fatura user, and it was not signed; late: he is, and it had been signed; moot: it ended otherwise.
    """

    __tablename__ = "list_check"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "document_id"),
        CheckConstraint("state IN ('waiting', 'same', 'refused', 'late', 'moot')", name="state"),
        CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="ended"),
        Index("list_check_waiting", "entered_at", postgresql_where=text("state = 'waiting'")),
    )
    tenant_id: Mapped[UUID]
    document_id: Mapped[UUID]
    list_loaded_at: Mapped[datetime] = mapped_column(Instant)
    entered_at: Mapped[datetime] = mapped_column(Instant)
    sign_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(Text)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
