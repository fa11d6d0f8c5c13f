"""The seed world behind the real application, in a database of its own per module."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ebelge.app import create_app
from ebelge.core.config import Settings
from ebelge.core.config import settings as current_settings
from ebelge.core.db import dispose_engines, role_session
from ebelge.devstack import seed
from ebelge.ubl import validate
from ebelge.ubl.examples import example_json
from ebelge.ubl.types import DocumentKind

DOCUMENTS = "/api/v1/documents"


@pytest.fixture(scope="module")
def api_settings(
    make_database: Callable[[], str], stack_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """Settings of this module's own database and archive."""
    with pytest.MonkeyPatch.context() as patch:
        archive = tmp_path_factory.mktemp("archive")
        own = {**stack_environment, "DATABASE_URL": make_database(), "EBELGE_ARCHIVE_DIR": str(archive)}
        for name, value in own.items():
            patch.setenv(name, value)
        current_settings.cache_clear()
        yield current_settings()
        dispose_engines()
    current_settings.cache_clear()


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the instance."""
    return tmp_path_factory.mktemp("var")


@pytest.fixture(scope="module")
def world(api_settings: Settings, var: Path) -> seed.World:
    """Akın, Bora, Ceren, the pool and the operator."""
    validate.warm_up()
    return seed.plant(var)


@dataclass
class Caller:
    """An ERP: a client with a key."""

    client: FlaskClient
    key: str | None
    tenant_id: UUID

    def get(self, path: str, language: str = "en", **given: Any) -> TestResponse:
        """GET below /api/v1."""
        return self.client.get(_path(path), headers=self._headers(language, given.pop("headers", {})), **given)

    def post(self, path: str, language: str = "en", **given: Any) -> TestResponse:
        """POST below /api/v1."""
        return self.client.post(_path(path), headers=self._headers(language, given.pop("headers", {})), **given)

    def send(
        self, kind: str = "efatura", *, n: int = 1, idempotency_key: str | None = None, **changes: Any
    ) -> TestResponse:
        """Send a valid draft of a kind."""
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return self.post("/documents", json=example_json(DocumentKind(kind), n=n) | changes, headers=headers)

    def spendable(self) -> int:
        """Kontör left."""
        return int(self.get("/balance").get_json()["spendable"])

    def _headers(self, language: str, more: dict[str, str]) -> dict[str, str]:
        own = {"Accept-Language": language} | ({"Authorization": f"Bearer {self.key}"} if self.key else {})
        return own | more


def _path(path: str) -> str:
    return path if path.startswith("/api/") else f"/api/v1{path}"


@pytest.fixture(scope="module")
def app(world: seed.World):
    """The application."""
    return create_app()


@pytest.fixture
def caller(app, world: seed.World) -> Callable[..., Caller]:
    """Call it with a company's name for an ERP of it (sandbox=True: of its sandbox)."""

    def call(name: str = "akin", *, sandbox: bool = False) -> Caller:
        account = world.accounts[name]
        key = account.sandbox_key if sandbox else account.key
        return Caller(app.test_client(), key, UUID(account.sandbox_id or "") if sandbox else UUID(account.tenant_id))

    return call


@pytest.fixture
def akin(caller: Callable[..., Caller]) -> Caller:
    """Akın's ERP."""
    return caller("akin")


@pytest.fixture
def bora(caller: Callable[..., Caller]) -> Caller:
    """Bora's ERP."""
    return caller("bora")


@pytest.fixture
def snapshot(api_settings: Settings) -> Callable[[], dict[str, tuple[int, str]]]:
    """Call it for row count and content hash of every table that a refusal must leave alone."""

    def taken() -> dict[str, tuple[int, str]]:
        found: dict[str, tuple[int, str]] = {}
        with role_session("reader") as session:
            run = session.connection().exec_driver_sql
            tables = run("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").scalars().all()
            for table in tables:
                if table in ("alembic_version", "api_key"):  # keys: their last use is noted
                    continue
                rows = sorted(run(f"SELECT t::text FROM {table} t").scalars())
                found[table] = (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest())
        return found

    return taken


@pytest.fixture
def assert_problem() -> Callable[..., dict[str, Any]]:
    """Call it with an answer, status and code: the shape of RFC 9457 is checked, the body returned."""

    def check(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
        body = answer.get_json(force=True, silent=True)
        assert (answer.status_code, (body or {}).get("code")) == (status, code), answer.get_data(as_text=True)[:500]
        assert answer.content_type == "application/problem+json"
        assert body["type"] == f"urn:ebelge:problem:{code}"
        assert body["status"] == status
        assert body["title"]
        assert body["request_id"] == answer.headers["X-Request-Id"]
        assert answer.headers["Cache-Control"] == "no-store"
        return body

    return check
