"""Which names we answer to: those of `EBELGE_HOSTS` and the public address's. Any other Host is 400, before all else.

Whoever sends another name hopes that it ends up in a link, in a cache or in a redirect.
"""

import re

from flask import Flask, Response, request

from ebelge.core.config import LOOPBACK_NAMES, settings
from ebelge.core.errors import DomainError
from ebelge.edge.languages import language
from ebelge.edge.problems import answer

# The supervisor and a balancer on this machine ask these by address.
_BY_ADDRESS = frozenset({"/healthz", "/readyz"})
_HOST = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::[0-9]{1,5})?", re.IGNORECASE)


class UnknownHost(DomainError):
    """The request names a host that is not ours."""

    code, http_status = "unknown_host", 400
    title_tr, title_en = "Bu adres tanınmıyor", "This host is not known"


def register(app: Flask) -> None:
    """Check the Host of every request; registered right behind the request's id."""
    app.before_request(_check)


def name_of(host: str) -> str | None:
    """The host's name without its port, in lower case; None if it is malformed."""
    found = _HOST.fullmatch(host)
    return found[1].casefold().strip("[]") if found else None


def _check() -> Response | None:
    # Read from the header: what the framework makes of a missing or malformed one is not what was sent.
    name = name_of(request.environ.get("HTTP_HOST", ""))
    if name is not None and name in settings().hosts:
        return None
    if name in LOOPBACK_NAMES and request.path in _BY_ADDRESS:
        return None
    refusal = UnknownHost(
        "İstek bu sunucuya ait olmayan bir adla geldi (Host başlığı).",
        "The request names a host that is not ours (header Host).",
    )
    # Not as a page: of a malformed Host the framework makes no addresses.
    return answer(refusal.problem(language()), bare=True)
