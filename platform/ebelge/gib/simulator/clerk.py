"""The clerk behind the counter: checks what was received, in order, and moves envelopes on in time."""

import hashlib
import json
import logging
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from cryptography import x509

from ebelge.gib.mtom import MessageUnreadable
from ebelge.gib.opened import OpenedZarf
from ebelge.gib.simulator import accounts, checks, orders
from ebelge.gib.simulator.push import Pusher
from ebelge.gib.simulator.store import Store
from ebelge.gib.system_response import read_system_response
from ebelge.gib.unzip import open_zip

log = logging.getLogger(__name__)

_STUCK_BEFORE_CHECK = (1000, 1100)
# The way to each end that lies behind a successful check.
_WAYS: dict[int, tuple[int, ...]] = {
    1200: (1200,),
    1210: (1200, 1210),
    1215: (1200, 1210, 1215),
    1220: (1200, 1220),
    1230: (1200, 1220, 1230),
    1235: (1200, 1220, 1235),
    1300: (1200, 1220, 1300),
}
_DOCUMENT_STATE = {
    1200: "registered",
    1215: "undelivered",
    1230: "undelivered",
    1235: "cancelled",
    1300: "delivered",
}


class Clerk(threading.Thread):
    """One background thread, so envelopes are checked one after the other in the order they came.

    `answer_delay_ms`: from the arrival of an envelope to its final status; a quarter of it passes before
    the check, the rest is spread over the statuses that follow.
    """

    def __init__(
        self, store: Store, *, answer_delay_ms: int, trust: Sequence[x509.Certificate], pusher: Pusher | None = None
    ) -> None:
        super().__init__(name="clerk", daemon=True)
        self._pusher = pusher
        self.answer_delay_ms = answer_delay_ms
        self.addresses = checks.AddressBook(store)
        self._store, self._trust, self._rules = store, trust, checks.Rules()
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._hand = threading.Lock()

    def ring(self) -> None:
        """Something was received or changed: look now."""
        self._wake.set()

    def reset(self) -> None:
        """Forget everything received, after the envelope in hand."""
        with self._hand:
            self._store.reset()

    def stop(self) -> None:
        """Finish the envelope in hand and end."""
        self._stopping.set()
        self._wake.set()
        self.join()

    def run(self) -> None:
        """Work until stopped."""
        self._rules.warm_up()
        while not self._stopping.is_set():
            self._wake.clear()
            with self._hand:
                due = self._work()
            if not self._stopping.is_set():
                self._wake.wait(None if due is None else max(0.0, due - time.time()))

    def _work(self) -> float | None:
        """Do what is due; return when the next thing is due (seconds since the epoch)."""
        upcoming: list[float] = []
        rows = self._store.rows(
            "SELECT instance_id, received_at, checked, plan FROM envelope "
            "WHERE checked = 0 OR plan <> '[]' ORDER BY seq"
        )
        for row in rows:
            if self._stopping.is_set():
                return None
            if row["checked"]:
                plan = json.loads(row["plan"])
            elif (due := row["received_at"] + self.answer_delay_ms / 4000) > time.time():
                upcoming.append(due)
                continue
            else:
                plan = self._check(row["instance_id"], row["received_at"])
            plan = self._follow(row["instance_id"], plan)
            if plan:
                upcoming.append(plan[0][0])
        return min(upcoming, default=None)

    def _follow(self, instance_id: str, plan: list[tuple[float, int]]) -> list[tuple[float, int]]:
        while plan and plan[0][0] <= time.time():
            status = plan.pop(0)[1]
            self._store.move(instance_id, status=status, documents=_DOCUMENT_STATE.get(status), plan=plan)
        return plan

    def _check(self, instance_id: str, received_at: float) -> list[tuple[float, int]]:
        """Check one envelope; return the statuses that follow, with their instants."""
        data = self._store.rows("SELECT zip FROM envelope WHERE instance_id = ?", (instance_id,))[0]["zip"]
        try:
            act = self._check_contents(instance_id, data)
        except checks.Refused as refusal:
            self._refuse(instance_id, refusal.status, str(refusal))
            return []
        except Exception:
            # A fault of the simulator itself must not stop the clerk: the sender sees a system error.
            log.exception("checking envelope %s failed", instance_id)
            self._refuse(instance_id, 1195, "the simulator failed")
            return []
        if not act and self._goes_on(instance_id, data):
            return []
        end = int(act.get("status", 1300))
        if end in _STUCK_BEFORE_CHECK:
            self._store.move(instance_id, status=end, plan=[])
            return []
        if end not in _WAYS:
            self._refuse(instance_id, end, "ordered")
            return []
        way = (*act["through"], end) if act.get("through") else _WAYS[end]
        step_s = self.answer_delay_ms / 1000 * 0.75 / max(1, len(way) - 1)
        start = received_at + self.answer_delay_ms / 4000
        plan = [(start + step_s * index, status) for index, status in enumerate(way)]
        self._store.move(instance_id, documents="registered", plan=plan)
        return plan

    def _goes_on(self, instance_id: str, data: bytes) -> bool:
        """Whether the receiver's alias lies with somebody who really answers: then it is pushed there."""
        if self._pusher is None:
            return False
        row = self._store.rows("SELECT receiver, md5 FROM envelope WHERE instance_id = ?", (instance_id,))[0]
        alias = json.loads(row["receiver"]).get("alias", "")
        if self._pusher.route_of(alias) is None:
            return False
        self._store.move(instance_id, status=1200, documents="registered", plan=[])
        return self._pusher.forward(instance_id, alias, data, row["md5"])

    def _answer_to_what_was_pushed(self, zarf: OpenedZarf, data: bytes) -> None:
        """A receiving unit's system response: nobody's address is asked, and it is not answered."""
        self._rules.check(open_zip(data).xml)
        try:
            response = read_system_response(zarf.documents[0], about=None)
        except MessageUnreadable as error:
            raise checks.Refused(1150, str(error)) from error
        if self._pusher is not None:
            md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
            self._pusher.answered(zarf, response, data, md5)

    def _check_contents(self, instance_id: str, data: bytes) -> dict[str, Any]:
        zarf, documents = checks.read_envelope(data, UUID(instance_id))
        self._store.note_header(
            instance_id, zarf.envelope_type, checks.header(zarf.sender), checks.header(zarf.receiver)
        )
        self._store.note_documents(instance_id, documents, "received")
        act = orders.take_status_order(self._store, instance_id, documents)
        if act is not None and act["status"] not in _WAYS:
            return dict(act)
        self._store.move(instance_id, status=1100)
        if zarf.envelope_type == "SYSTEMENVELOPE":
            self._answer_to_what_was_pushed(zarf, data)
            return {"status": 1200}
        checks.check_envelope(
            zarf,
            documents,
            store=self._store,
            rules=self._rules,
            addresses=self.addresses,
            trust=self._trust,
            xml=open_zip(data).xml,
            at=datetime.now(UTC),
        )
        if zarf.envelope_type == "USERENVELOPE":
            for document in zarf.documents:
                accounts.apply(self._store, document, identifier=zarf.sender.alias, at=datetime.now(UTC))
            self.addresses.reload()
        return dict(act or {})

    def _refuse(self, instance_id: str, status: int, reason: str) -> None:
        self._store.move(instance_id, status=status, documents="refused", plan=[], finding=reason)
