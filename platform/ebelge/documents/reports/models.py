"""Tables of the e-Arşiv report: the reports themselves, and what is reported of documents later (iptal, itiraz)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, PrimaryKeyConstraint, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from ebelge.core.db import Base
from ebelge.documents.reports.states import ReportState
from ebelge.gib.earsiv_report import OBJECTION_WAYS

Instant = TIMESTAMP(timezone=True)
REPORT_STATES = tuple(state.value for state in ReportState)
REPORT_NAME = "report.xml"


class Report(Base):
    """One report of a taxpayer: the documents of one issue day, or a further part of it. `report_id` is its raporNo.

    A failed one is replaced by another under a new raporNo with the same part (`replaces_id`).
    """

    __tablename__ = "report"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "report_id"),
        CheckConstraint(f"state IN {REPORT_STATES}", name="state"),
        CheckConstraint("part > 0 AND tries > 0 AND lines >= 0", name="counts"),
        CheckConstraint("period = date_trunc('month', day::timestamp)::date", name="period_is_the_month"),
        CheckConstraint("state IN ('building', 'failed') OR sha256 IS NOT NULL", name="signed_has_a_hash"),
        CheckConstraint("octet_length(sha256) = 32", name="sha256_length"),
        Index(
            "report_part", "tenant_id", "period", "part", unique=True, postgresql_where=text("state <> 'failed'")
        ),
        Index("report_by_day", "tenant_id", "day", "report_id"),
        Index(
            "report_open", "due_at", postgresql_where=text("state IN ('building', 'ready', 'sent', 'unknown')")
        ),
    )  # fmt: skip
    tenant_id: Mapped[UUID]
    report_id: Mapped[UUID]
    day: Mapped[date]
    period: Mapped[date]
    part: Mapped[int]
    late: Mapped[bool] = mapped_column(server_default=text("false"))
    state: Mapped[str] = mapped_column(Text)
    tries: Mapped[int] = mapped_column(server_default=text("1"))
    lines: Mapped[int] = mapped_column(server_default=text("0"))
    level: Mapped[str] = mapped_column(Text, server_default=text("''"))
    sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    code: Mapped[int | None]
    code_text: Mapped[str] = mapped_column(Text, server_default=text("''"))
    replaces_id: Mapped[UUID | None]
    due_at: Mapped[datetime] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    signed_at: Mapped[datetime | None] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class ReportRemark(Base):
    """A cancellation or an objection that a report has to name; a document is cancelled at most once."""

    __tablename__ = "report_remark"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "remark_id"),
        CheckConstraint("kind IN ('cancel', 'objection')", name="kind"),
        CheckConstraint("state IN ('pending', 'reported', 'dropped')", name="state"),
        CheckConstraint(f"way IN {OBJECTION_WAYS}", name="way"),
        CheckConstraint(
            "(kind = 'objection') = (way IS NOT NULL AND paper_number IS NOT NULL AND paper_date IS NOT NULL)",
            name="objection_has_a_paper",
        ),
        Index("report_remark_of", "tenant_id", "document_id", "kind", unique=True),
        Index(
            "report_remark_pending", "tenant_id", "day", postgresql_where=text("state = 'pending'")
        ),
    )  # fmt: skip
    tenant_id: Mapped[UUID]
    remark_id: Mapped[UUID]
    document_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Text)
    day: Mapped[date]
    way: Mapped[str | None] = mapped_column(Text)
    paper_number: Mapped[str | None] = mapped_column(Text)
    paper_date: Mapped[date | None]
    text: Mapped[str] = mapped_column(Text, server_default=text("''"))
    state: Mapped[str] = mapped_column(Text)
    report_id: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(Instant)
