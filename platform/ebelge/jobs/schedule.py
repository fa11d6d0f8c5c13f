"""The clock: what must happen without anybody asking. Every duty bears repetition, and two clocks do no harm."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from billing.ledger import lots
from ebelge.archive.store import open_store
from ebelge.core.clock import utc_now
from ebelge.core.db import dispose_engines, role_session, tenant_session
from ebelge.documents import deadlines
from ebelge.documents.keeping import leftovers
from ebelge.jobs import (
    answer_reminders,
    answers,
    archive_keeping,
    attempts,
    audit_seals,
    banking,
    bell,
    books,
    bulk,
    drafts,
    gateway_lists,
    list_checks,
    lost_questions,
    notices,
    people_cleaning,
    pooling,
    privacy,
    report_clock,
    reseller_changes,
    return_invoices,
    returns,
    sandboxes,
    seal_care,
    signing_up,
    stamping,
    telling,
    telling_documents,
    upkeep,
    user_lists,
)
from ebelge.outbox import relay as outbox

log = logging.getLogger(__name__)

# A document without progress for longer than its message could rest is looked at.
STRANDED_AFTER = timedelta(minutes=10)
DONE_KEPT = timedelta(days=7)
IDEMPOTENCY_KEPT = timedelta(days=30)
PARTS_KEPT = timedelta(hours=1)
BATCH = 5000
_EXPIRING = text(
    "SELECT DISTINCT tenant_id FROM lot WHERE open AND frozen_at IS NULL AND expires_at <= :at LIMIT :limit"
)


@dataclass
class Duty:
    """Something to do every so often."""

    name: str
    every_s: float
    work: Callable[[datetime], int]
    due: float = 0.0


def leases(at: datetime) -> int:
    """Put messages whose worker did not report back into the queue again."""
    with role_session("relay") as session:
        count = outbox.sweep(session, at=at)
    if count:
        bell.ring()
    return count


def stranded(at: datetime) -> int:
    """Give every document that ought to move, and has nothing that would move it, its message back."""
    with role_session("reader") as session:
        found = deadlines.find_stranded(session, before=at - STRANDED_AFTER)
    count = 0
    for one in found:
        with tenant_session(one.tenant_id) as session:
            topic = deadlines.put_back(session, stranded=one, at=utc_now())
        if topic is not None:
            count += 1
            log.warning("stranded document put back", extra={"document_id": str(one.document_id), "topic": topic})
    return count


def expiry(at: datetime) -> int:
    """Post the expiry of lots past due, tenant by tenant; returns how many lots."""
    with role_session("reader") as session:
        tenants = list(session.execute(_EXPIRING, {"at": at, "limit": BATCH}).scalars())
    count = 0
    for tenant_id in tenants:
        with tenant_session(tenant_id) as session:
            now = utc_now()
            expired = lots.expire_lots(session, tenant_id=tenant_id, at=now)
            telling.lots_expired(session, tenant_id, expired, now)
        count += len(expired)
        for lot in expired:
            log.info(
                "lot expired", extra={"tenant_id": str(tenant_id), "lot_id": str(lot.lot_id), "kontor": lot.kontor}
            )
    return count


def cleaning(at: datetime) -> int:
    """Remove answered idempotency keys after 30 days and finished messages after 7."""
    count = 0
    while removed := _purge_idempotency(at - IDEMPOTENCY_KEPT):
        count += removed
    with role_session("relay") as session:
        tenants = list(session.execute(text("SELECT tenant_id FROM tenant_ids()")).scalars())
    for tenant_id in tenants:
        while removed := _purge_done(tenant_id, at - DONE_KEPT):
            count += removed
    return count


def _purge_idempotency(before: datetime) -> int:
    with role_session("relay") as session:
        rows = session.execute(
            text(
                "DELETE FROM idempotency i USING (SELECT tenant_id, principal, key FROM idempotency "
                "WHERE created_at < :before ORDER BY created_at LIMIT :limit) o "
                "WHERE i.tenant_id = o.tenant_id AND i.principal = o.principal AND i.key = o.key RETURNING 1"
            ),
            {"before": before, "limit": BATCH},
        ).all()
        return len(rows)


def _purge_done(tenant_id: UUID, before: datetime) -> int:
    """Message ids are time-ordered, so the primary key finds the old ones; who ended late is kept a while longer."""
    with role_session("relay") as session:
        rows = session.execute(
            text(
                "DELETE FROM outbox_message m USING (SELECT message_id FROM outbox_message "
                "WHERE tenant_id = :tenant_id AND message_id < :oldest AND state = 'done' AND ended_at < :before "
                "ORDER BY message_id LIMIT :limit) o "
                "WHERE m.tenant_id = :tenant_id AND m.message_id = o.message_id RETURNING 1"
            ),
            {"tenant_id": tenant_id, "oldest": first_id_after(before), "before": before, "limit": BATCH},
        ).all()
        return len(rows)


def first_id_after(at: datetime) -> UUID:
    """The smallest time-ordered id (uuidv7) of an instant."""
    return UUID(int=(int(at.timestamp() * 1000) << 80) | (0x7 << 76) | (0x2 << 62))


def archive(at: datetime) -> int:
    """Report files without a row and remove what crashes left half-written; returns how many were reported."""
    store = open_store()
    store.remove_parts(before=at - PARTS_KEPT)
    count = 0
    for tenant_id in store.tenants():
        for key in leftovers.without_a_row(store.keys(tenant_id), tenant_id=tenant_id):
            count += 1
            log.warning(
                "file without a row",
                extra={"tenant_id": str(tenant_id), "object_id": str(key.object_id), "file": key.name},
            )
    return count


def duties() -> list[Duty]:
    """Everything the clock does, with its rhythm."""
    return [
        Duty("leases", 1.0, leases),
        Duty("notices", 1.0, notices.place),
        Duty("attempts", 2.0, attempts.look_after),
        Duty("refunds", 5.0, returns.look_after_refunds),
        Duty("return_invoices", 30.0, return_invoices.look),
        Duty("lost_disputes", 5.0, returns.end_disputes),
        Duty("open_disputes", 6 * 3600.0, returns.repeat_disputes, due=time.monotonic() + 120.0),
        Duty("bank_decisions", 5.0, banking.carry_out),
        Duty("bank_matching", 60.0, banking.match),
        Duty("overdue", 3600.0, banking.overdue, due=time.monotonic() + 240.0),
        Duty("gib_lists", 60.0, user_lists.fetch),
        Duty("list_checks", 5.0, list_checks.look_again),
        Duty("reports", 10.0, report_clock.open_due),
        Duty("report_alarms", 60.0, report_clock.alarm),
        Duty("stranded", 30.0, stranded),
        Duty("lost_questions", 60.0, lost_questions.ask_again),
        Duty("expiry", 60.0, expiry),
        Duty("answers_due", 1800.0, answer_reminders.remind, due=time.monotonic() + 150.0),
        Duty("answers_assumed", 600.0, answers.assume, due=time.monotonic() + 90.0),
        Duty("unpaid_orders", 60.0, attempts.end_unpaid_orders),
        Duty("gateway_lists", 3600.0, gateway_lists.nightly, due=time.monotonic() + 300.0),
        Duty("draws_ahead", 2.0, pooling.low_wallets),
        Duty("pool_use", 3600.0, pooling.roll_up_use, due=time.monotonic() + 180.0),
        Duty("pool_recall", 24 * 3600.0, pooling.recall_ending, due=time.monotonic() + 900.0),
        Duty("reseller_changes", 60.0, reseller_changes.due),
        Duty("reconciliation", 1800.0, books.nightly, due=time.monotonic() + 600.0),
        Duty("watches", 10.0, upkeep.look_at_watches),
        Duty("topups_end", 5.0, upkeep.end_topups),
        Duty("topups", 10.0, upkeep.start_topups),
        Duty("endings", 900.0, upkeep.tell_of_endings, due=time.monotonic() + 60.0),
        Duty("sandboxes", 3600.0, sandboxes.renew_ending, due=time.monotonic() + 360.0),
        Duty("reminders", 3600.0, upkeep.remind, due=time.monotonic() + 420.0),
        Duty("seal_certificates", 300.0, seal_care.ask_ahead),
        Duty("seals_ending", 3600.0, seal_care.tell_of_endings, due=time.monotonic() + 90.0),
        Duty("seals_in_trouble", 60.0, seal_care.tell_of_trouble, due=time.monotonic() + 30.0),
        Duty("seals_overtaken", 60.0, seal_care.retire_overtaken),
        Duty("stamps", 6 * 3600.0, stamping.nightly, due=time.monotonic() + 1500.0),
        Duty("audit_seals", 2.0, audit_seals.seal_waiting),
        Duty("confirmations", 10.0, signing_up.look_after),
        Duty("applications_given_up", 3600.0, signing_up.clean_up, due=time.monotonic() + 660.0),
        Duty("privacy_copies", 5.0, privacy.make_copies),
        Duty("privacy", 6 * 3600.0, privacy.erase, due=time.monotonic() + 1200.0),
        Duty("cleaning", 3600.0, cleaning),
        Duty("bulk_files", 24 * 3600.0, bulk.clear_old, due=time.monotonic() + 780.0),
        Duty("drafts", 24 * 3600.0, drafts.clear_old, due=time.monotonic() + 840.0),
        Duty("people_cleaning", 3600.0, people_cleaning.clean, due=time.monotonic() + 360.0),
        Duty("archive", 24 * 3600.0, archive, due=time.monotonic() + 600.0),
        Duty("ended_documents", 2.0, telling_documents.tell_ended),
        Duty("archive_index", 2.0, archive_keeping.enter_new),
        Duty("archive_missed", 24 * 3600.0, archive_keeping.enter_missed, due=time.monotonic() + 1500.0),
        Duty("archive_checks", 3600.0, archive_keeping.check_files, due=time.monotonic() + 1800.0),
        Duty("archive_storage", 6 * 3600.0, archive_keeping.charge_storage, due=time.monotonic() + 960.0),
    ]


def run(stop: threading.Event) -> None:
    """Do every duty in its rhythm until told to stop; a duty that fails is logged and comes again."""
    log.info("clock started")
    todo = duties()
    while not stop.is_set():
        for duty in todo:
            if stop.is_set() or time.monotonic() < duty.due:
                continue
            duty.due = time.monotonic() + duty.every_s
            perform(duty)
        stop.wait(max(0.05, min(duty.due for duty in todo) - time.monotonic()))


def perform(duty: Duty) -> bool:
    """Do one duty now, whatever it meets; False if it failed, which is logged."""
    try:
        count = duty.work(utc_now())
    except Exception:
        log.exception("duty failed", extra={"duty": duty.name})
        dispose_engines()
        return False
    if count:
        log.info("duty done", extra={"duty": duty.name, "count": count})
    return True
