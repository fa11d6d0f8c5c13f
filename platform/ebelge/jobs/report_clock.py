"""The clock's part in e-Arşiv reports: one for every issue day that wants one, and alarms before it is too late."""

import logging
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text

from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.config import settings
from ebelge.core.db import role_session, tenant_session
from ebelge.documents.reports import course as reports
from ebelge.documents.reports.course import NothingToReport
from ebelge.documents.reports.dates import ONE_DAY, Rhythm, remaining_due
from ebelge.jobs import bell
from ebelge.notify import post

log = logging.getLogger(__name__)
_CLOSED = text(
    "SELECT t.tenant_id, max(c.closure_date) AS closure_date FROM gib_closure c "
    "JOIN tenant t ON t.mode = c.mode AND t.vkn_tckn = c.vkn_tckn "
    "WHERE c.gone_at IS NULL AND c.closure_date <= :today AND EXISTS (SELECT 1 FROM report_line l "
    "WHERE l.tenant_id = t.tenant_id AND l.state = 'pending' AND l.report_id IS NULL "
    "AND l.issue_date <= c.closure_date) GROUP BY t.tenant_id"
)
# What is asked for aloud: days back to look (an outage of GİB's may last), and how many accounts at once.
DAYS_BACK, BATCH = 31, 500
# A day is unreported while a line of it waits, and while a cancellation or an objection of it does.
_UNREPORTED = text(
    "SELECT tenant_id, day, sum(waiting)::int AS waiting FROM ("
    "SELECT tenant_id, issue_date AS day, count(*) AS waiting FROM report_line "
    "WHERE state IN ('pending', 'stuck') AND issue_date BETWEEN :oldest AND :newest GROUP BY 1, 2 "
    "UNION ALL SELECT tenant_id, day, count(*) FROM report_remark "
    "WHERE state = 'pending' AND day BETWEEN :oldest AND :newest GROUP BY 1, 2) AS open "
    "GROUP BY 1, 2 ORDER BY 2, 1 LIMIT :limit"
)


def rhythm() -> Rhythm:
    """When reports are made and due, by the settings."""
    config = settings()
    return Rhythm(config.report_at, config.report_deadline, config.report_alarms)


def open_due(at: datetime) -> int:
    """Open a report for every taxpayer and day that wants one; returns how many."""
    with role_session("reader") as session:
        due = reports.due_days(session, rhythm=rhythm(), at=at)
    count = _close_out(at)
    for one in due:
        try:
            with tenant_session(one.tenant_id) as session:
                report = reports.open_report(
                    session, tenant_id=one.tenant_id, day=one.day, rhythm=rhythm(), at=utc_now(), hurried=one.hurried
                )
                said = {"tenant_id": str(one.tenant_id), "day": one.day.isoformat(), "part": report.part}
        except NothingToReport:  # another clock was faster, or what waits is a cancellation of a report under way
            continue
        except Exception:
            log.exception("a report could not be opened", extra={"tenant_id": str(one.tenant_id)})
            continue
        log.info("report opened", extra=said)
        count += 1
    if count:
        bell.ring()
    return count


def _close_out(at: datetime) -> int:
    """What is left of accounts that GİB closed (UserTempList) is reported at once: 24 hours are allowed for it."""
    with role_session("reader") as session:
        closed = session.execute(_CLOSED, {"today": istanbul_date(at)}).all()
    count = 0
    for row in closed:
        with tenant_session(row.tenant_id) as session:
            opened = reports.closes(
                session, tenant_id=row.tenant_id, closure_date=row.closure_date, rhythm=rhythm(), at=utc_now()
            )
        due_at = remaining_due(row.closure_date).isoformat()
        log.warning("last reports of a closed account", extra={"tenant_id": str(row.tenant_id), "due_at": due_at})
        count += len(opened)
    return count


def alarm(at: datetime) -> int:
    """Tell taxpayer and operator of days that are not reported: at each alarm's time, and when it is too late.

    Each alarm of a day is told once, however often this runs; returns how many letters were written.
    """
    newest = rhythm().last_day_to_report(at)
    with role_session("reader") as session:
        found = session.execute(
            _UNREPORTED, {"oldest": newest - DAYS_BACK * ONE_DAY, "newest": newest, "limit": BATCH}
        ).all()
    return sum(_tell(row.tenant_id, row.day, row.waiting, at) for row in found)


def _tell(tenant_id: UUID, day: date, waiting: int, at: datetime) -> int:
    rung = [name for name, instant in rhythm().alarms_of(day) if instant <= at]
    if not rung:
        return 0
    facts = {"day": day.isoformat(), "documents": waiting, "due_at": rhythm().due_at(day).isoformat()}
    with tenant_session(tenant_id) as session:
        written = post.write(
            session, tenant_id=tenant_id, kind="report_late", occasion=f"report.late {day.isoformat()} {rung[-1]}",
            facts=facts, at=at,
        )  # fmt: skip
    if written:
        log.error(
            "e-Arşiv report is not accepted",
            extra={"tenant_id": str(tenant_id), "day": day.isoformat(), "alarm": rung[-1], "documents": waiting},
        )
    return len(written)
