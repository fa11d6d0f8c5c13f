"""A whole instance that things are done to, and the questions asked afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import redis
import requests

from ebelge.devstack.demo import outside
from ebelge.devstack.demo.cases import bulk
from ebelge.devstack.demo.client import Client, Kontor, Refused
from ebelge.devstack.demo.place import Place, place
from ebelge.devstack.instance import Instance
from ebelge.devstack.processes import ProcessRecord
from ebelge.devstack.services import plain_postgres_url
from ebelge.devstack.supervisor import read_processes

EBELGE = str(Path(sys.executable).with_name("ebelge"))
WITHIN_S = 100.0
# Short leases: what a killed worker held is free again after 25 s instead of two minutes.
FAST = {"EBELGE_LEASE_S": "25", "EBELGE_GIB_TIMEOUT_S": "3", "EBELGE_SMTP_TIMEOUT_S": "3"}


class World:
    """One instance under fire. `tell` prints what was injected and what was found."""

    def __init__(self, instance: Instance, tell: Callable[[str], None]) -> None:
        self.instance, self._tell = instance, tell
        self.place: Place = place(instance.variables())
        self.akin: Client = self.place.clients["akin"]
        self.before: Kontor = self.akin.kontor()

    # what is done to it

    def tend(self) -> None:
        """One look of the supervisor: what died is started again. The fault tests are its main loop."""
        assert self.instance.supervisor is not None
        self.instance.supervisor.tend()
        self.instance.services.tend()

    def wait_for(
        self, condition: Callable[[], Any], what: str, *, within_s: float = WITHIN_S, tend: bool = True
    ) -> Any:
        """Poll until the condition is true and return its value; servers that are away are waited for."""
        deadline = time.monotonic() + within_s
        while True:
            if tend:
                self.tend()
            try:
                if found := condition():
                    return found
            except (psycopg.Error, redis.RedisError, requests.RequestException, Refused):
                pass
            assert time.monotonic() < deadline, f"not within {WITHIN_S:.0f} s: {what}"
            time.sleep(0.02)

    def injected(self, text: str) -> None:
        self._tell(f"    injected  {text}")

    def found(self, text: str) -> None:
        self._tell(f"    found     {text}")

    def processes(self, name: str) -> list[ProcessRecord]:
        """The living copies of a program."""
        known = read_processes(self.instance.var)
        return [record for key, record in known.items() if key.split("-")[0] == name and record.alive()]

    def kill(self, name: str) -> None:
        """kill -9 of every copy of a program, with all that it started, at this very moment."""
        victims: list[ProcessRecord] = self.wait_for(lambda: self.processes(name), f"{name} runs")
        for victim in victims:
            os.killpg(victim.pid, signal.SIGKILL)
        self.injected(f"kill -9 of {name} (process {', '.join(str(victim.pid) for victim in victims)})")

    def redis(self) -> redis.Redis:
        return redis.Redis.from_url(self.instance.services.redis_url)

    # what is seen

    def rows(self, sql: str, *values: object, url: str | None = None) -> list[tuple[Any, ...]]:
        """Rows as the superuser sees them: no policy hides anything from these tests."""
        server = self.instance.services.postgres
        assert server is not None
        with psycopg.connect(plain_postgres_url(url or server.superuser_url("ebelge"))) as connection:
            return connection.execute(sql, values).fetchall()

    def signed_of(self, documents: Iterable[dict[str, Any]]) -> int:
        """How many of these documents are signed now."""
        ids = [row["document_id"] for row in documents]
        sql = "SELECT count(*) FROM document WHERE document_id = ANY (%s::uuid[]) AND signed_sha256 IS NOT NULL"
        return int(self.rows(sql, ids)[0][0])

    def archived(self) -> int:
        """Files in the archive."""
        return sum(1 for _ in (self.instance.var / "archive").glob("*/*/*.xml"))

    # documents

    def send_many(self, count: int) -> list[dict[str, Any]]:
        """A bulk of all kinds, accepted. As the contract has it, a 503 is repeated under the same key."""
        key, drafts = uuid4().hex, bulk(count)
        return list(self.wait_for(lambda: self.akin.send_many(drafts, key=key), "the bulk is accepted"))

    def send_until_taken(self, draft: dict[str, Any], *, until: float) -> dict[str, Any]:
        """One document with one Idempotency-Key, repeated until it gets a 2xx, as a good client does."""
        key = uuid4().hex
        client = Client(self.akin.base_url, self.akin._http.headers["Authorization"].removeprefix("Bearer "))
        while True:
            try:
                return client.send(draft, key=key)
            except requests.RequestException:
                pass
            except Refused as refusal:
                # 409: the first attempt with this key is still at work
                if refusal.status < 500 and refusal.status != 409:
                    raise
            assert time.monotonic() < until, "no 2xx in time"
            time.sleep(0.05)

    # the questions

    def all_is_right(self, documents: list[dict[str, Any]], *, mails: bool = True, received: int = 0) -> None:
        """Every accepted document is final exactly once, GİB agrees, kontör is exact, the books hold."""
        count = len(documents)
        ids = {row["document_id"] for row in documents}
        numbers = {row["number"] for row in documents}
        assert (len(ids), len(numbers)) == (count, count)
        last_mail = 0
        rows = self.akin.follow(ids, timeout_s=WITHIN_S, each=self.tend)
        states = Counter(row["state"] for row in rows.values())
        assert states == {"delivered": count}, states
        found = list(rows.values())
        by_gib = [row for row in found if row["channel"] == "gib"]
        assert outside.disagreements(by_gib, self.place.gib.documents(self.akin.vkn)) == []
        if mails:
            mailed = [row for row in found if row["channel"] == "mail"]
            assert outside.letters_wrong(mailed, self.place.mails.since(last_mail)) == []
        twice = self.rows(
            "SELECT document_id, kind FROM document_event WHERE document_id = ANY (%s::uuid[]) "
            "AND kind IN ('accepted', 'signed', 'delivered') GROUP BY 1, 2 HAVING count(*) > 1",
            list(ids),
        )
        assert twice == []
        charges = dict(
            self.rows("SELECT state, count(*) FROM charge WHERE charge_id = ANY (%s::uuid[]) GROUP BY 1", list(ids))
        )
        assert charges == {"captured": count}
        now = self.akin.kontor()
        assert (self.before.spendable + received - now.spendable, now.held) == (count, 0)
        moving = "SELECT topic, state, last_error FROM outbox_message WHERE state NOT IN ('done', 'scheduled')"
        # A buyer of ours is still being served when the sender's document is final; a killed claim ends with its lease.
        self.wait_for(lambda: self.rows(f"SELECT count(*) FROM ({moving}) m") == [(0,)], "nothing is on its way")
        assert self.verify() == 0
        self.found(
            f"{count} documents delivered once each, {len(by_gib)} held by GİB, {count} kontör spent, books hold"
        )

    def verify(self, **env: str) -> int:
        """Exit code of `ebelge verify`; its words are shown when it is not content."""
        done = self.ebelge("verify", **env)
        if done.returncode:
            self._tell(done.stdout + done.stderr)
        return done.returncode

    def ebelge(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        """An `ebelge` command beside the instance."""
        variables = {**os.environ, **self.instance.variables(), **env}
        return subprocess.run([EBELGE, *words], env=variables, capture_output=True, text=True, timeout=180)


@pytest.fixture(scope="module")
def instance() -> Iterator[Instance]:
    """A whole instance for the module, durable like a real one."""
    env = {**os.environ, **FAST}
    with (
        tempfile.TemporaryDirectory(prefix="ebelge-faults-") as folder,
        Instance(Path(folder) / "var", env=env, answer_delay_ms=100) as running,
    ):
        yield running


@pytest.fixture
def world(instance: Instance, request: pytest.FixtureRequest) -> World:
    """The instance at rest, everything running again."""
    writer = request.config.get_terminal_writer()

    told: list[str] = []

    def tell(text: str) -> None:
        capture = request.config.pluginmanager.get_plugin("capturemanager")
        with capture.global_and_fixture_disabled():
            if not told:
                writer.line()  # the test's name stands there
            told.append(text)
            writer.line(text)

    assert instance.supervisor is not None
    found = World(instance, tell)
    found.wait_for(lambda: found.place.clients["akin"].kontor(), "the instance answers")
    return found
