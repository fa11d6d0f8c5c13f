"""The authorities that a development instance plays itself. Real ones in the settings are left alone."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from ebelge.devstack import folders
from ebelge.devstack.programs import answers_ok
from ebelge.devstack.supervisor import Program

# name -> the setting that says a real one is used
_REAL = {"tsa": "EBELGE_TSA_URL"}


def wanted(outer: Mapping[str, str]) -> tuple[str, ...]:
    """Which ones this instance plays. Without OpenSSL's program nobody stamps times."""
    return tuple(name for name, real in _REAL.items() if not outer.get(real) and shutil.which("openssl"))


def settings(var: Path, ports: Mapping[str, int]) -> dict[str, str]:
    """What our programs must know of those that listen on `ports` (by name)."""
    anchors = {"EBELGE_SEAL_ANCHORS": str(var / "development-ca.crt")}  # made by the seed, which issues the seals
    if "tsa" not in ports:
        return anchors
    return anchors | {
        "EBELGE_TSA_URL": f"http://127.0.0.1:{ports['tsa']}/",
        "EBELGE_TSA_CERTIFICATES": str(var / "tsa" / "authority.pem"),
    }


def programs(var: Path, ports: Mapping[str, int]) -> list[Program]:
    """They as processes; keys and memory are below `var`."""
    return [
        Program(
            name,
            (
                *(sys.executable, "-m", f"ebelge.devstack.fake_{name}", "--port", str(port)),
                *("--state", str(folders.private(var / name)), "--stop-with-parent"),
            ),
            stage=1,
            ready=answers_ok(f"http://127.0.0.1:{port}/control/health"),
        )
        for name, port in ports.items()
        if name in _REAL
    ]
