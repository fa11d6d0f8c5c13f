"""The working world of these tests: what can be done in it, and what can be asked of it afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import redis
from sqlalchemy import text

from billing.ledger import balance
from ebelge.archive.store import ArchiveStore
from ebelge.core.clock import utc_now
from ebelge.core.config import Settings
from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import DomainError
from ebelge.documents import submit
from ebelge.documents.models import Document
from ebelge.documents.submit import Submission
from ebelge.jobs import tasks
from ebelge.jobs.claims import to_json
from ebelge.outbox import relay
from ebelge.outbox.messages import Claim
from ebelge.outbox.topics import QUEUES
from ebelge.ubl.examples import example_json
from ebelge.ubl.types import DocumentKind, Party
from tests.strangers.gib import Simulator
from tests.strangers.mail import Mail

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class World:
    """Everything stands; documents go through it."""

    settings: Settings
    environment: dict[str, str]
    gib: Simulator
    mail: Mail
    akin: UUID
    bora: UUID
    redis: redis.Redis
    store: ArchiveStore
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def draft(self, kind: str = "efatura", *, n: int = 1, buyer: Party | None = None, **changes: Any) -> dict[str, Any]:
        return example_json(DocumentKind(kind), n=n, buyer=buyer) | changes

    def submit(self, *drafts: dict[str, Any], tenant: UUID | None = None, **wishes: Any) -> list[UUID]:
        """Check and accept as the edge does; returns the document ids."""
        tenant, at = tenant or self.akin, utc_now()
        wanted = [Submission(draft=draft, kind=draft["kind"], **wishes) for draft in drafts]
        known, answers = submit.check_all(wanted, tenant_id=tenant, at=at)
        for answer in answers:
            if isinstance(answer, DomainError):
                raise answer
        with tenant_session(tenant) as session:
            made = submit.accept(session, tenant=known, checked=answers, created_by="key:test", at=utc_now())
            return [document.document_id for document in made]

    def claim(self, name: str, *, limit: int = 100, at: datetime | None = None) -> list[Claim]:
        with role_session("relay") as session:
            return relay.claim(session, queue=name, limit=limit, turns=relay.Turns(), at=at or utc_now())

    def work(self, name: str, *, limit: int = 100) -> int:
        """One job of a queue, in this process; returns how many messages it held."""
        claims = self.claim(name, limit=limit)
        if claims:
            self.run(name, claims)
        return len(claims)

    def run(self, name: str, claims: list[Claim]) -> None:
        getattr(tasks, name)([to_json(claim) for claim in claims], utc_now().isoformat())

    def promote(self, *, ahead: timedelta = timedelta(days=3)) -> int:
        """Let what is scheduled be due now."""
        with role_session("relay") as session:
            return relay.promote(session, at=utc_now() + ahead)

    def sweep(self, *, ahead: timedelta = timedelta(minutes=10)) -> int:
        """Let every lease run out now."""
        with role_session("relay") as session:
            return relay.sweep(session, at=utc_now() + ahead)

    def settle(self, *names: str, rounds: int = 200) -> None:
        """Work until nothing waits; what is scheduled is brought forward, GİB is given time."""
        for _ in range(rounds):
            done = sum(self.work(name) for name in names or QUEUES)
            if not done and not self.promote():
                return
            if not done:
                time.sleep(0.02)
        raise AssertionError(f"not settled: {self.waiting()}")

    def waiting(self) -> list[tuple[Any, ...]]:
        return self.rows("SELECT topic, state, attempt, last_error FROM outbox_message WHERE state <> 'done'")

    def rows(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        """A query that sees every tenant's rows; `:ours` are this test's tenants, `:akin` is Akın."""
        for name, value in (("ours", [self.akin, self.bora]), ("akin", self.akin)):
            if f":{name}" in sql:
                values[name] = value
        with role_session("reader") as session:
            return [tuple(row) for row in session.execute(text(sql), values)]

    def document(self, document_id: UUID, *, tenant: UUID | None = None) -> Document:
        tenant = tenant or self.akin
        with tenant_session(tenant) as session:
            return session.get_one(Document, (tenant, document_id))

    def states(self) -> dict[str, int]:
        sql = "SELECT state, count(*) FROM document WHERE tenant_id = ANY (:ours) GROUP BY state"
        return dict(self.rows(sql))

    def events(self, document_id: UUID) -> list[str]:
        sql = "SELECT kind FROM document_event WHERE document_id = :id ORDER BY event_id"
        return [row[0] for row in self.rows(sql, id=document_id)]

    def balance(self, tenant: UUID | None = None) -> tuple[int, int]:
        """Available and held kontör."""
        tenant = tenant or self.akin
        with tenant_session(tenant) as session:
            found = balance.balance(session, tenant_id=tenant, at=utc_now())
        return found.available, found.held

    def charges(self) -> dict[str, int]:
        return dict(self.rows("SELECT state, count(*) FROM charge WHERE tenant_id = ANY (:ours) GROUP BY state"))

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Start `ebelge <command>` as a process of its own."""
        log = (Path(self.environment["LOG_DIR"]) / f"{len(self.processes)}-{command[0]}.log").open("wb")
        process = subprocess.Popen(
            [sys.executable, "-m", "ebelge.cli.main", *command],
            env={**os.environ, **self.environment, "PYTHONPATH": f"{ROOT}/platform:{ROOT}"},
            cwd=ROOT, stdout=log, stderr=log,
        )  # fmt: skip
        log.close()
        self.processes.append(process)
        return process

    def wait_for(self, condition: Callable[[], bool], *, within_s: float = 240.0) -> None:
        end = time.monotonic() + within_s
        while not condition():
            assert time.monotonic() < end, f"states {self.states()}, waiting {self.waiting()[:5]}\n{self.logs()}"
            time.sleep(0.05)

    def logs(self) -> str:
        folder = Path(self.environment["LOG_DIR"])
        return "\n".join(f"--- {path.name}\n{path.read_text()[-3000:]}" for path in sorted(folder.glob("*.log")))

    def stop(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=5)
