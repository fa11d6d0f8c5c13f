"""A working world: Akın Ltd. and Bora A.Ş. with seals, GİB's simulator and a mail server as processes.

`world.settle()` works through the outbox in this process, without Redis; `world.start(...)` starts the real ones.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
import redis
import requests
from sqlalchemy import text

from billing.ledger import balance, lots
from ebelge.archive.store import ArchiveStore
from ebelge.core.clock import utc_now
from ebelge.core.config import Settings
from ebelge.core.config import settings as current_settings
from ebelge.core.db import dispose_engines, role_session, tenant_session
from ebelge.core.errors import DomainError
from ebelge.core.ids import new_id
from ebelge.devstack import database
from ebelge.devstack.services import Services, plain_postgres_url
from ebelge.documents import seals, series, submit, taxpayer
from ebelge.documents.models import Document
from ebelge.documents.submit import Submission
from ebelge.gib.taxpayers import Alias, RegisteredUser
from ebelge.jobs import stopping, tasks
from ebelge.jobs.claims import to_json
from ebelge.outbox import relay
from ebelge.outbox.messages import Claim
from ebelge.outbox.topics import QUEUES
from ebelge.signing.development import DevelopmentCa
from ebelge.ubl import validate
from ebelge.ubl.examples import AKIN, BORA, example_json, supplier, vkn
from ebelge.ubl.types import DocumentKind, Party
from tenants.models import Service, Tenant

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
OPERATOR = replace(AKIN, vkn_tckn=vkn(70_900), name="Ebelge Entegratör A.Ş.")
ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Simulator:
    """GİB's simulator as a process, and its control desk."""

    base_url: str
    control_url: str
    process: subprocess.Popen[str]
    arguments: tuple[str, ...]

    def control(self, method: str, path: str, **body: Any) -> Any:
        answer = requests.request(method, f"{self.control_url}/{path}", json=body, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def order(self, do: dict[str, Any], *, times: int | None = 1, **when: str) -> int:
        return int(self.control("POST", "orders", when=when, do=do, times=times)["id"])

    def envelopes(self) -> list[dict[str, Any]]:
        return list(self.control("GET", "envelopes"))

    def documents(self, **filters: str) -> list[dict[str, Any]]:
        return list(requests.get(f"{self.control_url}/documents", params=filters, timeout=10).json())

    def calls(self) -> list[dict[str, Any]]:
        return list(self.control("GET", "calls"))

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)


@dataclass
class Mail:
    """The mail server of all buyers."""

    smtp_port: int
    url: str

    def messages(self) -> list[dict[str, Any]]:
        return list(requests.get(f"{self.url}/messages", timeout=10).json())

    def raw(self, number: int) -> bytes:
        return requests.get(f"{self.url}/messages/{number}", timeout=10).content

    def rule(self, recipient: str, answer: str, times: int | None = None) -> None:
        body = {"recipient": recipient, "answer": answer, "times": times}
        requests.put(f"{self.url}/rules", json=body, timeout=10).raise_for_status()


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


def open_tenant(party: Party, prefixes: dict[str, str], *, kontor: int, at: datetime, kind: str = "customer") -> UUID:
    """A tenant with all services active, a default series each, and one lot of kontör."""
    tenant_id = new_id()
    with tenant_session(tenant_id) as session:
        session.add(
            Tenant(
                tenant_id=tenant_id, kind=kind, mode="live", state="active", vkn_tckn=party.vkn_tckn,
                title=party.name, tax_office=party.tax_office, street=party.street, district=party.district,
                city=party.city, postal_zone=party.postal_zone, country=party.country, email=party.email,
                phone=party.phone, created_at=at,
            )
        )  # fmt: skip
        session.flush()
        lots.open_wallet(session, tenant_id=tenant_id)
        for service, prefix in prefixes.items():
            session.add(
                Service(
                    tenant_id=tenant_id, service=service, state="active", active_from=date(2020, 1, 1),
                    seal_mode="operator", sender_alias=f"urn:mail:defaultgb@{prefix}.example",
                )
            )  # fmt: skip
            series.create(session, tenant_id=tenant_id, kind=service, prefix=prefix)
        if kontor:
            lots.grant(
                session, tenant_id=tenant_id, source="bonus", source_id=uuid4(), kontor=kontor, net_price_kurus=0,
                expires_at=at + timedelta(days=180), at=at,
            )  # fmt: skip
    return tenant_id


@pytest.fixture(scope="session", autouse=True)
def _rules_are_loaded() -> None:
    validate.warm_up()


@pytest.fixture(scope="session")
def ca() -> DevelopmentCa:
    return DevelopmentCa.create(at=datetime.now(UTC))


@pytest.fixture(scope="session")
def operator_p12(ca: DevelopmentCa) -> bytes:
    return ca.issue(vkn_tckn=OPERATOR.vkn_tckn, name=OPERATOR.name, password="x", at=datetime.now(UTC))


@pytest.fixture(scope="session")
def start_simulator() -> Iterator[Callable[..., Simulator]]:
    started: list[Simulator] = []

    def start(folder: Path, *arguments: str) -> Simulator:
        process = subprocess.Popen(
            [sys.executable, "-m", "ebelge.gib.simulator", "--state", str(folder), "--stop-with-parent", *arguments],
            stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": f"{ROOT}/platform:{ROOT}"},
        )  # fmt: skip
        assert process.stdout is not None
        address = json.loads(process.stdout.readline())
        simulator = Simulator(address["base_url"], address["control_url"], process, arguments)
        started.append(simulator)
        return simulator

    yield start
    for simulator in started:
        if simulator.process.poll() is None:
            simulator.stop()
        if simulator.process.stdout is not None:
            simulator.process.stdout.close()


