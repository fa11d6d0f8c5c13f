"""The e-Arşiv report as bookkeeping: which documents it names, how it goes on, and what its end means for them.

Building, signing and the calls to GİB stand between transactions (`jobs.reporting`). A line belongs to one report at
a time (`report_line.report_id`), so nothing is reported twice; a report that failed hands its lines to the next one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from ebelge.core.clock import istanbul_date
from ebelge.core.errors import Conflict, NotFound
from ebelge.core.ids import new_id
from ebelge.documents.models import Document, DocumentEvent
from ebelge.documents.reports.dates import Rhythm
from ebelge.documents.reports.models import Report, ReportRemark
from ebelge.documents.reports.states import ReportState, check_report_move
from ebelge.documents.rows import insert_rows
from ebelge.documents.travel.models import ReportLine
from ebelge.gib.earsiv_report import LINES_MAX
from ebelge.outbox import messages

BUILD, STATUS = "report.build", "report.status"
AT_ONCE = "SARJANLIK"  # issued and reported at the charging point (gib/FACTS 4.4)

_DUE = text(
    "SELECT tenant_id, issue_date AS day, false AS hurried FROM report_line "
    "WHERE state = 'pending' AND report_id IS NULL AND issue_date <= :last_day "
    "UNION SELECT tenant_id, day, false FROM report_remark "
    "WHERE state = 'pending' AND report_id IS NULL AND day <= :last_day "
    "UNION SELECT l.tenant_id, l.issue_date, true FROM report_line l JOIN document d "
    "ON d.tenant_id = l.tenant_id AND d.document_id = l.document_id "
    "WHERE l.state = 'pending' AND l.report_id IS NULL AND l.issue_date > :last_day AND d.type_code = 'SARJANLIK' "
    "ORDER BY 2, 1 LIMIT :limit"
)


class NothingToReport(Conflict):
    """No document of that day waits for a report: none is made."""

    code = "nothing_to_report"
    title_tr, title_en = "Raporlanacak belge yok", "There is nothing to report"


@dataclass(frozen=True, slots=True)
class DueDay:
    """A taxpayer's issue day that wants a report. `hurried`: only for documents that are reported at once."""

    tenant_id: UUID
    day: date
    hurried: bool


def due_days(session: Session, *, rhythm: Rhythm, at: datetime, limit: int = 500) -> list[DueDay]:
    """Days of all tenants that want a report now, oldest first. Runs as the role reader."""
    values = {"last_day": rhythm.last_day_to_report(at), "limit": limit}
    return [DueDay(row.tenant_id, row.day, row.hurried) for row in session.execute(_DUE, values)]


