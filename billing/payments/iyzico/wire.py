"""One call to iyzico: the package's resources decide method and path, everything on the wire is ours.

iyzipay 1.0.46 has no time-out, shares one header dict between all threads, sends and signs `null` on GET, lets money
through float, and has a checkout-form path without `auth/`. So each resource object gets our `connect`, which keeps the
package's own request signature (`generate_v2_hash`) and replaces the rest.
"""

import http.client
import json
import secrets
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import iyzipay.iyzipay_resource as resources

from billing.payments.errors import GatewayUnavailable

LIVE_BASE_URL = "https://api.iyzipay.com"
SANDBOX_BASE_URL = "https://sandbox-api.iyzipay.com"
ANSWER_BYTES_MAX = 4 * 1024 * 1024
CLIENT_VERSION = "ebelge"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
# What the package sends elsewhere -> where iyzico's documentation and its other SDKs send it.
_RIGHT_PATHS = {
    "/payment/iyzipos/checkoutform/initialize/ecom": "/payment/iyzipos/checkoutform/initialize/auth/ecom",
}
_SILENT_TR = "iyzico yanıt vermedi; sonuç kontrol ediliyor"


@dataclass(frozen=True, slots=True)
class IyzicoSettings:
    """One merchant account. Plain http is accepted for loopback only (the fake gateway)."""

    api_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    base_url: str = SANDBOX_BASE_URL
    timeout_s: float = 15.0
    merchant_id: str = ""
    ca_file: str | None = None
    refund_by: str = "item"
    not_found_codes: frozenset[str] = frozenset({"5152"})

    def __post_init__(self) -> None:
        url = urlsplit(self.base_url)
        if url.scheme not in ("https", "http") or not url.hostname:
            raise ValueError("iyzico's base_url begins with https://")
        if url.path.strip("/") or url.query:
            raise ValueError("iyzico's base_url has no path")
        if url.scheme == "http" and url.hostname not in _LOOPBACK:
            raise ValueError("plain http is for loopback only")
        if not self.api_key.strip() or not self.secret_key.strip():
            raise ValueError("iyzico needs an API key and a secret key")
        if self.refund_by not in ("item", "payment"):
            raise ValueError("refund_by is item (v1) or payment (v2)")

    @property
    def is_live(self) -> bool:
        """True where it moves real money: anywhere but at the sandbox and on this machine."""
        host = urlsplit(self.base_url).hostname
        return host != urlsplit(SANDBOX_BASE_URL).hostname and host not in _LOOPBACK


@dataclass(frozen=True, slots=True)
class WireAnswer:
    """What came back, before it is read as JSON."""

    status: int
    body: bytes


class Wire:
    """The connection of one merchant account; holds no state between calls, so threads may share it."""

    def __init__(self, settings: IyzicoSettings) -> None:
        self._settings = settings
        url = urlsplit(settings.base_url)
        self._host, self._port = str(url.hostname), url.port
        self._tls = ssl.create_default_context(cafile=settings.ca_file) if url.scheme == "https" else None
        if self._tls is not None:
            self._tls.minimum_version = ssl.TLSVersion.TLSv1_2

    def call(self, operation: Callable[..., Any], request: Mapping[str, Any] | None) -> dict[str, Any]:
        """Run one operation of the package (an unbound method of a resource class) and read its answer.

        :raises GatewayUnavailable: anything but a JSON object with a status came back, or nothing.
        """
        resource = _resource(operation)
        resource.connect = self._connect
        options = {"api_key": self._settings.api_key, "secret_key": self._settings.secret_key, "base_url": ""}
        answer: WireAnswer = operation(resource, request, options)
        return _read(answer)

    def _connect(self, method: str, url: str, options: Mapping[str, str], body: Any = None) -> WireAnswer:
        url = _RIGHT_PATHS.get(url, url)
        text = json_text(body) if body is not None else ""
        headers = self._headers(url, options, text)
        deadline = time.monotonic() + self._settings.timeout_s
        connection: http.client.HTTPConnection
        if self._tls is not None:
            connection = http.client.HTTPSConnection(
                self._host, self._port, timeout=self._settings.timeout_s, context=self._tls
            )
        else:
            connection = http.client.HTTPConnection(self._host, self._port, timeout=self._settings.timeout_s)
        try:
            try:
                connection.connect()
            except OSError as error:
                raise GatewayUnavailable(_SILENT_TR, f"no connection to iyzico: {error}", sent=False) from error
            try:
                connection.request(method, url, text.encode() if text else None, headers)
                response = connection.getresponse()
                return WireAnswer(response.status, _bounded(response, deadline))
            except (OSError, http.client.HTTPException) as error:
                raise GatewayUnavailable(_SILENT_TR, f"iyzico's answer is lost: {error}") from error
        finally:
            connection.close()

    def _headers(self, url: str, options: Mapping[str, str], text: str) -> dict[str, str]:
        # A dict of this call only: the package's own is shared by all threads.
        random_key = secrets.token_hex(16)
        signature: str = resources.IyzipayResource.generate_v2_hash(
            options["api_key"], url.partition("?")[0], options["secret_key"], random_key, text
        )
        return {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "Authorization": f"IYZWSv2 {signature}",
            "x-iyzi-rnd": random_key,
            "x-iyzi-client-version": CLIENT_VERSION,
        }


def json_text(value: Any) -> str:
    """JSON of a request. A Decimal becomes a JSON number with its own digits; floats are refused."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float):
        raise TypeError("money never passes through float")
    if isinstance(value, Mapping):
        items = (f"{json.dumps(str(name))}:{json_text(item)}" for name, item in value.items() if item is not None)
        return "{" + ",".join(items) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(json_text(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _resource(operation: Callable[..., Any]) -> Any:
    return getattr(resources, operation.__qualname__.partition(".")[0])()


def _bounded(response: http.client.HTTPResponse, deadline: float) -> bytes:
    # The socket's time-out bounds each wait only; a peer that drips would hold us for ever.
    parts: list[bytes] = []
    size = 0
    while part := response.read1(64 * 1024):
        parts.append(part)
        size += len(part)
        if size > ANSWER_BYTES_MAX:
            raise http.client.HTTPException("the answer is too long")
        if time.monotonic() > deadline:
            raise TimeoutError("the answer takes too long")
    if response.length:
        raise http.client.IncompleteRead(b"", response.length)
    return b"".join(parts)


def _read(answer: WireAnswer) -> dict[str, Any]:
    try:
        value = json.loads(answer.body, parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise GatewayUnavailable(_SILENT_TR, f"iyzico answered {answer.status} and no JSON") from error
    if not isinstance(value, dict) or value.get("status") not in ("success", "failure"):
        raise GatewayUnavailable(
            _SILENT_TR, f"iyzico answered {answer.status} and nothing that says success or failure"
        )
    if answer.status >= 500 and value["status"] == "success":
        raise GatewayUnavailable(_SILENT_TR, f"iyzico answered success under {answer.status}")
    return value


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")
