"""The commands of resellers, commission and pools, as staff type them."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from billing.commissions import entries
from ebelge.cli.main import cli
from ebelge.core.ids import new_id


def run(*arguments: str, ok: bool = True) -> str:
    done = CliRunner().invoke(cli, [str(argument) for argument in arguments])
    assert (done.exit_code == 0) is ok, done.output
    assert "Traceback" not in done.output
    return done.output


def vkn(trade, tenant_id) -> str:
    return trade.rows(tenant_id, "SELECT vkn_tckn FROM tenant")[0].vkn_tckn


@pytest.fixture
def ceren(trade):
    """A reseller without a contract, with 50 kontör."""
    ceren = trade.open("reseller", "Ceren Ltd.")
    trade.grant(ceren, 50)
    return ceren


def test_a_contract_is_entered_listed_and_followed_by_another(trade, ceren) -> None:
    name = vkn(trade, ceren)
    assert run("reseller", "contract", name) == ""
    first = run("reseller", "contract", name, "--model", "commission", "--percent", "12,5", "--by", "Ayşe")
    assert "commission  12.50 %  window 14 days  passing inherit" in first
    tomorrow = f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%d}"
    both = run("reseller", "contract", name, "--model", "resale", "--passing", "fresh", "--from", tomorrow)
    assert [("resale" in line, "commission" in line) for line in both.splitlines()] == [(True, False), (False, True)]
    assert "Error" in run("reseller", "contract", name, "--model", "resale", "--percent", "5", ok=False)
    assert "no percentage" in run("reseller", "contract", name, "--model", "commission", "--percent", "x", ok=False)
    assert "no reseller" in run("reseller", "contract", vkn(trade, trade.open()), "--model", "resale", ok=False)


def test_kontor_is_passed_on_after_its_expiry_was_shown_and_taken_back(trade, ceren) -> None:
    bora = trade.open(title="Bora A.Ş.", reseller_id=ceren)
    names = vkn(trade, ceren), vkn(trade, bora)
    assert "Without a reseller contract" in run("reseller", "pass", *names, "5", "--yes", ok=False)
    run("reseller", "contract", names[0], "--model", "resale")
    assert "Bora A.Ş." in run("reseller", "customers", names[0])
    asked = CliRunner().invoke(cli, ["reseller", "pass", *names, "5"], input="n\n")
    assert "5 kontör until" in asked.output
    assert trade.balances(bora)[0] == 0
    transfer = run("reseller", "pass", *names, "5", "--yes").split()[-1]
    assert trade.balances(bora)[0] == 5
    assert run("reseller", "take-back", names[0], transfer, "2").startswith("done: 2 of 2")
    assert (trade.balances(ceren)[0], trade.balances(bora)[0]) == (47, 3)
    assert "Error" in run("reseller", "pass", names[0], vkn(trade, trade.open()), "5", "--yes", ok=False)


def test_the_statement_is_printed_written_and_paid(trade, ceren, tmp_path) -> None:
    name = vkn(trade, ceren)
    run("reseller", "contract", name, "--model", "commission", "--percent", "10", "--refund-window-days", "0")
    at = datetime.now(UTC) + timedelta(seconds=1)
    with trade.session(ceren) as session:
        entries.accrue(
            session, tenant_id=ceren, customer_id=new_id(), customer_title="Bora A.Ş.", order_id=new_id(),
            order_reference="KNT-AAAAA-A", net_kurus=10_000, credited_at=at, at=at - timedelta(seconds=2),
        )  # fmt: skip
    sheet = tmp_path / "kasım.csv"
    printed = run("commission", "statement", name, "--sheet", sheet)
    assert "10,00  KNT-AAAAA-A  Bora A.Ş." in printed
    rows = list(csv.reader(io.StringIO(sheet.read_text("utf-8-sig")), delimiter=";"))
    assert rows[2][6] == "10,00"
    assert run("commission", "statement", name, "--sheet", tmp_path / "k.xlsx")
    assert (tmp_path / "k.xlsx").read_bytes().startswith(b"PK")
    assert "Error" in run("commission", "pay", name, "--invoice", "CRN1", "--by", "Ayşe", ok=False)
    with trade.session(ceren) as session:
        later = at + timedelta(days=2)
        assert entries.pay(session, tenant_id=ceren, payout_id=new_id(), note="CRN1, Ayşe", at=later) == 1_000


def test_a_pool_is_offered_accepted_shown_and_recalled(trade) -> None:
    pool, akin = trade.pool(100), trade.open()
    name, member = vkn(trade, pool), vkn(trade, akin)
    assert run("pool", "offer", name, member, "--block", "10", "--cap", "30").strip() == "offered"
    assert run("pool", "accept", pool, member).strip() == "active"
    from ebelge.jobs import drawing, pooling

    drawing.draw(akin, needed_kontor=1)
    trade.spend(akin, 3)
    pooling.roll_up_use(trade.at())
    shown = run("pool", "show", name)
    assert "spendable 90" in shown
    assert "active   drawn 10 of 30, block 10, threshold 0  Akın Ltd. Şti." in shown
    assert "used        3  Akın Ltd. Şti." in shown
    assert run("pool", "recall", name, member, "--end") == "7 kontör came back\n"
    assert "No live pool has the VKN" in run("pool", "show", member, ok=False)