def open_report(
    session: Session, *, tenant_id: UUID, day: date, rhythm: Rhythm, at: datetime, hurried: bool = False
) -> Report:
    """Choose the lines of a day's next report and queue it; the caller's commit makes it stand.

    A day that has a report already gets a further part (bölüm): its documents came late, and are flagged so, unless
    they are reported at once by their kind. :raises NothingToReport: nothing of that day waits.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:key))"), {"key": f"report:{tenant_id}"})
    chosen = _waiting(session, tenant_id, day, hurried)
    remarks = [] if hurried else _remarks(session, tenant_id, day, chosen)
    if not chosen and not remarks:
        raise NothingToReport()
    period = day.replace(day=1)
    standing = (Report.tenant_id == tenant_id, Report.state != ReportState.FAILED)
    last = session.scalar(select(func.max(Report.part)).where(*standing, Report.period == period)) or 0
    made_at = rhythm.made_at(day)
    earlier = session.scalar(
        select(Report.report_id).where(*standing, Report.day == day, Report.created_at >= made_at).limit(1)
    )
    late = not hurried and (at > rhythm.due_at(day) or (earlier is not None and at >= made_at))
    report = Report(
        tenant_id=tenant_id, report_id=new_id(), day=day, period=period, part=last + 1, late=late,
        state=ReportState.BUILDING.value, tries=1, lines=len(chosen) + len(remarks), due_at=rhythm.due_at(day),
        created_at=at,
    )  # fmt: skip
    session.add(report)
    session.flush()
    session.execute(
        update(ReportLine)
        .where(ReportLine.tenant_id == tenant_id, ReportLine.document_id.in_(chosen))
        .values(report_id=report.report_id, late=late)
    )
    session.execute(
        update(ReportRemark)
        .where(ReportRemark.tenant_id == tenant_id, ReportRemark.remark_id.in_(remarks))
        .values(report_id=report.report_id)
    )
    messages.put(session, tenant_id=tenant_id, topic=BUILD, key=report.report_id, at=at)
    return report


def _waiting(session: Session, tenant_id: UUID, day: date, hurried: bool) -> list[UUID]:
    wanted = (
        select(ReportLine.document_id)
        .join(
            Document,
            (Document.tenant_id == ReportLine.tenant_id) & (Document.document_id == ReportLine.document_id),
        )
        .where(
            ReportLine.tenant_id == tenant_id,
            ReportLine.issue_date == day,
            ReportLine.state == "pending",
            ReportLine.report_id.is_(None),
        )
    )
    if hurried:
        wanted = wanted.where(Document.type_code == AT_ONCE)
    return list(session.scalars(wanted.order_by(Document.kind, Document.number).limit(LINES_MAX)))


def _remarks(session: Session, tenant_id: UUID, day: date, chosen: Sequence[UUID]) -> list[UUID]:
    """What is remarked of that day, of documents that are reported already or in this very report."""
    return list(
        session.scalars(
            select(ReportRemark.remark_id)
            .join(
                ReportLine,
                (ReportLine.tenant_id == ReportRemark.tenant_id) & (ReportLine.document_id == ReportRemark.document_id),
            )
            .where(
                ReportRemark.tenant_id == tenant_id,
                ReportRemark.day == day,
                ReportRemark.state == "pending",
                ReportRemark.report_id.is_(None),
                (ReportLine.state == "reported") | ReportLine.document_id.in_(chosen),
            )
            .order_by(ReportRemark.remark_id)
            .limit(LINES_MAX)
        )
    )


def move(report: Report, to: ReportState, *, at: datetime) -> None:
    """Take a locked report to a state. :raises UnlawfulReportMove:"""
    check_report_move(ReportState(report.state), to)
    report.state = to.value
    if to in (ReportState.ACCEPTED, ReportState.FAILED):
        report.ended_at = at


def get(session: Session, *, tenant_id: UUID, report_id: UUID) -> Report:
    """:raises NotFound: this tenant has no such report."""
    report = session.get(Report, (tenant_id, report_id))
    if report is None:
        raise NotFound("Böyle bir rapor yok.", "There is no such report.")
    return report


def lock(session: Session, *, tenant_id: UUID, report_id: UUID) -> Report | None:
    """The report, locked and as it is now."""
    return session.get(Report, (tenant_id, report_id), with_for_update=True, populate_existing=True)


def accepted(session: Session, *, report: Report, at: datetime) -> None:
    """GİB accepted it: its lines are reported, each document's timeline says so."""
    move(report, ReportState.ACCEPTED, at=at)
    key = {"tenant_id": report.tenant_id, "report_id": report.report_id}
    lines = session.execute(
        update(ReportLine).filter_by(**key, state="pending").values(state="reported").returning(ReportLine.document_id)
    ).all()
    remarks = session.execute(
        update(ReportRemark)
        .filter_by(**key, state="pending")
        .values(state="reported")
        .returning(ReportRemark.document_id, ReportRemark.kind)
    ).all()
    said = f"{report.day:%d.%m.%Y}", report.day.isoformat()
    _tell(session, report, {row.document_id for row in lines}, "reported", _REPORTED, said, at)
    for kind, words in (("cancel", _CANCEL_REPORTED), ("objection", _OBJECTION_REPORTED)):
        about = {row.document_id for row in remarks if row.kind == kind}
        _tell(session, report, about, f"{kind}_reported", words, said, at)


_REPORTED = "Raporlandı: GİB {} günü e-Arşiv raporunu kabul etti.", "Reported: GİB accepted the e-Arşiv report of {}."
_CANCEL_REPORTED = "İptal GİB'e bildirildi ({} raporu).", "The cancellation is reported to GİB (report of {})."
_OBJECTION_REPORTED = "İtiraz GİB'e bildirildi ({} raporu).", "The objection is reported to GİB (report of {})."


