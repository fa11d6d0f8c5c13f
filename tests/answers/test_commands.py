"""`ebelge answer` and `ebelge mistake` as the operator's people use them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ebelge.cli.main import cli
from ebelge.core.clock import istanbul_date, utc_now
from tests.answers.conftest import Post


@pytest.fixture
def run(mail: Post, monkeypatch: pytest.MonkeyPatch):
    """Call it with the words of a command; {akin} is Akın's VKN."""
    monkeypatch.setenv("EBELGE_STAFF", "Deniz")
    vkn = mail.party().vkn_tckn

    def call(*words: str | Path) -> Result:
        return CliRunner().invoke(cli, [str(word).replace("{akin}", vkn) for word in words], catch_exceptions=False)

    return call


def test_an_invoice_is_rejected_by_its_number(run, mail: Post) -> None:
    document_id = mail.came()
    number = mail.incoming(document_id).number
    assert "last moment" in run("answer", "show", "{akin}", number).output
    assert run("answer", "invoice", "{akin}", number, "reject").exit_code == 2
    assert "RED" in run("answer", "invoice", "{akin}", number, "reject", "--reason", "fiyat").output
    assert run("answer", "invoice", "{akin}", number, "accept").exit_code == 1
    assert ": rejected" in run("answer", "show", "{akin}", number).output
    assert run("answer", "show", "{akin}", "YOK2026000000001").exit_code == 1


def test_a_despatch_note_is_rejected_whole(run, mail: Post) -> None:
    number = mail.incoming(mail.came("eirsaliye")).number
    assert "RED" in run("answer", "despatch", "{akin}", number, "--reject-all", "yanlış mal").output


def test_an_objection_is_recorded(run, mail: Post, tmp_path: Path) -> None:
    document = mail.sent(profile="TEMELFATURA")
    paper = tmp_path / "itiraz.pdf"
    paper.write_bytes(b"%PDF-1.7 x")
    today = istanbul_date(utc_now()).isoformat()
    assert "objection [record]" in run("mistake", "show", "{akin}", document.number).output
    done = run(
        "mistake", "record", "{akin}", document.number, "objection", "--channel", "noter", "--paper-number", "77",
        "--on", today, "--paper", paper,
    )  # fmt: skip
    assert f"An objection was made, notary, {today}, 77" in done.output
    assert "recorded: An objection" in run("mistake", "show", "{akin}", document.number).output
    assert run("mistake", "record", "{akin}", document.number, "buyer_asked_to_reject").exit_code == 1
