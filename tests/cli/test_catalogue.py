"""`ebelge catalogue` as finance staff use it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from ebelge.cli.main import cli
from ebelge.devstack import seed

PACKAGE = ("--name-tr", "Yaz 500", "--name-en", "Summer 500", "--kontor", "500", "--note", "test")


@pytest.fixture
def world(fresh_settings, tmp_path: Path) -> seed.World:
    return seed.plant(tmp_path / "var")


def catalogue(*arguments: str):
    return CliRunner().invoke(cli, ["catalogue", *arguments])


def test_packages_and_prices_are_listed_and_succeeded(world, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EBELGE_STAFF", "omer")
    listed = catalogue("list").output
    assert "standart-1000" in listed
    assert "1.041,58 TL + KDV 20 %" in listed
    assert "customers of" not in listed
    made = catalogue("package", "yaz-500", *PACKAGE, "--price", "49.90")
    assert (made.exit_code, made.output) == (0, "yaz-500: 500 kontör for 49,90 TL + KDV.\n")
    assert catalogue("package", "yaz-500", *PACKAGE, "--price", "59.90", "--from", "2099-01-01").exit_code == 0
    reseller = world.accounts["ceren"].vkn_tckn
    assert catalogue("price", "mutabakat", "--kontor", "2", "--reseller", reseller, "--note", "test").exit_code == 0
    listed = catalogue("list").output
    assert "01.01.2099 00:00" in listed
    assert f"customers of {world.accounts['ceren'].title}" in listed
    assert "Set a price in kontör  by omer" in CliRunner().invoke(cli, ["audit", "list", "--limit", "1"]).output
    ended = catalogue("end-package", "yaz-500", "--until", "2098-12-01")
    assert ended.output == "yaz-500 is on sale until 01.12.2098 00:00.\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("package", "yaz-500", *PACKAGE, "--price", "49.905"), "two decimals"),
        (("package", "yaz-500", *PACKAGE, "--price", "NaN"), "two decimals"),
        (("package", "yaz-500", *PACKAGE, "--price", "x"), "no amount"),
        (("package", "yaz-500", *PACKAGE, "--price", "-1"), "net_price_kurus"),
        (("package", "yaz-500", *PACKAGE, "--price", "1", "--from", "2020-01-01"), "past"),
        (("end-package", "nothing"), "not on sale"),
        (("price", "nothing", "--kontor", "1", "--note", "x"), "no charge kind"),
        (("price", "mutabakat", "--kontor", "1", "--note", "x", "--tenant", "1", "--reseller", "2"), "not both"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(world, arguments: tuple[str, ...], said: str) -> None:
    refused = catalogue(*arguments)
    assert refused.exit_code == 1
    assert said in refused.output
    assert "Traceback" not in refused.output


def test_the_operators_own_prices_are_nought_and_stay_so(world) -> None:
    again = catalogue("operator")
    assert again.output == "live: 0 prices set to 0.\ntest: 0 prices set to 0.\n"
    assert "Ebelge Özel Entegratör" in catalogue("list").output


def test_a_new_kind_costs_the_operator_nothing_from_the_beginning(world) -> None:
    made = catalogue("kind", "kep.test", "--title-tr", "KEP iletisi", "--title-en", "KEP message")
    assert made.exit_code == 0
    assert catalogue("operator").output == "live: 0 prices set to 0.\ntest: 0 prices set to 0.\n"
    assert catalogue("price", "kep.test", "--kontor", "5", "--note", "test").exit_code == 0
    akin = world.accounts["akin"].vkn_tckn
    special = ("--tenant", akin)
    assert catalogue("price", "kep.test", "--kontor", "4", "--note", "test", *special).exit_code == 0
    assert catalogue("end-price", "kep.test", "--until", "2099-01-01", *special).exit_code == 0
    listed = [line for line in catalogue("list").output.splitlines() if "kep.test" in line]
    assert sorted(line.split()[1] for line in listed) == ["0", "0", "4", "5"]
