"""GİB as the tests meet it: its simulator, a process of its own, and what can be asked of it beside the protocol."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self
from uuid import UUID

from tests.strangers.process import Stranger


class Simulator(Stranger):
    """A running simulator."""

    @classmethod
    def run(cls, folder: Path, *arguments: str) -> Self:
        """Start one: `Simulator.run(folder, "--answer-delay-ms", "0")`."""
        return cls.start("ebelge.gib.simulator", folder, *arguments)

    def order(self, do: dict[str, Any], *, times: int | None = 1, **when: str) -> int:
        """Tell it to fail in one way, for the calls or envelopes that `when` describes."""
        return int(self.control("POST", "orders", when=when, do=do, times=times)["id"])

    def envelope(self, instance_id: UUID) -> dict[str, Any]:
        """One envelope that it took."""
        return dict(self.control("GET", f"envelopes/{instance_id}"))

    def envelopes(self) -> list[dict[str, Any]]:
        """All envelopes that it took."""
        return list(self.control("GET", "envelopes"))

    def documents(self, **filters: str) -> list[dict[str, Any]]:
        """The documents it has, as its books show them."""
        answer = self.http.get(f"{self.control_url}/documents", params=filters, timeout=10)
        answer.raise_for_status()
        return list(answer.json())

    def calls(self) -> list[dict[str, Any]]:
        """The calls it answered."""
        return list(self.control("GET", "calls"))

    def put_list(self, kind: str, xml: bytes) -> None:
        """Give it a list of registered users (`pk` or `gb`)."""
        self.http.put(f"{self.control_url}/user-list/{kind}", data=xml, timeout=10).raise_for_status()
