"""Packages on sale, the statement and its sheet, usage: as an account sees its own, and nobody else's."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import openpyxl
import pytest

from billing.ledger import balance
from billing.statements import statement
from ebelge.core.clock import istanbul_date, utc_now


@pytest.fixture(autouse=True)
def _final_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the seed world did a moment ago counts as final: nothing else writes here."""
    for module in (balance, statement):
        monkeypatch.setattr(module, "SETTLED_AFTER", timedelta(0))


@pytest.fixture
def akin(caller):
    return caller("akin")


def _month() -> str:
    return f"{istanbul_date(utc_now()):%Y-%m}"


def test_packages_are_shown_with_kdv_and_gross_cheapest_first(akin) -> None:
    items = akin.get("/packages").get_json()["items"]
    assert [one["code"] for one in items] == ["baslangic-100", "standart-1000", "kurumsal-5000", "yuksek-25000"]
    first = items[0]
    assert (first["net"]["amount_kurus"], first["kdv"]["amount_kurus"], first["gross"]["amount_kurus"]) == (
        12_500, 2_500, 15_000,
    )  # fmt: skip
    assert (first["kdv_percent"], first["validity_months"], first["bonus_kontor"]) == (20, 6, 0)


def test_the_statement_of_a_month_leads_from_opening_to_closing(akin) -> None:
    items, cursor = [], ""
    while True:
        page = akin.get(f"/statement?month={_month()}&limit=2{cursor}").get_json()
        items += page["items"]
        assert page["opening"]["available"] == 0
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert [line["version"] for line in items] == list(range(1, page["closing"]["version"] + 1))
    assert sum(line["change"] for line in items) == page["closing"]["available"] > 0


def test_a_month_to_come_and_a_wrong_month_are_refused(akin, assert_problem) -> None:
    assert_problem(akin.get("/statement?month=2099-01"), 400, "invalid_request")
    assert_problem(akin.get("/statement?month=2026-13"), 400, "invalid_request")
    assert_problem(akin.get("/statement"), 400, "invalid_request")


def test_the_sheet_opens_and_has_the_same_closing(akin) -> None:
    answer = akin.get(f"/statement/sheet?month={_month()}&form=csv")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="kontor-{_month()}.csv"'
    rows = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig")), delimiter=";"))
    closing = akin.get(f"/statement?month={_month()}&limit=1").get_json()["closing"]
    last = next(row for row in rows if len(row) > 7 and row[2] in ("Closing", "Kapanış"))
    assert last[7] == str(closing["available"])
    book = openpyxl.load_workbook(io.BytesIO(akin.get(f"/statement/sheet?month={_month()}").get_data()))
    assert book.active.title == _month()


@pytest.mark.parametrize("by", ["day", "kind", "user", "api_key"])
def test_usage_adds_up_however_it_is_told_apart(akin, by: str) -> None:
    today = istanbul_date(utc_now())
    answer = akin.get(f"/usage?from={today}&to={today}&by={by}").get_json()
    assert answer["kontor"] == sum(one["kontor"] for one in answer["items"])


def test_usage_is_bounded_to_a_year_and_in_order(akin, assert_problem) -> None:
    assert_problem(akin.get("/usage?from=2024-01-01&to=2026-01-01"), 400, "invalid_request")
    assert_problem(akin.get("/usage?from=2026-02-01&to=2026-01-01"), 400, "invalid_request")
    assert_problem(akin.get("/usage?from=2026-02-01&to=2026-03-01&by=buyer"), 400, "invalid_request")


def test_another_account_sees_only_its_own(akin, caller) -> None:
    bora = caller("bora")
    mine, others = (one.get(f"/statement?month={_month()}").get_json()["items"] for one in (akin, bora))
    assert mine
    assert others
    assert {line["lot_id"] for line in mine}.isdisjoint({line["lot_id"] for line in others})
