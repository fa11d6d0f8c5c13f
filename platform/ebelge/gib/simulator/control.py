"""The control desk of the simulator: orders, what was received, reset. JSON over loopback only."""

import base64
import hashlib
import io
import json
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from ebelge.gib.simulator import orders, push
from ebelge.gib.simulator.clerk import Clerk
from ebelge.gib.simulator.push import Pusher
from ebelge.gib.simulator.store import Store
from ebelge.gib.taxpayers import ListKind, UserListUnreadable, read_user_list

_LISTS = {"pk": ListKind.PK, "gb": ListKind.GB}
_DOCUMENT_FILTERS = ("ettn", "number", "state", "instance_id", "supplier", "customer")


class ControlRefused(Exception):
    """The request to the desk makes no sense; `status` is the HTTP status."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Control:
    """Everything under /control/."""

    def __init__(self, store: Store, clerk: Clerk, pusher: Pusher | None = None) -> None:
        self._store, self._clerk, self._pusher = store, clerk, pusher

    def handle(self, method: str, path: str, query: Mapping[str, str], body: bytes) -> Any:
        """Answer one request with something JSON can carry. :raises ControlRefused: 400 or 404."""
        head, _, rest = path.strip("/").partition("/")
        routes: dict[tuple[str, str], Callable[[], Any]] = {
            ("GET", "health"): lambda: {"status": "ok"},
            ("GET", "envelopes"): lambda: self._envelopes(rest),
            ("GET", "documents"): lambda: self._documents(query),
            ("GET", "calls"): lambda: self._calls(query),
            ("GET", "orders"): lambda: self._orders(),
            ("POST", "orders"): lambda: self._place(body),
            ("DELETE", "orders"): lambda: self._withdraw(rest),
            ("PUT", "settings"): lambda: self._settings(body),
            ("PUT", "user-list"): lambda: self._user_list(rest, body),
            ("DELETE", "user-list"): lambda: self._withdraw_list(rest),
            ("PUT", "routes"): lambda: self._routes(body),
            ("GET", "pushes"): lambda: push.shown(self._store),
            ("POST", "pushes"): lambda: self._push(body),
            ("POST", "reset"): lambda: self._reset(),
        }
        route = routes.get((method, head))
        if route is None:
            raise ControlRefused(404, f"no {method} /control/{head}")
        return route()

    def _envelopes(self, instance_id: str) -> Any:
        # GUIDs: casefold() is safe.
        where, parameters = ("WHERE instance_id = ?", (instance_id.casefold(),)) if instance_id else ("", ())
        rows = self._store.rows(
            "SELECT seq, instance_id, received_at, status, finding, envelope_type, sender, receiver, history "
            f"FROM envelope {where} ORDER BY seq",
            parameters,
        )
        documents: dict[str, list[dict[str, Any]]] = {}
        for document in self._documents({"instance_id": instance_id.casefold()} if instance_id else {}):
            documents.setdefault(document["instance_id"], []).append(document)
        for row in rows:
            row |= {name: json.loads(row[name]) for name in ("sender", "receiver", "history")}
            row["documents"] = documents.get(row["instance_id"], [])
        if instance_id:
            if not rows:
                raise ControlRefused(404, "no such envelope")
            return rows[0]
        return rows

    def _documents(self, query: Mapping[str, str]) -> list[dict[str, Any]]:
        unknown = set(query) - set(_DOCUMENT_FILTERS)
        if unknown:
            raise ControlRefused(400, f"unknown filter {sorted(unknown)}")
        where = " AND ".join(f"d.{name} = ?" for name in query) or "1"
        values = [value.casefold() if name in ("ettn", "instance_id") else value for name, value in query.items()]
        return self._store.rows(
            "SELECT d.instance_id, d.kind, d.number, d.ettn, d.supplier, d.customer, d.sha256, d.state, "
            f"e.status FROM document d JOIN envelope e USING (instance_id) WHERE {where} ORDER BY d.id",
            values,
        )

    def _calls(self, query: Mapping[str, str]) -> list[dict[str, Any]]:
        instance_id = query.get("instance_id", "").casefold()
        where, parameters = ("WHERE instance_id = ?", (instance_id,)) if instance_id else ("", ())
        return self._store.rows(f"SELECT * FROM call {where} ORDER BY id", parameters)

    def _orders(self) -> list[dict[str, Any]]:
        rows = self._store.rows("SELECT id, match, act, times, used FROM orders ORDER BY id")
        return [
            {
                "id": row["id"],
                "when": json.loads(row["match"]),
                "do": json.loads(row["act"]),
                "times": row["times"],
                "used": row["used"],
            }
            for row in rows
        ]

    def _place(self, body: bytes) -> dict[str, int]:
        try:
            return {"id": orders.place(self._store, _object(body))}
        except orders.OrderInvalid as error:
            raise ControlRefused(400, str(error)) from error

    def _withdraw(self, order_id: str) -> dict[str, int]:
        if order_id and not order_id.isdecimal():
            raise ControlRefused(404, "no such order")
        where, parameters = ("WHERE id = ?", (order_id,)) if order_id else ("", ())
        return {"withdrawn": self._store.write(f"DELETE FROM orders {where}", parameters).rowcount}

    def _settings(self, body: bytes) -> dict[str, int]:
        said = _object(body)
        delay, retry = said.get("answer_delay_ms", self._clerk.answer_delay_ms), said.get("push_retry_ms")
        if isinstance(retry, int) and self._pusher is not None:
            self._pusher.retry_ms = max(1, retry)
        if not isinstance(delay, int) or not 0 <= delay <= 86_400_000:
            raise ControlRefused(400, "answer_delay_ms is a number of milliseconds")
        self._clerk.answer_delay_ms = delay
        self._clerk.ring()
        return {"answer_delay_ms": delay}

    def _user_list(self, name: str, body: bytes) -> dict[str, int]:
        kind = _LISTS.get(name)
        if kind is None:
            raise ControlRefused(404, "pk or gb")
        try:
            count = sum(1 for _ in read_user_list(io.BytesIO(body)))
        except UserListUnreadable as error:
            raise ControlRefused(400, error.detail_en) from error
        put_user_list(self._store, kind, body)
        self._clerk.addresses.reload()
        return {"users": count}

    def _withdraw_list(self, name: str) -> dict[str, int]:
        if name not in _LISTS:
            raise ControlRefused(404, "pk or gb")
        cursor = self._store.write("DELETE FROM user_list WHERE kind = ?", (_LISTS[name].value,))
        self._clerk.addresses.reload()
        return {"withdrawn": cursor.rowcount}

    def _routes(self, body: bytes) -> dict[str, int]:
        """Which aliases lie at a receiving unit that really answers: `{"url": …, "aliases": […]}`."""
        said = _object(body)
        if not isinstance(said.get("url"), str) or not isinstance(said.get("aliases"), list):
            raise ControlRefused(400, "url and aliases")
        return {"routes": push.put_routes(self._store, said["url"], map(str, said["aliases"]))}

    def _push(self, body: bytes) -> dict[str, str]:
        """Push an envelope (base64 of its zip) to an address, with a wrong `md5` or `file_name` if one is said."""
        said = _object(body)
        try:
            zipped = base64.b64decode(said["zip_base64"], validate=True)
            instance_id, url = str(UUID(said["instance_id"])), str(said["url"])
        except (KeyError, ValueError, TypeError) as error:
            raise ControlRefused(400, f"instance_id, url and zip_base64: {error}") from error
        if self._pusher is None:
            raise ControlRefused(404, "nobody pushes here")
        md5 = str(said.get("md5") or hashlib.md5(zipped, usedforsecurity=False).hexdigest())
        self._pusher.put(instance_id, url, zipped, md5, str(said.get("file_name") or f"{instance_id}.zip"))
        return {"instance_id": instance_id}

    def _reset(self) -> dict[str, str]:
        self._clerk.reset()
        return {"status": "empty"}


def put_user_list(store: Store, kind: ListKind, xml: bytes) -> None:
    """Serve this list from now on, and refuse addresses by it."""
    store.put_list(kind.value, xml)


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError as error:
        raise ControlRefused(400, "not JSON") from error
    if not isinstance(value, dict):
        raise ControlRefused(400, "not a JSON object")
    return value
