"""RQ on Redis, as a doorbell with a letter box: nothing in Redis is missed when it is wiped."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import redis
from rq import Queue
from rq.serializers import JSONSerializer

from ebelge.core.config import settings
from ebelge.jobs.claims import to_json
from ebelge.outbox.messages import Claim

# The RQ function of each topic's queue, and how many claims one job carries at most and at least. A job is one unit
# of a worker's attention: large where the work is ours, small where each claim waits for somebody else's server.
TASKS: dict[str, str] = {
    "sign": "ebelge.jobs.tasks.sign",
    "send": "ebelge.jobs.tasks.send",
    "mail": "ebelge.jobs.tasks.mail",
    "ledger": "ebelge.jobs.tasks.ledger",
    "payments": "ebelge.jobs.tasks.payments",
    "invoices": "ebelge.jobs.tasks.invoices",
}
JOB_MAX: dict[str, int] = {"sign": 100, "send": 50, "mail": 20, "ledger": 50, "payments": 10, "invoices": 10}
JOB_MIN: dict[str, int] = {"sign": 16, "send": 8, "mail": 4, "ledger": 8, "payments": 2, "invoices": 2}
JOBS_PER_WORKER = 2
# RQ's own limits must never be what ends a job: the lease is.
JOB_TIMEOUT_S = 1800
FAILED_JOB_KEPT_S = 3600


def connection() -> redis.Redis:
    """A connection pool to Redis for this process."""
    return redis.Redis.from_url(
        settings().redis_url, socket_connect_timeout=2.0, socket_keepalive=True, health_check_interval=15
    )


def queue(name: str, redis_connection: redis.Redis) -> Any:
    """The RQ queue of one of our queues."""
    return Queue(name, connection=redis_connection, serializer=JSONSerializer)


def workers_key(name: str) -> str:
    """Redis key of the set of workers that listen on a queue."""
    return f"rq:workers:{name}"


def jobs_in_hand(name: str, redis_connection: redis.Redis) -> int:
    """How many jobs of a queue wait for a worker or are being worked on."""
    with redis_connection.pipeline(transaction=False) as pipe:
        pipe.llen(f"rq:queue:{name}")
        pipe.zcard(f"rq:wip:{name}")
        return sum(int(count) for count in pipe.execute())


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
