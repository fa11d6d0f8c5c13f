"""Finance over large books: reconciliation and verification beside books of a tenth, a statement beside its query."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from multiprocessing.connection import Connection
from statistics import median
from uuid import UUID

from billing.statements import statement, table
from ebelge.core.clock import ISTANBUL, add_months, istanbul_midnight, utc_now
from ebelge.core.db import driver, tenant_session
from ebelge.devstack.bench._books import Size, fill
from ebelge.devstack.bench._figures import Row, peak_mb, row, timed
from ebelge.devstack.bench._ledgers import bind, databases
from ebelge.devstack.errors import StackError
from ebelge.jobs.audit import differences
from ebelge.jobs.books import reconcile

NAMES = ("reconcile_growth", "reconcile_memory", "statement", "verify_growth")
MEMORY_LIMIT_MB = 500.0
# Each is ten times the one before: customers, orders, documents an order (and its invoice).
SMALL, MIDDLE, LARGE = Size(10, 100, 9), Size(100, 100, 9), Size(1000, 100, 9)
ONE_TENANT = Size(1, 10, 1000)
# The rows of a statement as one query gives them, and nothing is made of them.
_BARE = """
    SELECT j.version, j.at, j.kind, j.kontor, j.net_kurus, j.available, j.held, j.frozen, j.charge_id, c.kind,
           c.reference, j.lot_id, l.source, l.reason, p.gateway, p.gateway_payment_id, l.expires_at
      FROM journal j
      JOIN lot l ON l.tenant_id = j.tenant_id AND l.lot_id = j.lot_id
      LEFT JOIN charge c ON c.tenant_id = j.tenant_id AND c.charge_id = j.charge_id
      LEFT JOIN payment p ON p.tenant_id = j.tenant_id AND l.source = 'payment' AND p.payment_id = l.source_id
     WHERE j.tenant_id = %s AND j.at >= %s AND j.at < %s
     ORDER BY j.version
"""


def rows(rounds: int) -> list[Row]:
    """All four rows. Books are filled by statements over sets; every run must find that they agree."""
    month = add_months(utc_now().astimezone(ISTANBUL).date().replace(day=1), -1)
    begin, end = istanbul_midnight(month), istanbul_midnight(add_months(month, 1))
    with databases("bench_small", "bench_middle", "bench_large", "bench_statement") as worlds:
        small, middle, large, single = worlds
        for world, size in ((small, SMALL), (middle, MIDDLE), (large, LARGE), (single, ONE_TENANT)):
            customer = fill(world["DATABASE_URL"], size, start=begin.isoformat())
            print(f"   {size.document_count} documents, {size.order_count} orders", flush=True)
        much, little, peak = _growth(rounds, _reconcile, large, middle)
        deep, shallow, _ = _growth(rounds, _verify, middle, small)
        bind(single)
        whole, bare = _statement(rounds, customer, begin, end)
    return [
        row(
            "reconcile_growth", much, "s", limit=little, reach="<= 12",
            against=f"{MIDDLE.document_count} documents and {MIDDLE.order_count} orders, instead of ten times as many",
        ),
        row(
            "reconcile_memory", peak, "MB", limit=MEMORY_LIMIT_MB, reach="< 1",
            against=f"{MEMORY_LIMIT_MB:.0f} MB; peak of the process over {LARGE.document_count} documents",
        ),
        row(
            "statement", whole, "ms", limit=bare, reach="<= 3",
            against=f"the bare query of the same {ONE_TENANT.entry_count} rows of a month",
        ),
        row(
            "verify_growth", deep, "s", limit=shallow, reach="<= 12",
            against=f"{SMALL.entry_count} entries, instead of ten times as many (without files)",
        ),
    ]  # fmt: skip


def _reconcile() -> None:
    outcome = reconcile(asked_by="bench", at=utc_now())
    if outcome.found:
        raise StackError(f"Reconciliation found {outcome.found} breaks in books that agree.")


class _Silent:
    def stage(self, text: str, total: int) -> None:
        pass

    def advance(self, units: int) -> None:
        pass


def _verify() -> None:
    if (found := next(differences(_Silent(), at=utc_now(), files=False), None)) is not None:
        raise StackError(f"Verification found a difference in books that agree: {found}")


def _statement(rounds: int, tenant_id: UUID, begin: datetime, end: datetime) -> tuple[float, float]:
    """A statement of the month with its table, and the query alone, in turn; ms."""

    def whole() -> None:
        with tenant_session(tenant_id) as session:
            found = statement.frame(session, tenant_id=tenant_id, start=begin, end=end, now=utc_now())
            made = table.rows(
                "", found, statement.lines(session, found), statement.lots_left(session, found), language="tr"
            )
        if found.line_count != ONE_TENANT.entry_count or len(made) < found.line_count:
            raise StackError(f"The statement has {found.line_count} lines.")

    def bare() -> None:
        with tenant_session(tenant_id) as session, driver(session).cursor() as cursor:
            cursor.execute(_BARE, (tenant_id, begin, end)).fetchall()

    times: tuple[list[float], list[float]] = ([], [])
    for step in (whole, bare):
        step()
    for n in range(rounds):
        for side in (0, 1) if n % 2 else (1, 0):
            times[side].append(timed((whole, bare)[side]))
    return median(times[0]), median(times[1])


def _growth(
    rounds: int, step: Callable[[], None], many: Mapping[str, str], few: Mapping[str, str]
) -> tuple[float, float, float]:
    """Seconds over the larger and the smaller books in turn, and the highest peak over the larger, in MB."""
    times: tuple[list[float], list[float]] = ([], [])
    peak = 0.0
    for n in range(rounds):
        for side in (0, 1) if n % 2 else (1, 0):
            seconds, needed_mb = _in_a_process(step, (many, few)[side])
            times[side].append(seconds)
            peak = max(peak, needed_mb)
            print(f"   {step.__name__.strip('_')}: {seconds:.2f} s, {needed_mb:.0f} MB", flush=True)
    return median(times[0]), median(times[1]), peak


def _in_a_process(step: Callable[[], None], environment: Mapping[str, str]) -> tuple[float, float]:
    """One run in a process of its own, as the command is: seconds without its start, peak in MB."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    child = spawn.Process(target=_child, args=(there, dict(environment), step), daemon=True)
    child.start()
    there.close()
    try:
        answer: tuple[float, float] = here.recv()
    except EOFError as error:
        raise StackError("A run of the benchmark failed; its reason is above.") from error
    finally:
        child.join(timeout=10)
    return answer


def _child(pipe: Connection, environment: Mapping[str, str], step: Callable[[], None]) -> None:
    os.environ.update(environment)
    began = time.perf_counter()
    step()
    pipe.send((time.perf_counter() - began, peak_mb(os.getpid())))
