"""Reconciliation as a job: compare in one snapshot as `reader`, then keep what differs as `finance`."""

import itertools
import logging
from collections.abc import Callable, Iterator
from datetime import datetime, time
from uuid import UUID

from billing.reconciliation import run, sides
from billing.reconciliation.checks import Finding
from billing.reconciliation.run import CHECKS, NoOperator, Outcome
from ebelge.core.clock import ISTANBUL, istanbul_date, utc_now
from ebelge.core.db import engine, one, role_session, tenant_session
from ebelge.jobs.asking import ask
from ebelge.outbox import messages
from ebelge.outbox.messages import Claim
from tenants.audit.deeds import house

log = logging.getLogger(__name__)

NIGHTLY_FROM = time(3, 0)  # Istanbul: the gateways' lists of the day before are fetched by then
BATCH = 500
COMPARE = "books.compare"


def reconcile(*, asked_by: str, at: datetime, progress: Callable[[str], None] | None = None) -> Outcome:
    """Compare everything and keep the breaks; may be repeated and run beside everything else.

    :raises NoOperator: the installation has no operator yet.
    """
    found = opened = 0
    pool = engine("reader").execution_options(isolation_level="REPEATABLE READ")
    with pool.connect() as connection, connection.begin():
        run.operator(connection)
        with role_session("finance") as session:
            run_id = run.begin(session, asked_by=asked_by, at=at)
        counted, sums = run.counts(connection), sides.sums(connection)
        step = _told(run_id, progress)
        for batch in _batches(run.findings(connection, at=at, progress=step)):
            # a break seen late in a long run must not look unseen: `at` is the run's beginning
            with role_session("finance") as session:
                opened += run.keep(session, batch, at=at)
            found += len(batch)
    with role_session("finance") as session:
        outcome = run.finish(
            session, run_id=run_id, found=found, opened=opened, counted=counted, sums=sums, at=at, ended_at=utc_now()
        )
    level = logging.WARNING if outcome.open_now else logging.INFO
    log.log(level, "reconciled", extra={"run_id": str(run_id), "found": found, "opened": opened,
                                        "ended": outcome.ended, "open": outcome.open_now})  # fmt: skip
    return outcome


def nightly(at: datetime) -> int:
    """The night's run, once a day after three in Istanbul; returns the breaks it opened."""
    if at.astimezone(ISTANBUL).time() < NIGHTLY_FROM:
        return 0
    with role_session("finance") as session:
        done = one(
            session,
            "SELECT 1 FROM reconciliation_run WHERE day = :day AND asked_by = 'night' AND ended_at IS NOT NULL",
            day=istanbul_date(at),
        )
    if done is not None:
        return 0
    try:
        return reconcile(asked_by="night", at=at).opened
    except NoOperator:
        return 0


def request(*, asked_by: str, at: datetime) -> bool:
    """Let a worker compare everything now; False if that waits already. Then ring the bell."""
    with role_session("finance") as session:
        operator_id = house(session)
    with tenant_session(operator_id) as session:
        return ask(
            session, tenant_id=operator_id, topic=COMPARE, key=operator_id, at=at, payload={"asked_by": asked_by}
        )


def waits() -> bool:
    """Whether a comparison that somebody asked for has not begun or not ended yet."""
    with role_session("reader") as session:
        found = one(
            session,
            "SELECT 1 FROM outbox_message WHERE tenant_id = :house AND key = :house AND topic = :topic "
            "AND state IN ('scheduled', 'waiting', 'claimed') LIMIT 1",
            house=house(session), topic=COMPARE,
        )  # fmt: skip
    return found is not None


def compare(claim: Claim) -> None:
    """Compare everything (topic books.compare); a repetition is another run of the same."""
    reconcile(asked_by=str(claim.payload.get("asked_by", "system")), at=utc_now())
    with tenant_session(claim.tenant_id) as session:
        messages.done(session, [claim], at=utc_now())


def _told(run_id: UUID, also: Callable[[str], None] | None) -> Callable[[str], None]:
    """Each check that begins is written into the run, and told to `also`."""
    begun = 0

    def step(kind: str) -> None:
        nonlocal begun
        with role_session("finance") as session:
            run.progressed(session, run_id=run_id, checked=begun, checks=len(CHECKS))
        begun += 1
        if also is not None:
            also(kind)

    return step


def _batches(found: Iterator[Finding]) -> Iterator[list[Finding]]:
    while batch := list(itertools.islice(found, BATCH)):
        yield batch
