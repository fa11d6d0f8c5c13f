"""Topic bulk.work: some documents of an upload are checked or sent, and the next message put.

So an upload never holds a worker for long and goes on where it was after a kill. An item and its document are written
in one transaction, which ends the message, too: whoever repeats it finds nothing to do.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from billing.ledger.errors import InsufficientKontor
from ebelge.bulk import carrying_out, queries, uploads
from ebelge.bulk.carrying_out import Batch, Overtaken
from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import DomainError
from ebelge.documents.submit import Checked, TenantFacts, accept, check_all
from ebelge.jobs import bell
from ebelge.jobs.refill import refilled
from ebelge.outbox import messages
from ebelge.outbox.messages import Claim

log = logging.getLogger(__name__)
FILES_KEPT = timedelta(days=90)
_OLD = text(
    "SELECT DISTINCT tenant_id FROM bulk_upload WHERE created_at < :before "
    "AND (file IS NOT NULL OR state NOT IN ('done', 'dropped')) LIMIT 1000"
)
_EMPTY = text("UPDATE bulk_upload SET file = NULL WHERE tenant_id = :tenant_id AND created_at < :before")
_DROP = text(
    "UPDATE bulk_upload SET state = 'dropped', ended_at = :at WHERE tenant_id = :tenant_id AND created_at < :before "
    "AND state NOT IN ('done', 'dropped')"
)
_CONTENT = text(
    "UPDATE bulk_item i SET content = NULL FROM bulk_upload u "
    "WHERE u.tenant_id = :tenant_id AND u.created_at < :before "
    "AND i.tenant_id = :tenant_id AND i.upload_id = u.upload_id AND i.content IS NOT NULL"
)


def work(claim: Claim) -> None:
    """Check or send the next documents of an upload."""
    tenant_id, upload_id = claim.tenant_id, claim.key
    with tenant_session(tenant_id) as session:
        found = carrying_out.batch(session, tenant_id=tenant_id, upload_id=upload_id)
    more = False
    if found.state == "checking":
        more = _check(tenant_id, upload_id, found)
    elif found.state == "sending":
        more = _send(tenant_id, upload_id, found)
    with tenant_session(tenant_id) as session:
        at = utc_now()
        if messages.done(session, [claim], at=at) and more:
            messages.put(session, tenant_id=tenant_id, topic=uploads.TOPIC, key=upload_id, at=at)
    bell.ring()


def clear_old(at: datetime) -> int:
    """Forget the files of uploads after 90 days and end those that nobody started; returns of how many tenants."""
    before = at - FILES_KEPT
    with role_session("reader") as session:
        tenants = list(session.execute(_OLD, {"before": before}).scalars())
    for tenant_id in tenants:
        with tenant_session(tenant_id) as session:
            for statement in (_CONTENT, _EMPTY, _DROP):
                session.execute(statement, {"tenant_id": tenant_id, "before": before, "at": at})
    return len(tenants)


def _check(tenant_id: UUID, upload_id: UUID, found: Batch) -> bool:
    tenant, answers = check_all([one.submission for one in found.taken], tenant_id=tenant_id, at=utc_now())
    with tenant_session(tenant_id) as session:
        carrying_out.enter_checks(
            session, tenant_id=tenant_id, upload_id=upload_id, tenant=tenant, at=utc_now(),
            answers={one.item: answer for one, answer in zip(found.taken, answers, strict=True)},
        )  # fmt: skip
    return bool(found.taken)


def _send(tenant_id: UUID, upload_id: UUID, found: Batch) -> bool:
    tenant, answers = check_all([one.submission for one in found.taken], tenant_id=tenant_id, at=utc_now())
    together = list(zip((one.item for one in found.taken), answers, strict=True))
    good = [(item, answer) for item, answer in together if isinstance(answer, Checked)]
    refused = {item: answer for item, answer in together if isinstance(answer, DomainError)}
    if refused:
        with tenant_session(tenant_id) as session:
            carrying_out.enter_refusals(session, tenant_id=tenant_id, upload_id=upload_id, refusals=refused)
    try:
        if found.whole:
            _all_or_none(tenant_id, upload_id, found, tenant, good, refused)
        elif good:
            _some(tenant_id, upload_id, found, tenant, good)
    except Overtaken:
        log.info("an upload was carried out by somebody else", extra={"upload_id": str(upload_id)})
    with tenant_session(tenant_id) as session:
        carrying_out.end(session, tenant_id=tenant_id, upload_id=upload_id, at=utc_now())
        return queries.get(session, tenant_id=tenant_id, upload_id=upload_id).state == "sending"


def _all_or_none(
    tenant_id: UUID, upload_id: UUID, found: Batch, tenant: TenantFacts, good: Sequence[tuple[int, Checked]],
    refused: dict[int, DomainError],
) -> None:  # fmt: skip
    error = next(iter(refused.values()), None)
    if error is None and good:
        try:
            _accept(tenant_id, upload_id, found, tenant, good)
        except DomainError as refusal:
            error = refusal
    if error is not None:
        _stand_still(tenant_id, upload_id, error)


def _some(
    tenant_id: UUID, upload_id: UUID, found: Batch, tenant: TenantFacts, good: Sequence[tuple[int, Checked]]
) -> None:
    """The batch at once; where one is refused, each by itself, so that it alone fails."""
    try:
        _accept(tenant_id, upload_id, found, tenant, good)
        return
    except DomainError as error:
        if len(good) == 1 or isinstance(error, InsufficientKontor):
            log.info("documents of an upload go one by one", extra={"upload_id": str(upload_id), "reason": error.code})
    for item, one in good:
        try:
            _accept(tenant_id, upload_id, found, tenant, [(item, one)])
        except InsufficientKontor as error:
            _stand_still(tenant_id, upload_id, error)
            return
        except DomainError as error:
            with tenant_session(tenant_id) as session:
                carrying_out.enter_refusals(session, tenant_id=tenant_id, upload_id=upload_id, refusals={item: error})


def _accept(
    tenant_id: UUID, upload_id: UUID, found: Batch, tenant: TenantFacts, good: Sequence[tuple[int, Checked]]
) -> None:
    def accepted() -> None:
        with tenant_session(tenant_id) as session:
            rows = carrying_out.hold(
                session, tenant_id=tenant_id, upload_id=upload_id, items=[item for item, _ in good]
            )
            documents = accept(
                session, tenant=tenant, checked=[one for _, one in good], created_by=found.by, at=utc_now(),
                reach=found.reach,
            )  # fmt: skip
            carrying_out.enter_sent(session, rows=rows, documents=documents)

    refilled(accepted, tenant_id=tenant_id)
    bell.ring()


def _stand_still(tenant_id: UUID, upload_id: UUID, error: DomainError) -> None:
    state = "paused" if isinstance(error, InsufficientKontor) else "checked"
    with tenant_session(tenant_id) as session:
        carrying_out.stand_still(session, tenant_id=tenant_id, upload_id=upload_id, state=state, error=error)
