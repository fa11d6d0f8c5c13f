"""Who has not answered a commercial invoice is told two days before day 8 ends and on the last day, once each."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import pytest

from ebelge.core.clock import ISTANBUL, istanbul_date
from ebelge.core.db import tenant_session
from ebelge.documents.incoming.models import IncomingDocument
from ebelge.jobs import answer_reminders
from tests.incoming.conftest import Gib


@pytest.fixture
def came(gib: Gib) -> Any:
    """A TİCARİ invoice that came to Bora, and beside it a TEMEL one, which nobody answers."""
    zarf = gib.zarf(gib.document(profile="TICARIFATURA"), gib.document(profile="TEMELFATURA"))
    assert gib.receive(zarf).code == 1200
    return next(one for one in gib.documents(zarf.instance_id) if one.profile == "TICARIFATURA")


def letters(gib: Gib, number: str) -> list[tuple[bool, str]]:
    rows = gib.rows(
        "SELECT facts FROM letter WHERE tenant_id = :id AND kind = 'answer_due' ORDER BY letter_id", id=gib.bora
    )
    return [(facts["last"], facts["day"]) for (facts,) in rows if number in [one["number"] for one in facts["named"]]]


def test_two_days_before_and_on_the_last_day_once_each(gib: Gib, came: Any) -> None:
    last = istanbul_date(came.received_at) + timedelta(days=8)

    def remind(days_before: int, hour: int) -> list[tuple[bool, str]]:
        answer_reminders.remind(datetime.combine(last - timedelta(days=days_before), time(hour), ISTANBUL))
        return letters(gib, came.number)

    early, final = (False, last.isoformat()), (True, last.isoformat())
    assert remind(3, 12) == []
    assert remind(2, 8) == []  # not at night
    assert remind(2, 9) == remind(2, 15) == remind(1, 10) == [early]
    assert remind(0, 9) == remind(0, 23) == [early, final]
    assert remind(-1, 12) == [early, final]


def test_what_was_answered_is_not_asked_for(gib: Gib, came: Any) -> None:
    with tenant_session(gib.bora) as session:
        row = session.get_one(IncomingDocument, (gib.bora, came.document_id))
        row.answer, row.answered_at = "accepted", came.received_at
    last = istanbul_date(came.received_at) + timedelta(days=8)
    answer_reminders.remind(datetime.combine(last, time(12), ISTANBUL))
    assert letters(gib, came.number) == []


def test_the_last_day_is_the_same_however_its_end_is_written() -> None:
    day = datetime(2026, 3, 10, tzinfo=ISTANBUL)
    assert answer_reminders.last_day(day).day == 9
    assert answer_reminders.last_day(day - timedelta(seconds=1)).day == 9
