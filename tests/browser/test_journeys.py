"""From end to end, by people at browsers: from the front page to a stranger's first test invoice, signed.

The whole product runs; only GİB, gateways and the mail server are not ours."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from ebelge.devstack.demo.outside import Mails
from ebelge.ubl.examples import vkn
from tests.browser.chrome import Window
from tests.browser.stack import Stack

PASSWORD = "yedi mavi kayık 19"
MINUTES_FOR_THE_FIRST_INVOICE = 5
SIGNED_WITHIN_MS = 60_000
_numbers = itertools.count(71_000_000)


def fill_invoice(page: Page, name: str, price: str) -> None:
    """A final consumer's invoice of one line: what nobody can derive, and nothing else."""
    page.click("button[data-set='buyer.number=11111111111']")
    for field, value in {
        "buyer.name": name, "buyer.city": "İzmir", "buyer.district": "Konak", "lines[0].name": "Bakır boru & dirsek",
        "lines[0].quantity": "2", "lines[0].unit_price": price,
    }.items():  # fmt: skip
        page.fill(f"[name='{field}']", value)


def until_ready(page: Page) -> str:
    """Reload a document's page until it is signed and can be handed over; returns its text."""
    deadline = time.monotonic() + SIGNED_WITHIN_MS / 1000
    while True:
        words = page.inner_text("main")
        if re.search(r"teslime hazır|ready to hand over|Teslim edildi|Delivered", words):
            return words
        assert time.monotonic() < deadline, words[:600]
        page.wait_for_timeout(300)
        page.reload()


@pytest.mark.slow
@pytest.mark.parametrize("language", ["tr", pytest.param("en", marks=pytest.mark.rounds)])
def test_a_stranger_signs_a_first_test_invoice(language: str, window: Callable[..., Window], stack: Stack) -> None:
    began, number = time.monotonic(), next(_numbers)
    email = f"deniz{number}@ilk.example"
    one = window(language=language)
    page = one.open("/")
    page.click("main a.btn-primary")
    for field, value in {
        "full_name": "Deniz Işık", "email": email, "password": PASSWORD, "vkn_tckn": vkn(number),
        "title": "Işık & Oğulları Ltd. Şti.", "tax_office": "Konak", "city": "İzmir", "district": "Konak",
        "phone": "0232 000 00 00",
    }.items():  # fmt: skip
        page.fill(f"main [name='{field}']", value)
    for box in page.query_selector_all("input[name=services]")[:2]:
        box.check()
    for box in page.query_selector_all("input[type=checkbox][required]"):
        box.check()
    page.click("form[action='/sign-up'] [type=submit]")
    one.open(Mails(stack.mail_url).link(email, r"/sign-in/confirm/[A-Za-z0-9_-]{20,}", timeout_s=30))
    page.click("main form [type=submit]")
    one.open("/sign-in")
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", PASSWORD)
    page.click("form[action='/sign-in'] [type=submit]")
    expect(page.locator(".rail")).to_be_visible()
    page.click(".bar .menu.left > summary")
    page.click(".bar .seat:has(.tag) button")
    one.open("/documents/new")
    fill_invoice(page, "Ali Veli", "149,90")
    page.click("button[name=do][value=send]")
    page.wait_for_url(re.compile(r"/documents/[0-9a-f-]{36}"))
    words = until_ready(page)
    assert "359,76" in words, "2 x 149,90 and 20 % KDV"
    assert time.monotonic() - began < MINUTES_FOR_THE_FIRST_INVOICE * 60
