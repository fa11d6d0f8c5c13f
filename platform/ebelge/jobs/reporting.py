"""The reporting job: a report is built and sealed, handed to GİB, and asked about until its end.

Its raporNo is the guard against sending twice: after a crash or a call without an answer GİB is asked first, and only
the same file goes again, under the same number. A failed report is built again under a new one.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from sqlalchemy.orm import Session

from ebelge.archive.store import ArchiveError, ArchiveStore, open_store
from ebelge.core.clock import utc_now
from ebelge.core.config import ConfigurationError, settings
from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError
from ebelge.documents.reports import course as reports
from ebelge.documents.reports import tasks as report_tasks
from ebelge.documents.reports.models import REPORT_NAME, Report
from ebelge.documents.reports.states import ReportState
from ebelge.documents.reports.tasks import ReportTask
from ebelge.documents.seals.entered import SealOwner
from ebelge.documents.seals.open_seals import OpenSeals
from ebelge.documents.travel.pace import OUTAGE_PAUSE_MAX
from ebelge.gib.earsiv_gateway import BatchStatus, EArsivGateway
from ebelge.gib.earsiv_report import ReportInvalid, pack
from ebelge.gib.errors import GatewayOutcomeUnknown, GibFault
from ebelge.jobs.database import patiently
from ebelge.jobs.report_building import Built, build_report
from ebelge.outbox import messages
from ebelge.outbox.messages import Claim
from ebelge.signing.errors import SealUnusable
from ebelge.signing.seals import Seal
from tenants.models import Tenant

log = logging.getLogger(__name__)

TRIES_MAX = 6
FIRST_RETRY, LONGEST_RETRY = timedelta(minutes=2), timedelta(hours=1)
# How soon GİB is asked about a report: its service gives no rule; people in development wait at the screen.
ASK_AFTER, ASK_EAGERLY_AFTER = timedelta(minutes=2), timedelta(seconds=0.5)


@dataclass(frozen=True, slots=True)
class Heard:
    """What handing a report over, or asking about it, has shown.

    stored: GİB has it. accepted, failed: its end. unknown: it may have it. absent: it does not have it.
    later: it did not answer, and nothing has changed.
    """

    what: str
    code: int | None = None
    text: str = ""


class Reporter:
    """What a reporting process keeps open: archive, seals, a connection per gateway."""

    def __init__(self, store: ArchiveStore) -> None:
        self._store, self._seals = store, OpenSeals()
        self._gateways: dict[tuple[str, SealOwner], EArsivGateway] = {}

    def build(self, claim: Claim) -> None:
        """Topic report.build: build what is to be built, hand over what is ready."""
        task = patiently(lambda: _read(claim, with_lines=True))
        if task is not None and task.state == ReportState.BUILDING:
            task = self._built(claim, task)
        if task is None or task.state != ReportState.READY:
            _end(claim)
            return
        # Somebody may have handed it over and died before he could enter it: ask first (ADR 0112).
        heard = self._asked(task) if claim.attempt > 1 else Heard("absent")
        if heard.what == "absent":
            heard = self._sent(claim.tenant_id, task)
        _enter(claim, heard)

    def ask(self, claim: Claim) -> None:
        """Topic report.status: ask what became of a report."""
        task = patiently(lambda: _read(claim, with_lines=False))
        if task is None or task.state not in (ReportState.SENT, ReportState.UNKNOWN):
            _end(claim)
            return
        heard = self._asked(task)
        if heard.what in ("absent", "failed") and task.state == ReportState.UNKNOWN:
            # It may never have arrived, and a code that says so is not known: the same file under the same raporNo.
            sent = self._sent(claim.tenant_id, task)
            heard = heard if sent.what == "failed" else sent
        _enter(claim, heard)

    def _built(self, claim: Claim, task: ReportTask) -> ReportTask | None:
        try:
            made = build_report(
                self._store, task, tenant_id=claim.tenant_id, seal=self._seal(task.owner),
                preparer=self._seal(task.operator), at=utc_now(),
            )  # fmt: skip
        except ReportInvalid as error:
            log.error("a report breaks a rule", extra={"report_id": str(task.report_id), "why": str(error)[:500]})
            said = str(error)
            patiently(lambda: _failed(claim, None, said))
            return None
        except SealUnusable as error:
            if task.owner is not None:
                self._seals.forget(task.owner, error, at=utc_now())
            raise
        if isinstance(made, Built):
            return patiently(lambda: _ready(claim, made))
        patiently(lambda: _stuck(claim, made))
        return self._built(claim, again) if (again := patiently(lambda: _read(claim, with_lines=True))) else None

    def _sent(self, tenant_id: UUID, task: ReportTask) -> Heard:
        """Hand the archived file over; a refused call is asked about, since a raporNo is taken only once."""
        data = self._store.get(tenant_id, task.report_id, REPORT_NAME)
        zipped = pack(data, report_id=task.report_id)
        try:
            words = self._gateway(task).send(f"{task.report_id}.zip", zipped)
        except GibFault as fault:
            said = f"{fault.fault_code}: {fault.message}"
            heard = self._asked(task)
            return heard if heard.what in ("stored", "accepted") else Heard("failed", fault.fault_code, said)
        except GatewayOutcomeUnknown as error:
            return Heard("unknown" if error.may_have_arrived else "later", None, f"{error.code}: {error}")
        log.info("report sent", extra={"report_id": str(task.report_id), "said": words[:100]})
        return Heard("stored", None, words)

    def _asked(self, task: ReportTask) -> Heard:
        try:
            status = self._gateway(task).status(task.report_id)
        except GibFault as fault:
            return Heard("absent", fault.fault_code, fault.message)
        except GatewayOutcomeUnknown as error:
            return Heard("later", None, f"{error.code}: {error}")
        return _meant(task, status)

    def _gateway(self, task: ReportTask) -> EArsivGateway:
        """A sandbox never reaches the live service; the operator's seal signs each message."""
        config = settings()
        url = config.earsiv_live_url if task.mode == "live" else config.earsiv_test_url
        if not url:
            raise ConfigurationError(f"EBELGE_EARSIV_{task.mode.upper()}_URL is not set: there is no way to e-Arşiv")
        if task.operator is None:
            raise ConfigurationError("The operator of this mode is not entered: nobody signs messages to e-Arşiv")
        operator = task.operator
        key = (url, operator)
        if key not in self._gateways:
            self._gateways[key] = EArsivGateway(url, lambda: self._seal(operator), utc_now, config.gib_timeout_s)
        return self._gateways[key]

    def _seal(self, owner: SealOwner | None) -> Seal:
        if owner is None:
            raise SealUnusable("İşletmeci tanımlı değil.", "The operator of the mode is not entered.")
        return self._seals.of(owner, at=utc_now())


