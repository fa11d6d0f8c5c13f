"""A browser that runs no script: signing in, an invoice, its list and page, and buying work by forms and links."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from ebelge.devstack import people
from tests.browser import steps
from tests.browser.chrome import Window
from tests.browser.people import BUYER, PERSONAS, sign_in
from tests.browser.steps import Said

pytestmark = [
    pytest.mark.slow,
    pytest.mark.rounds,
    pytest.mark.timeout(600),
    pytest.mark.parametrize("language", ["tr", "en"]),
]


def test_without_scripts_forms_and_links_do_all_the_work(language: str, window: Callable[..., Window]) -> None:
    said, name = Said(language), f"Nuri Öz {secrets.token_hex(3)}"
    one = window(language=language, scripts=False)
    page = one.page
    sign_in(page, one.base_url, PERSONAS[BUYER][0], people.PASSWORD)
    expect(page.locator("html.js")).to_have_count(0)
    steps.speaks(one, said)
    steps.accept_texts(one)
    steps.enter(page, "/documents/new")
    _writes(page, said, name)
    page.click("button[name=do][value=send]")
    expect(page).to_have_url(re.compile(r"/documents/[0-9a-f-]{36}"))
    steps.until(page, steps.READY)
    number = page.inner_text("h1")

    steps.enter(page, "/documents")
    _filters(page, said, number)
    page.locator("tr[data-href]").get_by_role("link", name=number).click()
    expect(page.frame_locator("iframe.paper").locator("body")).to_contain_text(name)
    page.get_by_role("link", name="XML", exact=True).click()
    expect(page.locator("pre.xml-text")).to_contain_text("<cbc:Name>Boya</cbc:Name>")
    with page.expect_download() as came:
        page.get_by_role("link", name="PDF").first.click()
    assert came.value.suggested_filename.endswith(".pdf")
    _orders(page, said)


def _writes(page: Page, said: Said, name: str) -> None:
    """What scripts do while one types, a button does: fill in, reckon, one more line, mend."""
    page.click("button[data-set='buyer.number=11111111111']")
    expect(page.locator("[name='buyer.number']")).to_have_value("11111111111")
    steps.fill(page, {
        "buyer.name": name, "buyer.city": "Bursa", "buyer.district": "Nilüfer", "lines[0].name": "Boya",
        "lines[0].quantity": "2", "lines[0].unit_price": "100",
    })  # fmt: skip
    page.get_by_role("button", name=said("Satır ekleyin", "Add a line")).click()
    steps.fill(page, {"lines[1].name": "Fırça", "lines[1].quantity": "1", "lines[1].unit_price": "yüz"})
    page.get_by_role("button", name=said("Hesaplayın ve denetleyin", "Reckon and check")).click()
    expect(page.locator("[name='lines[1].unit_price']")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("[name='lines[0].name']")).to_have_value("Boya")
    steps.fill(page, {"lines[1].unit_price": "50"})
    page.get_by_role("button", name=said("Hesaplayın ve denetleyin", "Reckon and check")).click()
    expect(page.locator("#live .whole")).to_contain_text("300,00")
    page.get_by_role("button", name=said("Taslağı kaydedin", "Save the draft")).click()
    expect(page.locator("main")).to_contain_text(said("Taslak kaydedildi.", "The draft is saved."))
    expect(page.locator("[name='lines[1].name']")).to_have_value("Fırça")


def _filters(page: Page, said: Said, number: str) -> None:
    """A menu opens by itself, its links filter, a chip takes the filter away; one field searches."""
    menus = page.locator(".list-menus details.menu")
    menus.filter(has_text="e-İrsaliye").locator("summary").click()
    menus.filter(has_text="e-İrsaliye").get_by_role("link", name="e-İrsaliye").click()
    expect(page.get_by_role("link", name=number)).to_have_count(0)
    menus.filter(has_text="e-İrsaliye").locator("summary").click()
    menus.filter(has_text="e-İrsaliye").get_by_role("link", name=re.compile("e-Arşiv")).click()
    expect(page.get_by_role("link", name=number)).to_have_count(1)
    page.fill("#list-q", number)
    page.get_by_role("button", name=said("Arayın", "Search")).click()
    expect(page.locator("tr[data-href]")).to_have_count(1)


def _orders(page: Page, said: Said) -> None:
    """Kontör are ordered by transfer, and the order is called off again."""
    page.click(".pill")
    page.get_by_role("link", name=said("Kontör alın", "Buy kontör")).first.click()
    page.locator("input[name=package]").first.check()
    page.check("input[name=way][value=bank]")
    page.check("input[name=terms]")
    page.locator("form.buy-form").get_by_role("button", name=said("Satın alın", "Buy")).click()
    expect(page.locator("main")).to_contain_text(said("Havale bilgileri", "Transfer details"))
    page.get_by_role("button", name=said("Siparişi iptal edin", "Call the order off")).click()
    expect(page.locator("main")).to_contain_text(said("Sipariş iptal edildi.", "The order was called off."))
