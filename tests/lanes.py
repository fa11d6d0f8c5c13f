"""Runs test folders side by side, each in a process and with servers of its own.

What all of them would do first is done once: packages are imported before the processes are forked, and a migrated
PostgreSQL is copied, not made. `python tests/lanes.py --lanes 2 tests/api … -- make lint …` (see the Makefile).
"""

from __future__ import annotations

import importlib
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parents[1]
LOGS = ROOT / "build" / "tests"
# The heaviest of what tests import; whatever is missing here is imported later, by whoever needs it.
WARM = (
    "pytest", "ebelge.app", "ebelge.jobs.tasks", "ebelge.jobs.schedule", "ebelge.devstack.seed",
    "openpyxl", "psutil", "requests", "zeep", "schemathesis.pytest.plugin",
)  # fmt: skip
TEMPLATE = "ebelge_migrated"
SHOWN_LINES = 200
INTERRUPTED = 130
PATIENCE_S = 20.0


class _Terminated(KeyboardInterrupt):
    """SIGTERM came, which reaches this process only."""


def main(arguments: list[str]) -> int:
    """Run everything; 0 only if all of it went well."""
    lanes, folders, commands = _read(arguments)
    LOGS.mkdir(parents=True, exist_ok=True)
    os.chdir(ROOT)
    sys.path[:0] = [str(ROOT / "platform"), str(ROOT)]
    for name in WARM:
        importlib.import_module(name)
    cluster = _cluster()
    if threading.active_count() > 1:  # a fork would lose them
        raise SystemExit(f"an imported package has started {threading.enumerate()}")
    jobs: list[tuple[str, Callable[[], int]]] = [(shlex.join(one[-1:]), _command(one)) for one in commands]
    jobs += [(folder, _folder(folder, cluster)) for folder in folders]
    return _run(jobs, lanes)


def _read(arguments: list[str]) -> tuple[int, list[str], list[list[str]]]:
    groups: list[list[str]] = [[]]
    for word in arguments:
        if word == "--":
            groups.append([])
        else:
            groups[-1].append(word)
    first = groups[0]
    lanes = int(first[first.index("--lanes") + 1])
    return lanes, [word for word in first if word.startswith("tests/")], groups[1:]


def _cluster() -> Path | None:
    """A data folder of PostgreSQL with a migrated database in it; None where tests use a server from outside."""
    if os.environ.get("DATABASE_URL"):
        return None
    import shutil

    from ebelge.core.db import dispose_engines
    from ebelge.devstack import database
    from ebelge.devstack.services import Services

    var = LOGS / "cluster"
    shutil.rmtree(var, ignore_errors=True)
    with Services(var, durable=False, env=dict(os.environ)) as services:
        database.migrate(database.create(services.database_url, TEMPLATE))
        dispose_engines()
    return var / "postgres"


def _folder(folder: str, cluster: Path | None) -> Callable[[], int]:
    def run() -> int:
        import pytest

        if cluster is not None:
            os.environ |= {"EBELGE_TEST_CLUSTER": str(cluster), "EBELGE_TEST_TEMPLATE": TEMPLATE}
        # What was imported before pytest cannot be rewritten by it; these are no tests.
        quiet = "ignore::pytest.PytestAssertRewriteWarning"
        chosen = ["-q", "-m", "not rounds and not (faults and slow)", "-W", quiet]
        return int(pytest.main([*chosen, "--durations=10", "--durations-min=3", folder]))

    return run


def _command(words: list[str]) -> Callable[[], int]:
    return lambda: subprocess.run(words, check=False).returncode


def _run(jobs: list[tuple[str, Callable[[], int]]], lanes: int) -> int:
    running: dict[int, tuple[str, float]] = {}
    waiting, failed = list(jobs), False
    signal.signal(signal.SIGTERM, _terminated)
    try:
        while waiting or running:
            while waiting and len(running) < lanes:
                name, work = waiting.pop(0)
                running[_fork(name, work)] = (name, time.monotonic())
            pid, status, used = os.wait4(-1, 0)
            name, began = running.pop(pid)
            spent = (time.monotonic() - began, used.ru_utime + used.ru_stime)
            failed |= not _told(name, os.waitstatus_to_exitcode(status), *spent)
    except KeyboardInterrupt as why:
        _end(list(running), tell=isinstance(why, _Terminated))
        return INTERRUPTED
    return 1 if failed else 0


def _terminated(number: int, frame: FrameType | None) -> None:
    raise _Terminated


def _end(pids: list[int], *, tell: bool) -> None:
    """Ctrl-C reaches the whole group: each takes its servers down by itself; who does not is told again."""
    for pid in pids if tell else []:
        os.kill(pid, signal.SIGINT)
    until = time.monotonic() + PATIENCE_S
    while pids and time.monotonic() < until:
        pids = [pid for pid in pids if os.waitpid(pid, os.WNOHANG)[0] == 0]
        time.sleep(0.1)
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)


def _fork(name: str, work: Callable[[], int]) -> int:
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have had it ignored
        log = _log(name)
        log.parent.mkdir(parents=True, exist_ok=True)
        target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(target, 1)
        os.dup2(target, 2)
        code = work()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _log(name: str) -> Path:
    return LOGS / f"{name.removeprefix('tests/').replace('/', '-')}.log"


def _told(name: str, code: int, seconds: float, cpu_s: float) -> bool:
    lines = _log(name).read_text(encoding="utf-8", errors="replace").splitlines() or [""]
    good = code == 0
    print(f"   {name:24} {lines[-1] if good else 'failed; its log:'}  ({seconds:.0f} s, CPU {cpu_s:.0f} s)", flush=True)
    if not good:
        print("\n".join(lines[-SHOWN_LINES:]), flush=True)
    return good


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
