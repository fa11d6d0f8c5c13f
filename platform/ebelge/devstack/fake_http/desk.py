"""The part of the control desk that every fake has: health, calls, orders, webhooks, settings, reset."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ebelge.devstack.fake_http import orders
from ebelge.devstack.fake_http.postman import Postman
from ebelge.devstack.fake_http.server import ControlRefused
from ebelge.devstack.fake_http.store import Store


class Desk:
    """Everything under /control/ that is not about one gateway. Settings keep the type of their default."""

    def __init__(
        self,
        store: Store,
        postman: Postman,
        defaults: Mapping[str, Any],
        manners: Sequence[str],
    ) -> None:
        self._store, self._postman, self._defaults, self._manners = store, postman, dict(defaults), manners

    def setting(self, name: str) -> Any:
        """One setting as it stands."""
        return (self._store.get("settings", "all") or {}).get(name, self._defaults[name])

    def handle(self, method: str, head: str, rest: str, query: Mapping[str, str], body: bytes) -> Any:
        """Answer one request. :raises ControlRefused: 400 or 404."""
        routes: dict[tuple[str, str], Callable[[], Any]] = {
            ("GET", "health"): lambda: {"status": "ok"},
            ("GET", "calls"): lambda: self._store.calls(query.get("name", "")),
            ("GET", "orders"): lambda: listed(self._store, "order"),
            ("POST", "orders"): lambda: self._place(body),
            ("DELETE", "orders"): lambda: {"withdrawn": self._store.delete("order", rest or None)},
            ("GET", "webhooks"): lambda: listed(self._store, "webhook"),
            ("POST", "webhooks"): lambda: self._release(rest, json_object(body)),
            ("GET", "settings"): lambda: {name: self.setting(name) for name in self._defaults},
            ("PUT", "settings"): lambda: self._settings(json_object(body)),
            ("POST", "reset"): self._reset,
        }
        route = routes.get((method, head))
        if route is None:
            raise ControlRefused(404, f"no {method} /control/{head}")
        return route()

    def _place(self, body: bytes) -> dict[str, int]:
        try:
            return {"id": orders.place(self._store, json_object(body))}
        except orders.OrderInvalid as error:
            raise ControlRefused(400, str(error)) from error

    def _release(self, number: str, how: Mapping[str, Any]) -> dict[str, str]:
        manner = how.get("signature")
        if manner is not None and manner not in self._manners:
            raise ControlRefused(400, f"signature is one of {list(self._manners)}")
        if not self._postman.release(number, manner=manner):
            raise ControlRefused(404, "no such webhook")
        return {"sent": number}

    def _settings(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        for name, value in changes.items():
            if name not in self._defaults or type(value) is not type(self._defaults[name]):
                raise ControlRefused(400, f"{name} is no setting, or of another type")
        self._store.put("settings", "all", (self._store.get("settings", "all") or {}) | dict(changes))
        return {name: self.setting(name) for name in self._defaults}

    def _reset(self) -> dict[str, str]:
        self._store.reset()
        return {"status": "empty"}


def listed(store: Store, kind: str) -> list[dict[str, Any]]:
    """Every object of a kind, its key as `id`."""
    return [{"id": key, **body} for key, body in store.all(kind)]


def json_object(body: bytes) -> dict[str, Any]:
    """The body as an object; nothing is an empty one. :raises ControlRefused: 400."""
    try:
        value = json.loads(body or b"{}")
    except ValueError as error:
        raise ControlRefused(400, "not JSON") from error
    if not isinstance(value, dict):
        raise ControlRefused(400, "not a JSON object")
    return value
