"""Spoiling an answer on the wire: silence, broken connections, wrong bodies."""

import socket
import struct
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from typing import Any

_HTML = "<!doctype html><html lang='tr'><title>Hata</title><p>Servis şu anda kullanılamıyor</p></html>".encode()
OVERSIZED_BYTES = 9 * 1024 * 1024
DRIP_S = 0.2

Write = Callable[[int, str, bytes], None]


def spoil(
    handler: BaseHTTPRequestHandler,
    write: Write,
    transport: Mapping[str, Any],
    body: bytes,
    content_type: str,
    stopping: threading.Event,
) -> None:
    """Answer in the way that was ordered. `write` sends an ordinary answer (status, type, body)."""
    kind, seconds = str(transport["transport"]), float(transport.get("seconds", 30))
    if kind == "timeout":
        stopping.wait(seconds)
        _break(handler)
    elif kind == "drop":
        _break(handler)
    elif kind == "http_500":
        write(500, "text/plain; charset=utf-8", b"Internal Server Error")
    elif kind == "html":
        write(200, "text/html; charset=utf-8", _HTML)
    elif kind == "garbage":
        write(200, "application/octet-stream", bytes(range(256)) * 4)
    elif kind == "oversized":
        write(200, content_type, body.replace(b"</soap:Envelope>", b" " * OVERSIZED_BYTES + b"</soap:Envelope>"))
    elif kind == "bad_multipart":
        write(
            200,
            'multipart/related; type="application/xop+xml"; boundary="b"; start="<nobody@gib>"',
            b"--b\r\nContent-Type: application/xop+xml\r\nContent-ID: <root@gib>\r\n\r\n" + body[:40],
        )
    elif kind == "plain_fault":
        write(500, content_type, _PLAIN_FAULT)
    elif kind == "truncated":
        _head(handler, content_type, len(body))
        handler.wfile.write(body[: len(body) // 2])
        _break(handler)
    elif kind == "slow":
        _drip(handler, content_type, body, seconds, stopping)


_PLAIN_FAULT = (
    b'<soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope"><soap:Body><soap:Fault><soap:Code>'
    b"<soap:Value>soap:Receiver</soap:Value></soap:Code><soap:Reason><soap:Text xml:lang='en'>out of order"
    b"</soap:Text></soap:Reason></soap:Fault></soap:Body></soap:Envelope>"
)


def _head(handler: BaseHTTPRequestHandler, content_type: str, length: int) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", content_type)
    handler.send_header("Content-Length", str(length))
    handler.end_headers()


def _drip(
    handler: BaseHTTPRequestHandler, content_type: str, body: bytes, seconds: float, stopping: threading.Event
) -> None:
    _head(handler, content_type, len(body))
    sent, steps = 0, max(1, int(seconds / DRIP_S))
    size = max(1, -(-len(body) // steps))
    while sent < len(body) and not stopping.wait(DRIP_S):
        handler.wfile.write(body[sent : sent + size])
        sent += size


def _break(handler: BaseHTTPRequestHandler) -> None:
    # Linger 0: the peer sees a reset, as when a machine in between gives up.
    handler.close_connection = True
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
