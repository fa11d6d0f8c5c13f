"""Those outside: GİB (simulated), the buyers' mail server, the buyer's page. Asked over HTTP, as they are."""

from __future__ import annotations

import email
import email.policy
import hashlib
import re
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests

from ebelge.devstack.errors import StackError

Json = dict[str, Any]
HELD = ("registered", "delivered")


class Gib:
    """The control desk of the simulated GİB."""

    def __init__(self, service_url: str) -> None:
        self._desk = urlunsplit(urlsplit(service_url)._replace(path="/control"))

    def order(self, do: Json, *, times: int | None = 1, **when: str) -> None:
        """Order how it treats what is coming, like `order({"status": 1150}, ettn=…)`."""
        body = {"when": when, "do": do, "times": times}
        requests.post(f"{self._desk}/orders", json=body, timeout=10).raise_for_status()

    def documents(self, supplier: str) -> list[Json]:
        """Every document that it ever received of a supplier, in all envelopes."""
        answer = requests.get(f"{self._desk}/documents", params={"supplier": supplier}, timeout=30)
        answer.raise_for_status()
        return list(answer.json())

    def report_lines(self) -> list[Json]:
        """Every document that a report it accepted names."""
        answer = requests.get(f"{self._desk}/report-lines", timeout=30)
        answer.raise_for_status()
        return list(answer.json())

    def reports(self) -> list[Json]:
        """Every e-Arşiv report that it took."""
        answer = requests.get(f"{self._desk}/reports", timeout=30)
        answer.raise_for_status()
        return list(answer.json())

    def set_delay(self, milliseconds: int) -> None:
        """How long it thinks before each further status."""
        requests.put(f"{self._desk}/settings", json={"answer_delay_ms": milliseconds}, timeout=10).raise_for_status()


def disagreements(ours: list[Json], theirs: list[Json]) -> list[str]:
    """Where GİB's books and ours differ over documents that go by GİB: lost, held twice, held though refused."""
    found: list[str] = []
    held = Counter(row["ettn"] for row in theirs if row["state"] in HELD)
    for row in ours:
        times, expected = held[row["ettn"]], int(row["state"] == "delivered")
        if times != expected:
            found.append(f"{row['number']} ({row['state']}) is held {times} times by GİB, {expected} expected")
    numbers = Counter((row["kind"], row["number"]) for row in theirs if row["state"] in HELD)
    found += [f"{number} is held {times} times by GİB" for (_, number), times in numbers.items() if times > 1]
    return found


@dataclass(frozen=True)
class Mail:
    """A mail that the buyers' server took."""

    to: list[str]
    attachments: dict[str, str]  # file name -> SHA-256


class Mails:
    """The buyers' mail server."""

    def __init__(self, page_url: str) -> None:
        self._url = page_url

    def last(self) -> int:
        """Number of the last mail, 0 when there is none."""
        return max((row["number"] for row in self._listing()), default=0)

    def since(self, number: int) -> list[Mail]:
        """The mails after a number, with hashes of what they carry."""
        return [self._mail(row["number"], row["to"]) for row in self._listing() if row["number"] > number]

    def link(self, recipient: str, form: str, *, timeout_s: float) -> str:
        """The path of the newest link of a form in a mail to somebody, waited for. :raises StackError: none came."""
        deadline = time.monotonic() + timeout_s
        while True:
            mine = [row["number"] for row in self._listing() if recipient in row["to"]]
            for number in sorted(mine, reverse=True):
                raw = requests.get(f"{self._url}/messages/{number}", timeout=30).content
                message = email.message_from_bytes(raw, policy=email.policy.default)
                body = message.get_body(("plain",))
                found = re.search(form, body.get_content()) if body is not None else None
                if found is not None:
                    return found[0]
            if time.monotonic() > deadline:
                raise StackError(f"No mail with a link came to {recipient} within {timeout_s:.0f} s.")
            time.sleep(0.3)

    def _listing(self) -> list[Json]:
        answer = requests.get(f"{self._url}/messages", timeout=30)
        answer.raise_for_status()
        return list(answer.json())

    def _mail(self, number: int, to: list[str]) -> Mail:
        raw = requests.get(f"{self._url}/messages/{number}", timeout=30).content
        message = email.message_from_bytes(raw, policy=email.policy.default)
        carried = {
            str(part.get_filename()): bytes(part.get_payload(decode=True)) for part in message.iter_attachments()
        }
        return Mail(to, {name: hashlib.sha256(content).hexdigest() for name, content in carried.items()})


def letters_wrong(ours: list[Json], mails: list[Mail]) -> list[str]:
    """Documents that go by mail and were not mailed exactly once, to their buyer, with the sealed bytes."""
    found: list[str] = []
    by_name: dict[str, list[Mail]] = {}
    for mail in mails:
        for name in mail.attachments:
            by_name.setdefault(name, []).append(mail)
    for row in ours:
        name = f"{row['number']}.xml"
        got = by_name.get(name, [])
        if len(got) != 1:
            found.append(f"{row['number']}: {len(got)} mails instead of one")
        elif got[0].to != [row["buyer"]["email"]] or got[0].attachments[name] != row["signed_sha256"]:
            found.append(f"{row['number']}: the mail went elsewhere, or carries other bytes than the archive")
    return found


def buyers_page_wrong(row: Json) -> str | None:
    """What is wrong with a document behind its buyer's link, opened without any sign-in; None if all is right."""
    link = row["links"]["buyer"]
    page = requests.get(link, timeout=30)
    view = requests.get(f"{link}/view", timeout=30)
    sealed = requests.get(f"{link}/signed.xml", timeout=30)
    if not (page.ok and view.ok and sealed.ok):
        return f"{row['number']}: the page answers {page.status_code}, {view.status_code}, {sealed.status_code}"
    if row["number"] not in page.text or row["number"] not in view.text:
        return f"{row['number']}: the page does not show the number"
    if hashlib.sha256(sealed.content).hexdigest() != row["signed_sha256"]:
        return f"{row['number']}: the page gives other bytes than the archive holds"
    return None
