"""The web server as it is started: heads of requests are bounded, and who a client is, is not said by the client."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ebelge.devstack import programs

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def port(settings, tmp_path_factory) -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        os.set_inheritable(listener.fileno(), True)
        program = programs.web({"EBELGE_WEB_PROCESSES": "1"}, listener=listener)
        log = tmp_path_factory.mktemp("log") / "web.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                program.command, cwd=ROOT, stdout=output, stderr=output, pass_fds=(listener.fileno(),)
            )
        try:
            until = time.monotonic() + 90
            while not program.ready():
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < until, log.read_text()
                time.sleep(0.1)
            yield listener.getsockname()[1]
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
        assert "/b/secret" not in log.read_text()


def status(port: int, head: str) -> int:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as link:
        link.sendall(head.encode() + b"\r\n\r\n")
        answer = link.recv(4096)
    return int(answer.split()[1]) if answer else 0


def test_heads_of_requests_are_bounded(port: int) -> None:
    host = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close"
    assert status(port, host) == 200
    assert status(port, host + "".join(f"\r\nX-{n}: 1" for n in range(70))) in (400, 431)
    assert status(port, f"{host}\r\nCookie: ebelge={'x' * 9000}") in (400, 431)
    assert status(port, f"GET /?{'x' * 5000} HTTP/1.1\r\nHost: 127.0.0.1") in (400, 414)
    assert status(port, f"{host}\r\nHost: evil.example") == 400
    assert status(port, "GET / HTTP/1.1\r\nConnection: close") == 400
    assert status(port, "GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close") == 400


def test_a_client_does_not_move_the_application(port: int) -> None:
    for header in ("SCRIPT_NAME: /evil", "SCRIPT-NAME: /evil", "X-Forwarded-Prefix: /evil", "X-Forwarded-Host: evil"):
        assert status(port, f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{header}") in (200, 400)
