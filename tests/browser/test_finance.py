"""A transfer comes without its order's number: finance sees why it waits, puts it right, and the break is gone."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from ebelge.core.clock import istanbul_date, utc_now
from ebelge.devstack.companies import BORA_AS
from tests.browser import steps
from tests.browser.chrome import Window
from tests.browser.people import BUYER, FINANCE
from tests.browser.steps import Said

# After this many days a line that nobody decided is a break.
DAYS_BACK = 5
COMPARED_WITHIN_S = 90.0
pytestmark = [pytest.mark.slow, pytest.mark.rounds, pytest.mark.parametrize("language", ["tr", "en"])]


def test_finance_finds_why_a_transfer_waits_and_clears_the_break(language: str, window: Callable[..., Window]) -> None:
    said, sender = Said(language), f"Bora Tahsilat {secrets.token_hex(3)}"
    customer, desk = window(BUYER, language=language), window(FINANCE, language=language)
    steps.speaks(customer, said)
    page = steps.accept_texts(customer)
    steps.enter(page, "/kontor")
    reference, amount = _orders_by_transfer(page, said)
    kontor = _pill(customer.page)

    page = steps.speaks(desk, said)
    _imports(page, said, sender, amount)
    steps.enter(page, "/finance")
    _compares(page, said)
    waits = page.locator(
        "tr[data-href]", has_text=said("Karar bekleyen banka hareketi", "A bank line waits for a decision")
    )
    expect(waits.first).to_contain_text(said("Açıklamada sipariş numarası yok", "No order number in the text"))
    steps.accessible(page)

    _opens_the_break_of(page, said, sender)  # the first click: what and since when, the suspected cause, both sides
    broken = page.url
    expect(page.locator("main")).to_contain_text(said("Açıklamada sipariş numarası yok", "No order number in the text"))
    steps.accessible(page)
    page.get_by_role("link", name=sender).click()  # the second: the line itself, and what it may be for
    expect(page.locator("main")).to_contain_text("kontor odemesi")
    mine = page.locator("ul.rows li", has_text=reference)
    expect(mine).to_contain_text("%")
    steps.accessible(page)
    mine.get_by_role("link", name=reference).click()  # the third: the order that it pays
    expect(page.locator("h1")).to_contain_text(reference)

    page.go_back()
    mine.get_by_role("button", name=said("Bu siparişe yazın", "Put it to this")).click()
    page.get_by_role("button", name=said("Evet, yapın", "Yes, do it")).click()
    expect(page.locator("main")).to_contain_text(said("Kaydedildi.", "It is done."))
    steps.enter(page, "/finance")
    _compares(page, said)
    page.goto(broken)
    ended = page.locator("dl.facts").first
    expect(ended).to_contain_text(said("kapatıldı", "resolved"))
    expect(ended).to_contain_text(said("karşılaştırma artık görmedi", "comparison no longer saw it"))

    customer.page.reload()
    steps.until(customer.page, said("100 kontör yüklendi", "100 kontör were credited"))
    assert _pill(customer.page) > kontor


def _orders_by_transfer(page: Page, said: Said) -> tuple[str, str]:
    """The customer orders a package and gets the details of the transfer: reference and amount."""
    page.get_by_role("link", name=said("Kontör alın", "Buy kontör")).first.click()
    page.locator("input[name=package]").first.check()
    page.check("input[name=way][value=bank]")
    page.check("input[name=terms]")
    page.locator("form.buy-form").get_by_role("button", name=said("Satın alın", "Buy")).click()
    facts = page.locator(
        "section.sheet", has=page.get_by_role("heading", name=said("Havale bilgileri", "Transfer details"))
    )
    reference = facts.locator("dd").first.locator("[data-copy]").get_attribute("data-copy")
    assert reference
    return reference, facts.locator("dd").nth(1).inner_text().replace("₺", "").strip()


def _imports(page: Page, said: Said, sender: str, amount: str) -> None:
    """The bank's statement: the amount of the order, days ago, and not a word of the order."""
    day = istanbul_date(utc_now()) - timedelta(days=DAYS_BACK)
    rows = (
        "Tarih;Açıklama;Tutar;Gönderen;Gönderen VKN;Dekont No",
        f"{day:%d.%m.%Y};kontor odemesi;{amount};{sender};{BORA_AS.party.vkn_tckn};D{secrets.token_hex(5)}",
    )
    steps.enter(page, "/finance/bank")
    file = {"name": "hesap.csv", "mimeType": "text/csv", "buffer": "\n".join(rows).encode()}
    page.set_input_files("input[name=file]", file)
    page.get_by_role("button", name=said("Yükleyin", "Import")).click()
    done = said("Kendiliğinden eşleşen satır yok", "No line was matched by itself")
    expect(page.locator("main")).to_contain_text(done, timeout=steps.WITHIN_S * 1000)  # a worker reads it


def _compares(page: Page, said: Said) -> None:
    """Have everything compared, and wait by the page's own progress until it has ended."""
    before = page.locator("details tbody tr").count()
    page.get_by_role("button", name=said("Şimdi karşılaştırın", "Compare now")).click()
    deadline = time.monotonic() + COMPARED_WITHIN_S
    button = page.get_by_role("button", name=said("Şimdi karşılaştırın", "Compare now"))
    while not (button.is_enabled() and (before >= 10 or page.locator("details tbody tr").count() > before)):
        assert time.monotonic() < deadline, page.inner_text("main")[:800]
        page.wait_for_timeout(300)


def _opens_the_break_of(page: Page, said: Said, sender: str) -> None:
    """The newest break in the queue about our line; others of its kind may be open."""
    rows = page.locator(
        "tr[data-href]", has_text=said("Karar bekleyen banka hareketi", "A bank line waits for a decision")
    )
    for row in rows.all():
        row.locator("a").first.click()
        if page.get_by_role("link", name=sender).count():
            return
        page.go_back()
    raise AssertionError(page.inner_text("main")[:1500])


def _pill(page: Page) -> int:
    return int(re.sub(r"\D", "", page.locator(".pill").inner_text()))
