"""Until when an answer, a request or an objection is in time: whole Turkish days, the hour of coming in ignored.

Sources: integrator duties and the notice guide (gib/FACTS 3.6, 4.6). Day 0 is the day on which the envelope came.
"""

from datetime import datetime, timedelta
from typing import Final

from ebelge.core.clock import istanbul_date, istanbul_midnight

RESPONSE_DAYS: Final = 8
RECEIPT_DAYS: Final = 7
# The issuer's side takes answers, and a cancel request or an objection may be made, until the end of this day.
ISSUER_DAYS: Final = 8


def end_of_day(came_at: datetime, days: int) -> datetime:
    """The first instant that is too late: 00:00 Istanbul after 23:59 of day `days`."""
    return istanbul_midnight(istanbul_date(came_at) + timedelta(days=days + 1))


def answer_until(came_at: datetime, *, kind: str) -> datetime:
    """Until when an incoming document may be answered: e-Fatura day 8, e-İrsaliye day 7."""
    return end_of_day(came_at, RECEIPT_DAYS if kind == "eirsaliye" else RESPONSE_DAYS)


def issuer_until(delivered_at: datetime) -> datetime:
    """Until when the issuer takes his buyer's answer, and may ask GİB's portal to cancel or object."""
    return end_of_day(delivered_at, ISSUER_DAYS)


def left_words(until: datetime, at: datetime) -> tuple[str, str]:
    """How much time is left, in the two largest units, in Turkish and English; what is over says so."""
    minutes = int((until - at).total_seconds() // 60)
    if minutes < 0 or until <= at:
        return "süre doldu", "time is over"
    units = ((minutes // 1440, "gün", "d"), (minutes // 60 % 24, "sa", "h"), (minutes % 60, "dk", "min"))
    named = [(f"{number} {tr}", f"{number} {en}") for number, tr, en in units if number][:2]
    if not named:
        return "1 dakikadan az", "less than a minute"
    return " ".join(tr for tr, _ in named), " ".join(en for _, en in named)


def last_minute(until: datetime) -> datetime:
    """The last minute in time, as people say it: 23:59."""
    return until - timedelta(minutes=1)
