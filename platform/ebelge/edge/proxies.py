"""Whose words about the client are believed: only those of so many proxies of ours as stand before us.

Anybody may send X-Forwarded-For. Each proxy of ours adds the address that it saw at the end of the line, so with
`EBELGE_TRUSTED_PROXIES` = n the n-th from the end was written by the outermost of them; what stands before it is the
client's own tale. With 0, the default, the header says nothing, and the client is whoever opened the connection.
X-Forwarded-Host is never believed: proxies pass on Host itself.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import request
from werkzeug.middleware.proxy_fix import ProxyFix

from ebelge.core.config import settings
from tenants.addresses import Address, read_address

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class TrustedProxies:
    """Puts the client's own address and scheme into the request, if proxies of ours have told them."""

    def __init__(self, application: "WSGIApplication") -> None:
        self._plain = application
        self._fixed: dict[int, ProxyFix] = {}

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request."""
        count = settings().trusted_proxies
        if count == 0:
            return self._plain(environ, start_response)
        if count not in self._fixed:
            self._fixed[count] = ProxyFix(self._plain, x_for=count, x_proto=count, x_host=0, x_port=0, x_prefix=0)
        return self._fixed[count](environ, start_response)


def client_address() -> Address | None:
    """Where the request comes from; None if that is no address (a socket file, or a proxy that writes nonsense)."""
    return read_address(request.remote_addr or "")
