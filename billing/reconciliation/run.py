"""A run: compare everything in one snapshot, open a break for what differs, end those whose reason is gone.

Nothing that is compared is changed. Two runs are one run: a break is open once, and a person's word stays.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from billing.breaks import BY_ITSELF, open_break
from billing.models.finance import ReconciliationRun
from billing.reconciliation import charge_checks, flow, gateway_checks, payment_checks, revenue
from billing.reconciliation.checks import Check, Finding
from billing.reconciliation.kinds import KINDS
from ebelge.core.clock import istanbul_date
from ebelge.core.ids import new_id

# What follows a payment by the outbox (invoice, commission, arriving kontör) has this long before it counts as missing.
PATIENCE = timedelta(hours=1)
CHECKS: tuple[Check, ...] = (
    *payment_checks.CHECKS, *gateway_checks.CHECKS, *charge_checks.CHECKS, *flow.CHECKS, *revenue.CHECKS,
)  # fmt: skip
BATCH = 500
_OPERATOR = text("SELECT tenant_id FROM tenant WHERE kind = 'operator' AND mode = 'live'")
_COUNTS = text(
    """SELECT (SELECT count(*) FROM document_outcomes) AS documents, (SELECT count(*) FROM charge) AS charges,
              (SELECT count(*) FROM kontor_order) AS orders, (SELECT count(*) FROM payment) AS payments,
              (SELECT count(*) FROM bank_line) AS bank_lines, (SELECT count(*) FROM gateway_line) AS gateway_lines"""
)
# Breaks of ours that this run did not see again, because their reason is gone.
_GONE = text(
    """UPDATE finance_break SET state = 'resolved', ended_at = :at, resolved_by = :run,
              note = 'the difference is gone; found so by reconciliation'
        WHERE state = 'open' AND kind = ANY(:kinds) AND seen_at < :at RETURNING 1"""
)


class NoOperator(Exception):
    """There is no live operator: the installation has not been opened."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to."""

    run_id: UUID
    found: int
    opened: int
    ended: int
    open_now: int
    counts: dict[str, int]


def findings(
    connection: Connection, *, at: datetime, checks: Sequence[Check] = CHECKS,
    progress: Callable[[str], None] | None = None,
) -> Iterator[Finding]:  # fmt: skip
    """Everything that does not agree, streamed check by check.

    :param connection: of the role `reader`, in a transaction with isolation level REPEATABLE READ.
    :param progress: called with the name of each check before it runs.
    What belongs to no tenant is the operator's; without an operator yet, nobody's (the nil UUID).
    """
    operator_id = connection.execute(_OPERATOR).scalar_one_or_none() or UUID(int=0)
    # Whole tables are joined; what fits into the memory of the server is not written to its disk.
    connection.execute(text("SET LOCAL work_mem = '64MB'"))
    values = {"at": at, "operator_id": operator_id, "patience_from": at - PATIENCE}
    options = {"stream_results": True, "max_row_buffer": BATCH}
    for check in checks:
        if progress is not None:
            progress(check.kind)
        with connection.execute(text(check.sql), values, execution_options=options) as rows:
            for row in rows:
                tenant_id, subject, kurus, kontor, data, *kind = row
                yield Finding(
                    kind[0] if kind else check.kind, tenant_id, subject,
                    None if kurus is None else int(kurus), None if kontor is None else int(kontor),
                    data if isinstance(data, dict) else json.loads(data),
                )  # fmt: skip


def operator(connection: Connection) -> UUID:
    """Whose books hold what belongs to no tenant. :raises NoOperator: the installation has not been opened."""
    found: UUID | None = connection.execute(_OPERATOR).scalar_one_or_none()
    if found is None:
        raise NoOperator()
    return found


def counts(connection: Connection) -> dict[str, int]:
    """How much was compared."""
    return {name: int(count) for name, count in connection.execute(_COUNTS).one()._mapping.items()}


def begin(session: Session, *, asked_by: str, at: datetime) -> UUID:
    """Write down that a run has begun (role finance)."""
    run = ReconciliationRun(
        run_id=new_id(), day=istanbul_date(at), started_at=at, asked_by=asked_by, counts={}, breaks_found=0,
        breaks_open=0,
    )  # fmt: skip
    session.add(run)
    session.flush()
    return run.run_id


def progressed(session: Session, *, run_id: UUID, checked: int, checks: int) -> None:
    """Write down how far a run has come, for whoever watches it (role finance)."""
    session.execute(
        text("UPDATE reconciliation_run SET counts = CAST(:counts AS jsonb) WHERE run_id = :run_id"),
        {"run_id": run_id, "counts": json.dumps({"checked": checked, "checks": checks})},
    )


def keep(session: Session, found: Sequence[Finding], *, at: datetime) -> int:
    """Open a break for each finding, or see it again; returns how many are new (role finance).

    One that a person has ended stays ended while it is of the same size; what ended by itself may come again.
    """
    return sum(
        open_break(
            session, tenant_id=one.tenant_id, kind=one.kind, subject=one.subject, at=at, amount_kurus=one.amount_kurus,
            kontor=one.kontor, data=one.data, again=False,
        )
        for one in found
    )  # fmt: skip


def finish(
    session: Session,
    *,
    run_id: UUID,
    found: int,
    opened: int,
    counted: dict[str, int],
    sums: dict[str, int],
    at: datetime,
    ended_at: datetime,
) -> Outcome:  # fmt: skip
    """End what this run did not see again, and the run itself (role finance). `at` is the run's beginning.

    `sums`: the three columns (`sides`), kept with what was counted.
    """
    gone = session.execute(_GONE, {"at": at, "run": f"{BY_ITSELF}{run_id}", "kinds": list(KINDS)}).all()
    open_now = session.execute(text("SELECT count(*) FROM finance_break WHERE state = 'open'")).scalar_one()
    run = session.get_one(ReconciliationRun, run_id)
    run.ended_at, run.counts, run.breaks_found, run.breaks_open = ended_at, counted | sums, found, open_now
    session.flush()
    return Outcome(run_id, found, opened, len(gone), open_now, counted)
