"""Tables of a document's travel: envelopes, mails, report lines, GİB's list. Rights: `tenants.isolation`."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, PrimaryKeyConstraint, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from ebelge.core.db import Base

Instant = TIMESTAMP(timezone=True)


class ZarfRow(Base):
    """An envelope of ours on its way to GİB. It is written before the call and asked about before any resend."""

    __tablename__ = "zarf"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "zarf_id"),
        CheckConstraint("state IN ('prepared', 'sent', 'unknown', 'ended')", name="state"),
        CheckConstraint("cargo IN ('document', 'answer', 'receipt', 'user', 'system')", name="cargo"),
        CheckConstraint(
            "sha256 IS NOT NULL OR (cargo <> 'document' AND state IN ('prepared', 'ended'))", name="packed"
        ),
        Index("zarf_open", "next_question_at", postgresql_where=text("state <> 'ended'")),
    )
    tenant_id: Mapped[UUID]
    zarf_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(Text)
    cargo: Mapped[str] = mapped_column(Text, server_default=text("'document'"))
    element_type: Mapped[str] = mapped_column(Text)
    sender_alias: Mapped[str] = mapped_column(Text)
    receiver_alias: Mapped[str] = mapped_column(Text)
    receiver_vkn_tckn: Mapped[str] = mapped_column(Text)
    document_count: Mapped[int]
    sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    code: Mapped[int | None]
    code_text: Mapped[str] = mapped_column(Text, server_default=text("''"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    next_question_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class ZarfDocument(Base):
    """Which documents an envelope holds; a document may travel in several, one after another."""

    __tablename__ = "zarf_document"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "zarf_id", "document_id"),
        Index("zarf_document_of", "tenant_id", "document_id"),
    )
    tenant_id: Mapped[UUID]
    zarf_id: Mapped[UUID]
    document_id: Mapped[UUID]


class Parcel(Base):
    """What an envelope holds that is no outgoing document of ours: an answer, a receipt advice, a system response, a
    user account. Its bytes lie in the archive at (tenant_id, object_id, file_name)."""

    __tablename__ = "parcel"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "zarf_id"),
        CheckConstraint(
            "zarf_type IN ('SENDERENVELOPE', 'POSTBOXENVELOPE', 'SYSTEMENVELOPE', 'USERENVELOPE')", name="zarf_type"
        ),
        Index("parcel_of", "tenant_id", "object_id"),
    )
    tenant_id: Mapped[UUID]
    zarf_id: Mapped[UUID]
    object_id: Mapped[UUID]
    file_name: Mapped[str] = mapped_column(Text)
    zarf_type: Mapped[str] = mapped_column(Text)
    sender_vkn_tckn: Mapped[str] = mapped_column(Text)
    sender_title: Mapped[str] = mapped_column(Text)
    receiver_title: Mapped[str] = mapped_column(Text)


class MailDelivery(Base):
    """A mail to a buyer and how it fared."""

    __tablename__ = "mail_delivery"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "mail_id"),
        CheckConstraint("state IN ('queued', 'taken', 'refused')", name="state"),
        Index("mail_delivery_of", "tenant_id", "document_id"),
    )
    tenant_id: Mapped[UUID]
    mail_id: Mapped[UUID]
    document_id: Mapped[UUID]
    recipient: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text, server_default=text("''"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class ReportLine(Base):
    """A document that the e-Arşiv report of its issue day has to name.

    `report_id`: the report that names it, or tries to. `stuck`: no line can be made of it; a person looks.
    """

    __tablename__ = "report_line"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "document_id"),
        CheckConstraint("state IN ('pending', 'reported', 'dropped', 'stuck')", name="state"),
        Index("report_line_pending", "tenant_id", "issue_date", postgresql_where=text("state = 'pending'")),
        Index("report_line_of", "tenant_id", "report_id"),
    )
    tenant_id: Mapped[UUID]
    document_id: Mapped[UUID]
    issue_date: Mapped[date]
    state: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    report_id: Mapped[UUID | None]
    late: Mapped[bool] = mapped_column(server_default=text("false"))
