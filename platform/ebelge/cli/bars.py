"""Progress bars of long commands: a bar per stage on a terminal, nothing but the result without one."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn


class Bars:
    """`with Bars(console) as bars:` then `stage` and `advance`, as `ebelge.backup.progress.Progress` wants them."""

    def __init__(self, console: Console) -> None:
        columns = (TextColumn("{task.description:<10}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=console, disable=not console.is_terminal)
        self._task: TaskID | None = None

    def stage(self, text: str, total: int) -> None:
        """Begin a stage; the one before is complete."""
        self._finish()
        self._task = self._progress.add_task(text, total=total or None)

    def advance(self, units: int) -> None:
        """So many more units are done."""
        if self._task is not None:
            self._progress.advance(self._task, units)

    def _finish(self) -> None:
        if self._task is not None:
            total = next(task.total for task in self._progress.tasks if task.id == self._task) or 1
            self._progress.update(self._task, total=total, completed=total)

    def __enter__(self) -> Bars:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._finish()
        self._progress.stop()
