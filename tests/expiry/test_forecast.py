"""The forecast: in whole kontör, lot by lot, as the ledger will burn them."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from billing.expiry.forecast import Burn, Pace, forecast, foretell
from billing.ledger import charges
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.ids import new_id
from tests.orders import shop
from tests.topups.filling import Filling

NOW = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def pace(used: int, days: int = 28) -> Pace:
    return Pace(used, NOW - days * DAY, NOW)


def lot(number: int, kontor: int, days: int, priority: int = 100) -> Burn:
    return Burn(UUID(int=number), priority, NOW + days * DAY, kontor)


def test_what_is_used_before_the_expiry_is_used_and_the_rest_expires() -> None:
    told = foretell([lot(1, 100, 10)], pace=pace(56))  # 2 a day
    assert (told.will_use, told.will_expire, told.empty_at, told.empty_because) == (20, 80, NOW + 10 * DAY, "expired")


def test_the_second_lot_is_used_when_the_first_has_ended() -> None:
    told = foretell([lot(1, 10, 10), lot(2, 30, 100)], pace=pace(56))
    assert [(one.will_use, one.will_expire) for one in told.lots] == [(10, 0), (30, 0)]
    assert (told.empty_at, told.empty_because) == (NOW + 20 * DAY, "used")


def test_a_lot_that_burns_first_by_priority_is_used_though_another_expires_sooner() -> None:
    told = foretell([lot(1, 30, 5), lot(2, 30, 50, priority=1)], pace=pace(56))
    assert [(one.lot_id.int, one.will_use, one.will_expire) for one in told.lots] == [(2, 30, 0), (1, 0, 30)]


def test_without_use_everything_expires() -> None:
    told = foretell([lot(1, 10, 10), lot(2, 5, 40)], pace=pace(0))
    assert (told.will_use, told.will_expire, told.empty_at, told.empty_because) == (0, 15, NOW + 40 * DAY, "expired")


def test_an_empty_wallet_is_empty_now() -> None:
    told = foretell([], pace=pace(28))
    assert (told.spendable, told.empty_at, told.empty_because, told.lots) == (0, NOW, "empty_now", ())


def test_half_kontor_are_never_used() -> None:
    told = foretell([lot(1, 10, 3)], pace=pace(9))  # 9 in 28 days: 0.96 in 3
    assert (told.will_use, told.will_expire) == (0, 10)


@pytest.mark.parametrize("seed", range(20))
def test_every_kontor_is_used_or_expires_and_no_more_is_used_than_the_pace_allows(seed: int) -> None:
    dice = random.Random(seed)
    lots = [lot(number, dice.randint(1, 500), dice.randint(1, 200), dice.choice([1, 100])) for number in range(1, 12)]
    going = pace(dice.choice([0, 1, 27, 300, 5000]), dice.randint(1, 28))
    told = foretell(lots, pace=going)
    assert told.will_use + told.will_expire == told.spendable == sum(one.kontor for one in lots)
    assert all(one.will_use + one.will_expire == one.kontor for one in told.lots)
    assert min(one.will_use for one in told.lots) >= 0
    assert told.will_use <= going.by(max(one.expires_at for one in lots))
    if told.empty_because == "used":
        assert going.by(told.empty_at) >= told.will_use > going.by(told.empty_at - timedelta(microseconds=1))


@pytest.mark.usefixtures("settings")
def test_the_pace_is_what_the_journal_says_was_captured_and_not_restored() -> None:
    akin = Filling.of_akin()
    akin.gift(100)
    kept, restored = new_id(), new_id()
    for charge_id, kontor in ((kept, 7), (restored, 5)):
        with tenant_session(akin.tenant_id) as session:
            charges.reserve(session, tenant_id=akin.tenant_id, charge_id=charge_id, kind="sms", kontor=kontor,
                            price_id=new_id(), at=utc_now())  # fmt: skip
            charges.capture(session, tenant_id=akin.tenant_id, charge_ids=[charge_id], at=utc_now())
    with tenant_session(akin.tenant_id) as session:
        charges.restore(session, tenant_id=akin.tenant_id, charge_ids=[restored], at=utc_now())
    with tenant_session(akin.tenant_id) as session:
        told = forecast(session, tenant_id=akin.tenant_id, at=utc_now())
    assert (told.pace.used_kontor, told.spendable) == (7, 93)
    assert told.pace.until - told.pace.since == DAY  # a wallet of today is given a day
    assert told.will_use == 93


@pytest.mark.usefixtures("settings")
def test_a_wallet_that_never_had_anything_has_a_forecast() -> None:
    akin = shop.customer()
    with tenant_session(akin) as session:
        told = forecast(session, tenant_id=akin, at=utc_now())
    assert (told.spendable, told.pace.used_kontor, told.empty_because) == (0, 0, "empty_now")
