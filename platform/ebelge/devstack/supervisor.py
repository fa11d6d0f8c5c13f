"""Keeps a list of programs running: starts, restarts with back-off, stops without a trace.

Knows nothing of what it runs, so production uses it for the workers too (`python -m ebelge.devstack
supervise`). A program ends on SIGTERM after the work in hand; what is still there after its time is killed
with its whole process group. Whatever a killed supervisor left is ended by the next one.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType

from ebelge.devstack import folders
from ebelge.devstack.errors import StackError
from ebelge.devstack.processes import ProcessRecord, end, spawn

_POLL_S = 0.1
_BACKOFF_FIRST_S = 0.2
_BACKOFF_MAX_S = 15.0
_STEADY_S = 20.0  # who ran this long is forgiven its earlier ends
_LOG_MAX_BYTES = 20_000_000


@dataclass(frozen=True)
class Program:
    """One thing to keep running. Lower stages start first and stop last."""

    name: str
    command: Sequence[str]
    copies: int = 1
    stage: int = 1
    env: Mapping[str, str] = field(default_factory=dict)
    stop_timeout_s: float = 30.0
    inherit: Sequence[int] = ()  # open files handed down, such as a listening socket
    ready: Callable[[], bool] | None = None
    ready_timeout_s: float = 120.0  # a few seconds on an idle machine


@dataclass
class _Slot:
    """One copy of a program and what became of it."""

    program: Program
    number: int
    child: subprocess.Popen[bytes] | None = None
    record: ProcessRecord | None = None
    began: float = 0.0
    restarts: int = 0
    fails_in_a_row: int = 0
    not_before: float = 0.0

    @property
    def name(self) -> str:
        return self.program.name if self.program.copies == 1 else f"{self.program.name}-{self.number}"


class Supervisor:
    """Runs programs until told to stop. Start it from the main thread: children end with that thread."""

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        var: Path,
        env: Mapping[str, str],
        cwd: Path | None = None,
        tell: Callable[[str], None] = lambda line: None,
    ) -> None:
        """Logs go to `var`/log/<name>.log, the list of processes to `var`/run/processes.json."""
        self._slots = [_Slot(program, n + 1) for program in programs for n in range(program.copies)]
        self._logs = var / "log"
        self._state = var / "run" / "processes.json"
        self._env, self._cwd, self._tell = dict(env), cwd, tell
        self._stopping = threading.Event()

    def start(self) -> None:
        """Start all programs, stage by stage; returns when every stage is ready.

        :raises StackError: a program did not become ready in its time; the text names its log.
        """
        folders.private(self._logs)
        folders.private(self._state.parent)
        self._end_leftovers()
        for stage in sorted({slot.program.stage for slot in self._slots}):
            slots = [slot for slot in self._slots if slot.program.stage == stage]
            for slot in slots:
                self._launch(slot)
            for slot in slots:
                self._await_ready(slot)
            if self._stopping.is_set():
                return

    def run(self, *, each: Callable[[], None] = lambda: None) -> None:
        """Restart what ends, until `request_stop`, Ctrl-C, SIGTERM or SIGHUP; then stop everything.

        `each` is called at every look, ten times a second.
        """
        with self.signals():
            try:
                while not self._stopping.wait(_POLL_S):
                    self.tend()
                    each()
            finally:
                self.stop()

    @contextlib.contextmanager
    def signals(self) -> Iterator[None]:
        """Inside, Ctrl-C, SIGTERM and SIGHUP ask for a stop instead of ending the process."""

        def ask(signum: int, frame: FrameType | None) -> None:
            if self._stopping.is_set():
                self._tell("stopping; a moment please")
            self._stopping.set()

        before = {name: signal.signal(name, ask) for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        try:
            yield
        finally:
            for name, handler in before.items():
                signal.signal(name, handler)

    def request_stop(self) -> None:
        """Ask `run` to end; may be called from any thread or signal handler."""
        self._stopping.set()

    @property
    def stopping(self) -> bool:
        """True once somebody asked for the end."""
        return self._stopping.is_set()

    def tend(self) -> None:
        """Look once at every program: note who ended, start who is due."""
        now = time.monotonic()
        for slot in self._slots:
            if slot.child is not None and slot.child.poll() is not None:
                self._note_end(slot, slot.child.returncode, now)
            if slot.child is None and slot.began and now >= slot.not_before:  # its stage has come
                slot.restarts += 1
                self._launch(slot)

    def stop(self) -> None:
        """Stop all, highest stage first: SIGTERM, each program's time, then SIGKILL. Safe to call twice."""
        self._stopping.set()
        for stage in sorted({slot.program.stage for slot in self._slots}, reverse=True):
            slots = [slot for slot in self._slots if slot.program.stage == stage and slot.child is not None]
            for slot in slots:
                if slot.child is not None and slot.child.poll() is None:
                    slot.child.send_signal(signal.SIGTERM)
            began = time.monotonic()
            for slot in slots:
                self._await_end(slot, began + slot.program.stop_timeout_s)
        self._state.unlink(missing_ok=True)

    def pids(self, name: str) -> list[int]:
        """Pids of the living copies of a program."""
        return [slot.child.pid for slot in self._slots if slot.program.name == name and slot.child is not None]

    def _launch(self, slot: _Slot) -> None:
        path = self._logs / f"{slot.name}.log"
        if path.exists() and path.stat().st_size > _LOG_MAX_BYTES:
            path.replace(path.with_suffix(".log.1"))
        with path.open("ab") as log:
            slot.child = spawn(
                slot.program.command,
                output=log.fileno(),
                env={**self._env, **slot.program.env, "EBELGE_PROCESS": slot.name},
                cwd=self._cwd,
                death_signal=signal.SIGTERM,
                inherit=slot.program.inherit,
            )
        slot.began = time.monotonic()
        with contextlib.suppress(Exception):  # gone already: noted by the next look
            slot.record = ProcessRecord.of(slot.child.pid)
        self._write_state()

    def _note_end(self, slot: _Slot, code: int, now: float) -> None:
        if slot.child is not None:
            _kill_group(slot.child.pid)
        slot.child, slot.record = None, None
        slot.fails_in_a_row = 1 if now - slot.began > _STEADY_S else slot.fails_in_a_row + 1
        wait_s = min(_BACKOFF_MAX_S, _BACKOFF_FIRST_S * 2 ** (slot.fails_in_a_row - 1))
        slot.not_before = now + wait_s
        how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
        self._tell(f"{slot.name} ended {how}; again in {wait_s:.1f} s (log: {self._logs / slot.name}.log)")
        self._write_state()

    def _await_ready(self, slot: _Slot) -> None:
        ready, deadline = slot.program.ready, time.monotonic() + slot.program.ready_timeout_s
        while ready is not None and not self._stopping.is_set() and not ready():
            log = self._logs / f"{slot.name}.log"
            if slot.fails_in_a_row >= 3 or time.monotonic() > deadline:
                tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
                raise StackError(f"{slot.name} does not become ready. The end of {log}:\n{tail}")
            self.tend()
            time.sleep(_POLL_S)

    def _await_end(self, slot: _Slot, deadline: float) -> None:
        child, slot.child = slot.child, None
        if child is None:
            return
        try:
            child.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._tell(f"{slot.name} did not stop within {slot.program.stop_timeout_s:.0f} s and is killed")
        _kill_group(child.pid)
        child.wait()

    def _write_state(self) -> None:
        rows = [
            {"name": slot.name, "restarts": slot.restarts, **asdict(slot.record)}
            for slot in self._slots
            if slot.record is not None
        ]
        folders.write(self._state, json.dumps(rows, indent=1))

    def _end_leftovers(self) -> None:
        for record in read_processes(self._state.parent.parent).values():
            end(record, timeout_s=5.0)
        self._state.unlink(missing_ok=True)


def _kill_group(leader: int) -> None:
    """A program leads a process group of its own: nothing that it started stays."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def read_processes(var: Path) -> dict[str, ProcessRecord]:
    """What a supervisor says it runs, by name; empty when none ran here. A record may be outdated: ask it."""
    try:
        rows = json.loads((var / "run" / "processes.json").read_text(encoding="utf-8"))
        return {row["name"]: ProcessRecord(row["pid"], row["started_at"]) for row in rows}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
