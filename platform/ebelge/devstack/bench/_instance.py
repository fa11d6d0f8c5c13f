"""A private instance for benchmarks: everything real and durable, in a temporary folder, gone afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import psutil

from ebelge.devstack.errors import StackError
from ebelge.devstack.instance import Instance
from ebelge.devstack.processes import free_port
from ebelge.devstack.supervisor import Program

FOLDER = "ebelge-bench-"
DELIVERY = "send"
_KEPT = ("EBELGE_POSTGRES_BIN", "EBELGE_REDIS_BIN")


class BenchInstance(Instance):
    """An instance without the delivering worker, so that what is measured ends where the row says: at *signed*.

    Messages for delivery are written all the same, in the transaction that signs.
    """

    def _programs(self) -> list[Program]:
        return [program for program in super()._programs() if program.name != DELIVERY]

    def cpu_s(self) -> float:
        """CPU seconds so far of web, checkers, relay, signers, clock, PostgreSQL and Redis, with all children.

        A child that ended counts on in its parent, so the sum never falls.
        """
        roots = [*self._own_pids(), self._postgres_pid(), self._redis_pid()]
        total = 0.0
        for root in roots:
            tree = psutil.Process(root)
            for process in [tree, *tree.children(recursive=True)]:
                try:
                    times = process.cpu_times()
                except psutil.NoSuchProcess:
                    continue
                total += times.user + times.system + times.children_user + times.children_system
        return total

    def signer_pids(self) -> list[int]:
        """The signing workers."""
        return self._supervised("sign")

    def _own_pids(self) -> list[int]:
        return [pid for name in ("web", "relay", "sign", "schedule") for pid in self._supervised(name)]

    def _supervised(self, name: str) -> list[int]:
        pids = self.supervisor.pids(name) if self.supervisor is not None else []
        if not pids:
            raise StackError(f"The benchmark's instance has no living process {name!r}; see {self.var / 'log'}.")
        return pids

    def _postgres_pid(self) -> int:
        if self.services.postgres is None:
            raise StackError("Benchmarks run on an embedded PostgreSQL.")
        return self.services.postgres.pid

    def _redis_pid(self) -> int:
        if self.services.redis is None:
            raise StackError("Benchmarks run on an embedded Redis.")
        return self.services.redis.pid


@contextmanager
def instance(*, signers: int) -> Iterator[BenchInstance]:
    """A running instance: fsync on, 2 web processes, `signers` signing workers; SIGTERM ends it cleanly, too.

    :raises StackError: it does not start.
    """
    _remove_leftovers()
    folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER}{os.getpid()}-"))
    before = signal.signal(signal.SIGTERM, _leave)
    try:
        running = BenchInstance(folder / "var", env=_environment(os.environ), tell=_tell, signers=signers)
        with running:
            yield running
    finally:
        signal.signal(signal.SIGTERM, before)
        shutil.rmtree(folder, ignore_errors=True)


def _environment(outer: Mapping[str, str]) -> dict[str, str]:
    """The outer environment without settings: figures are of the embedded servers, never of somebody's own."""
    ours = ("EBELGE_", "DATABASE_URL", "REDIS_URL")
    plain = {name: value for name, value in outer.items() if name in _KEPT or not name.startswith(ours)}
    return plain | {"EBELGE_PORT": str(free_port()), "EBELGE_WEB_PROCESSES": "2"}


def _remove_leftovers() -> None:
    for left in Path(tempfile.gettempdir()).glob(f"{FOLDER}*-*"):
        if not psutil.pid_exists(int(left.name.removeprefix(FOLDER).split("-")[0])):
            shutil.rmtree(left, ignore_errors=True)


def _leave(_signum: int, _frame: FrameType | None) -> None:
    sys.exit(143)


def _tell(line: str) -> None:
    print(f"   {line}", flush=True)
