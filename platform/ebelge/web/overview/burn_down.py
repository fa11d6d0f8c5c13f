"""The burn-down: what there was each day, what there will be at this pace, and the steps of lots that expire."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from billing.expiry import forecast
from billing.expiry.forecast import Burn, Forecast, Pace
from billing.ledger import balance
from ebelge.core.clock import istanbul_date, istanbul_midnight

PAST_DAYS: Final = 28
FUTURE_MIN: Final = 28
FUTURE_MAX: Final = 190
POINTS_MAX: Final = 120
TABLE_STEP: Final = 7


@dataclass(frozen=True, slots=True)
class Point:
    """A day of the chart. `left`: what there was; `expected`: what there will be; `unused`: if no more was used."""

    day: date
    left: int | None
    expected: int | None
    unused: int | None


def points(session: Session, *, tenant_id: UUID, told: Forecast, lots: Sequence[Burn], at: datetime) -> list[Point]:
    """Days before and after `at`, as many as tell the story: until the wallet is empty, half a year at most."""
    today = istanbul_date(at)
    ahead = (max([told.empty_at, *(lot.expires_at for lot in lots)]) - at).days + 2
    future = min(max(ahead, FUTURE_MIN), FUTURE_MAX)
    step = -(-(PAST_DAYS + future) // POINTS_MAX)
    before = [today - timedelta(days=n) for n in range(PAST_DAYS, 0, -step)]
    after = [today + timedelta(days=n) for n in range(step, future + 1, step)]
    was = balance.spendable_before(session, tenant_id=tenant_id, instants=[_end(one) for one in before])
    ends = [_end(one) for one in after]
    will = forecast.course(lots, pace=told.pace, instants=ends)
    unused = forecast.course(lots, pace=Pace(0, told.pace.since, told.pace.until), instants=ends)
    return [
        *(Point(one, left, None, None) for one, left in zip(before, was, strict=True)),
        Point(today, told.spendable, told.spendable, told.spendable),
        *(Point(one, None, left, steps) for one, left, steps in zip(after, will, unused, strict=True)),
    ]


def chart(found: Sequence[Point], *, side: int) -> dict[str, Any]:
    """The same for `ui.chart`."""
    return {
        "type": "line",
        "unit": "kontör",
        "labels": [f"{one.day:%d.%m}" for one in found],
        "series": [
            {"name": ("Kalan", "Left")[side], "values": [one.left for one in found], "colour": "accent", "fill": True},
            {"name": ("Bu hızla", "At this pace")[side], "values": [one.expected for one in found], "colour": "accent",
             "dotted": True},
            {"name": ("Kullanılmazsa (süresi dolan lotlar)", "If unused (lots that expire)")[side],
             "values": [one.unused for one in found], "colour": "quiet", "stepped": True},
        ],
    }  # fmt: skip


def table(found: Sequence[Point]) -> list[Point]:
    """What the table beneath says: each week, today, and every day on which a lot expires."""
    kept, unused = [], None
    for place, one in enumerate(found):
        steps_down = unused is not None and one.unused is not None and one.unused < unused
        today = one.left is not None and one.expected is not None
        if today or steps_down or place % TABLE_STEP == 0:
            kept.append(one)
        unused = one.unused if one.unused is not None else unused
    return kept


def _end(day: date) -> datetime:
    return istanbul_midnight(day + timedelta(days=1))
