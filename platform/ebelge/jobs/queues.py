"""RQ on Redis, as a doorbell with a letter box: nothing in Redis is missed when it is wiped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import redis
from rq import Queue
from rq.serializers import JSONSerializer

from ebelge.core.config import settings
from ebelge.jobs.claims import to_json
from ebelge.outbox.messages import Claim
from ebelge.outbox.topics import QUEUES

# The RQ function of each topic's queue, and how many claims one job carries at most and at least. A job is one unit
# of a worker's attention: large where the work is ours, small where each claim waits for somebody else's server.
TASKS: dict[str, str] = {
    "sign": "ebelge.jobs.tasks.sign",
    "send": "ebelge.jobs.tasks.send",
    "incoming": "ebelge.jobs.tasks.incoming",
    "mail": "ebelge.jobs.tasks.mail",
    "ledger": "ebelge.jobs.tasks.ledger",
    "payments": "ebelge.jobs.tasks.payments",
    "invoices": "ebelge.jobs.tasks.invoices",
    "webhooks": "ebelge.jobs.tasks.webhooks",
}
JOB_MAX: dict[str, int] = {
    "sign": 100,
    "send": 100,  # as many as an envelope holds
    "incoming": 10,
    "mail": 20,
    "ledger": 50,
    "payments": 10,
    "invoices": 10,
    "webhooks": 10,
}
JOB_MIN: dict[str, int] = {
    "sign": 16,
    "send": 8,
    "incoming": 2,
    "mail": 4,
    "ledger": 8,
    "payments": 2,
    "invoices": 2,
    "webhooks": 2,
}
JOBS_PER_WORKER = 2
# RQ's own limits must never be what ends a job: the lease is.
JOB_TIMEOUT_S = 1800
FAILED_JOB_KEPT_S = 3600


def connection() -> redis.Redis:
    """A connection pool to Redis for this process."""
    return redis.Redis.from_url(
        settings().redis_url,
        protocol=2,  # its answers are read in half the steps
        socket_connect_timeout=2.0,
        socket_keepalive=True,
        health_check_interval=15,
    )


def queue(name: str, redis_connection: redis.Redis) -> Any:
    """The RQ queue of one of our queues."""
    return Queue(name, connection=redis_connection, serializer=JSONSerializer)


def workers_key(name: str) -> str:
    """Redis key of the set of workers that listen on a queue."""
    return f"rq:workers:{name}"


@dataclass(frozen=True, slots=True)
class Look:
    """How the queues stood at one instant: jobs that wait, jobs that are being worked on, workers."""

    found: Mapping[str, tuple[int, int, int]]

    def in_hand(self, name: str) -> int:
        """How many jobs of a queue wait for a worker or are being worked on."""
        waiting, working, _ = self.found[name]
        return waiting + working

    def workers(self, name: str) -> int:
        """The workers of a queue; at least one is assumed."""
        return max(1, self.found[name][2])

    def room(self, name: str) -> int:
        """How many more jobs may wait."""
        return JOBS_PER_WORKER * self.workers(name) - self.found[name][0]


def look_at(redis_connection: redis.Redis) -> Look:
    """How the queues stand, in one round trip."""
    with redis_connection.pipeline(transaction=False) as pipe:
        for name in QUEUES:
            pipe.llen(f"rq:queue:{name}")
            pipe.zcard(f"rq:wip:{name}")
            pipe.scard(workers_key(name))
        answers = iter(pipe.execute())
    return Look({name: (int(next(answers)), int(next(answers)), int(next(answers))) for name in QUEUES})


def portions(claims: Sequence[Claim], *, name: str, workers: int) -> list[list[Claim]]:
    """Cut claims into jobs: shared out evenly among the workers, but no smaller or larger than is sensible."""
    if not claims:
        return []
    even = -(-len(claims) // max(1, workers))
    size = max(JOB_MIN[name], min(JOB_MAX[name], even))
    return [list(claims[start : start + size]) for start in range(0, len(claims), size)]


def enqueue(name: str, jobs: Sequence[Sequence[Claim]], redis_connection: redis.Redis, *, claimed_at: datetime) -> None:
    """Hand jobs over in one round trip. :raises redis.RedisError: some may have been handed over, some not."""
    target = queue(name, redis_connection)
    target.enqueue_many(
        [
            Queue.prepare_data(
                TASKS[name],
                args=([to_json(claim) for claim in job], claimed_at.isoformat()),
                timeout=JOB_TIMEOUT_S,
                result_ttl=0,
                failure_ttl=FAILED_JOB_KEPT_S,
                description=f"{name}: {len(job)}",
            )
            for job in jobs
        ]
    )
