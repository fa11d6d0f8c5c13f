"""Whether this process was asked to stop: work that waits for others gives back what it has not begun."""

import signal
import threading
from types import FrameType

requested = threading.Event()


def on_signals() -> None:
    """Let SIGTERM and SIGINT ask this process to stop; call it in the main thread."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _ask)


def _ask(_number: int, _frame: FrameType | None) -> None:
    requested.set()
