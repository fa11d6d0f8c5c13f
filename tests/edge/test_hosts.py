"""Only names of ours are answered to."""

from __future__ import annotations

import pytest

from ebelge.core.config import ConfigurationError, load_settings
from tests.edge.conftest import routes

OURS = {
    "EBELGE_ENVIRONMENT": "production",
    "EBELGE_PUBLIC_URL": "https://ebelge.example",
    "EBELGE_HOSTS": "api.ebelge.example",
}
EVIL = [
    "evil.example", "ebelge.example.evil.example", "evil.ebelge.example", "ebelge.example@evil.example",
    "ebelge.example:80@evil", "ebelge.example/evil", "ebelge.example evil.example", "ebelge.example,evil.example",
    "ebelge.example:", "ebelge.example.", "127.0.0.1", "localhost", "[::1]", "", " ", "ebelge.example\r\nX: y",
    "ebelgé.example", "x" * 5000,
]  # fmt: skip


@pytest.fixture
def client(reached_by):
    return reached_by(**OURS).test_client()


def host(client, name: str | None, path: str = "/"):
    return client.get(path, environ_overrides={"HTTP_HOST": name})


@pytest.mark.parametrize("name", ["ebelge.example", "api.ebelge.example", "EBELGE.example", "ebelge.example:443"])
def test_names_of_ours_are_answered(client, name: str) -> None:
    assert host(client, name).status_code == 200


@pytest.mark.parametrize("name", EVIL)
def test_any_other_name_is_refused(client, name: str) -> None:
    answer = host(client, name)
    assert answer.status_code == 400
    assert "evil" not in answer.get_data(as_text=True)


def test_it_comes_before_everything_else_on_every_route(reached_by) -> None:
    app = reached_by(**OURS)
    client, count = app.test_client(), 0
    for _, method, path in routes(app):
        answer = client.open(path, method=method, base_url="https://evil.example")
        assert answer.status_code == 400, path
        count += 1
    assert client.get("/nowhere", base_url="https://evil.example").status_code == 400
    print(f"{count} refusals")


def test_the_supervisor_asks_about_health_by_address(client) -> None:
    for name in ("127.0.0.1:8000", "localhost", "[::1]:8000"):
        assert host(client, name, "/healthz").status_code == 200
        assert host(client, name, "/api/v1/documents").status_code == 400
    assert host(client, "evil.example", "/healthz").status_code == 400


def test_in_development_loopback_is_a_name_of_ours(app) -> None:
    client = app.test_client()
    assert [host(client, name).status_code for name in ("localhost", "127.0.0.1:1", "[::1]:1")] == [200] * 3


@pytest.mark.parametrize("hosts", ["abc.de:443", "https://ebelge.example", "a b", "*", "x/y", "ebelge.example;x"])
def test_hosts_that_are_none_stop_the_start(settings, hosts: str) -> None:
    given = {"DATABASE_URL": "x", "REDIS_URL": "x", "EBELGE_MASTER_KEY": "x", "EBELGE_ARCHIVE_DIR": "x"}
    with pytest.raises(ConfigurationError, match="EBELGE_HOSTS"):
        load_settings(given | {"EBELGE_HOSTS": hosts})
