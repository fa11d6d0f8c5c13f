"""One call to a customer's system: to the checked address, no redirects, bounded in time and in what is read."""

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Final

from ebelge.notify.webhooks.addresses import AddressRefused, Resolver, Rules, Target, resolve

CONNECT_S: Final = 5.0
WHOLE_S: Final = 15.0
ANSWER_MAX: Final = 16_384
KEPT_MAX: Final = 500
GONE: Final = HTTPStatus.GONE


@dataclass(frozen=True, slots=True)
class Reply:
    """How a call fared. `status` None: no answer; then `answer` says why."""

    status: int | None
    answer: str

    @property
    def taken(self) -> bool:
        """Whether the event was taken (2xx)."""
        return self.status is not None and HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    rules: Rules,
    resolver: Resolver | None = None,
    whole_s: float = WHOLE_S,
) -> Reply:
    """POST an event; whatever happens is a `Reply`. After `whole_s` the line is cut, however slowly it drips."""
    try:
        target = resolve(url, rules=rules, resolver=resolver)
    except AddressRefused as refusal:
        return Reply(None, refusal.detail_en)
    connection = _Connection(target, min(CONNECT_S, whole_s))
    cut = threading.Timer(whole_s, connection.cut)
    cut.daemon = True
    cut.start()
    try:
        connection.request("POST", target.path, body, {**headers, "Host": target.host_header, "Connection": "close"})
        response = connection.getresponse()
        answer = response.read(ANSWER_MAX)
        if connection.was_cut:
            return Reply(None, f"no whole answer within {whole_s:g} s")
        return Reply(response.status, _words(answer))
    except (OSError, http.client.HTTPException, ValueError) as error:
        if connection.was_cut or isinstance(error, TimeoutError):
            return Reply(None, f"no answer within {whole_s:g} s")
        return Reply(None, f"{type(error).__name__}: {error}"[:KEPT_MAX])
    finally:
        cut.cancel()
        connection.close()


class _Connection(http.client.HTTPConnection):
    """A connection to one address; the certificate must be the name's."""

    def __init__(self, target: Target, timeout_s: float) -> None:
        super().__init__(target.host, target.port, timeout=timeout_s)
        self._target = target
        self._line: socket.socket | None = None  # http.client forgets `sock` before an answer is read
        self.was_cut = False

    def connect(self) -> None:
        """Connect to the address that was checked, whatever the name means by now."""
        raw = socket.create_connection((self._target.address, self._target.port), timeout=self.timeout)
        self.sock = self._line = raw
        if self._target.tls:
            line = _tls().wrap_socket(raw, server_hostname=self._target.host, do_handshake_on_connect=False)
            self.sock = self._line = line  # before the handshake, so that it can be cut
            line.do_handshake()
        self.sock.settimeout(WHOLE_S)

    def cut(self) -> None:
        """End the conversation from another thread."""
        self.was_cut = True
        if self._line is not None:
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _words(answer: bytes) -> str:
    text = answer[: KEPT_MAX * 4].decode("utf-8", "replace")
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:KEPT_MAX]
