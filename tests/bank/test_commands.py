"""`ebelge bank`, `ebelge grant` and `ebelge terms` as the operator's people type them."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from billing.settlement.bank_lists import short
from ebelge.cli.main import cli

IBAN = "TR330006100519786457841326"
OTHER_IBAN = "TR320010009999901234567890"


@pytest.fixture
def say(bank):
    """Call it with what is typed; Ayşe types unless another is named by --by."""

    def said(*words, code=0, by="ayse"):
        result = CliRunner().invoke(cli, [str(word) for word in words], env={"EBELGE_STAFF": by})
        assert result.exit_code == code, (result.output, result.exception)
        assert all(len(line) <= 80 for line in result.output.splitlines()), result.output
        return result.output

    return said


@pytest.fixture
def statement(bank, tmp_path):
    """Call it with rows: the path of a statement with them."""

    def written(*rows):
        path = tmp_path / "ekstre.csv"
        path.write_bytes(bank.statement(*rows))
        return path

    return written


def test_a_statement_is_imported_matched_and_credited_by_one_command(bank, say, statement):
    order, other = bank.order(bank.akin), bank.order(bank.bora)
    path = statement(bank.row(order.reference, 1_200_00), bank.row(other.reference, 700_00), bank.row("kira", -5_00))
    told = say("bank", "import", path)
    assert "csv: 3 lines, 3 new" in told
    assert "Taken without a person: 1. Orders credited now: 1." in told
    assert "Waiting for somebody: 1." in told
    assert "imported by ayse before: nothing was changed" in say("bank", "import", path)
    assert (bank.kontor(bank.akin), bank.kontor(bank.bora)) == (1000, 0)


def test_a_file_that_cannot_be_read_ends_with_1_and_a_sentence(bank, say, tmp_path):
    path = tmp_path / "ekstre.csv"
    path.write_bytes("Tarih;Açıklama;Tutar\n".encode("utf-32"))
    assert say("bank", "import", path, code=1).startswith("Error: ")
    assert bank.lines() == []


def test_with_two_accounts_the_command_asks_which(say, statement, bank):
    say("bank", "accounts", "--add", OTHER_IBAN, "--bank", "Öteki Bank", "--holder", "Ebelge A.Ş.")
    path = statement(bank.row("x", 1_00))
    assert "Name the account by --iban" in say("bank", "import", path, code=2)
    assert "1 new" in say("bank", "import", path, "--iban", OTHER_IBAN)
    listed = say("bank", "accounts")
    assert IBAN in listed
    assert OTHER_IBAN in listed


def test_nobody_decides_without_a_name(bank, statement):
    path = statement(bank.row("x", 1_00))
    result = CliRunner().invoke(cli, ["bank", "import", str(path)], env={"EBELGE_STAFF": ""})
    assert (result.exit_code, "--by" in result.output) == (2, True)


def test_a_payment_is_split_by_hand_and_the_rest_goes_back(bank, say, statement):
    one, other = bank.order(bank.akin), bank.order(bank.bora)
    say("bank", "import", statement(bank.row(f"{one.reference} {other.reference}", 2_500_00)))
    line = short(bank.line().line_id)
    listed = say("bank", "lines")
    assert line in listed
    assert "several references" in listed
    assert "are left" in say("bank", "allocate", line, f"{one.reference}=2.600,00", code=1)
    done = say("bank", "allocate", line, f"{one.reference.lower()}=1.200,00", other.reference)
    assert done.count("credited") == 2
    assert "left on the line: 100,00" in done
    assert (bank.kontor(bank.akin), bank.kontor(bank.bora)) == (1000, 1000)
    say("bank", "refund", line, "--note", "fazla ödeme")
    say("bank", "import", statement(bank.row("iade", -100_00)))
    out = short(bank.line().line_id)
    assert "refunded" in say("bank", "refund", line, "--paid-by", out)


def test_a_large_payment_needs_two_people_and_can_be_reversed_by_two(bank, say, statement):
    order = bank.order(bank.akin, code="k50000")
    say("bank", "import", statement(bank.row("havale", 54_000_00)))
    line = short(bank.line().line_id)
    assert "needs a second person" in say("bank", "allocate", line, order.reference)
    decision = short(bank.decisions()[-1].allocation_id)
    assert "somebody else must approve" in say("bank", "approve", decision, code=1)
    assert "credited" in say("bank", "approve", decision, by="mehmet")
    assert bank.kontor(bank.akin) == 50_500
    assert "needs a second person" in say("bank", "reverse", decision, "--note", "yanlış müşteri", by="mehmet")
    back = short(bank.decisions()[-1].allocation_id)
    assert "reversed" in say("bank", "approve", back)
    assert bank.kontor(bank.akin) == 0
    assert "ignored" in say("bank", "ignore", line, "--note", "bizim değil")
    assert "No line waits" in say("bank", "lines")


def test_what_was_asked_can_be_refused(bank, say, statement):
    order = bank.order(bank.akin, code="k50000")
    say("bank", "import", statement(bank.row(order.reference, 54_000_00)))
    decision = short(bank.decisions()[-1].allocation_id)
    assert "refused" in say("bank", "refuse", decision, "--note", "emin değiliz", by="mehmet")
    line = next(one for one in map(json.loads, say_json(bank)) if one["decisions"])
    assert (line["state"], line["decisions"][0]["state"]) == ("proposed", "refused")


def say_json(bank) -> list[str]:
    return CliRunner().invoke(cli, ["bank", "lines", "--json"]).output.splitlines()


def test_a_line_that_is_not_there_is_a_sentence(say):
    assert "end with" in say("bank", "ignore", "00000000", "--note", "x", code=1)
    assert "is not the end of an id" in say("bank", "ignore", "satır", "--note", "x", code=1)


def test_kontor_are_given_asked_for_and_lent(bank, say):
    vkn = bank.vkns[bank.akin]
    assert "granted" in say("grant", "ask", vkn, 100, "--reason", "kesinti telafisi")
    asked = say("grant", "ask", vkn, 500, "--reason", "yanlış yükleme", "--kind", "correction")
    assert "second person" in asked
    grant = asked.split()[0]
    assert grant in say("grant", "list")
    assert "somebody else" in say("grant", "approve", grant, code=1)
    assert "granted" in say("grant", "approve", grant, by="mehmet")
    assert bank.kontor(bank.akin) == 600
    other = say("grant", "ask", vkn, 900, "--reason", "x").split()[0]
    assert "refused" in say("grant", "refuse", other, "--note", "gerek yok")
    assert say("grant", "lend", vkn, 10, code=1).startswith("Error: ")


def test_terms_are_set_and_shown_with_what_is_owed(bank, say):
    vkn = bank.vkns[bank.akin]
    assert "No terms" in say("terms", "show", vkn)
    say("terms", "set", vkn, "--limit", "5.000,00", "--emergency", 50, "--freeze")
    say("grant", "lend", vkn, 40)
    shown = say("terms", "show", vkn)
    assert "Up to 5.000,00 TL, due in 30 days" in shown
    assert "40 emergency kontör" in shown
    assert "is no amount" in say("terms", "set", vkn, "--limit", "beş bin", code=2)
    assert "below 0" in say("terms", "set", vkn, "--limit=-5", code=2)
    assert "From 01.01.2090" in say("terms", "set", vkn, "--limit", "0", "--from", "2090-01-01")
