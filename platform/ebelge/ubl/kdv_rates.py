"""The rates of KDV by date, the usual one first. Source: Cumhurbaşkanı Kararı 7346 (in force on 10 July 2023)."""

from datetime import date
from typing import Final

_FROM: Final[tuple[tuple[date, tuple[int, ...]], ...]] = (
    (date(2023, 7, 10), (20, 10, 1, 0)),
    (date(2007, 12, 30), (18, 8, 1, 0)),
)


def rates_on(day: date) -> tuple[int, ...]:
    """The rates in force on a day, in percent, the usual one first."""
    return next((rates for begins, rates in _FROM if begins <= day), _FROM[-1][1])
