"""When a report is made, due, and asked for aloud: Turkish days at the rim, instants inside (TRADE.md 6)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from ebelge.core.clock import ISTANBUL, istanbul_midnight

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Istanbul times of the day after the issue day (settings EBELGE_EARSIV_REPORT_…)."""

    at: time = time(0, 15)
    deadline: time = time(23, 59)
    alarms: tuple[time, ...] = (time(12), time(18))

    def made_at(self, day: date) -> datetime:
        """From when on the report of an issue day is made."""
        return _instant(day, self.at)

    def due_at(self, day: date) -> datetime:
        """By when GİB must have accepted it."""
        return _instant(day, self.deadline)

    def alarms_of(self, day: date) -> Iterator[tuple[str, datetime]]:
        """Each alarm of an issue day that is not reported: its name and instant; the last is the deadline itself."""
        for one in sorted(self.alarms):
            yield one.isoformat("minutes"), _instant(day, one)
        yield "deadline", self.due_at(day)

    def last_day_to_report(self, at: datetime) -> date:
        """The latest issue day whose report is to be made at `at`."""
        yesterday = at.astimezone(ISTANBUL).date() - ONE_DAY
        return yesterday if at >= self.made_at(yesterday) else yesterday - ONE_DAY


def _instant(day: date, moment: time) -> datetime:
    return datetime.combine(day + ONE_DAY, moment, ISTANBUL)


def remaining_due(closure_date: date) -> datetime:
    """By when what is left of an account on GİB's UserTempList must be reported: 24 hours after its ClosureDate.

    Only documents issued on or before that day are. The day is whole: its documents are among them (gib/FACTS 4.4).
    """
    return istanbul_midnight(closure_date + 2 * ONE_DAY)
