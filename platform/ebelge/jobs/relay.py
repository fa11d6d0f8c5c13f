"""The relay: carries messages from the outbox to RQ. Several may run; each message is claimed by one."""

import logging
import threading
import time
from collections.abc import Iterator

import redis
from sqlalchemy.exc import DBAPIError

from ebelge.core.clock import utc_now
from ebelge.core.db import dispose_engines, make_durable, role_session
from ebelge.jobs import bell
from ebelge.jobs.queues import JOB_MAX, connection, enqueue, look_at, portions
from ebelge.outbox import relay as outbox
from ebelge.outbox.messages import Claim
from ebelge.outbox.relay import Turns
from ebelge.outbox.topics import QUEUES

log = logging.getLogger(__name__)

POLL_S = 0.2
GATHER_S = 0.1


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
        """Let what comes close together wait for each other: one job for several costs far less (ADR 0097).

        What comes alone is handed over at once; a lone document does not even come this way.
        """
        if (rest_s := self._handed_at + GATHER_S - time.monotonic()) > 0:
            stop.wait(rest_s)

    def turn(self) -> int:
        """Claim what workers have room for and hand it over; returns how many messages.

        :raises redis.RedisError: nothing was claimed, or what was claimed has been given back.
        """
        look = look_at(self._redis)
        at = utc_now()
        limits = {name: look.room(name) * JOB_MAX[name] for name in QUEUES if look.room(name) > 0}
        # A claim to sign that a crash of the server undoes is made again, and two who sign the same document meet in
        # the archive: it need not wait for the disk. What goes out to others must not go twice (ADR 0057).
        with role_session("relay", durable=False) as session:
            if time.monotonic() - self._promoted_at >= POLL_S:
                outbox.promote(session, at=at)
                self._promoted_at = time.monotonic()
            found = outbox.claim_all(session, limits=limits, turns=self._turns, at=at)
            claimed = {name: claims for name, claims in found.items() if claims}
            if claimed.keys() - {"sign"}:
                make_durable(session)
        # Committed: from here on a crash of this process costs the leases' time, nothing else.
        self._more_waits = any(len(claims) == limits[name] for name, claims in claimed.items())
        handed = 0
        for name, claims in claimed.items():
            try:
                enqueue(name, portions(claims, name=name, workers=look.workers(name)), self._redis, claimed_at=at)
                handed += len(claims)
            except redis.RedisError:
                self._give_back([one for theirs in list(claimed.values()) for one in theirs][handed:])
                raise
        return handed

    def _give_back(self, claims: list[Claim]) -> None:
        with role_session("relay") as session:
            outbox.give_back(session, claims)
