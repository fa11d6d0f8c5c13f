"""GİB as the one who calls: envelopes go on to whoever serves their receiver's alias, and the answers come back.

An alias with a *route* lies at an integrator that really answers: its envelopes are pushed to that address unchanged,
tried again 4 times (two hours apart by GİB's book, on a faster clock here), and end when the receiver's system
response has come: 1300, 1230 if it says a failure, 1215 if nobody took it. That response goes on to the sender,
unchanged, too. Aliases without a route end by themselves, as the clerk has it.
"""

import logging
import threading
import time
from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from ebelge.gib.errors import GatewayOutcomeUnknown, GibFault
from ebelge.gib.gateway import SoapGateway
from ebelge.gib.opened import OpenedZarf
from ebelge.gib.simulator.store import Store
from ebelge.gib.status_codes import Reaction, status_of
from ebelge.gib.system_response import SystemResponse
from ebelge.gib.zarf import Zarf

log = logging.getLogger(__name__)

RETRIES: Final = 4
RETRY_MS: Final = 7_200  # two hours, a thousand times faster
ASK_AFTER_S: Final = 30.0
TIMEOUT_S: Final = 20.0


class _Door(SoapGateway):
    """A receiving unit's service, at exactly its address."""

    def post(self, path: str, body: bytes, content_type: str) -> tuple[int, str, bytes]:
        return super().post("", body, content_type)


