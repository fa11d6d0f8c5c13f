"""Numbers: gapless per series and year, dates that never go backwards, open numbers first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from ebelge.core.clock import ISTANBUL
from ebelge.core.db import tenant_session
from ebelge.core.errors import NotFound
from ebelge.documents import withdraw
from ebelge.documents.facts import SeriesFacts
from ebelge.documents.numbers import numbering, series
from ebelge.documents.numbers.numbering import IssueDateGoesBack, Wanted
from ebelge.documents.submit import Submission
from ebelge.ubl.errors import InvalidDocument


def take(world: Any, prefix: str, days: list[date], *, serials: list[int] | None = None) -> list[str]:
    """Numbers for documents of these days (of one year), in the series with these letters."""
    facts = next(one for one in world.facts().series if one.prefix == prefix)
    given = serials or [None] * len(days)
    wanted = [Wanted(uuid4(), day, serial) for day, serial in zip(days, given, strict=True)]
    with tenant_session(world.akin) as session:
        taken = numbering.take(
            session, tenant_id=world.akin, series=facts, year=days[0].year, wanted=wanted, at=world.at
        )
    return [one.number for one in taken]


def enter(world: Any, *documents: tuple[int, date], prefix: str = "ERP") -> None:
    """Documents of an erp series with these serials and days."""
    for serial, day in documents:
        world.send(Submission(draft=world.draft(number=f"{prefix}{day.year}{serial:09d}", issue_date=day.isoformat())))


def test_numbers_follow_each_other(world: Any) -> None:
    assert take(world, "AKF", [date(2026, 3, 1)] * 3) == ["AKF2026000000001", "AKF2026000000002", "AKF2026000000003"]
    assert take(world, "AKF", [date(2026, 3, 1)]) == ["AKF2026000000004"]


def test_a_series_begins_after_what_was_used_elsewhere(world: Any) -> None:
    world.series("efatura", "NEW", year=2026, last_used=1042)

    assert take(world, "NEW", [date(2026, 3, 1)]) == ["NEW2026000001043"]
    assert take(world, "NEW", [date(2027, 1, 1)]) == ["NEW2027000000001"]


def test_at_new_year_a_series_rolls_over_by_itself(world: Any) -> None:
    new_years_eve = datetime(2025, 12, 31, 23, 59, tzinfo=ISTANBUL)
    take(world, "AKF", [new_years_eve.date()] * 2)

    assert take(world, "AKF", [date(2026, 1, 1)]) == ["AKF2026000000001"]
    # A document of the old year that comes late still belongs to the old year.
    assert take(world, "AKF", [new_years_eve.date()]) == ["AKF2025000000003"]


def test_within_a_bulk_earlier_days_get_lower_numbers(world: Any) -> None:
    days = [date(2026, 3, 3), date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 1)]

    assert [number[-1] for number in take(world, "AKF", days)] == ["4", "1", "3", "2"]


def test_the_date_never_goes_backwards(world: Any) -> None:
    take(world, "AKF", [date(2026, 3, 5)])

    with pytest.raises(IssueDateGoesBack):
        take(world, "AKF", [date(2026, 3, 6), date(2026, 3, 4)])
    assert take(world, "AKF", [date(2026, 3, 5)]) == ["AKF2026000000002"]


def test_a_withdrawn_number_is_used_first(world: Any) -> None:
    first, second, third = (world.send(Submission(draft=world.draft(n=n)))[0] for n in (1, 2, 3))
    with tenant_session(world.akin) as session:
        withdraw.withdraw(session, tenant_id=world.akin, document_id=second.document_id, at=world.at)

    fourth, fifth = world.send(Submission(draft=world.draft(n=4)), Submission(draft=world.draft(n=5)))

    assert (fourth.number, fifth.serial) == (second.number, third.serial + 1)
    assert world.rows("SELECT serial, taken_by FROM open_number") == [(2, fourth.document_id)]
    assert first.serial == 1


def test_a_number_that_is_given_back_twice_is_open_again(world: Any) -> None:
    for _ in range(2):
        (document,) = world.send(Submission(draft=world.draft()))
        with tenant_session(world.akin) as session:
            withdraw.withdraw(session, tenant_id=world.akin, document_id=document.document_id, at=world.at)

    assert world.rows("SELECT serial, document_id, taken_at FROM open_number") == [(1, document.document_id, None)]
    assert world.spendable() == 100


def test_a_full_series_says_so(world: Any) -> None:
    world.series("efatura", "FUL", year=2026, last_used=999_999_997)
    take(world, "FUL", [date(2026, 3, 1)])

    with pytest.raises(numbering.SeriesIsFull):
        take(world, "FUL", [date(2026, 3, 1)] * 2)
    assert take(world, "FUL", [date(2026, 3, 1)]) == ["FUL2026999999999"]


def test_an_erp_series_takes_the_number_in_the_document(world: Any) -> None:
    world.series("efatura", "ERP", owner="erp")
    (document,) = world.send(Submission(draft=world.draft(number=f"ERP{world.today.year}000000041")))

    assert (document.number, document.serial) == (f"ERP{world.today.year}000000041", 41)
    ((source,),) = world.rows("SELECT source FROM document_source")
    assert document.number.encode() in bytes(source)


def test_an_erp_series_wants_a_number(world: Any) -> None:
    world.series("efatura", "ERP", owner="erp")

    with pytest.raises(InvalidDocument) as caught:
        world.send(Submission(draft=world.draft(series="ERP")))

    assert [finding.rule for finding in caught.value.findings] == ["EB-NUMBER-MISSING"]


def test_erp_numbers_may_come_out_of_order_if_their_dates_do_not(world: Any) -> None:
    world.series("efatura", "ERP", owner="erp")
    day = world.today - timedelta(days=5)
    enter(world, (10, day), (30, day + timedelta(days=4)))

    enter(world, (20, day + timedelta(days=2)))
    with pytest.raises(IssueDateGoesBack):
        enter(world, (15, day + timedelta(days=3)))
    with pytest.raises(IssueDateGoesBack):
        enter(world, (31, day + timedelta(days=3)))
    with pytest.raises(IssueDateGoesBack):
        enter(world, (9, day + timedelta(days=1)))


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"number": "AKA{year}000000001"}, "EB-SERIES-KIND"),
        ({"number": "XYZ{year}000000001"}, "EB-SERIES"),
        ({"series": "XYZ"}, "EB-SERIES"),
        ({"series": "AKA"}, "EB-SERIES-KIND"),
        ({"series": "AKF", "number": "ERP{year}000000001"}, "EB-NUMBER-SERIES"),
        ({"number": "ERP2019000000001"}, "EB-NUMBER-YEAR"),
    ],
)
def test_series_and_number_must_fit(world: Any, changes: dict[str, str], rule: str) -> None:
    world.series("efatura", "ERP", owner="erp")
    filled = {name: text.format(year=world.today.year) for name, text in changes.items()}

    with pytest.raises(InvalidDocument) as caught:
        world.send(Submission(draft=world.draft(**filled)))

    assert [finding.rule for finding in caught.value.findings] == [rule]


def test_xml_with_the_placeholder_number_is_numbered_by_us(world: Any) -> None:
    xml = world.xml("efatura")
    assert f"AKF{world.today.year}000000000".encode() in xml

    (document,) = world.send(Submission(xml=xml))

    assert document.serial == 1


def test_a_document_dated_long_ago_warns(world: Any) -> None:
    day = world.today - timedelta(days=8)
    if day.year != world.today.year:
        pytest.skip("the first week of a year")

    checked = world.check(Submission(draft=world.draft(issue_date=day.isoformat())))

    assert [finding.rule for finding in checked.warnings] == ["EB-LATE"]


def test_no_two_kinds_share_a_series(world: Any) -> None:
    with pytest.raises(series.SeriesExists):
        world.series("earsiv", "AKF")
    with pytest.raises(series.SeriesExists):
        world.series("efatura", "AKF", internet=True)


@pytest.mark.parametrize(
    "settings",
    [
        {"kind": "efatura", "prefix": "AŞK"},
        {"kind": "efatura", "prefix": "abc"},
        {"kind": "efatura", "prefix": "ABCD"},
        {"kind": "edefter", "prefix": "ABC"},
        {"kind": "eirsaliye", "prefix": "ABC", "internet": True},
        {"kind": "efatura", "prefix": "ABC", "last_used": 5},
        {"kind": "efatura", "prefix": "ABC", "last_used": 999_999_999, "year": 2026},
    ],
)
def test_a_series_that_cannot_be(world: Any, settings: dict[str, Any]) -> None:
    with pytest.raises(series.InvalidSeries):
        world.series(settings.pop("kind"), settings.pop("prefix"), **settings)


def test_the_first_series_of_a_kind_is_its_default_and_another_can_take_over(world: Any) -> None:
    second = world.series("efatura", "AK2")
    web = world.series("efatura", "WEB", internet=True)
    defaults = {(one.kind, one.internet): one.series_id for one in world.facts().series if one.is_default}
    assert defaults[("efatura", True)] == web
    assert defaults[("efatura", False)] != second

    with tenant_session(world.akin) as session:
        series.make_default(session, tenant_id=world.akin, series_id=second)

    assert world.send(Submission(draft=world.draft()))[0].number[:3] == "AK2"
    with tenant_session(world.akin) as session:
        series.retire(session, tenant_id=world.akin, series_id=second)
    with pytest.raises(InvalidDocument):
        world.send(Submission(draft=world.draft(series="AK2")))


def test_another_tenants_series_does_not_exist(world: Any) -> None:
    theirs = world.series("efatura", "THE", tenant=world.bora)

    with pytest.raises(NotFound), tenant_session(world.akin) as session:
        series.make_default(session, tenant_id=world.akin, series_id=theirs)


def test_the_gap_report_tells_open_numbers_and_why(world: Any) -> None:
    world.send(*(Submission(draft=world.draft(n=n)) for n in range(1, 5)))
    documents = dict(world.rows("SELECT serial, document_id FROM document"))
    with tenant_session(world.akin) as session:
        for serial in (2, 3):
            withdraw.withdraw(session, tenant_id=world.akin, document_id=documents[serial], at=world.at)
    facts: SeriesFacts = next(one for one in world.facts().series if one.prefix == "AKF")

    with tenant_session(world.akin) as session:
        report = series.report(session, tenant_id=world.akin, series_id=facts.series_id, year=world.today.year)

    assert (report.first_serial, report.last_serial) == (1, 4)
    assert [(one.serial, one.reason, one.document_id) for one in report.open_numbers] == [
        (2, "withdrawn", documents[2]),
        (3, "withdrawn", documents[3]),
    ]


def test_the_gap_report_of_an_erp_series_tells_what_never_came(world: Any) -> None:
    erp = world.series("efatura", "ERP", owner="erp", year=world.today.year, last_used=38)
    enter(world, (41, world.today), (44, world.today))

    with tenant_session(world.akin) as session:
        report = series.report(session, tenant_id=world.akin, series_id=erp, year=world.today.year)

    assert [(one.serial, one.reason) for one in report.open_numbers] == [
        (39, "not_received"), (40, "not_received"), (42, "not_received"), (43, "not_received"),
    ]  # fmt: skip


def test_a_bulk_of_a_thousand_takes_its_numbers_in_one_step(world: Any) -> None:
    one = world.check(Submission(draft=world.draft("earsiv")))
    batch = [replace(one, ettn=uuid4()) for _ in range(100)]

    documents = world.accept(world.facts(), batch)

    assert [document.serial for document in documents] == list(range(1, 101))
    assert [document.ettn for document in documents] == [one.ettn for one in batch]
    stored = world.rows(
        "SELECT d.number, x.source FROM document d JOIN document_source x USING (tenant_id, document_id)"
    )
    assert all(f">{number}</cbc:ID>".encode() in bytes(source) for number, source in stored)
    assert len(stored) == len(world.rows("SELECT 1 FROM outbox_message")) == 100
