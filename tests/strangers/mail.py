"""The mail server of all buyers: a process that takes mails, or refuses them as told, and shows what it took."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests


@dataclass
class Mail:
    """A running mail server."""

    smtp_port: int
    url: str

    def messages(self) -> list[dict[str, Any]]:
        """What it took, newest state of the box."""
        return list(requests.get(f"{self.url}/messages", timeout=10).json())

    def raw(self, number: int) -> bytes:
        """One message as it came."""
        return requests.get(f"{self.url}/messages/{number}", timeout=10).content

    def rule(self, recipient: str, answer: str, times: int | None = None) -> None:
        """How it answers mails to `recipient` from now on."""
        body = {"recipient": recipient, "answer": answer, "times": times}
        requests.put(f"{self.url}/rules", json=body, timeout=10).raise_for_status()

    def forget_rules(self) -> None:
        """Take every mail again."""
        requests.delete(f"{self.url}/rules", timeout=10).raise_for_status()


@contextmanager
def mail_server(folder: Path) -> Iterator[Mail]:
    """A mail server for the time of the context."""
    command = [sys.executable, "-m", "ebelge.devstack.mailbox", "--dir", str(folder / "box")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    ports = json.loads(process.stdout.readline())
    yield Mail(ports["smtp"], f"http://127.0.0.1:{ports['http']}")
    process.terminate()
    process.wait(timeout=10)
    process.stdout.close()
