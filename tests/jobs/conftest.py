"""A working world: Akın Ltd. and Bora A.Ş. with seals, GİB's simulator and a mail server as processes.

`world.settle()` works through the outbox in this process, without Redis; `world.start(...)` starts the real ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from sqlalchemy import text

from ebelge.archive.store import open_store
from ebelge.core.clock import utc_now
from ebelge.core.config import Settings
from ebelge.core.config import settings as current_settings
from ebelge.core.db import dispose_engines, role_session, tenant_session
from ebelge.devstack import database
from ebelge.devstack.services import Services, plain_postgres_url
from ebelge.documents.registered import taxpayer
from ebelge.documents.seals import entered as seals
from ebelge.gib.taxpayers import Alias, RegisteredUser
from ebelge.jobs import stopping, tasks
from ebelge.signing.development import DevelopmentCa
from ebelge.ubl import validate
from ebelge.ubl.draft_special import CUSTOMS_VKN
from ebelge.ubl.examples import AKIN, BORA, supplier, vkn
from tests.documents.accounts import open_tenant
from tests.jobs.world import World
from tests.strangers.gib import Simulator
from tests.strangers.mail import Mail, mail_server
from tests.strangers.process import all_stopped

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
OPERATOR = replace(AKIN, vkn_tckn=vkn(70_900), name="Ebelge Entegratör A.Ş.")


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
def _gib(tmp_path_factory: pytest.TempPathFactory, ca: DevelopmentCa) -> Iterator[Simulator]:
    folder = tmp_path_factory.mktemp("gib")
    (folder / "ca.pem").write_bytes(ca.certificate_pem())
    with all_stopped() as started:
        started.append(Simulator.run(folder, "--answer-delay-ms", "0", "--trust", str(folder / "ca.pem")))
        yield started[0]


@pytest.fixture(scope="session")
def _mail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mail]:
    with mail_server(tmp_path_factory.mktemp("mail")) as mail:
        yield mail


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
        boxes = tuple(Alias("Invoice", box, LONG_AGO) for box in sorted(set(taxpayer.CUSTOMS_BOXES.values())))
        customs = RegisteredUser(CUSTOMS_VKN, "Gümrük", "KAMU", "ENTEGRASYON", boxes, LONG_AGO)
        with role_session("app") as session:
            taxpayer.load_list(session, mode="live", users=[buyer, customs], at=at)
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
    _mail.forget_rules()
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
    made = World(current_settings(), environment, _gib, _mail, akin, bora, clean_redis, open_store())
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
