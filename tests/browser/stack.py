"""The instance that is looked at: one of this run alone, or one that stands already (`EBELGE_BROWSER_VAR=folder`).

The second spares those who build pages the start of everything: `python -m tests.browser.stack FOLDER` starts one with
documents in it and keeps it until Ctrl-C; the web server then takes new code at a restart of that program only.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ebelge.core.config import settings
from ebelge.devstack import seed
from ebelge.devstack.instance import Instance, running
from tests.browser import material

STANDING = "EBELGE_BROWSER_VAR"


@dataclass(frozen=True)
class Stack:
    """Where it answers, its environment (also this process's), and who is in it."""

    base_url: str
    env: dict[str, str] = field(repr=False)
    world: seed.World = field(repr=False)

    @property
    def mail_url(self) -> str:
        """Address of the mails that were sent."""
        return self.env["EBELGE_MAIL_PAGE_URL"]


@contextmanager
def stack() -> Iterator[Stack]:
    """The standing instance, else a private one that is gone afterwards."""
    if os.environ.get(STANDING):
        var = Path(os.environ[STANDING])
        env = running(var)
        assert env is not None, f"no instance stands in {var}"
        os.environ.update(env)
        settings.cache_clear()
        yield Stack(env["EBELGE_PUBLIC_URL"], env, seed.plant(var))
        return
    with tempfile.TemporaryDirectory(prefix="ebelge-browser-") as folder, _instance(Path(folder)) as made:
        yield Stack(made.base_url, made.env, made.world)


def _instance(folder: Path) -> Instance:
    return Instance(folder / "var", private=True, durable=False, answer_delay_ms=50)


def keep(folder: Path) -> None:
    """Start an instance in a folder, furnish it and keep it until Ctrl-C."""
    with _instance(folder) as made:
        material.bring(Stack(made.base_url, made.env, made.world))
        print(f"{STANDING}={made.var} {made.base_url}", flush=True)
        if made.supervisor is not None:
            made.supervisor.run(each=made.services.tend)


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
