"""The helpers of this process: who may still be asked, who is asked what, who is killed.

Each process that shows documents has a nursery of its own, started when it is first needed, which ends with it.
"""

import os
import socket
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from ebelge.paper import frames
from ebelge.paper.errors import Failed

DESIGNS_MAX: Final = 4  # helpers with a foreign stylesheet at a time
START_S: Final = 30.0
REFUSED_MAX: Final = 256
REFUSED_S: Final = 600.0
PDF = "pdf"


class Helper:
    """One process, and the socket to it."""

    def __init__(self, nursery: "Nursery", kind: bytes) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._pid = nursery.fork(kind, theirs)
        self._line, self._nursery, self.alive = ours, nursery, True

    def ask(self, parts: Sequence[bytes], *, wall_s: float, bytes_max: int) -> list[bytes]:
        """Its answer without the sign. :raises Failed: it refused, or did not answer as it should and was killed."""
        until = time.monotonic() + wall_s
        try:
            frames.send(self._line, parts, until=until)
            answer = frames.receive(self._line, bytes_max=bytes_max, until=until)
        except Failed as failed:
            self.kill()
            raise self._spent(failed, until, wall_s) from failed
        if not answer:
            self.kill()
            raise self._spent(Failed("memory"), until, wall_s)
        if answer[0] == b"+":
            return answer[1:]
        reason, text = (*answer[1:], b"", b"")[:2]
        raise Failed(reason.decode("ascii", "replace")[:20], text.decode("utf-8", "replace"))

    def kill(self) -> None:
        """End it, whatever it does."""
        if self.alive:
            self.alive = False
            self._line.close()
            self._nursery.kill(self._pid)

    @staticmethod
    def _spent(failed: Failed, until: float, wall_s: float) -> Failed:
        """The kernel ends one that used up its processor time without a word: then it was the time, not the memory."""
        busy = wall_s - (until - time.monotonic())
        return Failed("time") if failed.reason == "memory" and busy > _SURELY_BUSY_S else failed


_SURELY_BUSY_S = 2.5


class Nursery:
    """The process that helpers are forked from. :raises Failed: it cannot be started."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL") if name in os.environ}
            kept["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ebelge.paper.nursery", str(theirs.fileno())], pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=kept,
            )  # fmt: skip
        self._control = ours
        self._control.settimeout(START_S)
        if self._answer() != b"ready":
            raise Failed("missing", "The nursery of helpers did not start.")

    def fork(self, kind: bytes, line: socket.socket) -> int:
        """A new helper's pid."""
        try:
            socket.send_fds(self._control, [kind], [line.fileno()])
        except OSError as error:
            raise Failed("memory", "The nursery of helpers is gone.") from error
        return int(self._answer() or b"0")

    def kill(self, pid: int) -> None:
        """End a helper; nothing, if it has ended."""
        with suppress(OSError, Failed):
            self._control.send(b"k%d" % pid)
            self._answer()

    def close(self) -> None:
        """End it with all its helpers."""
        self._control.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    @property
    def alive(self) -> bool:
        """Whether it can still fork."""
        return self._process.poll() is None

    def _answer(self) -> bytes:
        try:
            answer = self._control.recv(64)
        except OSError as error:
            raise Failed("memory", "The nursery of helpers is gone.") from error
        if not answer:
            raise Failed("memory", "The nursery of helpers is gone.")
        return answer


class Helpers:
    """All helpers of a process. One is asked at a time; whoever shares the process waits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._nursery: Nursery | None = None
        self._helpers: OrderedDict[str, Helper] = OrderedDict()
        self._refused: OrderedDict[str, tuple[float, Failed]] = OrderedDict()

    def apply(self, key: str, stylesheet: bytes, parts: Sequence[bytes], *, wall_s: float, bytes_max: int) -> bytes:
        """What the helper of a stylesheet makes of a document. `key`: whose stylesheet which is.

        One that took too long or too much is not tried again for ten minutes. :raises Failed: see there.
        """
        with self._lock:
            self._remembered(key)
            try:
                helper = self._helpers.get(key)
                if helper is None or not helper.alive:
                    self._make_room()
                    helper = self._new(key, b"x")
                    helper.ask([stylesheet], wall_s=wall_s, bytes_max=bytes_max)
                self._helpers.move_to_end(key)
                return helper.ask(parts, wall_s=wall_s, bytes_max=bytes_max)[0]
            except Failed as failed:
                if failed.reason in ("time", "memory", "output"):
                    self._refused[key] = (time.monotonic() + REFUSED_S, failed)
                    while len(self._refused) > REFUSED_MAX:
                        self._refused.popitem(last=False)
                self._end(key)
                raise

    def print(self, parts: Sequence[bytes], *, wall_s: float, bytes_max: int) -> bytes:
        """A PDF. :raises Failed: see there."""
        with self._lock:
            helper = self._helpers.get(PDF)
            if helper is not None and helper.alive:
                try:
                    return helper.ask(parts, wall_s=wall_s, bytes_max=bytes_max)[0]
                except Failed as failed:
                    if failed.reason != "memory":
                        raise  # `memory`: it may have ended after its last job; a new one shows what it was
            return self._new(PDF, b"p").ask(parts, wall_s=wall_s, bytes_max=bytes_max)[0]

    def close(self) -> None:
        """End all of them."""
        with self._lock:
            self._helpers.clear()
            if self._nursery is not None:
                self._nursery.close()
                self._nursery = None

    def _new(self, key: str, kind: bytes) -> Helper:
        if self._nursery is None or not self._nursery.alive:
            self._helpers.clear()
            self._nursery = Nursery()
        helper = self._helpers[key] = Helper(self._nursery, kind)
        return helper

    def _make_room(self) -> None:
        designs = [key for key in self._helpers if key != PDF]
        while len(designs) >= DESIGNS_MAX:
            self._end(designs.pop(0))

    def _end(self, key: str) -> None:
        helper = self._helpers.pop(key, None)
        if helper is not None:
            helper.kill()

    def _remembered(self, key: str) -> None:
        until, failed = self._refused.get(key, (0.0, Failed("")))
        if until > time.monotonic():
            raise Failed(failed.reason, failed.text)
        self._refused.pop(key, None)


_OWN: tuple[int, Helpers] = (0, Helpers())


def helpers() -> Helpers:
    """This process's helpers; a forked process gets its own."""
    global _OWN
    if _OWN[0] != os.getpid():
        _OWN = (os.getpid(), Helpers())
    return _OWN[1]
