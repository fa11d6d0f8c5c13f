"""The `ebelge` command starts fast, and a broken command takes no other with it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner

from ebelge.cli.main import COMMANDS, cli


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
