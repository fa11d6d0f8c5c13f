"""Six months are calendar months in Istanbul: the last day is whole, the next midnight is too late."""

from datetime import UTC, date, datetime, timedelta

import pytest

from billing.ledger.errors import InsufficientKontor
from ebelge.core.clock import istanbul_midnight, kontor_expiry


@pytest.mark.parametrize(
    ("credited", "last_day"),
    [
        ("2026-08-31T10:00+03:00", date(2027, 2, 28)),
        ("2027-08-31T10:00+03:00", date(2028, 2, 29)),  # a leap year
        ("2026-08-28T10:00+03:00", date(2027, 2, 28)),
        ("2026-12-31T23:59+03:00", date(2027, 6, 30)),
        ("2026-12-31T21:30+00:00", date(2027, 7, 1)),  # already New Year in Istanbul
        ("2027-02-28T12:00+03:00", date(2027, 8, 28)),
        ("2028-02-29T12:00+03:00", date(2028, 8, 29)),
        ("2026-11-23T00:00+03:00", date(2027, 5, 23)),
    ],
)
def test_kontor_is_spendable_until_istanbul_midnight(world, credited: str, last_day: date) -> None:
    world.now = datetime.fromisoformat(credited).astimezone(UTC)
    until = kontor_expiry(world.now)
    assert until == istanbul_midnight(last_day + timedelta(days=1))
    akin = world.wallet(2, until=until)
    world.now = until - timedelta(seconds=1)
    world.reserve(akin, 1)
    world.now = until
    with pytest.raises(InsufficientKontor):
        world.reserve(akin, 1)


def test_unused_kontor_carry_over_the_month(world) -> None:
    world.now = datetime(2027, 1, 31, 20, tzinfo=UTC)
    akin = world.wallet(3, until=kontor_expiry(world.now))
    world.now = datetime(2027, 2, 1, 0, tzinfo=UTC)
    world.reserve(akin, 3)
