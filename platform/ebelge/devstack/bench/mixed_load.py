"""Pages, API and bulks at once for a minute, as fast as this machine can: throughput, waits, no error, books hold."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from ebelge.core.clock import utc_now
from ebelge.devstack import programs
from ebelge.devstack.bench import _driver
from ebelge.devstack.bench._client import watch
from ebelge.devstack.bench._figures import Row, row
from ebelge.devstack.bench._instance import instance
from ebelge.devstack.bench._owners import owner_of
from ebelge.devstack.bench._world import open_senders
from ebelge.devstack.errors import StackError
from ebelge.ubl.examples import example_json
from ebelge.ubl.types import DocumentKind

NAMES = ("mixed_load",)
SECONDS, CUSTOMERS = 60.0, 8
_GRACE_S = 120.0


def rows(rounds: int, *, seconds: float = SECONDS, customers: int = CUSTOMERS) -> list[Row]:
    """The one row. `rounds` says nothing here: a minute under load is one round."""
    with instance(signers=2) as running, watch() as seen:
        senders = open_senders(customers, kontor=1_000_000)
        draft = example_json(DocumentKind.EFATURA, lines=3)
        people = [
            {"key": sender.key, "cookies": owner_of(running.base_url, sender.tenant_id).cookies, "draft": draft}
            for sender in senders
        ]
        since, before_s = utc_now(), running.cpu_s()
        told = _drive({"base_url": running.base_url, "seconds": seconds, "customers": people}, seconds)
        cpu_s = running.cpu_s() - before_s
        seen.all(since)
        if subprocess.run([*programs.EBELGE, "verify"], check=False).returncode:
            raise StackError("After the load `ebelge verify` is not content.")
    return [_row(told, seconds, cpu_s)]


def _drive(order: dict[str, Any], seconds: float) -> list[dict[str, Any]]:
    """What the clients saw. :raises StackError: one of their requests went wrong."""
    command = [sys.executable, "-m", _driver.__name__]
    done = subprocess.run(
        command, input=json.dumps(order), capture_output=True, text=True, timeout=seconds + _GRACE_S, check=True
    )
    told: list[dict[str, Any]] = json.loads(done.stdout)
    wrong = [f"{one['step']}: {one['wrong']}" for one in told if one["wrong"]]
    if wrong:
        raise StackError(f"{len(wrong)} of {len(told)} requests went wrong, such as {wrong[0]}")
    return told


def _row(told: Sequence[dict[str, Any]], seconds: float, cpu_s: float) -> Row:
    for kind in ("page", "api", "bulk"):
        mine = [one["ms"] for one in told if one["step"].startswith(kind)]
        print(f"   {kind}: {len(mine)} requests, {_waits(mine)}", flush=True)
    waits = [one["ms"] for one in told]
    per_s, cores = len(told) / seconds, len(os.sched_getaffinity(0))
    against = f"{cores} cores / CPU seconds of the servers for a request; {_waits(waits)}, no error, books hold"
    return row("mixed_load", per_s, "requests/s", against=against, limit=cores * len(told) / cpu_s, reach=">= 0.5")


def _waits(ms: Sequence[float]) -> str:
    found = sorted(ms) or [0.0]
    shares = (0.5, 0.95, 0.99)
    return ", ".join(f"p{share * 100:.0f} {found[int(len(found) * share)]:.0f} ms" for share in shares)
