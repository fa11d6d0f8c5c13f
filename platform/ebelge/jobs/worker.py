"""The worker process: RQ without forks, so that seals, connections and the archive are opened once."""

import logging
import os
from collections.abc import Sequence
from types import FrameType
from typing import Any

import redis
from rq import SimpleWorker
from rq.serializers import JSONSerializer
from rq.worker_registration import register

from ebelge.core.db import dispose_engines
from ebelge.jobs import stopping
from ebelge.jobs.queues import connection, queue
from ebelge.outbox.topics import QUEUES

log = logging.getLogger(__name__)

# How long Redis remembers a worker that died; also how often an idle one reports.
WORKER_TTL_S = 60


class EbelgeWorker(SimpleWorker):
    """RQ's in-process worker, without its command channel, and known to Redis again after a FLUSHALL."""

    def subscribe(self) -> None:
        """No command channel: signals stop this worker, and a thread less runs beside the seals."""

    def unsubscribe(self) -> None:
        """Nothing was subscribed."""

    def heartbeat(self, *arguments: Any, **options: Any) -> None:
        """Report, and enter the worker again in case Redis was wiped (the relay counts workers)."""
        super().heartbeat(*arguments, **options)
        register(self)

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
