"""Reading reports: a page of them, what one names, and how a document stands with them. Each statement has an index."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from ebelge.core.errors import DomainError
from ebelge.documents.reports.models import Report, ReportRemark
from ebelge.documents.travel.models import ReportLine
from tenants.members.reach import Reach

PAGE_MAX = 200


class ReportOutOfReach(DomainError):
    """A report names every document of its day; whoever works with some series only does not open it."""

    code, http_status = "report_out_of_reach", 403
    title_tr, title_en = "Rapor size açık değil", "The report is not open to you"
    advice_tr = "Rapor tüm serilerin belgelerini içerir; tüm belgeleri gören biri açabilir."
    advice_en = "A report holds the documents of all series; somebody who sees all of them can open it."


@dataclass(frozen=True, slots=True)
class Standing:
    """How a document stands with the report: its line, and what was remarked of it later."""

    state: str
    day: date
    late: bool
    report_id: UUID | None
    remarks: tuple[ReportRemark, ...]


def must_be_whole(reach: Reach) -> None:
    """:raises ReportOutOfReach: for a reach that is narrowed."""
    if not reach.whole:
        raise ReportOutOfReach()


def page(
    session: Session, *, tenant_id: UUID, day_from: date | None = None, day_to: date | None = None,
    after: UUID | None = None, limit: int = 50,
) -> tuple[list[Report], UUID | None]:  # fmt: skip
    """Reports, the newest first, and the key of the next page."""
    limit = max(1, min(limit, PAGE_MAX))
    wanted = page_statement(tenant_id, day_from, day_to, after).limit(limit + 1)
    rows = list(session.scalars(wanted))
    return rows[:limit], rows[limit - 1].report_id if len(rows) > limit else None


def page_statement(tenant_id: UUID, day_from: date | None, day_to: date | None, after: UUID | None) -> Select[Report]:
    """The statement of `page`; report ids are in the order of time."""
    wanted = select(Report).where(Report.tenant_id == tenant_id)
    if day_from is not None:
        wanted = wanted.where(Report.day >= day_from)
    if day_to is not None:
        wanted = wanted.where(Report.day <= day_to)
    if after is not None:
        wanted = wanted.where(Report.report_id < after)
    return wanted.order_by(Report.report_id.desc())


def standing(session: Session, *, tenant_id: UUID, document_id: UUID) -> Standing | None:
    """How a document stands with the report; None: no report will ever name it, or it is not signed yet."""
    line = session.get(ReportLine, (tenant_id, document_id))
    if line is None:
        return None
    remarks = session.scalars(
        select(ReportRemark)
        .where(ReportRemark.tenant_id == tenant_id, ReportRemark.document_id == document_id)
        .order_by(ReportRemark.remark_id)
    )
    reported = line.report_id if line.state == "reported" else None
    return Standing(line.state, line.issue_date, line.late, reported, tuple(remarks))


def waiting(session: Session, *, tenant_id: UUID) -> Sequence[tuple[date, int]]:
    """Issue days whose documents wait for a report, with how many; oldest first."""
    rows = session.execute(
        select(ReportLine.issue_date, func.count())
        .where(ReportLine.tenant_id == tenant_id, ReportLine.state == "pending")
        .group_by(ReportLine.issue_date)
        .order_by(ReportLine.issue_date)
    )
    return [(day, count) for day, count in rows]


def try_stuck_again(session: Session, *, tenant_id: UUID, day: date) -> int:
    """Let the documents of a day of which no line could be made wait for a report again; returns how many."""
    moved = session.execute(
        update(ReportLine)
        .where(ReportLine.tenant_id == tenant_id, ReportLine.issue_date == day, ReportLine.state == "stuck")
        .values(state="pending", report_id=None)
        .returning(ReportLine.document_id)
    )
    return len(moved.all())
