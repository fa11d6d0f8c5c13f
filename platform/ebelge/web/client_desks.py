"""One company of a person as its row on Müşterilerim: read as that company, as far as he reaches there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from billing.expiry import at_a_glance
from billing.expiry.at_a_glance import Glance
from ebelge.core.db import each, tenants_trip
from ebelge.core.transaction import Call
from ebelge.documents import waiting
from ebelge.documents.reports.states import REPORT_TEXTS
from ebelge.documents.waiting import Waiting
from tenants.members.memberships import Seat
from tenants.rights import ROLES

# So many companies' statements travel in one message.
TOGETHER: Final = 100
_SOON: Final = timedelta(days=2)
# What a company may need of the person, the most urgent first.
NEEDS: Final[dict[str, tuple[str, str]]] = {
    "answers": ("Yanıt bekleyen", "Answers due"),
    "report": ("Raporu geciken", "Report late"),
    "refused": ("Ret alan", "Refused"),
    "unsent": ("Gönderilmemiş", "Unsent"),
    "kontor": ("Kontörü az", "Low kontör"),
}
REPORTS_LEAD: Final = "/reports"


@dataclass(frozen=True)
class Desk:
    """A company and what it waits for. `waiting` and `kontor` are None where the person may not see them."""

    seat: Seat
    waiting: Waiting | None
    kontor: Glance | None
    at: datetime

    @cached_property
    def needs(self) -> tuple[str, ...]:
        """Which of `NEEDS` it has."""
        waits, kontor = self.waiting, self.kontor
        found = {
            "answers": waits is not None and waits.answers > 0,
            "report": self.report is not None and self.report[0] == "bad",
            "refused": waits is not None and waits.refused > 0,
            "unsent": waits is not None and waits.unsent > 0,
            "kontor": kontor is not None and kontor.low,
        }
        return tuple(need for need, has in found.items() if has)

    @property
    def urgency(self) -> tuple[int, float]:
        """Less is more urgent: the first of its needs, then the nearest deadline."""
        first = list(NEEDS).index(self.needs[0]) if self.needs else len(NEEDS)
        until = self.waiting.answer_until if self.waiting else None
        return first, until.timestamp() if until else float("inf")

    @property
    def soon(self) -> bool:
        """Whether an answer is due within two days."""
        until = self.waiting.answer_until if self.waiting else None
        return until is not None and until - self.at < _SOON

    @cached_property
    def report(self) -> tuple[str, tuple[str, str], datetime | None] | None:
        """Tone, words and deadline of the e-Arşiv report; None where there is none to make."""
        waits = self.waiting
        if waits is None:
            return None
        if waits.report_until is not None:
            if waits.report_until <= self.at:
                return "bad", ("Gecikti", "Late"), waits.report_until
            return "wait", ("Bekliyor", "Waits"), waits.report_until
        if not waits.report_state:
            return None
        tone = "bad" if waits.report_state == "failed" else "good"
        return tone, REPORT_TEXTS[waits.report_state], None


def read(seats: Sequence[Seat], *, at: datetime) -> list[Desk]:
    """The desks of these seats, in their order: two statements a company, a hundred companies a round trip."""
    found: list[Desk] = []
    for start in range(0, len(seats), TOGETHER):
        found += _read(seats[start : start + TOGETHER], at)
    return found


def _read(seats: Sequence[Seat], at: datetime) -> list[Desk]:
    asked: list[tuple[UUID, Call]] = []
    for seat in seats:
        if _sees_documents(seat):
            asked.append((seat.tenant_id, waiting.asked(tenant_id=seat.tenant_id, reach=seat.reach, at=at)))
        if _sees_kontor(seat):
            asked.append((seat.tenant_id, at_a_glance.asked(tenant_id=seat.tenant_id, at=at)))
    rows: list[list[Any]] = []
    if asked:
        with tenants_trip() as session:
            rows = each(session, asked)
    answers = iter(rows)
    return [
        Desk(
            seat,
            waiting.told(next(answers)) if _sees_documents(seat) else None,
            at_a_glance.told(next(answers), at=at) if _sees_kontor(seat) else None,
            at,
        )
        for seat in seats
    ]


def _sees_documents(seat: Seat) -> bool:
    return seat.kind == "customer" and "documents:read" in ROLES[seat.role]


def _sees_kontor(seat: Seat) -> bool:
    return "kontor:read" in ROLES[seat.role]
