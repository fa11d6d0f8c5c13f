"""The clients of `mixed_load`, in a process of their own: `python -m ebelge.devstack.bench._driver < order.json`.

Each thread plays one customer: pages with his cookies, single documents and bulks with his key, in fixed shares.
Answers are timed by kind; everything that is not 200 or 202 is an error.
"""

from __future__ import annotations

import itertools
import json
import sys
import threading
import time
from typing import Any
from uuid import uuid4

import requests

Json = dict[str, Any]
# One turn of a customer: mostly looking, sometimes sending, now and then a bulk.
TURN = (
    "page /overview", "page /documents", "api send", "page /documents?needs=1", "api /documents", "page /incoming",
    "api send", "page /documents?period=month", "api /balance", "bulk",
)  # fmt: skip
BULK = 20


def main() -> int:
    """Play until the order's time is over; print what was timed as JSON."""
    order: Json = json.load(sys.stdin)
    ends = time.monotonic() + float(order["seconds"])
    told: list[Json] = []
    threads = [
        threading.Thread(target=_play, args=(order["base_url"], one, number, ends, told), daemon=True)
        for number, one in enumerate(order["customers"])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    json.dump(told, sys.stdout)
    return 0


def _play(base_url: str, customer: Json, number: int, ends: float, told: list[Json]) -> None:
    browser, api = requests.Session(), requests.Session()
    browser.cookies.update(customer["cookies"])
    api.headers["Authorization"] = f"Bearer {customer['key']}"
    for step in itertools.islice(itertools.cycle(TURN), number, None):
        began = time.monotonic()
        if began > ends:
            return
        kind, _, what = step.partition(" ")
        try:
            answer = _ask(base_url, browser, api, customer, kind, what)
            wrong = "" if answer.status_code in (200, 202) else f"{answer.status_code} {answer.text[:120]}"
        except requests.RequestException as error:
            wrong = str(error)[:120]
        told.append({"step": step, "ms": (time.monotonic() - began) * 1000, "wrong": wrong})


def _ask(
    base_url: str, browser: requests.Session, api: requests.Session, customer: Json, kind: str, what: str
) -> requests.Response:
    if kind == "page":
        return browser.get(base_url + what, timeout=60, allow_redirects=False)
    if kind == "bulk":
        documents = [{"draft": customer["draft"] | {"ettn": str(uuid4())}} for _ in range(BULK)]
        return api.post(f"{base_url}/api/v1/documents/bulk", json={"documents": documents}, timeout=60)
    if what == "send":
        draft = customer["draft"] | {"ettn": str(uuid4())}
        return api.post(f"{base_url}/api/v1/documents", json=draft, timeout=60)
    return api.get(f"{base_url}/api/v1{what}", timeout=60)


if __name__ == "__main__":
    sys.exit(main())
