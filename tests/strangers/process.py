"""A program that is not ours (a simulated gateway) as a process: started, talked to at its control desk, stopped."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import requests


@dataclass
class Stranger:
    """A running program, where it answers, and its control desk."""

    process: subprocess.Popen[str]
    base_url: str
    control_url: str
    http: requests.Session = field(default_factory=requests.Session)

    @classmethod
    def start(cls, module: str, state: Path, *arguments: str) -> Self:
        """Start `python -m module` on a folder of its own; returns when it has said where it listens."""
        command = [sys.executable, "-m", module, "--state", str(state), "--stop-with-parent", *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        address = json.loads(process.stdout.readline())
        return cls(process, address["base_url"], address["control_url"])

    def control(self, method: str, path: str, **body: Any) -> Any:
        """What the control desk answers."""
        answer = self.http.request(method, f"{self.control_url}/{path}", json=body, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def stop(self) -> int:
        """Ask it to end, as an operator does; its exit code."""
        self.http.close()
        self.process.terminate()
        return self.process.wait(timeout=20)


@contextmanager
def all_stopped() -> Iterator[list[Stranger]]:
    """A list; whatever still runs of it at the end is stopped."""
    started: list[Stranger] = []
    yield started
    for stranger in started:
        if stranger.process.poll() is None:
            stranger.stop()
        if stranger.process.stdout is not None:
            stranger.process.stdout.close()
