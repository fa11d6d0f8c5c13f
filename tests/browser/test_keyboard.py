"""A test invoice by keyboard alone: from the first page to the signed document the mouse is never touched."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.chrome import Window
from tests.browser.people import OWNER
from tests.browser.steps import Said

TABS_MAX = 80
_AT = """() => {
  const at = document.activeElement, style = getComputedStyle(at);
  return [at.matches(':focus-visible'), style.outlineStyle !== 'none' || style.boxShadow !== 'none'];
}"""
pytestmark = [pytest.mark.slow, pytest.mark.rounds, pytest.mark.parametrize("language", ["tr", "en"])]


def test_an_invoice_is_written_and_sent_by_keyboard_alone(language: str, window: Callable[..., Window]) -> None:
    said, goods = Said(language), f"Conta {secrets.token_hex(3)}"
    one = window(OWNER, language=language)
    steps.speaks(one, said)  # by the mouse, long ago
    steps.accept_texts(one)
    page = one.open("/overview")
    press = page.keyboard.press
    _opens_the_sandbox(page)
    press("Control+k")
    page.keyboard.type(said("Yeni belge", "New document"))
    press("Enter")
    expect(page.locator("[name='buyer.number']")).to_be_focused()  # the page begins where one writes

    for words in ("11111111111", "Zeynep Çağ", "İzmir", "Konak", ""):
        page.keyboard.type(words)
        press("Enter")
    tab_to(page, "[name='lines[0].name']")
    for words in (goods, "2"):
        page.keyboard.type(words)
        press("Tab")
        page.evaluate("() => document.activeElement.select?.()")
    tab_to(page, "[name='lines[0].unit_price']")
    page.keyboard.type("149,90")
    press("Enter")  # the next line
    expect(page.locator("[name='lines[1].name']")).to_be_focused()
    page.keyboard.type("Vida & somun")
    tab_to(page, "[name='lines[1].unit_price']")
    page.keyboard.type("10")
    press("Tab")
    expect(page.locator("[name='lines[1].kdv_rate']")).to_be_focused()
    press("Enter")
    tab_to(page, "[name='lines[1].name']", back=True)
    press("Enter")
    expect(page.locator("[name='lines[2].name']")).to_be_focused()
    press("Alt+Delete")  # one too many
    expect(page.locator(".doc-line")).to_have_count(2)
    expect(page.locator("#live .whole")).to_contain_text("371,76")  # 2 x 149,90 + 10 and 20 % KDV
    steps.accessible(page)

    tab_to(page, "button[name=do][value=send]")
    press("Enter")
    page.wait_for_url(re.compile(r"/documents/[0-9a-f-]{36}"))
    assert "371,76" in steps.until(page, steps.READY)
    expect(page.frame_locator("iframe.paper").locator("body")).to_contain_text(goods)


def _opens_the_sandbox(page: Page) -> None:
    """The menu of companies opens by Enter, and its buttons are walked by Tab."""
    tab_to(page, ".bar .menu.left > summary")
    page.keyboard.press("Enter")
    tab_to(page, ".bar .seat:has(.tag) button")
    page.keyboard.press("Enter")
    expect(page.locator(".band", has_text=re.compile("Sınama|Sandbox"))).to_be_visible()


def tab_to(page: Page, place: str, *, back: bool = False) -> None:
    """Press Tab until the place has the focus; where one stands is seen at every step."""
    for _ in range(TABS_MAX):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        if page.evaluate("(place) => document.activeElement.matches(place)", place):
            assert page.evaluate(_AT) == [True, True], f"nobody sees where {place} has the focus"
            return
    raise AssertionError(f"{place} is not reached by Tab")
