"""The relay: carries messages from the outbox to RQ. Several may run; each message is claimed by one."""

import logging
import threading
import time
from collections.abc import Iterator

import redis
from sqlalchemy.exc import DBAPIError

from ebelge.core.clock import utc_now
from ebelge.core.db import dispose_engines, role_session
from ebelge.jobs import bell
from ebelge.jobs.queues import JOB_MAX, JOBS_PER_WORKER, connection, enqueue, jobs_in_hand, portions, queue, workers_key
from ebelge.outbox import relay as outbox
from ebelge.outbox.messages import Claim
from ebelge.outbox.relay import Turns
from ebelge.outbox.topics import QUEUES

log = logging.getLogger(__name__)

POLL_S = 0.2
GATHER_S = 0.1
GATHER_STEP_S = 0.01


class Relay:
    """One relay process. `run` until told to stop; `turn` is one look."""

    def __init__(self, redis_connection: redis.Redis | None = None) -> None:
        self._redis = redis_connection or connection()
        self._turns = Turns()
        self._promoted_at = 0.0
        self._more_waits = False
        self._handed_at = 0.0

    def run(self, stop: threading.Event) -> None:
        """Look at every ring of the bell and every 200 ms; survives restarts of PostgreSQL and Redis."""
        log.info("relay started")
        steps: Iterator[bool] | None = None
        while not stop.is_set():
            try:
                if steps is None:
                    steps = bell.listen(self._redis)
                if self.turn():
                    self._handed_at = time.monotonic()
                if not self._more_waits:
                    next(steps)
                    self._gather(stop)
            except redis.RedisError as error:
                log.warning("Redis is away", extra={"reason": str(error)[:200]})
                steps = None
                stop.wait(POLL_S)
            except DBAPIError as error:
                log.warning("the database is away", extra={"reason": str(error.orig)[:200]})
                dispose_engines()
                stop.wait(POLL_S)

    def _gather(self, stop: threading.Event) -> None:
        """While signers are at work, let documents wait for each other: one job for several costs far less.

        A document that comes alone is handed over at once. The ring may be that of a signer which is just ending.
        """
        while (rest_s := self._handed_at + GATHER_S - time.monotonic()) > 0 and jobs_in_hand("sign", self._redis):
            stop.wait(min(rest_s, GATHER_STEP_S))

    def turn(self) -> int:
        """Claim what workers have room for and hand it over; returns how many messages.

        :raises redis.RedisError: nothing was claimed, or what was claimed has been given back.
        """
        room = self._room()
        at = utc_now()
        claimed: dict[str, list[Claim]] = {}
        self._more_waits = False
        with role_session("relay") as session:
            if time.monotonic() - self._promoted_at >= POLL_S:
                outbox.promote(session, at=at)
                self._promoted_at = time.monotonic()
            for name in outbox.busy_queues(session, [name for name, (jobs, _) in room.items() if jobs > 0]):
                limit = room[name][0] * JOB_MAX[name]
                claimed[name] = outbox.claim(session, queue=name, limit=limit, turns=self._turns, at=at)
                self._more_waits |= len(claimed[name]) == limit
        # Committed: from here on a crash costs the leases' time, nothing else.
        handed = 0
        for name, claims in claimed.items():
            try:
                enqueue(name, portions(claims, name=name, workers=room[name][1]), self._redis, claimed_at=at)
                handed += len(claims)
            except redis.RedisError:
                self._give_back([one for theirs in list(claimed.values()) for one in theirs][handed:])
                raise
        return handed

    def _room(self) -> dict[str, tuple[int, int]]:
        """Per queue: how many more jobs may wait, and the number of workers (at least one is assumed)."""
        with self._redis.pipeline(transaction=False) as pipe:
            for name in QUEUES:
                pipe.llen(queue(name, self._redis).key)
                pipe.scard(workers_key(name))
            answers = pipe.execute()
        found: dict[str, tuple[int, int]] = {}
        for index, name in enumerate(QUEUES):
            waiting, workers = int(answers[2 * index]), max(1, int(answers[2 * index + 1]))
            found[name] = (JOBS_PER_WORKER * workers - waiting, workers)
        return found

    def _give_back(self, claims: list[Claim]) -> None:
        with role_session("relay") as session:
            outbox.give_back(session, claims)
