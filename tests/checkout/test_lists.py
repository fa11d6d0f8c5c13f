"""The gateways' own lists are fetched once and kept; the same day again changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from ebelge.cli.main import cli
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.config import ConfigurationError, settings
from ebelge.core.db import role_session
from ebelge.jobs import gateway_lists
from ebelge.jobs.gateways import gateway, gateways
from tests.checkout.world import GROSS, World


@pytest.mark.parametrize("name", ["iyzico", "stripe"])
def test_a_days_list_is_kept_line_by_line(world: World, name: str) -> None:
    akin = world.buyer()
    order = akin.order(name)
    world.come_back(world.pay(order))
    world.work()
    today = istanbul_date(utc_now())
    assert gateway_lists.fetch(gateway(name), today) >= 1
    assert gateway_lists.fetch(gateway(name), today) == 0
    with role_session("finance") as session:
        lines = session.execute(
            text(
                "SELECT l.amount_kurus, l.currency, l.kind, l.day, l.fee_kurus > 0 AS fee FROM gateway_line l "
                "JOIN payment p ON p.gateway = l.gateway AND p.gateway_payment_id = l.gateway_payment_id "
                "WHERE p.order_id = :order_id"
            ),
            {"order_id": order["order_id"]},
        ).all()
    assert [tuple(line) for line in lines] == [(GROSS, "TRY", "payment", today, True)]


def test_the_night_fetches_the_last_days_once_and_comes_back_after_a_failure(world: World) -> None:
    gateway_lists._fetched.clear()
    world.iyzico.order("report.day", transport="http_500")
    gateway_lists.nightly(utc_now())
    asked = len(world.iyzico.calls("report.day"))
    assert asked == 1  # the first day failed: the rest waits for the next look
    gateway_lists.nightly(utc_now())
    assert len(world.iyzico.calls("report.day")) == asked + gateway_lists.DAYS_BACK
    gateway_lists.nightly(utc_now())
    assert len(world.iyzico.calls("report.day")) == asked + gateway_lists.DAYS_BACK


def test_the_command_says_what_waits_and_fetches_a_day(world: World) -> None:
    akin = world.buyer()
    world.come_back(world.pay(akin.order()))
    world.work()
    akin.order("stripe")
    shown = CliRunner().invoke(cli, ["gateways"])
    assert "iyzico: sandbox\nstripe: sandbox\n" in shown.output
    assert "attempts: 1 stripe pending" in shown.output
    day = str(istanbul_date(utc_now()))
    fetched = CliRunner().invoke(cli, ["gateways", "fetch", "--day", day, "--gateway", "iyzico"])
    assert (fetched.exit_code, fetched.output) == (0, f"iyzico: 1 new lines of {day}\n")
    assert CliRunner().invoke(cli, ["gateways", "fetch", "--gateway", "nobody"]).exit_code == 1


@pytest.mark.parametrize(
    ("environment", "variables"),
    [
        ("production", {}),
        ("development", {"EBELGE_IYZICO_BASE_URL": "https://api.iyzipay.com"}),
        ("development", {"EBELGE_STRIPE_API_KEY": "sk_live_invented"}),
    ],
)
def test_real_money_and_play_money_are_kept_apart(
    world: World, monkeypatch: pytest.MonkeyPatch, environment: str, variables: dict[str, str]
) -> None:
    kept: Any = dict(gateways())
    for name, value in {"EBELGE_ENVIRONMENT": environment, **variables}.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    gateways.cache_clear()
    try:
        with pytest.raises(ConfigurationError, match=r"iyzico|stripe"):
            gateways()
    finally:
        monkeypatch.undo()
        settings.cache_clear()
        gateways.cache_clear()
        found: Any = gateways()
        found.update(kept)
