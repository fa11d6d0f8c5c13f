"""One whole instance below a folder: services, schema, demo world and all programs, as `make run` has it.

Also what `make demo`, the fault tests and the benchmarks start when they want an instance of their own.
"""

from __future__ import annotations

import base64
import importlib
import json
import os
import secrets
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from ebelge.core.config import settings
from ebelge.core.db import dispose_engines
from ebelge.devstack import authorities, folders, gateways, programs
from ebelge.devstack.database import migrate
from ebelge.devstack.processes import choose_port, listen
from ebelge.devstack.programs import answers_ok
from ebelge.devstack.services import Services
from ebelge.devstack.supervisor import Program, Supervisor

FAVOURITE_PORT = 8000
SEED = "ebelge.devstack.seed"


class Instance:
    """`with Instance(var) as instance:` everything answers inside, nothing is left afterwards."""

    def __init__(
        self,
        var: Path,
        *,
        env: Mapping[str, str] | None = None,
        tell: Callable[[str], None] = lambda line: None,
        signers: int | None = None,
        durable: bool = True,
        answer_delay_ms: int = 300,
        private: bool = False,
    ) -> None:
        """`env` (default: os.environ) may give servers, ports and settings; `tell` hears the progress.

        A `private` instance leaves the well-known port of `make run` alone.
        """
        self.var = var.absolute()
        self._outer = dict(os.environ if env is None else env)
        self._tell, self._signers, self._delay_ms = tell, signers, answer_delay_ms
        self.services = Services(self.var, durable=durable, env=self._outer)
        self.supervisor: Supervisor | None = None
        self.env: dict[str, str] = {}
        self.world: Any = None
        self._before: dict[str, str | None] = {}
        self._private = private
        self._fakes: dict[str, int] = {}
        self._listener: socket.socket | None = None

    def start(self) -> None:
        """Start everything, in order; returns when the web server answers.

        :raises StackError: with a remedy.
        """
        try:
            self._tell("PostgreSQL and Redis")
            self.services.start()
            self._compose_environment()
            self._enter_environment()
            self._tell("roles and migrations")
            migrate(self.services.database_url)
            self._tell("demo world")
            self.world = self._plant()
            self._tell("programs")
            self.supervisor = Supervisor(self._programs(), var=self.var, env=self.env, tell=self._tell)
            self.supervisor.start()
            gateways.tell(self._fakes, public_url=self.base_url)
            self.services.lock.note(address=self.base_url)
            folders.write(self.var / "run" / "env.json", json.dumps(self.variables(), indent=1))
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop everything, the web server first, PostgreSQL last. Safe to call twice."""
        with uninterrupted():
            try:
                if self.supervisor is not None:
                    self.supervisor.stop()
            finally:
                if self._listener is not None:
                    self._listener.close()
                dispose_engines()
                self._leave_environment()
                self.services.stop()

    def __enter__(self) -> Instance:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def variables(self) -> dict[str, str]:
        """What a further process needs to know of this instance; holds secrets."""
        ours = ("EBELGE_", "DATABASE_URL", "REDIS_URL")
        return {name: self.env[name] for name in sorted(self.env) if name.startswith(ours)}

    @property
    def base_url(self) -> str:
        """Address of pages and API."""
        return self.env["EBELGE_PUBLIC_URL"]

    @property
    def mail_url(self) -> str:
        """Address of the page with the mails that were sent."""
        return self.env["EBELGE_MAIL_PAGE_URL"]

    @property
    def gib_url(self) -> str:
        """Address of the simulated GİB that live accounts send to."""
        return self.env["EBELGE_GIB_LIVE_URL"]

    @property
    def checkout_urls(self) -> dict[str, str]:
        """Addresses of the fake payment gateways by name; without those that are real."""
        return {name: self.env[f"EBELGE_{name.upper()}_BASE_URL"] for name in self._fakes}

    def _compose_environment(self) -> None:
        run = folders.private(self.var / "run")
        fakes = gateways.wanted(self._outer)
        variables = {"gib": "EBELGE_GIB_PORT", "gib-test": "", "smtp": "EBELGE_SMTP_PORT", "mail": ""}
        variables |= dict.fromkeys((*fakes, *authorities.wanted(self._outer)), "")
        ports = {
            name: choose_port(int(self._outer.get(variable) or 0), remembered=run / f"{name}.port", what=name)
            for name, variable in variables.items()
        }
        self._listener = self._listen(run)
        ports["web"] = self._listener.getsockname()[1]
        for name, port in ports.items():
            folders.write(run / f"{name}.port", str(port))
        self._ports, self._fakes = ports, {name: ports[name] for name in fakes}
        ours = {
            "EBELGE_ENVIRONMENT": "development",
            "EBELGE_WEBHOOK_LOOPBACK": "1",
            "EBELGE_MASTER_KEY": self._master_key(),
            "EBELGE_ARCHIVE_DIR": str(folders.private(self.var / "archive")),
            "EBELGE_PUBLIC_URL": f"http://127.0.0.1:{ports['web']}",
            "EBELGE_GIB_LIVE_URL": f"http://127.0.0.1:{ports['gib']}/EFaturaMerkez",
            "EBELGE_EARSIV_LIVE_URL": f"http://127.0.0.1:{ports['gib']}/earsiv",
            "EBELGE_EARSIV_TEST_URL": f"http://127.0.0.1:{ports['gib-test']}/earsiv",
            "EBELGE_GIB_TEST_URL": f"http://127.0.0.1:{ports['gib-test']}/EFaturaMerkez",
            "EBELGE_SMTP_HOST": "127.0.0.1",
            "EBELGE_SMTP_PORT": str(ports["smtp"]),
            "EBELGE_MAIL_PAGE_URL": f"http://127.0.0.1:{ports['mail']}",
            "PYTHONUNBUFFERED": "1",
            **gateways.settings(self._fakes),
            **authorities.settings(self.var, ports),
        }
        self.env = {**self._outer, **ours, **self.services.environment()}

    def _listen(self, run: Path) -> socket.socket:
        """The web server's socket: the wanted port, else the last one, else the favourite, else any."""
        wanted = int(self._outer.get("EBELGE_PORT") or 0)
        candidates = [] if self._private else [FAVOURITE_PORT]
        with suppress(OSError, ValueError):
            candidates.insert(0, int((run / "web.port").read_text(encoding="ascii")))
        return listen([wanted] if wanted else [*candidates, 0], what="the web server (EBELGE_PORT)")

    def _master_key(self) -> str:
        path = self.var / "master.key"
        if not path.exists():
            folders.write(path, base64.b64encode(secrets.token_bytes(32)).decode())
        return path.read_text(encoding="ascii").strip()

    def _programs(self) -> list[Program]:
        ports = self._ports
        return [
            # as GİB has them: a place for real documents and one for tests, which know nothing of each other
            *(
                programs.gib_simulator(self.var, name=name, port=ports[name], answer_delay_ms=self._delay_ms)
                for name in ("gib", "gib-test")
            ),
            programs.mail_sink(self.var, smtp_port=ports["smtp"], http_port=ports["mail"]),
            *gateways.programs(self.var, self._fakes),
            *authorities.programs(self.var, ports),
            *programs.workers(self.env, signers=self._signers),
            *([] if self._listener is None else [programs.web(self.env, listener=self._listener)]),
        ]

    def _enter_environment(self) -> None:
        """This process reads the same settings as the programs (the seed and the demo need them)."""
        self._before = {name: os.environ.get(name) for name in self.env}
        os.environ.update(self.env)
        settings.cache_clear()

    def _leave_environment(self) -> None:
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        self._before = {}
        settings.cache_clear()

    def _plant(self) -> Any:
        """The seed world, planted once; every further start finds it and returns the same."""
        try:
            seed = importlib.import_module(SEED)
        except ModuleNotFoundError as error:
            if error.name != SEED:
                raise
            return None
        return seed.plant(self.var)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """A second Ctrl-C does not cut the stopping short (kill -9 still works, and leaves nothing either)."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    names = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {name: signal.signal(name, signal.SIG_IGN) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


def running(var: Path) -> dict[str, str] | None:
    """Environment of the instance that runs in `var`, None when none does."""
    try:
        env = dict(json.loads((var / "run" / "env.json").read_text(encoding="utf-8")))
        return env if answers_ok(env["EBELGE_PUBLIC_URL"] + "/healthz")() else None
    except (OSError, ValueError, KeyError):
        return None
