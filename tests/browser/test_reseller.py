"""A reseller brings a customer and passes kontör on; the customer's owner joins by mail and finds them there."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from ebelge.ubl.examples import vkn
from tests.browser import steps
from tests.browser.chrome import Window
from tests.browser.people import RESELLER
from tests.browser.stack import Stack
from tests.browser.steps import Said

KONTOR = 40
_numbers = itertools.count(int(time.time()) % 40_000_000 + 10_000_000)
pytestmark = [pytest.mark.slow, pytest.mark.rounds, pytest.mark.parametrize("language", ["tr", "en"])]


def test_a_reseller_onboards_a_customer_and_passes_kontor_on(
    language: str, window: Callable[..., Window], stack: Stack
) -> None:
    said, number = Said(language), next(_numbers)
    title, email = f"Ece İnşaat {number} Ltd. Şti.", f"ece{number}@insaat.example"
    seller = window(RESELLER, language=language)
    page = steps.speaks(seller, said)
    _onboards(page, said, language, {"vkn_tckn": vkn(number), "title": title, "owner_email": email})

    guest = window(language=language)
    _joins(guest, steps.link(stack, email, r"/invitations/[A-Za-z0-9_-]{43}"), title)
    mine = guest.page
    expect(mine.locator(".pill")).to_contain_text(re.compile(r"^\s*0 kontör"))

    page.reload()
    expect(page.locator("dl.facts .state").first).to_have_text(said("Aktif", "Active"))
    _passes_on(page, said)
    steps.enter(page, "/reseller/customers")
    expect(page.locator("tr[data-href]", has_text=title)).to_contain_text(str(KONTOR))

    mine.reload()
    expect(mine.locator(".pill")).to_contain_text(f"{KONTOR} kontör")
    mine.click(".pill")
    expect(mine.locator("main")).to_contain_text("Ceren")
    steps.accessible(mine)


def _onboards(page: Page, said: Said, language: str, known: dict[str, str]) -> None:
    """One form; what is missing is told beside its field, and nothing that was typed is lost."""
    steps.enter(page, "/reseller/customers")
    page.get_by_role("link", name=said("Müşteri ekleyin", "Add a customer")).click()
    form = page.locator("form[action='/reseller/onboard']")
    misspelt = f"{known['vkn_tckn'][:-1]}{(int(known['vkn_tckn'][-1]) + 1) % 10}"
    steps.fill(form, known | {"tax_office": "Kadıköy", "city": "İstanbul", "district": "Kadıköy", "vkn_tckn": misspelt})
    form.locator("[name=language]").select_option(language)
    form.locator("[name=services][value=efatura]").check()
    button = page.get_by_role("button", name=said("Ekleyin ve davet edin", "Add and invite"))
    button.click()
    expect(form.locator("[name=vkn_tckn]")).to_have_attribute("aria-invalid", "true")
    steps.accessible(page)
    steps.fill(form, {"vkn_tckn": known["vkn_tckn"]})
    button.click()
    expect(page.locator("h1")).to_have_text(known["title"])
    expect(page.locator("main")).to_contain_text(
        said("Yetkili daveti kabul edip", "becomes active when its owner accepts the invitation")
    )


def _joins(guest: Window, path: str, title: str) -> None:
    """The owner takes the invitation with a login of his own, and accepts the texts."""
    page = guest.open(path)
    expect(page.locator("h1")).to_have_text(title)
    steps.accessible(page)
    steps.fill(page, {"full_name": "Ece İnan", "password": steps.PASSWORD})
    page.click("form[action$='/new'] [type=submit]")
    expect(page.locator(".rail")).to_be_visible()
    steps.accept_texts(guest)


def _passes_on(page: Page, said: Said) -> None:
    """First until when the customer could use them, then the deed."""
    page.fill("#kontor", str(KONTOR))
    page.get_by_role("button", name=said("Bakın", "Show")).click()
    expect(page.locator("#pass")).to_contain_text(said(f"{KONTOR} kontör, son gün", f"{KONTOR} kontör, last day"))
    steps.accessible(page)
    page.get_by_role("button", name=said("Aktarın", "Pass on"), exact=True).click()
    expect(page.locator("#passed")).to_contain_text(str(KONTOR))
