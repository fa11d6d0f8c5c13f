"""How far a long work has come, told to whoever shows it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Hears of stages and of units done; the command line shows it as a bar."""

    def stage(self, text: str, total: int) -> None:
        """A stage begins that has `total` units (0: unknown)."""

    def advance(self, units: int) -> None:
        """So many more units are done."""


class Silence:
    """Progress that nobody watches."""

    def stage(self, text: str, total: int) -> None:
        """Nothing."""

    def advance(self, units: int) -> None:
        """Nothing."""
