"""The HTTP side of a fake gateway: its own paths, the control desk for loopback, answers spoiled on order."""

import ipaddress
import json
import socket
import struct
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Protocol
from urllib.parse import parse_qsl, urlsplit

REQUEST_BYTES_MAX = 1024 * 1024
OVERSIZED_BYTES = 5 * 1024 * 1024
DRIP_S = 0.1
_HTML = "<!doctype html><html lang='tr'><title>Hata</title><p>Servis şu anda kullanılamıyor</p></html>".encode()


@dataclass(frozen=True, slots=True)
class Request:
    """One request: path and query apart, headers with small names, the raw body."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    raw_query: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer; `spoil` is an order's transport misbehaviour."""

    status: int
    content_type: str
    body: bytes
    spoil: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


class ControlRefused(Exception):
    """The request to the desk makes no sense; `status` is the HTTP status."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Application(Protocol):
    """A fake gateway behind the socket."""

    base_url: str

    def handle(self, request: Request) -> Reply:
        """Answer the gateway's own protocol and pages."""

    def control(self, method: str, path: str, query: Mapping[str, str], body: bytes) -> Any:
        """Answer the desk. :raises ControlRefused: 400 or 404."""


def json_reply(status: int, value: Any, *, spoil: Mapping[str, Any] | None = None, **headers: str) -> Reply:
    """An answer in JSON."""
    body = json.dumps(value, ensure_ascii=False).encode()
    return Reply(status, "application/json; charset=utf-8", body, spoil or {}, headers)


def amount_text(kurus: int, currency: str) -> str:
    """An amount for a person: 124990 TRY -> "1.249,90 TL"."""
    whole, rest = divmod(kurus, 100)
    code = currency.upper()  # ISO 4217, ASCII
    return f"{whole:,}".replace(",", ".") + f",{rest:02d} {'TL' if code == 'TRY' else code}"


class GatewayServer(ThreadingHTTPServer):
    """One listening socket; a thread per connection."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], application: Application) -> None:
        super().__init__(address, _Handler)
        self.application = application
        self.stopping = threading.Event()
        application.base_url = f"http://{self.server_address[0]!s}:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: GatewayServer
    protocol_version = "HTTP/1.1"
    server_version = "gateway"
    disable_nagle_algorithm = True
    timeout: ClassVar[float] = 75.0

    def _serve(self) -> None:
        body = self._read()
        if body is None:
            return
        url = urlsplit(self.path)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        if url.path.startswith("/control/"):
            self._control(url.path.removeprefix("/control/"), query, body)
            return
        headers = {name.casefold(): value for name, value in self.headers.items()}
        reply = self.server.application.handle(Request(self.command, url.path, query, headers, body, url.query))
        if reply.spoil:
            self._spoil(reply)
        else:
            self._write(reply.status, reply.content_type, reply.body, reply.headers)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _serve

    def _control(self, path: str, query: Mapping[str, str], body: bytes) -> None:
        try:
            if not ipaddress.ip_address(self.client_address[0]).is_loopback:
                raise ControlRefused(403, "loopback only")
            result = self.server.application.control(self.command, path, query, body)
            status = 200
        except ControlRefused as refusal:
            status, result = refusal.status, {"error": str(refusal)}
        self._write(status, "application/json", json.dumps(result, ensure_ascii=False).encode())

    def _read(self) -> bytes | None:
        length = self.headers.get("Content-Length", "0")
        if self.headers.get("Transfer-Encoding") or not (length.isascii() and length.isdigit()):
            self._turn_away(411)
            return None
        if int(length) > REQUEST_BYTES_MAX:
            self._turn_away(413)
            return None
        return self.rfile.read(int(length))

    def _turn_away(self, status: int) -> None:
        self.close_connection = True
        self._write(status, "text/plain", b"")

    def _spoil(self, reply: Reply) -> None:
        kind, seconds = str(reply.spoil["transport"]), float(reply.spoil.get("seconds", 30))
        if kind == "timeout":
            self.server.stopping.wait(seconds)
            self._break()
        elif kind == "drop":
            self._break()
        elif kind == "http_500":
            self._write(500, "text/plain; charset=utf-8", b"Internal Server Error")
        elif kind == "html":
            self._write(200, "text/html; charset=utf-8", _HTML)
        elif kind == "garbage":
            self._write(200, reply.content_type, bytes(range(256)) * 4)
        elif kind == "oversized":
            self._write(200, reply.content_type, reply.body + b" " * OVERSIZED_BYTES)
        elif kind == "truncated":
            self._head(reply)
            self.wfile.write(reply.body[: len(reply.body) // 2])
            self._break()
        elif kind == "slow":
            self._drip(reply, seconds)

    def _drip(self, reply: Reply, seconds: float) -> None:
        self._head(reply)
        size = max(1, -(-len(reply.body) // max(1, int(seconds / DRIP_S))))
        sent = 0
        while sent < len(reply.body) and not self.server.stopping.wait(DRIP_S):
            self.wfile.write(reply.body[sent : sent + size])
            sent += size

    def _head(self, reply: Reply) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()

    def _break(self) -> None:
        # Linger 0: the peer sees a reset, as when a machine in between gives up.
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def _write(self, status: int, content_type: str, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name.replace("_", "-"), value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def handle(self) -> None:
        """A caller who goes away in the middle is no error of the fake."""
        try:
            super().handle()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def finish(self) -> None:
        """Close quietly where the connection was broken on order."""
        try:
            super().finish()
        except (OSError, ValueError):
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: calls are kept in the store, where /control/calls shows them."""
