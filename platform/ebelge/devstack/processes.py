"""Child processes that cannot outlive us, and records of them that survive us.

A pid alone proves nothing: it may belong to somebody else by now. So every record holds the start time
too, and nothing is signalled unless both agree.
"""

from __future__ import annotations

import ctypes
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

import psutil

from ebelge.devstack.errors import StackError

_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER = 0x10000000
# Below those that the system gives to outgoing connections: one of these could be taken before its owner listens.
_PORTS = range(10_000, 32_000)
_PORT_TRIES = 200
NOBODY = 65534  # uid and gid of "nobody" inside the user namespace, and of the fallback outside
_START_TIME_SLACK_S = 0.05  # psutil derives start times from clock ticks of 10 ms

# Loaded before any fork: between fork and exec only calls into it are made.
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class ProcessRecord:
    """A process that was started: pid and start time name it for ever, `port` says where it listens."""

    pid: int
    started_at: float
    port: int = 0

    @classmethod
    def of(cls, pid: int, *, port: int = 0) -> ProcessRecord:
        """The record of a living process; psutil.NoSuchProcess if it is gone already."""
        return cls(pid=pid, started_at=psutil.Process(pid).create_time(), port=port)

    def alive(self) -> bool:
        """True while exactly this process runs; a recycled pid and a zombie count as gone."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started_at) < _START_TIME_SLACK_S
            return same and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    def send(self, signum: signal.Signals) -> bool:
        """Signal the process if it is still the recorded one; False when it is gone."""
        if not self.alive():
            return False
        try:
            os.kill(self.pid, signum)
        except ProcessLookupError:
            return False
        return True

    def wait_gone(self, timeout_s: float) -> bool:
        """Wait until it has ended; True when it has. Works for processes that are not our children."""
        deadline = time.monotonic() + timeout_s
        while self.alive():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def save(self, path: Path) -> None:
        """Write the record whole or not at all."""
        temporary = path.with_suffix(".new")
        temporary.write_text(json.dumps(asdict(self)), encoding="ascii")
        temporary.replace(path)

    @classmethod
    def load(cls, path: Path) -> ProcessRecord | None:
        """The saved record, None when there is none or it is unreadable (a torn file of a crash)."""
        try:
            fields = json.loads(path.read_text(encoding="ascii"))
            return cls(int(fields["pid"]), float(fields["started_at"]), int(fields.get("port", 0)))
        except (OSError, ValueError, KeyError, TypeError):
            return None


def end(record: ProcessRecord, *, gentle: signal.Signals = signal.SIGTERM, timeout_s: float = 10.0) -> None:
    """End the process: gently first, with SIGKILL after `timeout_s`. Nothing happens if it is gone."""
    if record.send(gentle) and not record.wait_gone(timeout_s):
        record.send(signal.SIGKILL)
        record.wait_gone(5.0)


def free_port() -> int:
    """A loopback TCP port that nobody has at this moment and that no outgoing connection is given meanwhile.

    :raises StackError: there is none.
    """
    for _ in range(_PORT_TRIES):
        port = secrets.choice(_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise StackError(
        f"No port between {_PORTS.start} and {_PORTS.stop} seems to be free (`ss -ltn` shows who has them)."
    )


def port_answers(port: int, *, timeout_s: float = 0.5) -> bool:
    """True if something accepts connections on the loopback port."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=timeout_s):
            return True
    except OSError:
        return False


def _into_user_namespace() -> None:
    """Make this process look like "nobody" to itself while staying root to the file system."""
    uid, gid = os.getuid(), os.getgid()
    if _LIBC is None or _LIBC.unshare(_CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare(CLONE_NEWUSER) failed")
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{NOBODY} {uid} 1"),
        ("gid_map", f"{NOBODY} {gid} 1"),
    ):
        handle = os.open(f"/proc/self/{name}", os.O_WRONLY)
        os.write(handle, text.encode("ascii"))
        os.close(handle)


def _end_with_parent(parent_pid: int, signum: int) -> None:
    """Let the kernel send us `signum` when our parent dies, kill -9 included (Linux only)."""
    if _LIBC is None:
        return
    _LIBC.prctl(_PR_SET_PDEATHSIG, signum, 0, 0, 0)
    if os.getppid() != parent_pid:  # it died before the call above
        os.kill(os.getpid(), signum)


def child_set_up(
    *, namespace: bool, death_signal: signal.Signals | None, parent_pid: int | None = None
) -> Callable[[], None]:
    """What a child does between fork and exec; hand it to `preexec_fn`. The parent is we, unless given."""
    parent_pid = os.getpid() if parent_pid is None else parent_pid

    def set_up() -> None:
        if namespace:
            _into_user_namespace()
        if death_signal is not None:
            _end_with_parent(parent_pid, int(death_signal))  # last: a change of credentials clears it

    return set_up


def namespaces_allowed() -> bool:
    """True if root may start a process in a user namespace of its own on this machine."""
    if _LIBC is None:
        return False
    probe = [sys.executable, "-I", "-S", "-c", ""]
    try:
        return subprocess.run(probe, preexec_fn=_into_user_namespace, capture_output=True).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False


def spawn(
    command: Sequence[str],
    *,
    output: IO[bytes] | int,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    namespace: bool = False,
    death_signal: signal.Signals | None = signal.SIGTERM,
    user: int | None = None,
    inherit: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a child in its own session (Ctrl-C reaches only us) that dies when we do.

    The kernel ties the death signal to the *thread* that calls this, so call it from one that lives as
    long as the child shall.
    """
    return subprocess.Popen(
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=dict(env) if env is not None else None,
        cwd=cwd,
        start_new_session=True,
        user=user,
        group=user,
        extra_groups=[] if user is not None else None,
        pass_fds=tuple(inherit),
        preexec_fn=child_set_up(namespace=namespace, death_signal=death_signal),
    )


def listen(ports: Sequence[int], *, host: str = "127.0.0.1", what: str) -> socket.socket:
    """A listening socket on the first port of the list that is free (0: any), to hand to a child.

    Bound here, so nobody can take the port between the choice and the child's start.
    :raises StackError: none of them is free.
    """
    for port in ports:
        listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(2048)
            return listener
        except OSError as error:
            listener.close()
            reason = error
    raise StackError(
        f"Port {ports[-1]}, wanted for {what}, cannot be had ({reason.strerror}; `ss -ltnp` shows who has it). "
        "Choose another, or leave it out and a free one is found."
    )


def choose_port(wanted: int, *, remembered: Path, what: str) -> int:
    """The port to listen on: the wanted one, else the one of the last start if free, else any free one.

    :raises StackError: the wanted port is taken.
    """
    if wanted:
        if port_answers(wanted):
            raise StackError(
                f"Port {wanted}, wanted for {what}, is taken by another program (`ss -ltnp` shows by whom). "
                "Choose another, or leave it out and a free one is found."
            )
        return wanted
    with suppress(OSError, ValueError):
        port = int(remembered.read_text(encoding="ascii"))
        if 0 < port < 65536 and not port_answers(port):
            return port
    return free_port()
