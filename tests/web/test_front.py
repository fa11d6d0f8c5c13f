"""Pages for everybody: figures from the tables, and the state of the service as it is."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from ebelge.core.clock import add_months, istanbul_date, utc_now
from ebelge.core.db import role_session
from ebelge.documents.travel import health
from ebelge.gib import thresholds

PAGES = ("/", "/services", "/services/efatura", "/services/kep", "/faq", "/prices", "/status", "/verify", "/request")


@pytest.mark.parametrize("path", PAGES)
def test_a_visitor_reads_it_in_both_languages_without_a_script(path: str, visitor) -> None:
    for language, heading in (("tr", '<html lang="tr"'), ("en", '<html lang="en"')):
        visitor.language = language
        page = visitor.text(path)
        assert heading in page
        assert "<script" not in page
        assert page.count("<h1") == 1


def test_a_link_chooses_the_language_and_it_stays(visitor) -> None:
    assert '<html lang="tr"' in visitor.text("/faq?lang=tr")
    assert '<html lang="tr"' in visitor.text("/services")
    assert '<html lang="tr"' in visitor.text("/services?lang=klingon")


def test_figures_are_those_in_force_today(visitor) -> None:
    today, page = istanbul_date(utc_now()), visitor.text("/faq")
    for rule in ("efatura.sales", "efatura.internet_sales", "eirsaliye.sales"):
        assert f"{thresholds.at(rule, today).lira:,}".replace(",", ".") in page, rule
    assert add_months(today, 6).strftime("%d.%m.%Y") in page


def test_a_threshold_is_the_one_of_its_day() -> None:
    found = [
        thresholds.at("earsiv.invoice.small", date(2026, 12, 31)),
        thresholds.at("earsiv.invoice", date(2021, 6, 1)),
    ]
    assert [one.lira for one in found] == [3_000, 30_000]
    assert thresholds.at("earsiv.invoice.small", date(2027, 1, 1)).lira == 0
    with pytest.raises(KeyError):
        thresholds.at("eirsaliye.sales", date(2017, 12, 31))


def test_prices_on_the_front_page_are_the_catalogues(visitor) -> None:
    with role_session("reader") as session:
        kontor = session.scalar(text("SELECT max(kontor) FROM package_version WHERE upper_inf(valid)"))
    assert f"{kontor:,}".replace(",", ".") in visitor.text("/")


def test_the_state_of_the_service_says_that_gib_is_away(visitor) -> None:
    away = "GİB does not answer"  # of signing nothing is said here: what other tests sent may wait for a signer
    assert away not in visitor.text("/status")
    with role_session("app") as session:
        health.went_down(session, mode="live", detail="timeout", at=utc_now())
    try:
        page = visitor.text("/status")
        assert "A part does not work" in page
        assert away in page
        assert "timeout" not in page
    finally:
        with role_session("app") as session:
            assert health.came_back(session, mode="live", at=utc_now())
    assert away not in visitor.text("/status")
