"""The processes of an instance: what serves, what works, and what plays the outside world in development."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path

import requests

from ebelge.devstack.processes import port_answers
from ebelge.devstack.supervisor import Program

EBELGE = (str(Path(sys.executable).with_name("ebelge")),)  # the command beside our interpreter
_BATCH_S = 45.0  # a worker finishes the batch in hand: up to 100 documents
_CALLS_S = 75.0  # and a call to a gateway, with the repetitions its package makes


def answers_ok(url: str) -> Callable[[], bool]:
    """A check: does GET `url` answer 200?"""

    def ready() -> bool:
        try:
            return requests.get(url, timeout=2).status_code == HTTPStatus.OK
        except requests.RequestException:
            return False

    return ready


def workers(env: Mapping[str, str], *, signers: int | None = None) -> list[Program]:
    """Relay, signers (one per core, never forking), senders, the cashier and the clock: what production runs too."""
    cores = signers or int(env.get("EBELGE_SIGNERS") or 0) or os.cpu_count() or 1
    worker = (*EBELGE, "worker", "--queues")
    return [
        Program("relay", (*EBELGE, "relay"), stage=3),
        Program("sign", (*worker, "sign"), copies=cores, stage=3, stop_timeout_s=_BATCH_S),
        Program("send", (*worker, "send,mail,ledger"), stage=3, stop_timeout_s=_BATCH_S),
        # Apart from all others, too: it carries GİB's rules and reads what strangers wrote.
        Program("receive", (*worker, "incoming"), stage=3, stop_timeout_s=_BATCH_S),
        # Apart from the senders: a gateway or a customer's system that does not answer holds up no document.
        Program("cashier", (*worker, "payments,invoices,webhooks"), stage=3, stop_timeout_s=_CALLS_S),
        Program("schedule", (*EBELGE, "schedule"), stage=3),
    ]


def web(env: Mapping[str, str], *, listener: socket.socket) -> Program:
    """The web server: sync processes, because the document checker is not thread-safe.

    It inherits the listening socket, so requests wait in the queue while it is restarted. Limits: `ebelge.edge.server`.
    """
    count = env.get("EBELGE_WEB_PROCESSES") or "2"
    file, port = listener.fileno(), listener.getsockname()[1]
    command = (
        *(sys.executable, "-m", "gunicorn", "--config", "python:ebelge.edge.server", "wsgi:app"),
        *("--bind", f"fd://{file}", "--workers", count, "--no-control-socket"),
    )
    # the address to *ask*, whatever the address to listen on
    ready = answers_ok(f"http://127.0.0.1:{port}/healthz")
    return Program("web", command, stage=2, inherit=(file,), ready=ready)


def gib_simulator(var: Path, *, name: str, port: int, answer_delay_ms: int = 300) -> Program:
    """GİB as seen from outside, on loopback; its memory is below `var` and survives restarts."""
    command: tuple[str, ...] = (
        *(sys.executable, "-m", "ebelge.gib.simulator", "--port", str(port), "--state", str(var / name)),
        *("--answer-delay-ms", str(answer_delay_ms)),
    )
    authority = var / "development-ca.crt"  # made by the seed; without it any seal is taken
    if authority.exists():
        command += ("--trust", str(authority))
    return Program(name, command, stage=1, ready=lambda: port_answers(port))


def mail_sink(var: Path, *, smtp_port: int, http_port: int) -> Program:
    """The buyers' mail server: keeps every message below `var`/mail."""
    command = (
        *(sys.executable, "-m", "ebelge.devstack.mailbox", "--dir", str(var / "mail")),
        *("--port", str(smtp_port), "--http-port", str(http_port)),
    )
    return Program("mailbox", command, stage=1, ready=lambda: port_answers(smtp_port))
