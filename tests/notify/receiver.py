"""A customer's own system: a real web server that verifies signatures by the standard, written from its text alone."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Receiver:
    """Keeps what it got and answers as told."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.raw: list[tuple[dict[str, str], bytes]] = []
        self.secrets: list[str] = []
        self.status = 200
        self.headers: dict[str, str] = {}
        self.drip_s = 0.0
        self.body = b"ok"
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                owner.take(dict(self.headers), body)
                self.send_response(owner.status)
                for name, value in owner.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                try:
                    for at in range(len(owner.body)):
                        self.wfile.write(owner.body[at : at + 1] if owner.drip_s else owner.body)
                        self.wfile.flush()
                        if not owner.drip_s:
                            return
                        time.sleep(owner.drip_s)
                except OSError:
                    return  # who asked has hung up

            def log_message(self, *args: Any) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks?shop=1"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    def take(self, headers: dict[str, str], body: bytes) -> None:
        """Verify as Standard Webhooks says, with any of our secrets."""
        lower = {name.lower(): value for name, value in headers.items()}
        message = f"{lower['webhook-id']}.{lower['webhook-timestamp']}.".encode() + body
        given = {part.removeprefix("v1,") for part in lower["webhook-signature"].split(" ")}
        assert abs(time.time() - int(lower["webhook-timestamp"])) < 300
        verified = [secret for secret in self.secrets if self._signature(secret, message) in given]
        self.raw.append((lower, body))
        self.got.append({**json.loads(body), "id": lower["webhook-id"], "verified": len(verified)})

    def close(self) -> None:
        """Stop answering."""
        self.server.shutdown()
        self.thread.join(10)
        self.server.server_close()

    @staticmethod
    def _signature(secret: str, message: bytes) -> str:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        return base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()
