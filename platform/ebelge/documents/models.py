"""Tables of documents, series and answered requests. What each role may do with them: `tenants.isolation`."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    UniqueConstraint,
    text,
)  # fmt: skip
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from ebelge.core.db import Base
from ebelge.documents.states import State

Instant = TIMESTAMP(timezone=True)
BUYER_ANSWERS = ("accepted", "rejected", "returned", "partly", "assumed")
KINDS = ("efatura", "earsiv", "eirsaliye", "emm", "esmm")
ALL_STATES = tuple(state.value for state in State)


class Document(Base):
    """One outgoing document. A correction is a row of its own that replaces the refused one."""

    __tablename__ = "document"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "document_id"),
        UniqueConstraint("tenant_id", "ettn"),
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint(f"state IN {ALL_STATES}", name="state"),
        CheckConstraint("channel IN ('gib', 'mail', 'paper')", name="channel"),
        CheckConstraint("number ~ '^[A-Z0-9]{3}20[0-9]{11}$'", name="number_form"),
        CheckConstraint("(signed_sha256 IS NULL) = (signed_at IS NULL)", name="signed_is_whole"),
        CheckConstraint(
            "state IN ('accepted', 'withdrawn', 'failed') = (signed_sha256 IS NULL)",
            name="state_agrees_with_signature",
        ),
        CheckConstraint("number_held OR state IN ('withdrawn', 'failed') OR superseded", name="number_is_held"),
        Index("document_number", "tenant_id", "number", unique=True, postgresql_where=text("number_held")),
        Index("document_by_number", "tenant_id", "number", "document_id"),
        Index("document_by_buyer", "tenant_id", "buyer_vkn_tckn", "document_id"),
        # kind and state ride along, so that a month is counted without reading its documents (ADR 0147)
        Index("document_by_day", "tenant_id", "issue_date", "document_id", postgresql_include=["kind", "state"]),
        Index("document_by_state", "tenant_id", "state", "document_id"),
        Index("document_by_kind", "tenant_id", "kind", "document_id"),
        Index(
            "document_by_answer",
            "tenant_id",
            "buyer_answer",
            "document_id",
            postgresql_where=text("buyer_answer IS NOT NULL"),
        ),
        Index(
            "document_moving",
            "progress_at",
            postgresql_where=text("state IN ('accepted','signed','sent','unknown')"),
        ),
        CheckConstraint(f"buyer_answer IN {BUYER_ANSWERS}", name="buyer_answer"),
        Index(
            "document_awaits_answer",
            "final_at",
            postgresql_where=text("buyer_answer IS NULL AND profile = 'TICARIFATURA' AND state = 'delivered'"),
        ),
        Index(
            "document_awaiting",
            "tenant_id",
            "final_at",
            "document_id",
            postgresql_where=text("buyer_answer IS NULL AND profile = 'TICARIFATURA' AND state = 'delivered'"),
        ),
        Index("document_replacing", "tenant_id", "replaces_id", postgresql_where=text("replaces_id IS NOT NULL")),
        # What is new for the archive's index, over all tenants: costs next to nothing on insert.
        Index("document_by_arrival", "created_at", postgresql_using="brin"),
        {"postgresql_with": {"fillfactor": "80"}},
    )
    tenant_id: Mapped[UUID]
    document_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Text)
    profile: Mapped[str] = mapped_column(Text)
    type_code: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    ettn: Mapped[UUID]
    number: Mapped[str] = mapped_column(Text)
    number_held: Mapped[bool] = mapped_column(server_default=text("true"))
    series_id: Mapped[UUID]
    serial: Mapped[int] = mapped_column(BigInteger)
    issue_date: Mapped[date]
    buyer_vkn_tckn: Mapped[str] = mapped_column(Text)
    buyer_title: Mapped[str] = mapped_column(Text)
    buyer_email: Mapped[str | None] = mapped_column(Text)
    receiver_alias: Mapped[str | None] = mapped_column(Text)
    sender_alias: Mapped[str | None] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    payable_kurus: Mapped[int] = mapped_column(BigInteger)
    line_count: Mapped[int]
    kontor: Mapped[int] = mapped_column(BigInteger)
    price_id: Mapped[UUID]
    replaces_id: Mapped[UUID | None]
    superseded: Mapped[bool] = mapped_column(server_default=text("false"))
    source_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    signed_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    signed_at: Mapped[datetime | None] = mapped_column(Instant)
    zarf_id: Mapped[UUID | None]
    gib_code: Mapped[int | None]
    link_token: Mapped[str] = mapped_column(Text)
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    progress_at: Mapped[datetime] = mapped_column(Instant)
    final_at: Mapped[datetime | None] = mapped_column(Instant)
    buyer_answer: Mapped[str | None] = mapped_column(Text)


class EmbeddedSheet(Base):
    """A stylesheet of ours as documents embed it (base64), by the SHA-256 of that: kept once for all."""

    __tablename__ = "embedded_sheet"
    __table_args__ = (
        PrimaryKeyConstraint("sha256"),
        CheckConstraint("sha256(encoded) = sha256", name="is_what_it_is_called"),
    )
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    encoded: Mapped[bytes] = mapped_column(LargeBinary)


class DocumentXml(Base):
    """The XML as it was accepted: prepared, numbered, not yet signed. The signed one lies in the archive.

    Without our stylesheet, if `sheet_sha256` names it: it is read whole from the view `document_source` (`sheets`).
    """

    __tablename__ = "document_xml"
    __table_args__ = (PrimaryKeyConstraint("tenant_id", "document_id"),)
    tenant_id: Mapped[UUID]
    document_id: Mapped[UUID]
    source: Mapped[bytes] = mapped_column(LargeBinary)
    sheet_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    sheet_at: Mapped[int] = mapped_column(server_default=text("0"))


class DocumentEvent(Base):
    """A step in a document's life, for its timeline: append-only."""

    __tablename__ = "document_event"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "document_id", "event_id"),
        Index(
            "document_event_ended",
            "tenant_id",
            "at",
            postgresql_where=text("state IN ('delivered', 'undelivered', 'refused', 'failed', 'cancelled')"),
        ),
    )
    tenant_id: Mapped[UUID]
    document_id: Mapped[UUID]
    event_id: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(Instant)
    kind: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text, server_default=text("''"))
    text_tr: Mapped[str] = mapped_column(Text)
    text_en: Mapped[str] = mapped_column(Text)
    kontor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))


