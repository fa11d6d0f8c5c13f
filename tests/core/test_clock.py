"""Months, days and midnights as the trade counts them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebelge.core.clock import ISTANBUL, add_months, istanbul_date, istanbul_day, kontor_expiry, micros


@pytest.mark.parametrize(
    ("credited", "first_unusable"),
    [
        ("2026-08-31", "2027-03-01"),  # 28 February is still usable
        ("2027-08-31", "2028-03-01"),  # 29 February is still usable
        ("2026-02-28", "2026-08-29"),
        ("2026-12-31", "2027-07-01"),
        ("2026-05-23", "2026-11-24"),
    ],
)
def test_kontor_lasts_six_calendar_months_and_the_last_day_is_whole(credited, first_unusable):
    noon = datetime.fromisoformat(f"{credited}T12:00:00").replace(tzinfo=ISTANBUL)
    midnight = datetime.fromisoformat(f"{first_unusable}T00:00:00").replace(tzinfo=ISTANBUL)
    assert kontor_expiry(noon) == midnight


def test_the_day_is_istanbuls_not_utcs():
    just_before = datetime(2026, 8, 14, 20, 59, 59, tzinfo=UTC)  # 23:59:59 in Istanbul
    assert istanbul_date(just_before) == date(2026, 8, 14)
    assert istanbul_date(just_before + timedelta(seconds=1)) == date(2026, 8, 15)
    assert kontor_expiry(just_before) != kontor_expiry(just_before + timedelta(seconds=1))


@given(st.dates(date(2005, 1, 1), date(2090, 1, 1)), st.integers(0, 48))
def test_months_are_clipped_never_carried_over(day, months):
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day <= day.day
    assert later.day == day.day or (later + timedelta(days=1)).month != later.month


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)))
def test_days_join_without_gap_even_when_the_clocks_changed(day):
    assert istanbul_day(day)[1] == istanbul_day(day + timedelta(days=1))[0]


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))
def test_microseconds_are_exact(instant):
    assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros(instant)) == instant
