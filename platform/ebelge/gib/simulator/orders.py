"""Faults on order: which call or document fails, in which way, how often."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ebelge.gib.simulator.store import DocumentFacts, Store
from ebelge.gib.status_codes import FAULT_CODES, STATUS_CODES

CALL_KEYS = frozenset({"operation", "instance_id"})
DOCUMENT_KEYS = frozenset({"number", "ettn", "vkn", "supplier", "customer"})
OPERATIONS = ("sendDocument", "getApplicationResponse")
TRANSPORTS = (
    "timeout",
    "drop",
    "http_500",
    "html",
    "slow",
    "oversized",
    "bad_multipart",
    "garbage",
    "truncated",
    "plain_fault",
)
# Any document may carry its own order, for people who try the sandbox: a note "GIB-SIMULATOR:1150".
NOTE_ORDER = re.compile(r"GIB-SIMULATOR:(\d{4})")


class OrderInvalid(ValueError):
    """The order has an unknown key, operation, code or transport."""


@dataclass(frozen=True, slots=True)
class Order:
    """One order. `act` holds exactly one of fault, status, transport."""

    id: int
    match: Mapping[str, str]
    act: Mapping[str, Any]
    used: int = 0
    times: int | None = None
    document_keys: frozenset[str] = field(default=frozenset())

    def fits_documents(self, documents: list[DocumentFacts]) -> bool:
        """True if one document answers every document key of the order (or it has none)."""
        wanted = {key: value for key, value in self.match.items() if key in DOCUMENT_KEYS}
        if not wanted:
            return True
        return any(all(value in _values(document, key) for key, value in wanted.items()) for document in documents)


def _values(document: DocumentFacts, key: str) -> tuple[str, ...]:
    if key == "vkn":
        return (document.supplier, document.customer)
    return (str(getattr(document, key)),)


def place(store: Store, body: Mapping[str, Any]) -> int:
    """Take an order `{"when": {...}, "do": {...}, "times": 1}`; return its id. `times` null: for ever.

    :raises OrderInvalid: it cannot be understood.
    """
    match, act, times = body.get("when", {}), body.get("do"), body.get("times", 1)
    if not isinstance(match, dict) or not isinstance(act, dict) or set(body) - {"when", "do", "times"}:
        raise OrderInvalid("an order has when, do and times")
    if set(match) - CALL_KEYS - DOCUMENT_KEYS or not all(isinstance(v, str) for v in match.values()):
        raise OrderInvalid(f"when takes strings for {sorted(CALL_KEYS | DOCUMENT_KEYS)}")
    if match.get("operation", OPERATIONS[0]) not in OPERATIONS:
        raise OrderInvalid(f"operation is one of {OPERATIONS}")
    if times is not None and (not isinstance(times, int) or times < 1):
        raise OrderInvalid("times is a positive number or null")
    _check_act(act)
    match = {key: value.casefold() if key in ("ettn", "instance_id") else value for key, value in match.items()}
    cursor = store.write(
        "INSERT INTO orders (match, act, times) VALUES (?, ?, ?)", (json.dumps(match), json.dumps(act), times)
    )
    return int(cursor.lastrowid or 0)


def _check_act(act: Mapping[str, Any]) -> None:
    kinds = set(act) & {"fault", "status", "transport"}
    if len(kinds) != 1 or set(act) - kinds - {"through", "stored", "seconds", "msg"}:
        raise OrderInvalid("do is exactly one of fault, status, transport, with through, stored, seconds, msg")
    if "fault" in act and act["fault"] not in FAULT_CODES:
        raise OrderInvalid(f"fault is one of {sorted(FAULT_CODES)}")
    if "status" in act and act["status"] not in STATUS_CODES:
        raise OrderInvalid(f"status is one of {sorted(STATUS_CODES)}")
    through = act.get("through", [])
    if not isinstance(through, list) or any(code not in STATUS_CODES for code in through):
        raise OrderInvalid("through is a list of status codes")
    if "transport" in act and act["transport"] not in TRANSPORTS:
        raise OrderInvalid(f"transport is one of {TRANSPORTS}")


def active(store: Store) -> list[Order]:
    """The orders that are not used up, oldest first."""
    rows = store.rows("SELECT * FROM orders WHERE times IS NULL OR used < times ORDER BY id")
    return [
        Order(
            row["id"],
            json.loads(row["match"]),
            json.loads(row["act"]),
            row["used"],
            row["times"],
            frozenset(json.loads(row["match"])) & DOCUMENT_KEYS,
        )
        for row in rows
    ]


def _use(store: Store, order: Order) -> bool:
    cursor = store.write(
        "UPDATE orders SET used = used + 1 WHERE id = ? AND (times IS NULL OR used < times)", (order.id,)
    )
    return cursor.rowcount == 1


def take_call_order(
    store: Store, operation: str, instance_id: str, documents: list[DocumentFacts]
) -> Mapping[str, Any] | None:
    """The first order for this call (a fault or a transport), used up by one; None if there is none."""
    for order in active(store):
        if "status" in order.act or order.match.get("operation", operation) != operation:
            continue
        if order.match.get("instance_id", instance_id) != instance_id:
            continue
        if order.fits_documents(documents) and _use(store, order):
            return order.act
    return None


def take_status_order(store: Store, instance_id: str, documents: list[DocumentFacts]) -> Mapping[str, Any] | None:
    """The first order for this envelope's fate, used up by one; then what a document's own note asks for."""
    for order in active(store):
        if "status" not in order.act or order.match.get("instance_id", instance_id) != instance_id:
            continue
        if order.fits_documents(documents) and _use(store, order):
            return order.act
    for document in documents:
        for note in document.notes:
            match = NOTE_ORDER.search(note)
            if match and int(match[1]) in STATUS_CODES:
                return {"status": int(match[1])}
    return None
