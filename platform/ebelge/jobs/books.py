"""Reconciliation as a job: compare in one snapshot as `reader`, then keep what differs as `finance`."""

import itertools
import logging
from collections.abc import Callable, Iterator
from datetime import datetime, time

from billing.reconciliation import run
from billing.reconciliation.checks import Finding
from billing.reconciliation.run import NoOperator, Outcome
from ebelge.core.clock import ISTANBUL, istanbul_date, utc_now
from ebelge.core.db import engine, one, role_session

log = logging.getLogger(__name__)

NIGHTLY_FROM = time(3, 0)  # Istanbul: the gateways' lists of the day before are fetched by then
BATCH = 500


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
        counted = run.counts(connection)
        for batch in _batches(run.findings(connection, at=at, progress=progress)):
            # a break seen late in a long run must not look unseen: `at` is the run's beginning
            with role_session("finance") as session:
                opened += run.keep(session, batch, at=at)
            found += len(batch)
    with role_session("finance") as session:
        outcome = run.finish(
            session, run_id=run_id, found=found, opened=opened, counted=counted, at=at, ended_at=utc_now()
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


def _batches(found: Iterator[Finding]) -> Iterator[list[Finding]]:
    while batch := list(itertools.islice(found, BATCH)):
        yield batch
