"""UTC instants inside, Istanbul days at the rim; the only module that reads the clock for the domain's edge."""

import calendar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ISTANBUL = ZoneInfo("Europe/Istanbul")


def utc_now() -> datetime:
    """The present instant. Only the edge (views, jobs, commands) calls this; the domain is passed `at`."""
    return datetime.now(UTC)


def istanbul_date(instant: datetime) -> date:
    """The Turkish calendar day in which `instant` falls."""
    return instant.astimezone(ISTANBUL).date()


def istanbul_midnight(day: date) -> datetime:
    """00:00 Istanbul of `day`, as a UTC instant."""
    return datetime.combine(day, time.min, ISTANBUL).astimezone(UTC)


def istanbul_day(day: date) -> tuple[datetime, datetime]:
    """[start, end) of a Turkish calendar day, as UTC instants."""
    return istanbul_midnight(day), istanbul_midnight(day + timedelta(days=1))


def add_months(day: date, months: int) -> date:
    """`day` plus calendar months, clipped to the month's end (31 August + 6 -> 28 or 29 February)."""
    month_index = day.year * 12 + (day.month - 1) + months
    year, month = divmod(month_index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def kontor_expiry(credited_at: datetime, *, months: int = 6) -> datetime:
    """First instant at which kontör credited at `credited_at` is no longer spendable.

    00:00 Istanbul of the day after (day of crediting + `months` calendar months): the last day is whole.
    """
    last_day = add_months(istanbul_date(credited_at), months)
    return istanbul_midnight(last_day + timedelta(days=1))


def micros(instant: datetime) -> int:
    """Microseconds since 1970 as an integer: the form in which instants enter hashes."""
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
