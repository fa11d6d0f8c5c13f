"""How many requests one network may make where something can be guessed or mailed: counted in Redis, soon forgotten.

This bounds the work that we can be made to do. It is no lock: those stand in PostgreSQL (`tenants.people.lockouts`)
and hold without Redis, while these limits are simply gone for as long as Redis is.
"""

from collections.abc import Callable
from typing import Final, TypeVar, cast

from flask import Flask, Response
from flask_limiter import Limiter, RateLimitExceeded

from ebelge.core.config import settings
from ebelge.core.errors import DomainError
from ebelge.edge.languages import language
from ebelge.edge.problems import answer, retry_after
from ebelge.edge.sign_in import network

View = TypeVar("View", bound=Callable[..., object])
# A hash costs 50 ms of a core: one network gets at most a tenth of one.
SIGN_IN: Final = "120 per minute"
LETTERS: Final = "20 per minute"
LINKS: Final = "60 per minute"
_REDIS_TIMEOUT_S: Final = 0.25


class TooManyRequests(DomainError):
    """One network asks faster than anybody types."""

    code, http_status = "too_many_requests", 429
    title_tr, title_en = "Çok fazla istek", "Too many requests"


# a moving window: no minute begins in which twice as much is let through
_limiter = Limiter(key_func=network, strategy="moving-window", swallow_errors=True, headers_enabled=False)


def limited(rate: str) -> Callable[[View], View]:
    """Mark a view: a network may ask for it so often."""
    return cast("Callable[[View], View]", _limiter.limit(rate))


def register(app: Flask) -> None:
    """Count in the Redis of the settings."""
    app.config.update(
        RATELIMIT_STORAGE_URI=settings().redis_url,
        RATELIMIT_STORAGE_OPTIONS={
            "socket_connect_timeout": _REDIS_TIMEOUT_S,
            "socket_timeout": _REDIS_TIMEOUT_S,
        },
        RATELIMIT_KEY_PREFIX="ebelge-rates",
    )
    _limiter.init_app(app)
    app.register_error_handler(RateLimitExceeded, _refuse)


def _refuse(_: RateLimitExceeded) -> Response:
    refusal = TooManyRequests(
        "Hiçbir şey değiştirilmedi. Bir dakika sonra yeniden deneyin.",
        "Nothing was changed. Try again in a minute.",
        retry_after_s=60,
    )
    return answer(refusal.problem(language()), retry_after(refusal))
