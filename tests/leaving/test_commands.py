"""`ebelge import`, `closing` and `archive` as the operator's people use them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from ebelge.cli.main import cli
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.config import settings
from ebelge.core.db import role_session
from ebelge.core.workbooks import read_workbook
from ebelge.onboarding.imports.book import read_book
from tests.leaving.conftest import FIRST, Desk, Handover

FILE_OF_NOBODY = "01a205e0-4ad8-7000-8000-000000000001"
TODAY = istanbul_date(utc_now()).isoformat()


@pytest.fixture
def run(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    """Call it with the words of a command."""
    monkeypatch.setenv("EBELGE_STAFF", "Deniz")

    def call(*words: str | Path) -> Result:
        return CliRunner().invoke(cli, [str(word) for word in words], catch_exceptions=False)

    return call


@pytest.fixture
def workbook(handover: Handover, tmp_path: Path) -> Path:
    path = tmp_path / "devir.xlsx"
    path.write_bytes(handover.workbook())
    return path


def test_the_template_is_a_workbook_that_is_understood_again(run, tmp_path: Path) -> None:
    for language in ("tr", "en"):
        path = tmp_path / f"{language}.xlsx"
        assert run("import", "template", path, "--language", language).exit_code == 0
        assert read_book(path.read_bytes()).findings == []
        assert len(read_workbook(path.read_bytes(), rows_max=50)) == 6


def test_check_writes_nothing_and_run_brings_everything_in_with_letters(
    run, workbook: Path, handover: Handover, tmp_path: Path
) -> None:
    documents = handover.zip(tmp_path)
    checked = run("import", "check", workbook, "--documents", documents)
    assert checked.exit_code == 0, checked.output
    assert "Kontor" in checked.output
    assert "507" in checked.output
    with role_session("reader") as session:
        assert session.execute(text("SELECT count(*) FROM import_run")).scalar_one() == 0
    done = run("import", "run", workbook, "--documents", documents)
    assert done.exit_code == 0, done.output
    assert "everything agrees" in done.output
    with role_session("reader") as session:
        letters = session.execute(text("SELECT unnest(recipients) FROM letter ORDER BY 1")).scalars().all()
        noted = session.execute(text("SELECT action FROM audit_entry WHERE action = 'import.done'")).scalars().all()
    assert letters == ["goksu@goksu.example", "irmak@firat.example"]
    assert noted == ["import.done"]


def test_what_is_wrong_is_listed_and_refused(run, workbook: Path, handover: Handover) -> None:
    handover.control["contacts"] = 2
    workbook.write_bytes(handover.workbook())
    checked = run("import", "check", workbook)
    assert checked.exit_code == 1
    assert "A control total differs: Contacts says 2, the file holds 1." in checked.output
    refused = run("import", "run", workbook)
    assert refused.exit_code == 1
    assert "Nothing was stored." in refused.output
    workbook.write_bytes(b"no workbook")
    assert "No readable workbook" in run("import", "check", workbook).output


def test_an_account_is_closed_from_the_terminal(run, workbook: Path, handover: Handover, tmp_path: Path) -> None:
    assert run("import", "run", workbook, "--documents", handover.zip(tmp_path)).exit_code == 0
    begun = run("closing", "begin", FIRST, "--last-day", TODAY, "--reason", "Başka entegratör")
    assert begun.exit_code == 0, begun.output
    shown = " ".join(run("closing", "show", FIRST).output.split())
    assert "Open answers are given or" in shown
    assert "the account" in shown
    assert run("closing", "confirm", FIRST, "answers_given", "--on", TODAY, "--paper", "17").exit_code == 0
    refused = run("closing", "finish", FIRST)
    assert refused.exit_code == 1
    assert "Open steps" in refused.output
    file = tmp_path / "arsiv.zip"
    assert run("archive", "export", FIRST, file).exit_code == 0
    assert "is there already" in run("archive", "export", FIRST, file).output
    assert "files as the manifest" in run("archive", "check", file).output
    file.write_bytes(file.read_bytes()[:-50])
    assert run("archive", "check", file).exit_code == 1
    assert run("closing", "call-off", FIRST).exit_code == 0


def test_an_archive_is_filled_found_tagged_and_checked_from_the_terminal(
    run, desk: Desk, workbook: Path, handover: Handover, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EBELGE_ARCHIVE_DIR", str(desk.archive.root))
    settings.cache_clear()
    assert run("import", "run", workbook, "--documents", handover.zip(tmp_path)).exit_code == 0
    assert run("archive", "reindex", FIRST).output.splitlines()[-1] == "2 entries were written."
    lease = tmp_path / "Kira sözleşmesi.txt"
    lease.write_text("Depo, Bornova", encoding="utf-8")
    put = run("archive", "put", FIRST, lease, "--kind", "contract", "--note", "İzmir deposu")
    file_id, again = put.output.split()[0], run("archive", "put", FIRST, lease, "--kind", "contract")
    assert (put.exit_code, again.output.split()[0]) == (0, file_id), put.output
    assert run("archive", "tag", FIRST, "Depo", file_id, "--colour", "green").output == "1 entries.\n"
    lost = run("archive", "tag", FIRST, "Depo", file_id, FILE_OF_NOBODY)
    assert (lost.exit_code, f"Not in the archive: {FILE_OF_NOBODY}" in lost.output) == (1, True)

    def found(*words: str) -> list[str]:
        shown = run("archive", "search", FIRST, *words)
        assert shown.exit_code == 0, shown.output
        return [line.split()[0] for line in shown.stdout.splitlines()]

    assert found("--tag", "Depo") == found("kira", "izmir") == found("--kind", "contract") == [file_id]
    assert (len(found("--source", "old")), len(found("--from", "2025-03-02", "--to", "2025-03-02"))) == (2, 1)
    assert (len(found()), found("--number", "FRT2025000000009")) == (3, [])
    assert run("archive", "tag", FIRST, "Depo", file_id, "--take").exit_code == 0
    assert (found("--tag", "Depo"), run("archive", "search", FIRST, "--tag", "Yok").exit_code) == ([], 1)

    assert run("archive", "check", "--account", FIRST).output.splitlines()[-1] == "Every file is as its row says."
    assert run("archive", "check").exit_code == 2
    (kept,) = desk.archive.root.glob(f"*/{file_id}/*")
    kept.chmod(0o600)
    kept.write_bytes(b"Depo, Torbali")
    broken = run("archive", "check", "--account", FIRST)
    assert (broken.exit_code, file_id in broken.output) == (1, True)
