"""Where a payer may be sent after paying: to us, or to an origin that the operator has permitted."""

import os
from functools import cache
from urllib.parse import urlsplit

from ebelge.core.config import ConfigurationError, settings
from ebelge.core.errors import DomainError

LENGTH_MAX = 500
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class ReturnUrlRefused(DomainError):
    """The address to go back to is not one that the operator has permitted."""

    code, http_status = "return_url_refused", 422
    title_tr, title_en = "Dönüş adresine izin verilmiyor", "The return address is not allowed"


def check(url: str) -> str:
    """The address, if a payer may be sent there. :raises ReturnUrlRefused: it is malformed or not permitted."""
    if len(url) <= LENGTH_MAX and _origin(url) in {_origin(settings().public_base_url), *_permitted()}:
        return url
    raise ReturnUrlRefused(
        "return_url, işletmecinin izin verdiği bir adreste olmalı; hiç verilmezse sonuç sayfamız gösterilir.",
        "return_url must be at an origin that the operator permits; without one our own result page is shown.",
    )


@cache
def _permitted() -> frozenset[str]:
    """EBELGE_RETURN_ORIGINS: origins parted by commas. :raises ConfigurationError: one of them is none."""
    origins = set()
    for part in os.environ.get("EBELGE_RETURN_ORIGINS", "").split(","):
        if not part.strip():
            continue
        origin = _origin(part.strip())
        if origin is None or urlsplit(part.strip()).path.strip("/"):
            raise ConfigurationError(f"EBELGE_RETURN_ORIGINS has {part.strip()!r}; give origins: https://erp.example")
        origins.add(origin)
    return frozenset(origins)


def _origin(url: str) -> str | None:
    """Scheme, host and port of a harmless web address; None for any other."""
    if not url.isascii() or any(sign <= " " or sign in "\\\x7f" for sign in url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.username is not None or parts.password is not None or not parts.hostname:
        return None
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return None
    return f"{parts.scheme}://{parts.hostname}:{port or (443 if parts.scheme == 'https' else 80)}"