class Pusher(threading.Thread):
    """One background thread: pushes what waits, tries again, and asks where no answer comes."""

    def __init__(self, store: Store, *, retry_ms: int = RETRY_MS) -> None:
        super().__init__(name="pusher", daemon=True)
        self.retry_ms = retry_ms
        self._store = store
        self._doors: dict[str, SoapGateway] = {}
        self._wake, self._stopping = threading.Event(), threading.Event()

    def ring(self) -> None:
        """Something is to be pushed: look now."""
        self._wake.set()

    def stop(self) -> None:
        """Finish the call in hand and end."""
        self._stopping.set()
        self._wake.set()
        self.join()

    def run(self) -> None:
        """Work until stopped."""
        while not self._stopping.is_set():
            self._wake.clear()
            due = self._work()
            if not self._stopping.is_set():
                self._wake.wait(None if due is None else max(0.0, due - time.time()))

    def route_of(self, alias: str) -> str | None:
        """Where an alias lies; None: at nobody who answers."""
        rows = self._store.rows("SELECT url FROM route WHERE alias = ?", (alias,))
        return str(rows[0]["url"]) if rows else None

    def forward(self, instance_id: str, alias: str, zipped: bytes, md5: str, *, wants_answer: bool = True) -> bool:
        """Push an envelope on to whom the alias lies with; False: to nobody."""
        url = self.route_of(alias)
        if url is None:
            return False
        self.put(instance_id, url, zipped, md5, f"{instance_id}.zip", wants_answer=wants_answer)
        return True

    def put(
        self, instance_id: str, url: str, zipped: bytes, md5: str, file_name: str, *, wants_answer: bool = True
    ) -> None:
        """Have something pushed to an address."""
        self._store.write(
            "INSERT INTO push (instance_id, url, zip, md5, file_name, state, next_at, wants_answer) "
            "VALUES (?, ?, ?, ?, ?, 'waiting', ?, ?)",
            (instance_id, url, zipped, md5, file_name, time.time(), int(wants_answer)),
        )
        self.ring()

    def answered(self, zarf: OpenedZarf, response: SystemResponse, zipped: bytes, md5: str) -> None:
        """A receiving unit's system response has come: the envelope it speaks of ends, its sender hears of it."""
        self._end(str(response.instance_id), response.code, response.text)
        self.forward(str(zarf.instance_id), zarf.receiver.alias, zipped, md5, wants_answer=False)

    def _work(self) -> float | None:
        """Do what is due; return when the next thing is due (seconds since the epoch)."""
        rows = self._store.rows(
            "SELECT * FROM push WHERE state IN ('waiting', 'taken') AND next_at <= ? ORDER BY seq", (time.time(),)
        )
        for row in rows:
            if self._stopping.is_set():
                return None
            if row["state"] == "waiting":
                self._push(row)
            else:
                self._ask(row)
        upcoming = self._store.rows("SELECT min(next_at) AS at FROM push WHERE state IN ('waiting', 'taken')")
        at = upcoming[0]["at"]
        return None if at is None else float(at)

    def _push(self, row: dict[str, Any]) -> None:
        zarf = Zarf(UUID(int=0), b"", row["zip"], row["md5"], row["file_name"])
        try:
            self._door(row["url"]).send(zarf)
            outcome, taken = "stored", True
        except GibFault as fault:
            outcome, taken = f"{fault.fault_code} {fault.message}", fault.fault_code == 2001
        except GatewayOutcomeUnknown as error:
            outcome, taken = f"{error.code}: {error}"[:300], False
        tries = row["tries"] + 1
        if taken:
            state, due = ("taken", time.time() + ASK_AFTER_S) if row["wants_answer"] else ("done", 0.0)
        elif tries <= RETRIES:
            state, due = "waiting", time.time() + self.retry_ms / 1000
        else:
            state, due = "lost", 0.0
        # A system response may have come before the call was over: then it has ended already.
        self._store.write(
            "UPDATE push SET state = ?, tries = ?, next_at = ?, outcome = ? WHERE seq = ? AND state = 'waiting'",
            (state, tries, due, outcome, row["seq"]),
        )
        if row["wants_answer"]:
            self._status(row["instance_id"], {"taken": 1220, "waiting": 1210, "lost": 1215}[state])

    def _ask(self, row: dict[str, Any]) -> None:
        """No system response came: ask for it."""
        try:
            answer = self._door(row["url"]).status(UUID(row["instance_id"]))
        except (GibFault, GatewayOutcomeUnknown) as error:
            log.warning("no answer about %s: %s", row["instance_id"], error)
            answer = None
        if answer is not None and answer.code not in (1000, 1100):
            self._end(row["instance_id"], answer.code, answer.text)
        else:
            later = time.time() + ASK_AFTER_S
            self._store.write("UPDATE push SET next_at = ? WHERE seq = ?", (later, row["seq"]))

    def _end(self, instance_id: str, code: int, text: str) -> None:
        self._store.write(
            "UPDATE push SET state = 'answered', answer = ?, answer_text = ? "
            "WHERE instance_id = ? AND wants_answer = 1 AND state <> 'answered'",
            (code, text, instance_id),
        )
        if status_of(code).reaction is not Reaction.WAIT or code == 1200:
            self._status(instance_id, 1300 if code == 1200 else 1230)

    def _status(self, instance_id: str, status: int) -> None:
        rows = self._store.rows("SELECT status FROM envelope WHERE instance_id = ?", (instance_id,))
        if not rows or rows[0]["status"] in (1300, 1230, 1215):
            return  # it did not come from a sender of ours, or it has ended
        documents = {1300: "delivered", 1230: "undelivered", 1215: "undelivered"}.get(status)
        self._store.move(instance_id, status=status, documents=documents)

    def _door(self, url: str) -> SoapGateway:
        if url not in self._doors:
            self._doors[url] = _Door(url, TIMEOUT_S)
        return self._doors[url]


def put_routes(store: Store, url: str, aliases: Iterable[str]) -> int:
    """These aliases, and no others, lie at this address from now on; returns how many."""
    store.write("DELETE FROM route WHERE url = ?", (url,))
    count = 0
    for alias in aliases:
        store.write("INSERT OR REPLACE INTO route (alias, url) VALUES (?, ?)", (alias, url))
        count += 1
    return count


def shown(store: Store) -> list[dict[str, Any]]:
    """What was pushed where, and what became of it."""
    return store.rows(
        "SELECT instance_id, url, state, tries, outcome, answer, answer_text, wants_answer FROM push ORDER BY seq"
    )
