"""Alive, and ready: what is missing is said."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from ebelge.core.config import settings as current_settings
from ebelge.core.db import dispose_engines, role_session


def test_alive_and_ready(app) -> None:
    client = app.test_client()
    assert client.get("/healthz").get_json() == {"status": "ok"}
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_json()["checks"]) == (
        200,
        {"database": "ok", "migrations": "ok", "redis": "ok", "archive": "ok", "seals": "ok"},
    )


@pytest.fixture
def broken(monkeypatch, api_settings):
    """Call it with settings that are wrong."""

    def change(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        current_settings.cache_clear()
        dispose_engines()

    yield change
    monkeypatch.undo()
    current_settings.cache_clear()
    dispose_engines()


def test_without_redis_documents_are_still_accepted(app, akin, broken) -> None:
    broken(REDIS_URL="redis://127.0.0.1:1/0")
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.get_json()["checks"]["redis"]) == (200, "ConnectionError")
    assert akin.send("earsiv").status_code == 202


def test_a_seal_that_cannot_sign_is_told_and_documents_are_still_accepted(app, akin) -> None:
    with role_session("app") as session:
        session.execute(
            text("INSERT INTO seal_trouble VALUES (gen_random_uuid(), 'seal_refused', 'x', 'x', now(), now())")
        )
    try:
        answer = app.test_client().get("/readyz")
        assert (answer.status_code, "1 seals cannot sign" in answer.get_json()["checks"]["seals"]) == (200, True)
    finally:
        with role_session("app") as session:
            session.execute(text("DELETE FROM seal_trouble"))


def test_without_the_database_it_is_not_ready_and_answers_503_without_names(app, akin, broken) -> None:
    broken(DATABASE_URL="postgresql://nobody:secret@127.0.0.1:1/none")
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.get_json()["status"]) == (503, "not_ready")
    assert "127.0.0.1" not in answer.get_data(as_text=True)
    refused = akin.get("/balance")
    assert (refused.status_code, refused.get_json()["code"]) == (503, "unavailable")
    assert refused.headers["Retry-After"] == "5"
    assert app.test_client().get("/healthz").status_code == 200


def test_behind_the_head_it_is_not_ready(app) -> None:
    with role_session("owner") as session:
        (head,) = session.execute(text("SELECT version_num FROM alembic_version")).scalars()
        session.execute(text("UPDATE alembic_version SET version_num = '0001_ground'"))
    try:
        answer = app.test_client().get("/readyz")
        assert answer.status_code == 503
        assert "ebelge db migrate" in answer.get_json()["checks"]["migrations"]
    finally:
        with role_session("owner") as session:
            session.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": head})


def test_without_an_archive_it_is_not_ready(app, broken, tmp_path) -> None:
    broken(EBELGE_ARCHIVE_DIR=str(tmp_path / "nowhere"))
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.get_json()["checks"]["archive"]) == (503, "the archive folder cannot be written")