@cache
def reporter() -> Reporter:
    """The reporter of this process."""
    return Reporter(open_store())


def build(claim: Claim) -> None:
    """Handler of report.build."""
    _handled(claim, lambda: reporter().build(claim))


def ask(claim: Claim) -> None:
    """Handler of report.status."""
    _handled(claim, lambda: reporter().ask(claim))


def _handled(claim: Claim, work: Callable[[], None]) -> None:
    """Trouble of ours (seal, archive, time stamps, settings) is waited out: it costs the report no try."""
    try:
        work()
    except (SealUnusable, ArchiveError, ConfigurationError, DomainError) as error:
        log.exception("a report waits", extra={"report_id": str(claim.key)})
        at = utc_now()
        with tenant_session(claim.tenant_id) as session:
            messages.again(session, claim, at=at, due_at=at + _pause(claim), error=f"{type(error).__name__}: {error}")


def _meant(task: ReportTask, status: BatchStatus) -> Heard:
    if status.outcome == "working":
        return Heard("stored", status.code, status.text)
    if status.outcome == "failed" and task.state == ReportState.READY:
        # Never handed over, as far as we know: a refusal and "no such report" look the same from here.
        return Heard("absent", status.code, status.text)
    return Heard(status.outcome, status.code, status.text)


def _pause(claim: Claim) -> timedelta:
    doublings: int = 2 ** min(claim.attempt, 10)
    return min(timedelta(seconds=1) * doublings, OUTAGE_PAUSE_MAX)


