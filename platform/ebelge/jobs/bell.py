"""The doorbell: after a commit, wake the relay. Nobody depends on it: the relay looks every 200 ms anyway."""

import threading
from collections.abc import Iterator
from typing import Any

import redis

from ebelge.core.config import settings

CHANNEL = "ebelge:bell"
_lock = threading.Lock()
_rings: dict[str, redis.Redis] = {}


def ring() -> None:
    """Tell the relay that there are messages. Call it after the commit; errors do not matter."""
    url = settings().redis_url
    try:
        with _lock:
            if url not in _rings:
                _rings[url] = redis.Redis.from_url(url, protocol=2, socket_connect_timeout=0.2, socket_timeout=0.2)
        _rings[url].publish(CHANNEL, b"1")
    except (redis.RedisError, OSError):
        return


def listen(connection: Any) -> Iterator[bool]:
    """Endless: each step waits until the bell rings or 200 ms are over, and says whether it rang.

    :raises redis.RedisError: Redis is away; the caller goes on without a bell and comes back.
    """
    with connection.pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.subscribe(CHANNEL)
        while True:
            rang = pubsub.get_message(timeout=0.2) is not None
            # A hundred rings in a row are one reason to look.
            while rang and pubsub.get_message(timeout=0.0) is not None:
                pass
            yield rang
