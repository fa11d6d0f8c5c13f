"""The commands of finance staff: every line fits eighty columns, says what to do next, and counts what is there."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from billing.ledger import charges
from ebelge.cli.main import cli
from ebelge.core.clock import ISTANBUL, utc_now
from ebelge.core.db import tenant_session
from ebelge.core.ids import new_id
from tests.orders import shop
from tests.reconciliation.conftest import Akin, Books

TITLE = "Çok Uzun Unvanlı İthalat İhracat Sanayi ve Ticaret Anonim Şirketi Güneydoğu Şubesi"


def run(*words: object, code: int = 0) -> Result:
    """The command, whose exit code must be `code` and whose lines must fit."""
    result = CliRunner().invoke(cli, [str(word) for word in words], env={"EBELGE_STAFF": "ayse"})
    assert result.exit_code == code, result.output
    return result


def lines(result: Result) -> list[str]:
    found = result.output.splitlines()
    assert max(map(len, found)) <= 80, max(found, key=len)
    return found


@pytest.fixture
def akin(books: Books) -> Akin:
    """A customer with a long title whose order was paid and whose document was signed."""
    akin = Akin(books, shop.customer(TITLE))
    akin.bought()
    akin.document(kontor=3)
    return akin


@pytest.fixture
def wrong(books: Books, akin: Akin) -> Iterator[Akin]:
    """The same, while its payment says that 7 kuruş were refunded, which nobody did."""
    refunded = "UPDATE payment SET refunded_kurus = %(kurus)s WHERE tenant_id = %(akin)s"
    assert books.spoil(refunded, akin=akin.tenant_id, kurus=7) == 1
    yield akin
    books.spoil(refunded, akin=akin.tenant_id, kurus=0)
    books.run()


def _month() -> str:
    return f"{utc_now().astimezone(ISTANBUL):%Y-%m}"


def test_reconcile_says_what_it_compared_and_ends_with_1_while_breaks_are_open(wrong: Akin, books: Books) -> None:
    found = lines(run("reconcile", code=1))
    assert found[0] == "Compared:"
    assert any(line.split()[0] == "payments" and int(line.split()[1]) >= 1 for line in found[1:])
    assert found[-1] == "`ebelge breaks list` shows them."
    facts = json.loads(run("reconcile", "--json", code=1).output)
    assert (facts["found"], facts["opened"], facts["open"]) == (1, 0, 1)
    assert facts["counts"]["payments"] >= 1
    books.spoil("UPDATE payment SET refunded_kurus = 0 WHERE tenant_id = %(akin)s", akin=wrong.tenant_id)
    assert "0 new breaks, 1 ended by themselves, 0 open." in lines(run("reconcile"))


def test_a_break_is_listed_shown_taken_and_ended(wrong: Akin, books: Books) -> None:
    run("reconcile", code=1)
    (listed,) = [json.loads(line) for line in run("breaks", "list", "--json").output.splitlines()]
    shown = lines(run("breaks", "list", "--tenant", wrong.tenant_id))
    assert any("A payment's refunded sum differs from its refunds" in line for line in shown)
    assert any("0,07 TL" in line for line in shown)
    said = lines(run("breaks", "show", listed["break"]))
    assert "Look at the refunds one by one." in said
    assert run("breaks", "take", listed["break"]).output == "ayse has it.\n"
    assert "    new, open; ayse has it" in lines(run("breaks"))
    run("breaks", "explain", listed["break"], " ", code=1)
    run("breaks", "resolve", listed["break"], "typed wrong", "--entry", "refund 1")
    assert run("breaks", "list").output == "No open breaks.\n"
    (ended,) = [
        json.loads(line)
        for line in run("breaks", "list", "--ended", "--json", "--tenant", wrong.tenant_id).output.splitlines()
    ]
    assert (ended["state"], ended["note"], ended["resolved_by"], ended["owner"]) == (
        "resolved", "typed wrong", "refund 1", "ayse",
    )  # fmt: skip
    assert "no such break" in run("breaks", "show", new_id(), code=1).output


def test_the_months_revenue_has_every_term_and_its_lots_as_a_file(akin: Akin, tmp_path: Path) -> None:
    found = lines(run("revenue", _month()))
    assert [line.split("  ")[0] for line in found] == [
        "Deferred revenue, opening", "+ sold", "- earned (used, less given back)", "- breakage (expired)",
        "- voided (refunds, chargebacks)", "- in transit between wallets", "= deferred revenue, closing",
        "Commission accrued", "Commission reversed", "Commission paid",
    ]  # fmt: skip
    run("revenue", _month(), "--csv", tmp_path / "lots.csv", "--xlsx", tmp_path / "lots.xlsx")
    read = list(csv.reader(io.StringIO((tmp_path / "lots.csv").read_text("utf-8-sig")), delimiter=";"))
    mine = [row for row in read if row[0] == str(akin.tenant_id)]
    assert sorted((row[2], row[3]) for row in mine) == [("bonus", "0,00"), ("payment", "1041,58")]
    sheet = openpyxl.load_workbook(tmp_path / "lots.xlsx").active
    assert sum(1 for row in sheet.iter_rows(values_only=True) if row[0] == str(akin.tenant_id)) == 2


def test_a_statement_fits_a_terminal_and_opens_as_a_file(akin: Akin, tmp_path: Path) -> None:
    found = lines(run("statement", akin.tenant_id, _month(), "--provisional", "--language", "en"))
    assert found[0] == TITLE[:80]
    assert sum("Credited" in line for line in found) == 2
    assert any("Used" in line and "AKN2026" in line for line in found)
    last = lines(run("statement", akin.tenant_id, _month(), "--provisional", "--last", 1))
    assert sum("Kullanıldı" in line for line in last) == 1
    run("statement", akin.tenant_id, _month(), "--provisional", "--csv", tmp_path / "s.csv")
    assert (tmp_path / "s.csv").read_text("utf-8-sig").count("AKN2026") >= 2
    assert "no such tenant" in run("statement", new_id(), _month(), code=1).output
    assert run("statement", akin.tenant_id, "2099-01", code=1).output.startswith("Error: ")


def test_the_roll_forward_leads_from_opening_to_closing_term_by_term(akin: Akin, tmp_path: Path) -> None:
    held, at = new_id(), utc_now()
    with tenant_session(akin.tenant_id) as session:
        charges.reserve(
            session, tenant_id=akin.tenant_id, charge_id=held, kind="sms", kontor=5, price_id=held, at=at
        )  # fmt: skip
    found = lines(run("rollforward", akin.tenant_id, _month()))
    terms = {line[:38].strip(): int(line[38:]) for line in found[1:]}
    assert terms == {
        "Opening": 0, "Bought (paid or on account)": 1000, "Given (bonus, goodwill, opening)": 50,
        "Received (passed on, grace)": 0, "Restored (documents refused)": 0, "Consumed (documents signed)": -3,
        "Expired": 0, "Voided (refunds, chargebacks)": 0, "Passed on (and into grace)": 0, "Closing": 1047,
    }  # fmt: skip
    *parts, closing = terms.values()
    assert sum(parts) == closing
    run("rollforward", akin.tenant_id, _month(), "--csv", tmp_path / "r.csv", "--xlsx", tmp_path / "r.xlsx")
    read = list(csv.reader(io.StringIO((tmp_path / "r.csv").read_text("utf-8-sig")), delimiter=";"))
    assert {row[0]: int(row[1]) for row in read[1:]} == terms
    assert openpyxl.load_workbook(tmp_path / "r.xlsx").active.max_row == 11
    assert "no such tenant" in run("rollforward", new_id(), _month(), code=1).output
