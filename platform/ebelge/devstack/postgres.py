"""An embedded PostgreSQL: a real server below a folder of ours, loopback only, no Unix socket.

The superuser only bootstraps: everything later is done by `ebelge_owner`, who may create roles and
databases and owns the database `ebelge`.
"""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import psycopg
from psycopg import sql

from ebelge.devstack import folders
from ebelge.devstack.cluster import SUPERUSER, Cluster, binaries
from ebelge.devstack.errors import StackError, explain_log, explain_os_error
from ebelge.devstack.processes import ProcessRecord, end, spawn
from ebelge.devstack.processes import choose_port as choose

OWNER = "ebelge_owner"
DATABASE = "ebelge"
START_TIMEOUT_S = 60.0  # recovery of a long write-ahead log may take a while
STOP_TIMEOUT_S = 30.0
_START_TRIES = 5
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # the 100 characters of a socket path cannot break what is not there
    "max_connections": "200",
    "shared_buffers": "256MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "cluster_name": "ebelge",
}
_TRANSIENT = {"fsync": "off", "full_page_writes": "off"}  # survives kill -9, not a power cut


class EmbeddedPostgres:
    """One server on one data folder, started as a child of ours and gone with us."""

    def __init__(
        self, root: Path, *, log: Path, port: int = 0, durable: bool = True, bin_dir: Path | None = None
    ) -> None:
        """`port` 0 means: the last one if it is free, else any. `durable=False` (tests) gives up fsync."""
        self.root, self.log_path, self.wanted_port = root, log, port
        self.bin_dir = bin_dir or binaries()
        self.port = 0
        self._cluster = Cluster(root, self.bin_dir, durable=durable)
        self._settings = _SETTINGS if durable else _SETTINGS | _TRANSIENT
        self._record_path = root / "server.json"
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Make the cluster if there is none, start it, wait until it takes queries.

        :raises StackError: with a remedy, whatever goes wrong.
        """
        try:
            folders.private(self.root)
            record = ProcessRecord.load(self._record_path)
            if record is not None:  # left by a run that was killed
                end(record, gentle=signal.SIGINT, timeout_s=STOP_TIMEOUT_S)
                self._record_path.unlink(missing_ok=True)
            self._cluster.prepare()
            self._launch()
            self._bootstrap()
        except OSError as error:
            self.stop()
            raise explain_os_error(error, self.root) from error
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Fast shutdown: sessions are cut, everything committed is on disk. Safe to call twice."""
        child, self._child = self._child, None
        if child is None or child.poll() is not None:
            return
        child.send_signal(signal.SIGINT)
        try:
            child.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGQUIT)
            child.wait(10)
        self._record_path.unlink(missing_ok=True)

    def restart(self) -> None:
        """Stop and start on the same port, as an operator would."""
        port = self.port
        self.stop()
        self.wanted_port = port
        self.start()

    def running(self) -> bool:
        """True while the server process lives."""
        return self._child is not None and self._child.poll() is None

    @property
    def pid(self) -> int:
        """Pid of the postmaster; 0 when it does not run."""
        return self._child.pid if self._child is not None else 0

    def owner_url(self, database: str = DATABASE) -> str:
        """URL of `ebelge_owner`: what DATABASE_URL is."""
        return f"postgresql://{OWNER}:{self._cluster.password('owner')}@127.0.0.1:{self.port}/{database}"

    def superuser_url(self, database: str = SUPERUSER) -> str:
        """URL of the superuser: bootstrap and guard tests only."""
        return f"postgresql://{SUPERUSER}:{self._cluster.password(SUPERUSER)}@127.0.0.1:{self.port}/{database}"

    def _launch(self) -> None:
        flags = [word for name, value in self._settings.items() for word in ("-c", f"{name}={value}")]
        for attempt in range(1, _START_TRIES + 1):
            self.port = choose(self.wanted_port, remembered=self.root / "port", what="PostgreSQL")
            command = [str(self.bin_dir / "postgres"), "-D", str(self._cluster.data), "-p", str(self.port)]
            said_before = self.log_path.stat().st_size if self.log_path.exists() else 0
            with self.log_path.open("ab") as log:
                self._child = spawn(
                    command + flags,
                    output=log.fileno(),
                    env=self._cluster.environment(),
                    cwd=self.root,
                    namespace=self._cluster.namespace,
                    death_signal=signal.SIGINT,
                    user=self._cluster.user,
                )
            if self._wait_ready(self._child):
                folders.write(self.root / "port", str(self.port))
                ProcessRecord.of(self._child.pid, port=self.port).save(self._record_path)
                return
            self._child = None
            said = self.log_path.read_bytes()[said_before:].decode("utf-8", "replace")
            # the last children of a killed server may hold its memory for a moment; a race may take the port
            passing = "pre-existing shared memory block" in said
            passing = passing or ("Address already in use" in said and not self.wanted_port)
            if not passing or attempt == _START_TRIES:
                raise explain_log(said, what="PostgreSQL", path=self.root)
            (self.root / "port").unlink(missing_ok=True)
            time.sleep(0.3 * attempt)

    def _wait_ready(self, child: subprocess.Popen[bytes]) -> bool:
        """True when a query was answered, False when the server ended."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while child.poll() is None:
            try:
                with psycopg.connect(self.superuser_url(), connect_timeout=5, autocommit=True) as connection:
                    connection.execute("SELECT 1")
                return True
            except psycopg.OperationalError as error:
                if "password authentication failed" in str(error):
                    raise StackError(
                        f"{SUPERUSER}.password in {self.root} is not the cluster's password. Put the old "
                        f"file back, or start afresh: rm -r {self.root}"
                    ) from error
                if time.monotonic() > deadline:
                    raise StackError(
                        f"PostgreSQL took no query within {START_TIMEOUT_S:.0f} s; see {self.log_path}."
                    ) from error
                time.sleep(0.02)
        return False

    def _bootstrap(self) -> None:
        """Create the owner and the database if they are missing; repeatable."""
        owner, database = sql.Identifier(OWNER), sql.Identifier(DATABASE)
        password = sql.Literal(self._cluster.password("owner"))
        role = "CREATE ROLE {} LOGIN CREATEROLE CREATEDB NOSUPERUSER NOBYPASSRLS PASSWORD {}"
        with psycopg.connect(self.superuser_url(), autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [OWNER]).fetchone() is None:
                connection.execute(sql.SQL(role).format(owner, password))
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if found is None:
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, owner))
