"""The `ebelge` command starts fast, and a broken command takes no other with it."""

from __future__ import annotations

import os
import subprocess
import sys

import psycopg
import pytest
from click.testing import CliRunner
from sqlalchemy.exc import DBAPIError

from ebelge.cli.main import COMMANDS, cli
from ebelge.cli.troubles import sentence
from tenants.fields import InvalidFields


def test_the_help_names_every_command_and_imports_none() -> None:
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom ebelge.cli.main import cli\n"
        "print(CliRunner().invoke(cli, ['--help']).output)\n"
        "heavy = {'sqlalchemy', 'flask', 'lxml', 'saxonche', 'requests', 'rich'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name in COMMANDS:
        assert f"\n  {name} " in done.stdout


def test_a_command_that_is_not_installed_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COMMANDS, "nowhere", "Is not there.")
    result = CliRunner().invoke(cli, ["nowhere"])
    assert result.exit_code == 1
    assert "not part of this installation" in result.output


def test_an_unknown_command_is_a_usage_error() -> None:
    assert CliRunner().invoke(cli, ["sned"]).exit_code == 2


def test_a_missing_setting_is_told_in_a_sentence() -> None:
    command = [sys.executable, "-m", "ebelge.cli.main", "db", "status"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin"})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Error: DATABASE_URL is not set")
    assert "Traceback" not in done.stderr


def test_the_database_is_migrated_and_said_to_be_at_the_head(fresh_settings) -> None:
    runner = CliRunner()
    assert runner.invoke(cli, ["db", "migrate"]).exit_code == 0
    status = runner.invoke(cli, ["db", "status"])
    assert (status.exit_code, len({line.split()[-1] for line in status.output.splitlines()})) == (0, 1)
    assert runner.invoke(cli, ["db", "roles"]).output == "All roles were there.\n"


def _ebelge(*words: str, **environment: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "ebelge.cli.main", *words], capture_output=True, text=True, check=False,
        env={**os.environ, **environment},
    )  # fmt: skip
    return done.returncode, done.stderr


@pytest.mark.parametrize("words", [("jobs", "list"), ("verify",), ("db", "status")])
def test_a_database_that_is_away_is_told_in_one_line(fresh_settings, words: tuple[str, ...]) -> None:
    code, said = _ebelge(*words, DATABASE_URL="postgresql://ebelge_owner:x@127.0.0.1:1/ebelge")
    assert (code, said.count("\n")) == (1, 1)
    assert said.startswith("Error: The database does not answer: ")
    assert "DATABASE_URL" in said


def test_a_database_without_tables_is_told_with_the_command_that_makes_them() -> None:
    missing = psycopg.errors.UndefinedTable('relation "wallet" does not exist\nLINE 1: …')
    told = sentence(DBAPIError.instance("", None, missing, psycopg.Error))
    assert told is not None
    assert 'relation "wallet" does not exist. `ebelge db status`' in told
    assert "\n" not in told


def test_a_file_that_cannot_be_written_is_named_and_a_defect_keeps_its_trace() -> None:
    assert sentence(FileNotFoundError(2, "No such file or directory", "/nowhere/lots.xlsx")) == (
        "/nowhere/lots.xlsx: No such file or directory"
    )
    assert sentence(KeyError("title")) is None
    assert sentence(psycopg.errors.UniqueViolation("twice")) is None


def test_wrong_fields_are_named() -> None:
    told = sentence(InvalidFields({"title": ("Bu alanı doldurun.", "Fill this in.")}))
    assert told == "title: Fill this in. Nothing was stored."


def test_a_month_is_asked_for_by_its_name() -> None:
    result = CliRunner().invoke(cli, ["revenue", "2026-12-31"])
    assert result.exit_code == 2
    assert "Invalid value for 'MONTH'" in result.output
