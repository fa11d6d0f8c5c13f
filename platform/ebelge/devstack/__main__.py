"""`python -m ebelge.devstack run | demo | services | supervise | env | code EMAIL`: the stack from the command line."""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from ebelge.devstack import folders, programs
from ebelge.devstack.errors import StackError
from ebelge.devstack.instance import Instance, running
from ebelge.devstack.processes import child_set_up, listen
from ebelge.devstack.services import Services
from ebelge.devstack.supervisor import Supervisor


def _tell(line: str) -> None:
    print(f"== {line}", flush=True)


def run(var: Path) -> int:
    """`make run`: everything, until Ctrl-C."""
    began = time.monotonic()
    instance = Instance(var, tell=_tell)
    try:
        with instance:
            _welcome(instance, time.monotonic() - began)
            if instance.supervisor is not None:
                instance.supervisor.run(each=instance.services.tend)
            print("\n== stopping", flush=True)
    except KeyboardInterrupt:
        print("\n== stopped before everything ran", flush=True)
        return 130
    print("== stopped; `make run` goes on where this ended", flush=True)
    return 0


def _python() -> str:
    """This interpreter as one types it here: the environment need not be activated."""
    program = Path(sys.executable)
    return str(program.relative_to(Path.cwd()) if program.is_relative_to(Path.cwd()) else program)


def _welcome(instance: Instance, took_s: float) -> None:
    lines = [
        f"Ebelge runs (started in {took_s:.1f} s). Ctrl-C stops all of it.",
        "",
        f"  pages and API    {instance.base_url}",
        f"  API reference    {instance.base_url}/api/v1/docs",
        f"  mails sent       {instance.mail_url}",
        f"  simulated GİB    {instance.gib_url}",
        *(f"  {'fake ' + name:16} {url}" for name, url in instance.checkout_urls.items()),
        f"  logs             {instance.var / 'log'}",
        f'  variables        eval "$({_python()} -m ebelge.devstack env)"',
    ]
    describe = getattr(instance.world, "describe", None)
    if callable(describe):
        lines += ["", *(f"  {line}" for line in describe())]
    print("\n" + "\n".join(lines) + "\n", flush=True)


def _exports(variables: Mapping[str, str]) -> str:
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())


def demo(var: Path) -> int:
    """`make demo`: against the instance that runs in `var`, else against a private one that is gone afterwards."""
    variables = running(var)
    if variables is not None:
        _tell(f"against the instance at {variables['EBELGE_PUBLIC_URL']}")
        return _run_demo(variables)
    with tempfile.TemporaryDirectory(prefix="ebelge-demo-") as folder:
        _tell("no instance runs here: starting a private one")
        with Instance(Path(folder), tell=_tell, private=True) as instance:
            return _run_demo(instance.variables())


def _run_demo(variables: Mapping[str, str]) -> int:
    """Run `ebelge demo` as a person would; its Ctrl-C is ours."""
    return subprocess.run([*programs.EBELGE, "demo"], env={**os.environ, **variables}, check=False).returncode


def services_only(var: Path) -> int:
    """PostgreSQL and Redis alone, until Ctrl-C; for working on one part by hand."""
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, lambda signum, frame: stop.set())
    with Services(var) as services:
        print(_exports(services.environment()), flush=True)
        stop.wait()
    return 0


def supervise(var: Path) -> int:
    """Production: relay, workers, clock (and gunicorn with EBELGE_PORT) in the environment given."""
    wanted = programs.workers(os.environ)
    if os.environ.get("EBELGE_PORT"):
        host = os.environ.get("EBELGE_HOST") or "127.0.0.1"
        listener = listen([int(os.environ["EBELGE_PORT"])], host=host, what="the web server (EBELGE_PORT)")
        wanted.append(programs.web(os.environ, listener=listener))
    supervisor = Supervisor(wanted, var=var, env=os.environ, tell=_tell)
    with supervisor.signals():
        try:
            supervisor.start()
        except BaseException:
            supervisor.stop()
            raise
    supervisor.run()
    return 0


def show_environment(var: Path) -> int:
    """Print the variables of the instance in `var` as shell exports."""
    variables = running(var)
    if variables is None:
        raise StackError(f"No instance runs in {var}: start one with `make run`.")
    print(_exports(variables), end="")
    return 0


def show_code(var: Path, email: str) -> int:
    """Print what the authenticator app of a seeded person shows now."""
    variables = running(var)
    if variables is None:
        raise StackError(f"No instance runs in {var}: start one with `make run`.")
    os.environ.update(variables)
    from ebelge.devstack import people

    print(people.code(email))
    return 0


COMMANDS = {"run": run, "services": services_only, "supervise": supervise, "env": show_environment, "demo": demo}


def main() -> int:
    """Entry point; a StackError ends as a sentence on stderr, never as a traceback."""
    parser = argparse.ArgumentParser(prog="python -m ebelge.devstack", description=__doc__)
    parser.add_argument("command", choices=[*COMMANDS, "code"])
    parser.add_argument("email", nargs="?", help="with `code`: whose")
    parser.add_argument("--var", type=Path, help="folder of the instance (default: EBELGE_VAR, else ./var)")
    parser.add_argument("--tied", action="store_true", help="end when the starting process ends, however it does")
    given = parser.parse_args()
    if given.tied:
        child_set_up(namespace=False, death_signal=signal.SIGTERM, parent_pid=os.getppid())()
    for name in (signal.SIGTERM, signal.SIGHUP):  # the same way out as Ctrl-C
        signal.signal(name, lambda signum, frame: signal.raise_signal(signal.SIGINT))
    try:
        var = given.var.absolute() if given.var else folders.var_root()
        if given.command == "code":
            return show_code(var, given.email or "")
        return COMMANDS[given.command](var)
    except StackError as error:
        print(f"\nEbelge: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
