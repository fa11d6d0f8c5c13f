"""`make bench`: run the benchmarks, print them as a table, keep them in build/bench.json."""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

from rich.console import Console
from rich.table import Table

from ebelge.devstack import bench
from ebelge.devstack.errors import StackError

ROUNDS = 5
Row = dict[str, Any]


def modules(name: str | None) -> list[ModuleType]:
    """The benchmark modules, or the one that makes the row called `name`.

    A module's rows are its NAMES; without NAMES, the row called like the module.
    :raises StackError: no module makes that row.
    """
    found = [
        importlib.import_module(f"{bench.__name__}.{info.name}")
        for info in pkgutil.iter_modules(bench.__path__)
        if not info.name.startswith("_")
    ]
    found = [module for module in found if hasattr(module, "rows")]
    if name is None:
        return found
    chosen = [module for module in found if name in names(module)]
    if not chosen:
        known = ", ".join(sorted(row for module in found for row in names(module)))
        raise StackError(f"There is no benchmark {name!r}. There are: {known}")
    return chosen


def names(module: ModuleType) -> tuple[str, ...]:
    """Names of the rows that a module makes."""
    return tuple(getattr(module, "NAMES", (module.__name__.rsplit(".", 1)[-1],)))


def keep(rows: list[Row], path: Path) -> None:
    """Write the rows to `path`; rows of an earlier run that were not measured now stay."""
    earlier: list[Row] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    measured = {row["name"] for row in rows}
    path.parent.mkdir(parents=True, exist_ok=True)
    merged = [row for row in earlier if row["name"] not in measured] + rows
    path.write_text(json.dumps(merged, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def table(rows: list[Row]) -> Table:
    """The rows as a table for people; each row's limit is explained below its figures."""
    shown = Table(title="Benchmarks beside their limits (compare the ratios, not the numbers)", show_lines=True)
    shown.add_column("what, and its limit")
    for field in ("value", "limit", "ratio"):
        shown.add_column(field, justify="right", no_wrap=True)
    shown.add_column("reach", no_wrap=True)
    shown.add_column("holds", no_wrap=True)
    for row in rows:
        holds = "[green]yes" if row["holds"] else "[red]no"
        figures = [f"{_plain(row['value'])} {row['unit']}", _plain(row["limit"]), _share(row)]
        shown.add_row(f"[bold]{row['name']}[/]\nlimit: {row['against']}", *figures, row["reach"], holds)
    return shown


def _share(row: Row) -> str:
    """Value by limit; of rows that are judged by it, how far they are apart."""
    return f"{row['difference']:+.2f} {row['unit']}" if "difference" in row else f"{row['ratio']:.2f}"


def _plain(value: float) -> str:
    """Four digits that mean something."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def main() -> int:
    """Run all benchmarks or one; 0 even where a limit is missed: a figure is no test."""
    parser = argparse.ArgumentParser(prog="python -m ebelge.devstack.bench", description=__doc__)
    parser.add_argument("--name", help="one row, for example sign")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="rounds taken in turn")
    parser.add_argument("--out", type=Path, default=Path("build/bench.json"))
    given = parser.parse_args()
    console, rows = Console(), []
    try:
        for module in modules(given.name):
            console.print(f"== {', '.join(names(module))}")
            began = time.monotonic()
            rows += module.rows(max(ROUNDS, given.rounds))
            keep(rows, given.out)
            console.print(f"   {time.monotonic() - began:.0f} s")
    except StackError as error:
        print(f"make bench: {error}", file=sys.stderr)
        return 1
    console.print(table(rows))
    console.print(f"kept in {given.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
