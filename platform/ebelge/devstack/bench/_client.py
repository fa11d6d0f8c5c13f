"""What a client of the API does: post invoices, one or many at once, and learn when they are signed."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
import redis

from ebelge.core.config import settings
from ebelge.devstack.bench._world import Sender
from ebelge.devstack.errors import StackError
from ebelge.devstack.services import plain_postgres_url
from ebelge.jobs import bell
from ebelge.jobs.queues import look_at

WAIT_S = 120.0
_LOOK_EVERY_S = 0.01
_REST_S = 0.005
_SETTLE_S = 0.2


class Client:
    """Posts to the API of the instance at `base_url`."""

    def __init__(self, base_url: str) -> None:
        self._host = urlsplit(base_url).netloc

    def send(self, sender: Sender, xml: bytes) -> UUID:
        """POST one invoice; returns the document's id. :raises StackError: it was not accepted."""
        return UUID(self._post(sender, "/api/v1/documents", xml, "application/xml")["document_id"])

    def send_bulk(self, sender: Sender, body: bytes) -> int:
        """POST a bulk made by `bulk`; returns how many were accepted. :raises StackError: none was."""
        return int(self._post(sender, "/api/v1/documents/bulk", body, "application/json")["count"])

    def send_each(self, mail: Sequence[tuple[Sender, bytes]], *, connections: int) -> None:
        """POST one invoice for each of many senders, over so many connections at a time."""
        with ThreadPoolExecutor(connections) as threads:
            list(threads.map(lambda one: self.send(*one), mail))

    def _post(self, sender: Sender, path: str, body: bytes, media_type: str) -> dict[str, Any]:
        link = HTTPConnection(self._host, timeout=WAIT_S)
        try:
            link.request("POST", path, body, {"Authorization": f"Bearer {sender.key}", "Content-Type": media_type})
            response = link.getresponse()
            answer = response.read()
        finally:
            link.close()
        if response.status != 202:
            said = answer[:500].decode(errors="replace")
            raise StackError(f"POST {path} was answered with {response.status}: {said}")
        return dict(json.loads(answer))


def bulk(sender: Sender, count: int) -> bytes:
    """The body of a bulk request: `count` invoices of the sender as XML."""
    documents = [{"xml_base64": base64.b64encode(sender.form.fill()[1]).decode()} for _ in range(count)]
    return json.dumps({"documents": documents}).encode()


class Watch:
    """Learns from the database when documents are signed; the workers' bell says when to look."""

    def __init__(self, database: psycopg.Connection[Any], link: redis.Redis, bells: Any) -> None:
        self._database, self._link, self._bells = database, link, bells

    def rest(self) -> None:
        """Return when the queue is empty: no signer is at work, nor at what follows a job, and no ring is unheard.

        :raises StackError: it takes too long.
        """
        self._until(lambda: not look_at(self._link).in_hand("sign"), every_s=_REST_S)
        time.sleep(_REST_S)
        while self._bells.get_message(timeout=0.0) is not None:
            pass

    def one(self, sender: Sender, document_id: UUID) -> None:
        """Return when the document is signed. :raises StackError: it takes too long, or it failed."""

        def signed() -> bool:
            row = self._database.execute(
                "SELECT state FROM document WHERE tenant_id = %s AND document_id = %s", (sender.tenant_id, document_id)
            ).fetchone()
            if row is None or row[0] not in ("accepted", "signed"):
                raise StackError(f"A document of the benchmark is {row[0] if row else 'lost'}.")
            return bool(row[0] == "signed")

        self._until(signed, every_s=0.0)

    def all(self, since: datetime) -> None:
        """Return when no document that was accepted since then waits for its signature."""

        def none_waits() -> bool:
            return not self._database.execute(
                "SELECT 1 FROM document WHERE state = 'accepted' AND progress_at >= %s LIMIT 1", (since,)
            ).fetchall()

        self._until(none_waits, every_s=_LOOK_EVERY_S)

    def settled(self, since: datetime) -> None:
        """Return when the clock has entered in the archive's index all that was accepted since then.

        What one round leaves to the clock is so not done in the next one's time.
        """

        def none_left() -> bool:
            return not self._database.execute(
                "SELECT 1 FROM document d WHERE d.created_at >= %s AND NOT EXISTS (SELECT 1 FROM archive_entry e "
                "WHERE e.tenant_id = d.tenant_id AND e.entry_id = d.document_id) LIMIT 1",
                (since,),
            ).fetchall()

        self._until(none_left, every_s=_SETTLE_S, for_what="the archive's index; see the log of the clock")

    def signed(self, since: datetime) -> tuple[int, int]:
        """Of the documents accepted since then: how many are signed and stored, and how many charges are captured."""
        (documents,) = self._database.execute(
            "SELECT count(*) FROM document WHERE created_at >= %s AND state = 'signed' AND signed_sha256 IS NOT NULL",
            (since,),
        ).fetchall()
        (charges,) = self._database.execute(
            "SELECT count(*) FROM charge c JOIN document d ON d.tenant_id = c.tenant_id "
            "AND d.document_id = c.charge_id WHERE d.created_at >= %s AND c.state = 'captured'",
            (since,),
        ).fetchall()
        return int(documents[0]), int(charges[0])

    def _until(
        self, done: Callable[[], bool], *, every_s: float, for_what: str = "their signature; see the log of the signers"
    ) -> None:
        end = time.monotonic() + WAIT_S
        while not done():
            if time.monotonic() > end:
                raise StackError(f"Documents wait for {WAIT_S:.0f} s for {for_what}.")
            pause = time.monotonic() + every_s
            self._bells.get_message(timeout=_LOOK_EVERY_S)
            while (rest_s := pause - time.monotonic()) > 0:
                time.sleep(rest_s)


@contextmanager
def watch() -> Iterator[Watch]:
    """A watch on the instance that the process's settings name."""
    url = plain_postgres_url(settings().role_url("reader"))
    with (
        psycopg.connect(url, autocommit=True, prepare_threshold=0) as database,
        redis.Redis.from_url(settings().redis_url) as link,
        link.pubsub(ignore_subscribe_messages=True) as bells,
    ):
        bells.subscribe(bell.CHANNEL)
        yield Watch(database, link, bells)
