"""The HTTP side: GİB's paths, and the control desk for loopback callers."""

import hashlib
import ipaddress
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qsl, urlsplit

from ebelge.gib.efatura_wsdl import wsdl
from ebelge.gib.simulator.control import Control, ControlRefused
from ebelge.gib.simulator.earsiv_service import SERVICE_PATH as EARSIV_PATH
from ebelge.gib.simulator.earsiv_service import EArsivService
from ebelge.gib.simulator.service import EFaturaService
from ebelge.gib.simulator.store import Store
from ebelge.gib.simulator.transport import spoil
from ebelge.gib.taxpayers import ListKind, write_user_list, zip_user_list

BASE_PATH = "/EFaturaMerkez"
SERVICE_PATH = f"{BASE_PATH}/services/EFatura"
REQUEST_BYTES_MAX = 32 * 1024 * 1024
EARSIV_DESK = ("reports", "report-lines", "earsiv-orders")
_LIST_PATHS = {f"{BASE_PATH}/{kind.file_name}": kind for kind in ListKind}


class SimulatorServer(ThreadingHTTPServer):
    """One listening socket; a thread per connection."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, address: tuple[str, int], store: Store, service: EFaturaService, control: Control, earsiv: EArsivService
    ) -> None:
        super().__init__(address, _Handler)
        self.store, self.service, self.control, self.earsiv = store, service, control, earsiv
        self.stopping = threading.Event()

    @property
    def base_url(self) -> str:
        """What the gateway is given."""
        host, port = self.server_address[0], self.server_address[1]
        return f"http://{host!s}:{port}{BASE_PATH}"


class _Handler(BaseHTTPRequestHandler):
    server: SimulatorServer
    protocol_version = "HTTP/1.1"
    server_version = "ebelge-gib-simulator"
    disable_nagle_algorithm = True
    timeout: ClassVar[float] = 75.0

    def do_GET(self) -> None:
        self._skip_body()
        url = urlsplit(self.path)
        if url.path == SERVICE_PATH:
            self._write(200, "text/xml; charset=utf-8", wsdl(self.server.base_url + "/services/EFatura"))
        elif url.path in _LIST_PATHS:
            self._write_list(self._user_list(_LIST_PATHS[url.path]))
        else:
            self._control(b"")

    def do_POST(self) -> None:
        body = self._read()
        if body is None:
            return
        path = urlsplit(self.path).path
        if path not in (SERVICE_PATH, EARSIV_PATH):
            self._control(body)
            return
        service = self.server.service if path == SERVICE_PATH else self.server.earsiv
        answer = service.handle(body, self.headers.get("Content-Type", ""))
        if answer.transport is None:
            self._write(answer.status, answer.content_type, answer.body)
        else:
            spoil(self, self._write, answer.transport, answer.body, answer.content_type, self.server.stopping)

    def do_PUT(self) -> None:
        body = self._read()
        if body is not None:
            self._control(body)

    def do_DELETE(self) -> None:
        self._skip_body()
        self._control(b"")

    def _user_list(self, kind: ListKind) -> bytes:
        rows = self.server.store.rows("SELECT xml FROM user_list WHERE kind = ?", (kind.value,))
        return zip_user_list(rows[0]["xml"] if rows else write_user_list([]), kind)

    def _write_list(self, data: bytes) -> None:
        etag = f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'
        if self.headers.get("If-None-Match") == etag:
            self._write(304, "application/zip", b"", ETag=etag)
        else:
            self._write(200, "application/zip", data, ETag=etag)

    def _control(self, body: bytes) -> None:
        url = urlsplit(self.path)
        try:
            if not url.path.startswith("/control/"):
                raise ControlRefused(404, "nothing here")
            if not ipaddress.ip_address(self.client_address[0]).is_loopback:
                raise ControlRefused(403, "loopback only")
            path = url.path.removeprefix("/control/")
            if path in EARSIV_DESK:
                result = self.server.earsiv.desk(self.command, path, body)
            else:
                result = self.server.control.handle(self.command, path, dict(parse_qsl(url.query)), body)
            status = 200
        except ControlRefused as refusal:
            status, result = refusal.status, {"error": str(refusal)}
        self._write(status, "application/json", json.dumps(result, ensure_ascii=False).encode())

    def _skip_body(self) -> None:
        # A body that nobody reads would be taken for the next request of a kept connection.
        if self.headers.get("Content-Length") or self.headers.get("Transfer-Encoding"):
            self._read()

    def _read(self) -> bytes | None:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            self.close_connection = True
            self._write(411, "text/plain", b"Content-Length is required")
            return None
        if int(length) > REQUEST_BYTES_MAX:
            self.close_connection = True
            self._write(413, "text/plain", b"too large")
            return None
        return self.rfile.read(int(length))

    def _write(self, status: int, content_type: str, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def handle(self) -> None:
        """A caller who goes away in the middle is no error of the simulator."""
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
