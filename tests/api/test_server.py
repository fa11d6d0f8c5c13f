"""The application behind a real gunicorn: bodies, limits and the graceful stop."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import requests

from ebelge.ubl.examples import example_json
from ebelge.ubl.types import DocumentKind

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(world, api_settings, tmp_path_factory) -> Iterator[str]:
    """Address of gunicorn with two workers and two checkers each."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address, log = f"http://127.0.0.1:{port}", tmp_path_factory.mktemp("log") / "web.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", f"127.0.0.1:{port}", "--workers", "2",
             "--timeout", "60", "--no-control-socket"],
            cwd=ROOT, stdout=output, stderr=output, env=os.environ | {"EBELGE_CHECKERS": "2"},
        )  # fmt: skip
    try:
        _until(lambda: _answers(address), what=log.read_text)
        yield address
    finally:
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        _, alive = psutil.wait_procs(children, timeout=10)
        assert alive == [], "a checker outlived its web server"


def _answers(address: str) -> bool:
    try:
        return requests.get(f"{address}/healthz", timeout=2).ok
    except requests.RequestException:
        return False


def _until(condition: Callable[[], bool], *, what: Callable[[], str], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, what()
        time.sleep(0.1)


@pytest.fixture
def erp(server: str, world) -> Iterator[requests.Session]:
    """A session with Akın's sandbox key."""
    with requests.Session() as session:
        key = world.accounts["akin"].sandbox_key
        session.headers.update({"Authorization": f"Bearer {key}", "Accept-Language": "en"})
        yield session


XML = {"Content-Type": "application/xml"}


@pytest.mark.parametrize("megabytes", [6, 60])
def test_a_large_body_is_refused_and_the_client_hears_it(server: str, erp, megabytes: int) -> None:
    data = b"x" * megabytes * 1_000_000
    whole = erp.post(f"{server}/api/v1/documents", data=data, headers=XML, timeout=30)
    assert (whole.status_code, whole.json()["code"]) == (413, "request_too_large")
    assert whole.elapsed.total_seconds() < 5


def test_a_large_body_without_a_length_is_refused_too(server: str, erp) -> None:
    parts = (b"x" * 1_000_000 for _ in range(7))
    answer = erp.post(f"{server}/api/v1/documents", data=parts, headers=XML, timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (413, "request_too_large")


def test_a_bulk_is_checked_by_all_cores_and_keeps_its_order(server: str, erp) -> None:
    items = [{"draft": example_json(DocumentKind.EFATURA, n=n)} for n in range(90)]
    answer = erp.post(f"{server}/api/v1/documents/bulk", json={"documents": items}, timeout=60)
    assert (answer.status_code, answer.json()["count"]) == (202, 90)
    numbers = [document["number"] for document in answer.json()["documents"]]
    assert numbers == sorted(numbers)
    items[77]["draft"]["lines"][0]["unit"] = "ADETT"
    refused = erp.post(f"{server}/api/v1/documents/bulk", json={"documents": items}, timeout=60)
    assert (refused.status_code, [one["index"] for one in refused.json()["refused"]]) == (422, [77])
    finding = refused.json()["refused"][0]["findings"][0]
    assert finding["message"] == finding["message_en"]


def test_the_last_use_of_a_key_is_noted_after_the_answer(server: str, erp, world) -> None:
    from uuid import UUID

    from ebelge.core.db import tenant_session
    from tenants import api_keys

    tenant_id = UUID(world.accounts["akin"].sandbox_id)
    assert erp.get(f"{server}/api/v1/balance", timeout=10).ok

    def noted() -> bool:
        with tenant_session(tenant_id) as session:
            return api_keys.keys(session, tenant_id=tenant_id)[0].last_used_at is not None

    _until(noted, what=lambda: "never noted", seconds=10)


def test_garbage_on_the_socket_does_no_harm(server: str, erp) -> None:
    host, port = server.removeprefix("http://").split(":")
    post = b"POST /api/v1/documents HTTP/1.1\r\n"
    for garbage in (b"\x00" * 100 + b"\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", post + b"Content-Length: x\r\n\r\n"):
        with socket.create_connection((host, int(port)), timeout=5) as raw:
            raw.sendall(garbage)
            raw.recv(1000)
    assert erp.get(f"{server}/api/v1/balance", timeout=10).ok