def _read(claim: Claim, *, with_lines: bool) -> ReportTask | None:
    with tenant_session(claim.tenant_id) as session:
        return report_tasks.read(session, tenant_id=claim.tenant_id, report_id=claim.key, with_lines=with_lines)


def _ready(claim: Claim, made: Built) -> ReportTask | None:
    with tenant_session(claim.tenant_id) as session:
        report = reports.lock(session, tenant_id=claim.tenant_id, report_id=claim.key)
        if report is None or report.state != ReportState.BUILDING:
            return None
        at = utc_now()
        reports.move(report, ReportState.READY, at=at)
        report.sha256, report.level, report.signed_at = made.sha256, made.level, at
        session.flush()
        return report_tasks.read(session, tenant_id=claim.tenant_id, report_id=claim.key, with_lines=False)


def _stuck(claim: Claim, document_ids: tuple[UUID, ...]) -> None:
    with tenant_session(claim.tenant_id) as session:
        report = reports.lock(session, tenant_id=claim.tenant_id, report_id=claim.key)
        if report is not None and report.state == ReportState.BUILDING:
            reports.stuck(session, report=report, document_ids=document_ids, at=utc_now())


def _failed(claim: Claim, code: int | None, said: str) -> None:
    with tenant_session(claim.tenant_id) as session:
        report = reports.lock(session, tenant_id=claim.tenant_id, report_id=claim.key)
        if report is not None and report.state in (ReportState.BUILDING, ReportState.READY):
            reports.failed(session, report=report, code=code, said=said, again_at=None, at=utc_now())
        messages.done(session, [claim], at=utc_now())


def _end(claim: Claim) -> None:
    with tenant_session(claim.tenant_id) as session:
        messages.done(session, [claim], at=utc_now())


def _enter(claim: Claim, heard: Heard) -> None:
    def enter() -> None:
        with tenant_session(claim.tenant_id) as session:
            report = reports.lock(session, tenant_id=claim.tenant_id, report_id=claim.key)
            at = utc_now()
            if report is None or report.state not in (ReportState.READY, ReportState.SENT, ReportState.UNKNOWN):
                messages.done(session, [claim], at=at)
                return
            report.code, report.code_text = heard.code, heard.text[:500]
            if heard.what == "later":
                messages.again(session, claim, at=at, due_at=at + _pause(claim), error=heard.text)
                return
            if heard.what in ("stored", "unknown"):
                _goes_on(report, ReportState.SENT if heard.what == "stored" else ReportState.UNKNOWN, at)
                _ask_later(session, claim, session.get_one(Tenant, claim.tenant_id).mode, at)
                return
            messages.done(session, [claim], at=at)
            if heard.what == "accepted":
                reports.accepted(session, report=report, at=at)
            else:
                again_at = at + _retry(report.tries) if report.tries < TRIES_MAX else None
                reports.failed(session, report=report, code=heard.code, said=heard.text, again_at=again_at, at=at)
        level = logging.INFO if heard.what == "accepted" else logging.ERROR
        log.log(level, "report ended", extra={"report_id": str(claim.key), "outcome": heard.what, "code": heard.code})

    patiently(enter)


def _goes_on(report: Report, to: ReportState, at: datetime) -> None:
    if report.state == to:
        return
    if report.state == ReportState.SENT:  # GİB had it: a question without an answer takes nothing back
        return
    reports.move(report, to, at=at)
    report.sent_at = at


def _ask_later(session: Session, claim: Claim, mode: str, at: datetime) -> None:
    """The question waits under its own message; a report just handed over gets one."""
    due_at = at + (ASK_EAGERLY_AFTER if _eager(mode) else ASK_AFTER)
    if claim.topic == reports.STATUS:
        messages.again(session, claim, at=at, due_at=due_at)
        return
    messages.done(session, [claim], at=at)
    messages.put(session, tenant_id=claim.tenant_id, topic=reports.STATUS, key=claim.key, at=at, due_at=due_at)


def _eager(mode: str) -> bool:
    return mode != "live" or settings().environment != "production"


def _retry(tries: int) -> timedelta:
    doublings: int = 2 ** (tries - 1)
    return min(FIRST_RETRY * doublings, LONGEST_RETRY)
