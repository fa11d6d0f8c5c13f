"""A request's id, its instant and its line in the log; security headers on every answer."""

import logging
import re
import time
from contextlib import ExitStack
from datetime import datetime

from flask import Flask, Response, g, request

from ebelge.core.clock import utc_now
from ebelge.core.config import settings
from ebelge.core.ids import new_id
from ebelge.core.telemetry import bind

REQUEST_ID = "X-Request-Id"
_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_QUIET = frozenset({"/healthz", "/readyz"})
_log = logging.getLogger("ebelge.requests")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
# Nothing of anybody's stands in these; every other answer is kept by no browser and no proxy.
_KEPT_BY_BROWSERS = frozenset(
    {"front.front", "front.services", "front.service", "front.faq", "reference.docs", "reference.openapi_json"}
)


def register(app: Flask) -> None:
    """Give each request an id and a log line, and each answer its headers."""
    app.before_request(_begin)
    app.after_request(_finish)
    app.teardown_request(_leave)


def request_id() -> str:
    """The id of the request in hand: the client's own if it is harmless, else ours."""
    return str(g.get("request_id", ""))


def request_at() -> datetime:
    """The instant at which the request came in."""
    at: datetime = g.request_at
    return at


def note(**fields: object) -> None:
    """Put fields (document_id, …) on the request's line in the log."""
    g.setdefault("log_notes", {}).update({name: str(value) for name, value in fields.items()})


def _begin() -> None:
    given = request.headers.get(REQUEST_ID, "")
    g.request_id = given if _GIVEN_ID.fullmatch(given) else str(new_id())
    g.request_at = utc_now()
    g.request_began = time.perf_counter()
    g.log_fields = ExitStack()
    g.log_fields.enter_context(bind(request_id=g.request_id))


def _finish(response: Response) -> Response:
    response.headers.setdefault(REQUEST_ID, request_id())
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint not in _KEPT_BY_BROWSERS:
        response.headers.setdefault("Cache-Control", "no-store")
    if settings().public_base_url.startswith("https://"):
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if request.path not in _QUIET:
        _log.info(
            "request",
            extra={
                "method": request.method,
                # the rule, not the path: a buyer's link is a secret
                "route": request.url_rule.rule if request.url_rule else "-",
                "status": response.status_code,
                "ms": round((time.perf_counter() - g.request_began) * 1000, 1),
                "tenant_id": str(g.bearer.tenant_id) if "bearer" in g else None,
                **{name: str(value) for name, value in (request.view_args or {}).items() if name == "document_id"},
                **g.get("log_notes", {}),
            },
        )
    return response


def _leave(error: BaseException | None) -> None:
    fields: ExitStack | None = g.pop("log_fields", None)
    if fields is not None:
        fields.close()
