"""`ebelge keys` and `ebelge send` against a running application."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from werkzeug.serving import make_server

from ebelge.app import create_app
from ebelge.cli.main import cli
from ebelge.devstack import seed
from ebelge.ubl.examples import AKIN, example_json
from ebelge.ubl.types import DocumentKind


@pytest.fixture
def world(fresh_settings, tmp_path: Path) -> seed.World:
    return seed.plant(tmp_path / "var")


@pytest.fixture
def url(world) -> Iterator[str]:
    """The application on a socket, one request at a time like a worker of gunicorn."""
    server = make_server("127.0.0.1", 0, create_app())
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    path = tmp_path / "fatura.json"
    path.write_text(json.dumps(example_json(DocumentKind.EARSIV)), encoding="utf-8")
    return path


def send(*arguments: object):
    return CliRunner().invoke(cli, ["send", *map(str, arguments), "--lang", "en"], env={"COLUMNS": "200"})


def test_a_key_is_made_listed_and_revoked(world) -> None:
    runner, mode = CliRunner(), ["--mode", "live"]
    made = runner.invoke(cli, ["keys", "create", AKIN.vkn_tckn, *mode, "--name", "ERP"])
    token = made.output.strip()
    assert (made.exit_code, token.startswith("eb_live_")) == (0, True)
    key_id = token.split("_")[2]
    listed = runner.invoke(cli, ["keys", "list", AKIN.vkn_tckn, *mode]).output
    assert key_id in listed
    assert token.rpartition("_")[2] not in listed
    assert runner.invoke(cli, ["keys", "revoke", AKIN.vkn_tckn, key_id, *mode]).exit_code == 0
    assert "revoked" in runner.invoke(cli, ["keys", "list", AKIN.vkn_tckn, *mode]).output
    assert runner.invoke(cli, ["keys", "create", "1111111111"]).exit_code == 1


def test_a_keys_secret_is_exchanged_and_the_old_one_ended(world) -> None:
    def keys(*arguments: str, code: int = 0) -> str:
        done = CliRunner().invoke(cli, ["keys", *arguments, "--mode", "live"])
        assert done.exit_code == code, done.output
        return done.output.strip()

    token = keys("create", AKIN.vkn_tckn, "--name", "ERP", "--address", "203.0.113.0/24")
    key_id = token.split("_")[2]
    new = keys("rotate", AKIN.vkn_tckn, key_id, "--overlap-days", "3")
    assert new.split("_")[:3] == token.split("_")[:3]
    assert new != token
    listed = keys("list", AKIN.vkn_tckn)
    assert "from 203.0.113.0/24" in listed
    assert "the secret of before opens it until" in listed
    assert "End the old secret first" in keys("rotate", AKIN.vkn_tckn, key_id, code=1)
    keys("end-old", AKIN.vkn_tckn, key_id)
    assert "the secret of before" not in keys("list", AKIN.vkn_tckn)
    assert "'erp.example' is neither" in keys("create", AKIN.vkn_tckn, "--address", "erp.example", code=1)


def test_a_file_is_sent_once_however_often_the_command_runs(world, url: str, draft: Path) -> None:
    key = world.accounts["akin"].sandbox_key
    first = send(draft, "--url", url, "--key", key, "--wait", 0)
    second = send(draft, "--url", url, "--key", key, "--wait", 0)
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "TAR" in first.output
    assert "1 not final yet, and safe" in first.output
    assert first.output.splitlines()[-2:] == second.output.splitlines()[-2:]
    anew = send(draft, "--url", url, "--key", key, "--wait", 0, "--again")
    assert anew.output.splitlines()[-2] != first.output.splitlines()[-2]


def test_a_refused_file_is_explained_and_the_others_go_on(world, url: str, draft: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bozuk.xml"
    bad.write_bytes(b"<Invoice>")
    result = send(bad, draft, "--url", url, "--key", world.accounts["akin"].sandbox_key, "--wait", 0)
    assert result.exit_code == 1
    assert "invalid_document" in result.output
    assert "EB-XML" in result.output
    assert "bozuk.xml: The document cannot be read. Nothing was stored" in result.output
    assert "TAR" in result.output


def test_checking_only_stores_nothing(world, url: str, draft: Path) -> None:
    key = world.accounts["akin"].sandbox_key
    result = send(draft, "--url", url, "--key", key, "--check")
    assert (result.exit_code, "ok" in result.output) == (0, True)
    sent = send(draft, "--url", url, "--key", key, "--wait", 0)
    assert "000000001" in sent.output


def test_nobody_there_is_told_in_a_sentence(draft: Path) -> None:
    result = send(draft, "--url", "http://127.0.0.1:1", "--key", "x")
    assert result.exit_code == 1
    assert "does not answer" in result.output
