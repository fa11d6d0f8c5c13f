"""Notices before kontör expires: each step once per lot, the nearest after days without a clock, nothing needless."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from billing.expiry import notices
from billing.expiry.notices import Ending, step_of
from billing.ledger import lots
from ebelge.core.clock import istanbul_date, istanbul_midnight, utc_now
from ebelge.core.db import tenant_session
from ebelge.core.ids import new_id
from ebelge.jobs import drawing, pooling, upkeep
from tests.orders import shop

pytestmark = pytest.mark.usefixtures("settings")


def midnight(days: int) -> datetime:
    return istanbul_midnight(istanbul_date(utc_now()) + timedelta(days=days))


def granted(tenant_id: UUID, kontor: int = 10, *, days: int = 100) -> UUID:
    lot_id = new_id()
    with tenant_session(tenant_id) as session:
        lots.grant(
            session, tenant_id=tenant_id, source="opening", source_id=new_id(), kontor=kontor, net_price_kurus=0,
            expires_at=midnight(days), at=utc_now(), lot_id=lot_id,
        )  # fmt: skip
    return lot_id


def take(tenant_id: UUID, *, on_day: int) -> list[tuple[UUID, int]]:
    """What is told at 09:00 Istanbul of the day so many days from now."""
    with tenant_session(tenant_id) as session:
        found = notices.take(session, tenant_id=tenant_id, at=midnight(on_day) + timedelta(hours=9))
    return [(one.lot_id, one.days) for one in found]


def test_a_lot_is_told_of_at_thirty_fourteen_seven_and_one_days_once_each() -> None:
    akin = shop.customer()
    lot = granted(akin, days=100)
    told = {day: take(akin, on_day=day) for day in range(60, 100)}
    assert {day: found for day, found in told.items() if found} == {
        70: [(lot, 30)], 86: [(lot, 14)], 93: [(lot, 7)], 99: [(lot, 1)]
    }  # fmt: skip


def test_after_days_without_a_clock_only_the_nearest_step_is_told() -> None:
    akin = shop.customer()
    lot = granted(akin, days=100)
    assert (take(akin, on_day=95), take(akin, on_day=95), take(akin, on_day=99)) == ([(lot, 7)], [], [(lot, 1)])


def test_the_last_step_is_the_last_day_and_not_the_day_after() -> None:
    end = midnight(10)
    assert step_of(end, at=end - timedelta(seconds=1)) == 1
    assert step_of(end, at=end - timedelta(days=1)) == 1
    assert step_of(end, at=end - timedelta(days=1, seconds=1)) == 7
    assert step_of(end, at=end - timedelta(days=30)) == 30
    assert step_of(end, at=end - timedelta(days=30, seconds=1)) is None


def test_a_lot_that_came_after_a_step_is_not_told_of_it() -> None:
    akin = shop.customer()
    lot = granted(akin, days=10)
    assert take(akin, on_day=0) == []
    assert take(akin, on_day=3) == [(lot, 7)]


def test_frozen_and_empty_lots_sandboxes_and_closed_accounts_are_not_told_of() -> None:
    akin = shop.customer()
    frozen, closed = granted(akin, days=40), shop.customer("Bora A.Ş.")
    granted(closed, days=40)
    sandbox = shop.customer(sandbox=True)
    granted(sandbox, days=40)
    with tenant_session(akin) as session:
        lots.freeze(session, tenant_id=akin, lot_id=frozen, reason="dispute", at=utc_now())
    shop.set_state(closed, "closed")
    assert (take(akin, on_day=39), take(closed, on_day=39), take(sandbox, on_day=39)) == ([], [], [])


def test_several_lots_are_one_letter_and_none_is_written_twice() -> None:
    akin = shop.customer()
    granted(akin, 10, days=40)
    granted(akin, 5, days=41)
    at = midnight(33) + timedelta(hours=9)
    for _ in range(2):
        upkeep.tell_of_endings(at)
    (letter,) = shop.rows(akin, "SELECT facts FROM letter WHERE kind = 'lots_expiring'")
    assert (letter.facts["kontor"], [lot["days"] for lot in letter.facts["lots"]]) == (15, [7, 14])


def test_what_was_drawn_from_a_pool_is_the_pools_to_hear_of() -> None:
    akin, pool = shop.customer(), shop.customer("Akın Havuzu", kind="pool")
    lot = granted(pool, 10, days=40)
    pooling.offer(pool, akin, terms=pooling.Terms(block_kontor=4, monthly_cap_kontor=9), by="test")
    pooling.accept(akin, pool, by="test")
    drawing.draw(akin, needed_kontor=4)
    assert (take(akin, on_day=39), take(pool, on_day=39)) == ([], [(lot, 1)])


def test_what_is_told_is_what_is_left() -> None:
    akin = shop.customer()
    lot = granted(akin, 10, days=40)
    with tenant_session(akin) as session:
        found = notices.take(session, tenant_id=akin, at=midnight(39))
    assert found == [Ending(lot, 10, midnight(40), 1)]


def test_the_clock_looks_only_at_wallets_with_something_to_hear() -> None:
    akin = shop.customer()
    granted(akin, days=40)
    at = midnight(30) + timedelta(hours=9)
    assert upkeep.tell_of_endings(at) >= 1
    assert upkeep.tell_of_endings(at) == 0
    assert upkeep.tell_of_endings(midnight(39)) >= 1
