"""The authority behind the socket: one POST for a stamp, a desk for orders to misbehave.

Orders: `{"when": {"call": "stamp"}, "do": {"fail": WAY}}`, WAY one of `refuse` (a rejection, as OpenSSL words it),
`nonce`, `imprint` (another's answer), `key` (a stranger signs), `ending` (its certificate ends in twenty days); and the
transports that every fake knows (timeout, drop, http_500, html, garbage, truncated, slow, oversized).
"""

import base64
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from asn1crypto import tsp

from ebelge.devstack.fake_http import orders
from ebelge.devstack.fake_http.desk import Desk
from ebelge.devstack.fake_http.postman import Postman
from ebelge.devstack.fake_http.server import Reply, Request
from ebelge.devstack.fake_http.store import Store
from ebelge.devstack.fake_tsa import authority

SETTINGS: dict[str, Any] = {"user": "", "password": ""}
_REPLY_TYPE = "application/timestamp-reply"
_REPLY_TIMEOUT_S = 20


class FakeTsa:
    """Everything behind the socket."""

    base_url = ""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self.store = Store(self._folder)
        self._configuration = authority.prepare(self._folder)
        self._desk = Desk(self.store, Postman(self.store, lambda body, manner: {}), SETTINGS, ())

    def start(self) -> None:
        """Nothing runs in the background."""

    def stop(self) -> None:
        """Close the memory."""
        self.store.close()

    def control(self, method: str, path: str, query: Mapping[str, str], body: bytes) -> Any:
        """The desk."""
        head, _, rest = path.partition("/")
        return self._desk.handle(method, head, rest, query, body)

    def handle(self, request: Request) -> Reply:
        """A stamp for a query; 401 without the right name, 415 for anything else."""
        if not self._knows(request.headers.get("authorization", "")):
            return Reply(401, "text/plain", b"", headers={"WWW-Authenticate": 'Basic realm="tsa"'})
        if request.headers.get("content-type") != "application/timestamp-query":
            return Reply(415, "text/plain", b"")
        order = orders.take(self.store, "stamp", {})
        with self.store.lock:  # one serial number after the other
            answer = self._answer(request.body, str(order.get("fail", "")))
        self.store.note_call("stamp", {"bytes": len(request.body)}, str(order.get("fail", "granted")))
        return Reply(200, _REPLY_TYPE, answer, order if "transport" in order else {})

    def _knows(self, given: str) -> bool:
        user = self._desk.setting("user")
        wanted = base64.b64encode(f"{user}:{self._desk.setting('password')}".encode()).decode()
        return not user or given == f"Basic {wanted}"

    def _answer(self, query: bytes, way: str) -> bytes:
        asked = tsp.TimeStampReq.load(query)
        if way == "nonce":
            asked["nonce"] = asked["nonce"].native + 1
        elif way == "imprint":
            asked["message_imprint"]["hashed_message"] = bytes(32)
        with tempfile.TemporaryDirectory() as folder:
            question, answer = Path(folder, "query.tsq"), Path(folder, "reply.tsr")
            question.write_bytes(asked.dump(force=True))
            subprocess.run(
                ["openssl", "ts", "-reply", "-config", self._configuration,
                 "-section", way if way in ("refuse", "ending", "key") else "right",
                 "-queryfile", question, "-out", answer],
                check=True, capture_output=True, timeout=_REPLY_TIMEOUT_S,
            )  # fmt: skip
            return answer.read_bytes()
