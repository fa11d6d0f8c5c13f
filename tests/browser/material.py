"""What stands in the instance before pages are looked at: sent as clients, companies and banks send it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from ebelge.core.clock import istanbul_date, utc_now
from ebelge.devstack.companies import BORA_AS
from ebelge.devstack.demo import cases, story
from ebelge.devstack.demo.findings import Story
from ebelge.devstack.demo.place import place

BULK = 12
WITHIN_S = 90.0


class _Quiet:
    """Hears the story and says nothing."""

    def step(self, text: str) -> None: ...

    def finding(self, problem: dict[str, Any]) -> None: ...

    def waiting(self, text: str) -> Callable[[int, int], None]:
        return lambda done, total: None


class _Instance(Protocol):
    @property
    def env(self) -> Mapping[str, str]: ...


def bring(instance: _Instance, *, bulk: int = BULK) -> None:
    """Documents of every kind, one refused by GİB and corrected, and a commercial invoice that Bora may answer."""
    here = place(instance.env)
    if here.clients["akin"].get("/documents", limit=1)["items"]:
        return  # an instance that stands has been furnished
    commercial = cases.invoice("efatura", BORA_AS.party, cases.line("Danışmanlık", "1", "1000"), profile="TICARIFATURA")
    here.clients["akin"].send(commercial)
    story.send(here, Story(), _Quiet(), day=istanbul_date(utc_now()), bulk=bulk, timeout_s=WITHIN_S)
