"""A lone document's short way to the seal: who accepts it hands it to a signer himself, while none has work.

The relay is what nothing is lost by: whatever is not handed over, or is lost on the way, it finds (ADR 0097).
"""

import logging
import time
from enum import Enum
from functools import cache
from uuid import UUID

import redis

from ebelge.core.clock import utc_now
from ebelge.core.config import settings
from ebelge.core.db import tenant_session
from ebelge.jobs.queues import enqueue, workers_key
from ebelge.outbox import messages
from ebelge.outbox.messages import Claim

log = logging.getLogger(__name__)
QUEUE, SIGN = "sign", "document.sign"
JUST_CAME = "ebelge:document:came"
CLOSE_MS = 60
_came_s = 0.0  # when this process last asked


class Coming(Enum):
    """How a document comes: ALONE, it is handed to a signer at once; CLOSE behind another, the relay need not even be
    rung for it, for it looks again within 200 ms; BUSY: signers have work, or none is known, and the relay is rung."""

    ALONE = "alone"
    CLOSE = "close"
    BUSY = "busy"


def coming() -> Coming:
    """How a document comes just now.

    Documents that come close together cost less when they are signed together, as the relay hands them over. Where
    Redis does not answer at once, nobody is known to wait; where this very process took one just before, it is not
    asked.
    """
    global _came_s
    before_s, _came_s = _came_s, time.monotonic()
    if _came_s - before_s < CLOSE_MS / 1000:
        return Coming.CLOSE
    try:
        with _link(settings().redis_url).pipeline(transaction=False) as pipe:
            pipe.exists(JUST_CAME)
            pipe.set(JUST_CAME, 1, px=CLOSE_MS)
            pipe.llen(f"rq:queue:{QUEUE}")
            pipe.zcard(f"rq:wip:{QUEUE}")
            pipe.scard(workers_key(QUEUE))
            close, _, waiting, working, workers = pipe.execute()
    except (redis.RedisError, OSError):
        return Coming.BUSY
    if close:
        return Coming.CLOSE
    return Coming.ALONE if workers and not (waiting or working) else Coming.BUSY


def hand_over(*, tenant_id: UUID, message_id: UUID, document_id: UUID) -> None:
    """Give a signer the message that was committed as claimed. If Redis has gone away meanwhile, the relay will."""
    claim = Claim(tenant_id, message_id, SIGN, document_id, 1, {})
    try:
        enqueue(QUEUE, [[claim]], _link(settings().redis_url), claimed_at=utc_now())
    except (redis.RedisError, OSError):
        log.warning("a document could not be handed over, the relay will", extra={"document_id": str(claim.key)})
        with tenant_session(claim.tenant_id) as session:
            messages.again(session, claim, at=utc_now(), due_at=utc_now())


@cache
def _link(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, protocol=2, socket_connect_timeout=0.2, socket_timeout=0.5)
