"""A commercial invoice comes to its buyer, who rejects it; the sender reads so, and why."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from ebelge.devstack.companies import BORA_AS
from tests.browser import steps
from tests.browser.chrome import Window
from tests.browser.people import BUYER, OWNER
from tests.browser.steps import Said

WHY = "Sipariş edilmeyen mal & eksik miktar"
pytestmark = [pytest.mark.slow, pytest.mark.rounds, pytest.mark.parametrize("language", ["tr", "en"])]


def test_a_buyer_rejects_a_commercial_invoice_and_its_sender_reads_why(
    language: str, window: Callable[..., Window]
) -> None:
    said, goods = Said(language), f"Kompresör {secrets.token_hex(3)}"
    seller, buyer = window(OWNER, language=language), window(BUYER, language=language)
    for one in (seller, buyer):
        steps.speaks(one, said)
        steps.accept_texts(one)
    page = seller.page
    steps.enter(page, "/documents/new")
    _invoices_bora(page, goods)
    number, sent = page.inner_text("h1"), page.url
    expect(page.locator(".standing")).to_contain_text(said("yanıt", "answer"))

    bora = buyer.page
    steps.enter(bora, "/incoming")
    steps.until(bora, number)
    row = bora.locator("tr[data-href]", has_text=number)
    expect(row).to_contain_text(said("Yanıtınız bekleniyor", "Awaits your answer"))
    row.get_by_role("link", name=number).click()
    expect(bora.frame_locator("iframe.paper").locator("body")).to_contain_text(goods)
    steps.accessible(bora)
    _rejects(bora, said)
    steps.until(bora, said("karşı tarafa ulaştı", "delivered"))
    expect(bora.locator("#answer form")).to_have_count(0)  # once, and for good

    page.goto(sent)
    words = steps.until(page, said("Alıcı reddetti; belge hükümsüz", "The buyer rejected it; it has no effect"))
    assert WHY in words
    steps.accessible(page)
    steps.enter(page, "/documents")
    expect(page.locator("tr[data-href]", has_text=number)).to_contain_text(said("Ret", "Rejected"))


def _invoices_bora(page: Page, goods: str) -> None:
    """Typing the VKN fills in who it is; the rest is a line, and the profile that lets the buyer say no."""
    page.fill("[name='buyer.number']", BORA_AS.party.vkn_tckn)
    expect(page.locator("[name='buyer.name']")).to_have_value(re.compile("Bora"))
    expect(page.locator("#known")).to_contain_text("e-Fatura")
    where = {"buyer.city": BORA_AS.party.city, "buyer.district": BORA_AS.party.district}
    missing = {name: value for name, value in where.items() if not page.input_value(f"[name='{name}']")}
    steps.fill(page, missing | {"lines[0].name": goods, "lines[0].quantity": "3", "lines[0].unit_price": "1.250,50"})
    page.locator("summary", has_text=re.compile("Senaryo|Profile")).click()
    page.select_option("[name=profile]", "TICARIFATURA")  # the form is reckoned anew by it
    expect(page.locator("#live")).to_contain_text("4.501,80")
    steps.send(page)


def _rejects(page: Page, said: Said) -> None:
    """No without a reason is told so; no with a reason is asked about once more."""
    no = page.get_by_role("button", name=said("Reddedin", "Reject"), exact=True)
    sure = page.get_by_role("button", name=said("Evet, yapın", "Yes, do it"))
    no.click()
    sure.click()
    expect(page.locator("main")).to_contain_text(said("ret ve iade için neden yazın", "say why"))
    page.fill("#answer-reason", WHY)
    no.click()
    expect(page.locator("#ask-words")).to_have_text(
        said("Fatura reddedilir. Bu geri alınamaz.", "The invoice is rejected. That cannot be undone.")
    )
    sure.click()
    expect(page.locator(".standing")).to_contain_text(re.compile("redde|Ret|reject", re.IGNORECASE))