class Series(Base):
    """Three letters that number one kind of document of a tenant; `ours` numbers itself, `erp` comes numbered."""

    __tablename__ = "series"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "series_id"),
        UniqueConstraint("tenant_id", "prefix"),
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint("owner IN ('ours', 'erp')", name="owner"),
        CheckConstraint("prefix ~ '^[A-Z0-9]{3}$'", name="prefix_form"),
        Index(
            "series_default",
            "tenant_id",
            "kind",
            "internet",
            unique=True,
            postgresql_where=text("is_default"),
        ),
    )
    tenant_id: Mapped[UUID]
    series_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Text)
    prefix: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(Text)
    internet: Mapped[bool] = mapped_column(server_default=text("false"))
    branch: Mapped[str] = mapped_column(Text, server_default=text("''"))
    is_default: Mapped[bool] = mapped_column(server_default=text("false"))
    active: Mapped[bool] = mapped_column(server_default=text("true"))


class SeriesYear(Base):
    """How far a series has counted in a year; the row is the series' lock."""

    __tablename__ = "series_year"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "series_id", "year"),
        ForeignKeyConstraint(["tenant_id", "series_id"], ["series.tenant_id", "series.series_id"]),
        CheckConstraint("last_serial BETWEEN 0 AND 999999999", name="nine_digits"),
        {"postgresql_with": {"fillfactor": "50"}},
    )
    tenant_id: Mapped[UUID]
    series_id: Mapped[UUID]
    year: Mapped[int] = mapped_column(SmallInteger)
    first_serial: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
    last_serial: Mapped[int] = mapped_column(BigInteger)
    last_issue_date: Mapped[date | None]


class OpenNumber(Base):
    """A number that a withdrawn or failed document gave back; the next document of its series takes it first."""

    __tablename__ = "open_number"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "series_id", "year", "serial"),
        Index(
            "open_number_free",
            "tenant_id",
            "series_id",
            "year",
            "serial",
            postgresql_where=text("taken_at IS NULL"),
        ),
    )
    tenant_id: Mapped[UUID]
    series_id: Mapped[UUID]
    year: Mapped[int] = mapped_column(SmallInteger)
    serial: Mapped[int] = mapped_column(BigInteger)
    document_id: Mapped[UUID]
    reason: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime] = mapped_column(Instant)
    taken_at: Mapped[datetime | None] = mapped_column(Instant)
    taken_by: Mapped[UUID | None]


class IdempotencyRow(Base):
    """An answered POST: the same key and body get the same answer again, for 30 days. Only 2xx is kept."""

    __tablename__ = "idempotency"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "principal", "key"),
        Index("idempotency_age", "created_at"),
    )
    tenant_id: Mapped[UUID]
    principal: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    request_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int | None]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Instant)
