"""What every fake gateway has behind its socket; its API, pages and signatures are its own."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from ebelge.devstack.fake_http.desk import Desk
from ebelge.devstack.fake_http.postman import Postman
from ebelge.devstack.fake_http.store import Store

MANNERS = ("right", "wrong", "missing")


class Addressed(Protocol):
    """An API that names its own address in answers."""

    base_url: str


class FakeGateway(ABC):
    """Memory, a postman for webhooks and a control desk."""

    _api: Addressed

    def __init__(self, folder: Path, settings: Mapping[str, Any], manners: Sequence[str] = MANNERS) -> None:
        self.store = Store(folder)
        self._postman = Postman(self.store, self._webhook_headers)
        self._desk = Desk(self.store, self._postman, settings, manners)

    @property
    def base_url(self) -> str:
        """Where it listens; known when the socket is."""
        return self._api.base_url

    @base_url.setter
    def base_url(self, value: str) -> None:
        self._api.base_url = value

    def start(self) -> None:
        """Begin to deliver webhooks."""
        self._postman.start()

    def stop(self) -> None:
        """End, and close the memory."""
        self._postman.stop()
        self.store.close()

    @abstractmethod
    def _webhook_headers(self, body: bytes, manner: str) -> dict[str, str]:
        """The signature of a webhook, in the manner that the desk was told."""
