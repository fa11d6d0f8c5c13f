"""The worker process: RQ without forks, so that seals, connections and the archive are opened once."""

import gc
import importlib
import logging
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from types import FrameType
from typing import Any

import redis
from rq import SimpleWorker
from rq.executions import Execution, ExecutionRegistry
from rq.job import Job
from rq.registry import StartedJobRegistry
from rq.serializers import JSONSerializer
from rq.worker_registration import register

from ebelge.core.db import dispose_engines
from ebelge.jobs import stopping
from ebelge.jobs.queues import TASKS, connection, queue
from ebelge.outbox.topics import QUEUES

log = logging.getLogger(__name__)

# How long Redis remembers a worker that died; also how often an idle one reports.
WORKER_TTL_S = 60


class EbelgeWorker(SimpleWorker):
    """RQ's in-process worker, known to Redis again after a FLUSHALL, and with bookkeeping for what our jobs are.

    They leave no result, nobody waits for them, none repeats, and what they did stands in PostgreSQL. RQ's own worker
    asks Redis some thirty times about a job; this one six times (ADR 0068).
    """

    def subscribe(self) -> None:
        """No command channel: signals stop this worker, and a thread less runs beside the seals."""

    def unsubscribe(self) -> None:
        """Nothing was subscribed."""

    def check_for_suspension(self, burst: bool) -> None:
        """Nobody suspends a worker through Redis: signals stop it, one that came before RQ listened included."""
        self._stop_requested = self._stop_requested or stopping.requested.is_set()

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """Report, and enter the worker again in case Redis was wiped (the relay counts workers)."""
        if pipeline is None:
            with self.connection.pipeline(transaction=False) as alone:
                self.heartbeat(timeout, alone)
                alone.execute()
            return
        super().heartbeat(timeout, pipeline)
        register(self, pipeline)

    def set_state(self, state: str, pipeline: Any = None) -> None:
        """Tell Redis of a change of state, not that it lasts."""
        if pipeline is not None or state != self._state:
            super().set_state(state, pipeline)

    def handle_execution_ended(self, job: Job, queue: Any, heartbeat_ttl: int) -> None:
        """A job that ended needs no more time."""
        job.ended_at = datetime.now(UTC)

    def handle_job_success(
        self, job: Job, queue: Any, started_job_registry: StartedJobRegistry, execution: Execution
    ) -> None:
        """Count the job and forget it, in one round trip."""
        if job.ended_at is None or job.started_at is None or job.get_result_ttl(self.default_result_ttl) != 0:
            super().handle_job_success(job, queue, started_job_registry, execution)
            return
        with self.connection.pipeline() as pipeline:
            self.increment_successful_job_count(pipeline=pipeline)
            self.increment_total_working_time(job.ended_at - job.started_at, pipeline)
            self.cleanup_execution(job, pipeline=pipeline, execution=execution)
            pipeline.delete(job.key, ExecutionRegistry(job.id, connection=self.connection).key)
            pipeline.execute()

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """End after the batch in hand."""
        stopping.requested.set()
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]  # RQ's method has no types


def run(names: Sequence[str]) -> None:
    """Work on these queues until SIGTERM or SIGINT; finishes the batch in hand, then returns.

    Comes back by itself when Redis was away. Call it in the main thread, never before a fork.
    :raises ValueError: there is no such queue.
    """
    unknown = set(names) - set(QUEUES)
    if unknown or not names:
        raise ValueError(f"unknown queue {', '.join(sorted(unknown))}; there are {', '.join(QUEUES)}")
    # Now, not with the first job: the first document of the day and the first payer need not wait for imports.
    for name in names:
        importlib.import_module(TASKS[name].rpartition(".")[0])
    gc.freeze()  # what a process keeps for life is not looked through again and again
    stopping.requested.clear()
    stopping.on_signals()
    log.info("worker started", extra={"queues": list(names), "pid": os.getpid()})
    while not stopping.requested.is_set():
        try:
            _work(names)
        except redis.RedisError as error:
            log.warning("Redis is away", extra={"reason": str(error)[:200]})
        finally:
            stopping.on_signals()  # RQ's handlers belong to a worker that has ended
        if not stopping.requested.wait(0.5):
            log.info("worker comes back")
    dispose_engines()
    log.info("worker stopped")


def _work(names: Sequence[str]) -> None:
    link = connection()
    worker = EbelgeWorker(
        [queue(name, link) for name in names],
        connection=link,
        serializer=JSONSerializer,
        worker_ttl=WORKER_TTL_S,
        default_result_ttl=0,
        log_job_description=False,
    )
    worker.work(logging_level="WARNING")
