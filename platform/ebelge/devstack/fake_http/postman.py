"""Delivering webhooks: one thread, tried again after each pause until a 2xx answer, kept in the store."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import requests

from ebelge.devstack.fake_http.store import Store

DELIVERY_TIMEOUT_S = 10.0
_IDLE_S = 0.5

# Makes headers for a body at the moment of sending (a signature may carry the time).
Sign = Callable[[bytes, str], Mapping[str, str]]


class Postman:
    """Sends what is due. `sign(body, manner)` gives the headers; manner is right, wrong or missing."""

    def __init__(self, store: Store, sign: Sign) -> None:
        self._store, self._sign = store, sign
        self._bell, self._stopping = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._session = requests.Session()

    def start(self) -> None:
        """Begin; what a former process left is delivered too."""
        self._thread.start()

    def stop(self) -> None:
        """End after the delivery in hand."""
        self._stopping.set()
        self._bell.set()
        self._thread.join(DELIVERY_TIMEOUT_S + 1)
        self._session.close()

    def post(
        self, url: str, body: bytes, *, delay_s: float, pauses_s: Sequence[float], manner: str = "right",
        about: str = "", held: bool = False,
    ) -> str:  # fmt: skip
        """Put one webhook on its way; returns its number. A held one waits until `release`."""
        number = str(self._store.next_number("webhook"))
        self._store.put(
            "webhook",
            number,
            {
                "url": url, "body": body.decode(), "due": None if held else time.time() + delay_s, "manner": manner,
                "pauses": list(pauses_s), "tries": 0, "answers": [], "about": about,
            },
        )  # fmt: skip
        self._bell.set()
        return number

    def release(self, number: str, *, manner: str | None = None) -> bool:
        """Send one now, be it held, delivered or given up; False if there is none."""
        with self._store.lock:
            letter = self._store.get("webhook", number)
            if letter is None:
                return False
            self._store.put("webhook", number, letter | {"due": time.time(), "manner": manner or letter["manner"]})
        self._bell.set()
        return True

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._bell.clear()
            soonest = self._deliver_due()
            self._bell.wait(_IDLE_S if soonest is None else max(0.0, min(_IDLE_S, soonest - time.time())))

    def _deliver_due(self) -> float | None:
        soonest: float | None = None
        for number, letter in self._store.all("webhook"):
            due = letter["due"]
            if due is None or self._stopping.is_set():
                continue
            if due > time.time():
                soonest = due if soonest is None else min(soonest, due)
                continue
            outcome = self._deliver(letter)
            self._note(number, outcome, was_due=due)
            soonest = time.time()
        return soonest

    def _deliver(self, letter: Mapping[str, Any]) -> int:
        body = str(letter["body"]).encode()
        headers = {"Content-Type": "application/json", **self._sign(body, str(letter["manner"]))}
        try:
            answer = self._session.post(
                letter["url"], data=body, headers=headers, timeout=DELIVERY_TIMEOUT_S, allow_redirects=False
            )
        except requests.RequestException:
            return 0
        return answer.status_code

    def _note(self, number: str, outcome: int, *, was_due: float) -> None:
        with self._store.lock:
            letter = self._store.get("webhook", number)
            if letter is None:
                return
            tries, pauses = letter["tries"] + 1, letter["pauses"]
            again = not 200 <= outcome < 300 and tries <= len(pauses)
            due = time.time() + pauses[tries - 1] if again else None
            if letter["due"] != was_due:  # released again while it was on its way
                due = letter["due"]
            self._store.put(
                "webhook", number, letter | {"tries": tries, "answers": [*letter["answers"], outcome], "due": due}
            )
