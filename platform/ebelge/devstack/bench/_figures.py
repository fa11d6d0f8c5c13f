"""Figures of a benchmark: steps taken in turn, medians, and the row that says whether the reach holds."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Final

import psutil

Row = dict[str, Any]
_PEAK: Final = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)
_COMPARE: Final[dict[str, Callable[[float, float], bool]]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}


def row(name: str, value: float, unit: str, *, against: str, limit: float, reach: str) -> Row:
    """A row of build/bench.json. `reach` decides `holds`.

    It is a bound on value/limit, such as `<= 1.5`; or, where a share says nothing, on the difference: `<= limit + 3`.
    """
    ratio = value / limit
    sign, _, bound = reach.partition(" ")
    apart = bound.startswith("limit + ")
    judged, bound = (value - limit, bound.removeprefix("limit + ")) if apart else (ratio, bound)
    return {
        "name": name,
        "value": round(value, 4),
        "unit": unit,
        "against": against,
        "limit": round(limit, 4),
        "ratio": round(ratio, 3),
        "reach": reach,
        "holds": _COMPARE[sign](judged, float(bound)),
    } | ({"difference": round(value - limit, 4)} if apart else {})


def in_turn(rounds: int, calls: int, *steps: Callable[[], object]) -> list[list[float]]:
    """Per step, its time in ms in each round: the median of `calls` calls. Every step runs in every round.

    Each step runs once before, unmeasured.
    """
    for step in steps:
        step()
    times: list[list[float]] = [[] for _ in steps]
    for _ in range(rounds):
        for kept, step in zip(times, steps, strict=True):
            kept.append(median(timed(step) for _ in range(calls)))
    return times


def timed(step: Callable[[], object]) -> float:
    """How long one call takes, in ms."""
    start = perf_counter()
    step()
    return (perf_counter() - start) * 1000


def peak_mb(pid: int) -> float:
    """The largest resident size of a process so far where the kernel remembers it (Linux), else its size now."""
    status = Path(f"/proc/{pid}/status")
    if status.exists() and (found := _PEAK.search(status.read_text(encoding="ascii"))):
        return int(found[1]) * 1024 / 1e6
    return float(psutil.Process(pid).memory_info().rss) / 1e6
