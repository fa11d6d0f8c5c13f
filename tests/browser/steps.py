"""What people do at pages again and again: fill in, register, wait for what workers do, look at accessibility."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from re import Pattern

from playwright.sync_api import Locator, Page, expect

from ebelge.devstack import programs
from ebelge.devstack.demo.outside import Mails
from tests.browser import axe
from tests.browser.chrome import Window
from tests.browser.stack import Stack

PASSWORD = "yedi mavi kayık 19"
CARD, PAYER_TCKN = "5528790000000008", "10000000146"
WITHIN_S = 60.0
READY = re.compile(
    "teslime hazır|ready to hand over|[Tt]eslim edildi|[Dd]elivered|e-postayla iletildi|passed on by mail"
)


@dataclass(frozen=True)
class Said:
    """What a page says in the language of a journey: `said("Gönderin", "Send")`."""

    language: str

    def __call__(self, turkish: str, english: str) -> str:
        return turkish if self.language == "tr" else english


def fill(page: Page | Locator, fields: Mapping[str, str]) -> None:
    """Type into fields by their names."""
    for name, value in fields.items():
        page.locator(f"[name='{name}']").fill(value)


def until(page: Page, words: str | Pattern[str], *, within_s: float = WITHIN_S) -> str:
    """Look at the page anew until it says something that workers bring about; what it says then."""
    deadline, wanted = time.monotonic() + within_s, re.compile(re.escape(words) if isinstance(words, str) else words)
    while not wanted.search(found := page.inner_text("main")):
        assert time.monotonic() < deadline, (wanted.pattern, page.url, found[:1500])
        page.wait_for_timeout(300)
        page.reload()
    return found


def command(*arguments: str) -> str:
    """What `ebelge …` prints, as staff run it where there is no page."""
    done = subprocess.run([*programs.EBELGE, *arguments], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-1000:]
    return done.stdout


def link(stack: Stack, email: str, form: str) -> str:
    """The newest link of a form in a mail to somebody, as it is clicked: its path."""
    return Mails(stack.mail_url).link(email, form, timeout_s=WITHIN_S)


def enter(page: Page, place: str) -> None:
    """Go by the rail."""
    page.click(f".rail a[href='{place}']")
    expect(page.locator("h1")).to_be_visible()


def accessible(page: Page) -> None:
    """The page as it stands now keeps WCAG 2.2 A and AA, light and dark."""
    page.evaluate("() => scrollTo(0, 0)")  # what lies half under the bar at the top is no place of its own
    found = axe.findings(page, page.url)
    assert not found, axe.told(found)


def speaks(one: Window, said: Said, path: str = "/home") -> Page:
    """Open a page and choose the language of the journey by the menu: it stays with the person."""
    page = one.open(path)
    menu = page.locator(".bar details.menu", has=page.locator("form[action='/preferences']"))
    menu.locator("summary").click()
    menu.locator(f"button[name=language][value={said.language}]").click()
    expect(page.locator("html")).to_have_attribute("lang", said.language)
    return page


def accept_texts(one: Window) -> Page:
    """Read and accept what waits to be accepted, if anything does; sending and buying wait for it."""
    page = one.open("/account/texts")
    for form in page.locator("form[action='/account/texts']").all():
        for box in form.locator("input[name=seen]").all():
            box.check()
    button = page.locator("form[action='/account/texts'] [type=submit]")
    if button.count():
        button.first.click()
    expect(page.locator("input[name=seen]")).to_have_count(0)
    return page


def another_company(page: Page, *, sandbox: bool) -> None:
    """Change between the company and its sandbox by the menu."""
    page.click(".bar .menu.left > summary")
    seat = page.locator(".bar .seat")
    seat.filter(**{"has" if sandbox else "has_not": page.locator(".tag")}).locator("button").first.click()
    expect(page.locator(".band", has_text=re.compile("Sınama|Sandbox"))).to_have_count(int(sandbox))


def consumers_invoice(page: Page, name: str, price: str, email: str = "") -> None:
    """A final consumer's invoice of one line: what nobody can derive, and nothing else."""
    page.click("button[data-set='buyer.number=11111111111']")
    fields = {
        "buyer.name": name, "buyer.city": "İzmir", "buyer.district": "Konak", "lines[0].name": "Bakır boru & dirsek",
        "lines[0].quantity": "2", "lines[0].unit_price": price,
    }  # fmt: skip
    fill(page, fields | ({"buyer.email": email} if email else {}))


def send(page: Page) -> str:
    """Press Send; the document's page when it is signed and can be handed over."""
    page.click("button[name=do][value=send]")
    page.wait_for_url(re.compile(r"/documents/[0-9a-f-]{36}"))
    return until(page, READY)


def chooses_card(page: Page) -> None:
    """In the form of buying: the smallest package, by card, and what is not yet known of the payer."""
    page.locator("input[name=package]").first.check()
    page.check("input[name=way][value=iyzico]")
    known = {
        "identity_number": PAYER_TCKN, "email": "deniz@ilk.example", "phone": "0232 000 00 00",
        "address": "Kıbrıs Şehitleri Cd. 1", "city": "İzmir",
    }  # fmt: skip
    form = page.locator("form.buy-form")
    fill(form, {name: value for name, value in known.items() if form.locator(f"[name={name}]").count()})
    page.check("input[name=terms]")


def pays(page: Page) -> None:
    """At the gateway's page: with a card that is taken, and back."""
    page.select_option("select[name=card]", CARD)
    page.click("form[action$='/pay'] button")
    page.wait_for_url(re.compile("/payments/result/"))


def register(one: Window, stack: Stack, *, email: str, number: str, title: str) -> None:
    """From the front page: fill in the form, confirm the address by its mail, sign in."""
    page = one.open("/")
    page.click("main a.btn-primary")
    fill(page.locator("main"), {
        "full_name": "Deniz Işık", "email": email, "password": PASSWORD, "vkn_tckn": number, "title": title,
        "tax_office": "Konak", "city": "İzmir", "district": "Konak", "phone": "0232 000 00 00",
    })  # fmt: skip
    for service in ("efatura", "earsiv"):
        page.check(f"input[name=services][value={service}]")
    for box in page.query_selector_all("input[type=checkbox][required]"):
        box.check()
    page.click("form[action='/sign-up'] [type=submit]")
    accessible(one.open(link(stack, email, r"/sign-in/confirm/[A-Za-z0-9_-]{20,}")))
    page.click("main form [type=submit]")
    one.open("/sign-in")
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", PASSWORD)
    page.click("form[action='/sign-in'] [type=submit]")
    expect(page.locator(".rail")).to_be_visible()