def _tell(
    session: Session, report: Report, ids: set[UUID], kind: str, words: tuple[str, str], said: tuple[str, str],
    at: datetime,
) -> None:  # fmt: skip
    states = {
        row.document_id: row.state
        for row in session.execute(
            select(Document.document_id, Document.state).where(
                Document.tenant_id == report.tenant_id, Document.document_id.in_(ids)
            )
        )
    }
    data = f'{{"report_id": "{report.report_id}"}}'
    rows: list[dict[str, Any]] = [
        {
            "tenant_id": report.tenant_id, "document_id": document_id, "event_id": new_id(), "at": at, "kind": kind,
            "state": state, "code": "", "text_tr": words[0].format(said[0]), "text_en": words[1].format(said[1]),
            "kontor": 0, "data": data,
        }
        for document_id, state in states.items()
    ]  # fmt: skip
    insert_rows(session, DocumentEvent, rows)


def stuck(session: Session, *, report: Report, document_ids: Sequence[UUID], at: datetime) -> None:
    """No line can be made of these: they leave the report, so that the others go; a person looks."""
    session.execute(
        update(ReportLine)
        .where(ReportLine.tenant_id == report.tenant_id, ReportLine.document_id.in_(document_ids))
        .values(state="stuck", report_id=None)
    )
    report.lines -= len(document_ids)
    words = "e-Arşiv raporuna yazılamadı ({}); bakılıyor.", "No line of the e-Arşiv report ({}) can be made; looked at."
    said = f"{report.day:%d.%m.%Y}", report.day.isoformat()
    _tell(session, report, set(document_ids), "not_reportable", words, said, at)


def failed(
    session: Session, *, report: Report, code: int | None, said: str, again_at: datetime | None, at: datetime
) -> Report | None:
    """GİB did not take it, or it could not be built: another one under a new raporNo takes its part and lines.

    `again_at` None: nobody tries by himself any more; its lines wait for `ebelge report build`. Returns the new one.
    """
    move(report, ReportState.FAILED, at=at)
    report.code, report.code_text = code, said[:500]
    session.flush()
    follower = None
    if again_at is not None and report.lines > 0:
        follower = Report(
            tenant_id=report.tenant_id, report_id=new_id(), day=report.day, period=report.period, part=report.part,
            late=report.late, state=ReportState.BUILDING.value, tries=report.tries + 1, lines=report.lines,
            replaces_id=report.report_id, due_at=report.due_at, created_at=at,
        )  # fmt: skip
        session.add(follower)
        session.flush()
        messages.put(
            session, tenant_id=report.tenant_id, topic=BUILD, key=follower.report_id, at=at, due_at=again_at
        )  # fmt: skip
    heir = follower.report_id if follower is not None else None
    for table in (ReportLine, ReportRemark):
        session.execute(
            update(table)
            .where(table.tenant_id == report.tenant_id, table.report_id == report.report_id, table.state == "pending")
            .values(report_id=heir)
        )
    return follower


def closes(session: Session, *, tenant_id: UUID, closure_date: date, rhythm: Rhythm, at: datetime) -> list[Report]:
    """Open the remaining reports of an account that GİB closed (UserTempList): documents up to that day, now.

    They are due at `report_dates.remaining_due(closure_date)`; what is issued later is not reported for it.
    """
    opened: list[Report] = []
    days = set(
        session.scalars(
            select(ReportLine.issue_date).where(
                ReportLine.tenant_id == tenant_id,
                ReportLine.state == "pending",
                ReportLine.report_id.is_(None),
                ReportLine.issue_date <= closure_date,
            )
        )
    ) | set(
        session.scalars(
            select(ReportRemark.day).where(
                ReportRemark.tenant_id == tenant_id,
                ReportRemark.state == "pending",
                ReportRemark.report_id.is_(None),
                ReportRemark.day <= istanbul_date(at),
            )
        )
    )
    for day in sorted(days):
        opened.append(open_report(session, tenant_id=tenant_id, day=day, rhythm=rhythm, at=at))
    return opened
