"""`ebelge texts`: published once, listed with what is in force."""

from __future__ import annotations

from click.testing import CliRunner

from ebelge.cli.texts import command


def run(*arguments: str) -> str:
    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_what_came_with_the_program_is_published_once_and_listed(fresh_settings) -> None:
    first = run("publish", "--by", "Aylin")
    assert [line.split()[0] for line in first.splitlines()] == ["consent", "contract", "distance-selling", "privacy"]
    assert "in force from 01.01.2026" in first
    assert run("publish", "--by", "Aylin") == "Everything is published already.\n"
    listed = run("list").splitlines()
    assert len(listed) == 4
    assert all("draft" in line and "in force" in line for line in listed)