@pytest.fixture(scope="session")
def _gib(
    start_simulator: Callable[..., Simulator], tmp_path_factory: pytest.TempPathFactory, ca: DevelopmentCa
) -> Simulator:
    folder = tmp_path_factory.mktemp("gib")
    (folder / "ca.pem").write_bytes(ca.certificate_pem())
    return start_simulator(folder, "--answer-delay-ms", "0", "--trust", str(folder / "ca.pem"))


@pytest.fixture(scope="session")
def _mail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mail]:
    folder = tmp_path_factory.mktemp("mail")
    process = subprocess.Popen(
        [sys.executable, "-m", "ebelge.devstack.mailbox", "--dir", str(folder / "box")],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": f"{ROOT}/platform:{ROOT}"},
    )  # fmt: skip
    assert process.stdout is not None
    ports = json.loads(process.stdout.readline())
    yield Mail(ports["smtp"], f"http://127.0.0.1:{ports['http']}")
    process.terminate()
    process.wait(timeout=10)
    process.stdout.close()


@pytest.fixture(scope="session")
def ground(
    make_database: Callable[[], str], stack_environment: dict[str, str], _gib: Simulator, _mail: Mail,
    operator_p12: bytes,
) -> dict[str, str]:  # fmt: skip
    """One database for the whole run, with the operator's seal and GİB's list; each test has tenants of its own."""
    environment = {
        **stack_environment,
        "DATABASE_URL": make_database(),
        "EBELGE_GIB_LIVE_URL": _gib.base_url,
        "EBELGE_GIB_TEST_URL": _gib.base_url,
        "EBELGE_GIB_TIMEOUT_S": "2",
        "EBELGE_SMTP_HOST": "127.0.0.1",
        "EBELGE_SMTP_PORT": str(_mail.smtp_port),
        "EBELGE_SMTP_TIMEOUT_S": "2",
        "EBELGE_PUBLIC_URL": "https://belge.example",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        current_settings.cache_clear()
        at = utc_now()
        operator = open_tenant(OPERATOR, {}, kontor=0, at=at, kind="operator")
        with tenant_session(operator) as session:
            seals.add_pkcs12(session, tenant_id=operator, mode="live", data=operator_p12, password="x")
        buyer = RegisteredUser(
            BORA.vkn_tckn, BORA.name, "OZEL", "OZELENTEGRASYON",
            (
                Alias("Invoice", "urn:mail:defaultpk@bora.example", LONG_AGO),
                Alias("DespatchAdvice", "urn:mail:irsaliyepk@bora.example", LONG_AGO),
            ),
            LONG_AGO,
        )  # fmt: skip
        with role_session("app") as session:
            taxpayer.load_list(session, mode="live", users=[buyer], at=at)
        dispose_engines()
    current_settings.cache_clear()
    return environment


_numbers = count(1000)


def _superuser_url(services: Services, settings: Settings) -> str:
    assert services.superuser_url is not None
    name = settings.database_url.rpartition("/")[2]
    return plain_postgres_url(database.database_url(services.superuser_url, name))


@pytest.fixture
def world(
    services: Services, ground: dict[str, str], clean_redis: redis.Redis, _gib: Simulator, _mail: Mail, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[World]:  # fmt: skip
    """Akın and Bora with 1,000 kontör each and an archive of their own; the outbox holds nobody else's messages."""
    (tmp_path / "archive").mkdir()
    (tmp_path / "log").mkdir()
    _gib.control("POST", "reset")
    requests.delete(f"{_mail.url}/rules", timeout=10)
    environment = {**ground, "EBELGE_ARCHIVE_DIR": str(tmp_path / "archive"), "LOG_DIR": str(tmp_path / "log")}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    current_settings.cache_clear()
    tasks.forget()
    stopping.requested.clear()
    at, n = utc_now(), next(_numbers)
    series = ("efatura", "F"), ("earsiv", "A"), ("eirsaliye", "I"), ("emm", "M")
    akin = open_tenant(supplier(2 * n), {kind: f"AK{letter}" for kind, letter in series}, kontor=1000, at=at)
    bora = open_tenant(supplier(2 * n + 1), {kind: f"BR{letter}" for kind, letter in series}, kontor=1000, at=at)
    made = World(
        current_settings(), environment, _gib, _mail, akin, bora, clean_redis, ArchiveStore(tmp_path / "archive")
    )
    yield made
    made.stop()
    with role_session("relay") as session:
        session.execute(text("DELETE FROM outbox_message"))
    # The next test's sweepers must not find this one's documents.
    if services.superuser_url is not None:
        with psycopg.connect(_superuser_url(services, made.settings), autocommit=True) as connection:
            connection.execute("DELETE FROM document WHERE tenant_id = ANY (%s)", ([akin, bora],))
    tasks.forget()
    dispose_engines()
    current_settings.cache_clear()


@pytest.fixture
def superuser(services: Services, world: World) -> Iterator[psycopg.Connection[Any]]:
    """Somebody whom row security does not bind: for damage that the product itself cannot do."""
    if services.superuser_url is None:
        pytest.skip("needs a PostgreSQL of our own")
    with psycopg.connect(_superuser_url(services, world.settings), autocommit=True) as connection:
        yield connection
