"""Orders to misbehave: `when` the call has this name and these fields, `do` that, so many `times` (null: always)."""

from collections.abc import Mapping
from typing import Any

from ebelge.devstack.fake_http.store import Store

TRANSPORTS = frozenset({"timeout", "drop", "http_500", "html", "garbage", "truncated", "slow", "oversized"})
ACTS = frozenset({"transport", "moved", "seconds", "fail", "change", "signature", "status"})
SIGNATURES = frozenset({"right", "stale", "wrong", "missing"})


class OrderInvalid(Exception):
    """The order makes no sense."""


def place(store: Store, order: Mapping[str, Any]) -> int:
    """Keep an order; it holds from the next call on. :raises OrderInvalid: it cannot be understood."""
    when, do, times = order.get("when", {}), order.get("do"), order.get("times", 1)
    if not isinstance(when, dict) or not all(isinstance(value, str) for value in when.values()):
        raise OrderInvalid("when is an object of texts")
    if not isinstance(do, dict) or not do or set(do) - ACTS:
        raise OrderInvalid(f"do is an object of {sorted(ACTS)}")
    if do.get("transport", "drop") not in TRANSPORTS or do.get("signature", "right") not in SIGNATURES:
        raise OrderInvalid(f"transport is one of {sorted(TRANSPORTS)}, signature one of {sorted(SIGNATURES)}")
    if not isinstance(do.get("change", {}), dict):
        raise OrderInvalid("change is an object of fields of the answer")
    if times is not None and (isinstance(times, bool) or not isinstance(times, int) or times < 1):
        raise OrderInvalid("times is a positive number or null")
    number = store.next_number("order")
    store.put("order", str(number), {"when": when, "do": do, "times": times, "used": 0})
    return number


def take(store: Store, call: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """What the oldest order that fits this call says, counted as used; {} if none does."""
    with store.lock:
        for key, order in store.all("order"):
            if order["times"] is not None and order["used"] >= order["times"]:
                continue
            fits = all(
                value == (call if name == "call" else str(request.get(name))) for name, value in order["when"].items()
            )
            if fits:
                store.put("order", key, order | {"used": order["used"] + 1})
                return dict(order["do"])
    return {}
