"""Many documents checked at once: the rules hold a core for 6 ms each and are not thread-safe, so by processes.

The processes are started at the first large batch and stay; they end with the process that started them.
"""

import os
import threading
from collections import deque
from collections.abc import Sequence
from concurrent import futures
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import datetime
from functools import cache
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from uuid import UUID

from ebelge.core.errors import DomainError
from ebelge.documents.submit import Checked, Submission, TenantFacts, check_all
from ebelge.ubl.validate import warm_up

ALONE_MAX = 12  # fewer are done before a second process has been asked
CHUNK = 20
Answers = tuple[TenantFacts, list[Checked | DomainError]]


def check_many(submissions: Sequence[Submission], *, tenant_id: UUID, at: datetime) -> Answers:
    """`check_all` over all cores; the answers stand in the order of `submissions`."""
    others = _cores() - 1
    if len(submissions) <= ALONE_MAX or others == 0:
        return check_all(submissions, tenant_id=tenant_id, at=at)
    waiting = deque((n, submissions[n : n + CHUNK]) for n in range(0, len(submissions), CHUNK))
    running: dict[Future[Answers], int] = {}
    done: dict[int, Answers] = {}
    try:
        while waiting or running:
            while waiting and len(running) < 2 * others:
                place, chunk = waiting.popleft()
                running[_pool().submit(_check, chunk, tenant_id, at)] = place
            if waiting:  # this process is a checker as well
                place, chunk = waiting.pop()
                done[place] = _check(chunk, tenant_id, at)
            ready, _ = futures.wait(running, timeout=0 if waiting else None, return_when=futures.FIRST_COMPLETED)
            for future in ready:
                done[running.pop(future)] = future.result()
    except BrokenProcessPool:
        _pool.cache_clear()  # one was killed: this batch is checked here, the next one gets new processes
        return check_all(submissions, tenant_id=tenant_id, at=at)
    return done[0][0], [answer for place in sorted(done) for answer in done[place][1]]


def _check(chunk: Sequence[Submission], tenant_id: UUID, at: datetime) -> Answers:
    return check_all(chunk, tenant_id=tenant_id, at=at)


def _cores() -> int:
    return int(os.environ.get("EBELGE_CHECKERS") or 0) or len(os.sched_getaffinity(0))


@cache
def _pool() -> ProcessPoolExecutor:
    # spawned, not forked: neither Saxon nor a pooled connection survives a fork
    return ProcessPoolExecutor(_cores() - 1, mp_context=get_context("spawn"), initializer=_begin)


def _begin() -> None:
    threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()
    warm_up()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(0)
