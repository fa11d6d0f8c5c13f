"""From the front page to a live invoice that is paid for: a stranger, the operator's staff, GİB, a buyer.

The whole product runs; only GİB, gateways and the mail server are not ours. What a customer does with his own token and
what staff do by a command has no page (TRADE.md 2): it is done as they do it."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ebelge.core.clock import istanbul_date, utc_now
from ebelge.signing.development import DevelopmentCa
from ebelge.ubl.examples import vkn
from tests.browser import steps
from tests.browser.chrome import Window
from tests.browser.people import OPERATOR
from tests.browser.stack import Stack
from tests.browser.steps import Said
from tests.registered_users.countersigner import countersign

OPENS_WITHIN_S, FIRST_TEST_S, FIRST_LIVE_S = 60.0, 5 * 60, 2 * 60
pytestmark = [pytest.mark.slow, pytest.mark.rounds, pytest.mark.parametrize("language", ["tr", "en"])]
_numbers = itertools.count(int(time.time()) % 40_000_000 + 20_000_000)


@pytest.mark.timeout(600)
def test_a_stranger_comes_to_a_live_invoice_that_the_statement_shows(
    language: str, window: Callable[..., Window], stack: Stack, tmp_path: Path
) -> None:
    said, number, began = Said(language), next(_numbers), time.monotonic()
    title, email, reader = (
        f"Işık {number} & Oğulları Ltd. Şti.",
        f"deniz{number}@ilk.example",
        f"oya{number}@al.example",
    )
    one, staff = window(language=language), window(OPERATOR, language=language)
    page = one.page
    steps.register(one, stack, email=email, number=vkn(number), title=title)
    steps.another_company(page, sandbox=True)
    steps.enter(page, "/documents/new")
    steps.consumers_invoice(page, "Ali Veli", "149,90")
    assert "359,76" in steps.send(page), "2 x 149,90 and 20 % KDV"
    assert time.monotonic() - began < FIRST_TEST_S

    steps.another_company(page, sandbox=False)
    _says_who_must_act(page, said)
    _prepares(page, said, number)
    _enters(steps.speaks(staff, said), said, title)
    for service in ("efatura", "earsiv"):
        _asks_gib(page, stack, said, service, vkn(number), title, tmp_path)

    opened = time.monotonic()
    _buys(page, said)
    steps.enter(page, "/documents/new")
    steps.consumers_invoice(page, "Oya Al", "1.000", reader)
    document = steps.send(page)
    assert re.search(r"ISA20\d{2}000000001", document), document[:300]
    assert time.monotonic() - opened < FIRST_LIVE_S, "the first live invoice, from GİB's yes on"
    invoice = page.inner_text("h1")

    buyer = window(language=language)
    buyers = buyer.open(steps.link(stack, reader, r"/b/[A-Za-z0-9_-]{20,}"))
    expect(buyers.locator("h1")).to_have_text(title)
    expect(buyers.locator("main")).to_contain_text(said("2.400,00", "2.400,00"))
    expect(buyers.frame_locator("iframe.paper").locator("body")).to_contain_text(invoice)
    steps.accessible(buyers)

    steps.enter(page, "/kontor")
    page.click("a[href='/kontor/statement']")
    row = page.locator("table.list tr", has_text=invoice).last
    expect(row).to_be_visible()
    steps.accessible(page)


def _says_who_must_act(page: Page, said: Said) -> None:
    """The first page names what the activation waits for, and leads to the screen where each line has a name."""
    first = page.locator(".path li", has_text=said("Hizmetleri etkinleştirin", "Activate your services"))
    expect(first).to_contain_text(said("Sıra kimde: Biz, GİB, Siz", "Who must act: GİB, We, You"))
    first.get_by_role("link", name=said("Eksiklere bakın", "See what is missing")).click()
    for who, what in (
        (said("Siz", "You"), said("Gönderici birim etiketini (GB) seçin", "Choose the sender unit's alias (GB)")),
        (said("Biz", "We"), said("Başvuruyu GİB'e iletiyoruz", "We hand the application to GİB")),
        ("GİB", said("GİB hizmeti açar", "GİB opens the service")),
    ):
        line = page.locator("#efatura .needs li", has_text=what)
        expect(line.locator(".who-acts")).to_have_text(who)
    steps.accessible(page)


def _prepares(page: Page, said: Said, number: int) -> None:
    """What the waiting screen asks of the company itself: aliases and series."""
    for role in ("GB", "PK"):
        form = page.locator("#aliases form.grid")
        form.locator("[name=service]").select_option("efatura")
        form.locator("[name=role]").select_option(role)
        steps.fill(form, {"alias": f"urn:mail:default{role.lower()}@ilk{number}.example"})
        form.locator("[type=submit]").click()
        expect(page.locator("#aliases")).to_contain_text(f"default{role.lower()}@ilk{number}.example")
    page.locator("#efatura .needs a", has_text=said("varsayılan bir seri", "a default series")).click()
    for kind, prefix in (("efatura", "ISK"), ("earsiv", "ISA")):
        form = page.locator("form.grid")
        form.locator("[name=kind]").select_option(kind)
        steps.fill(form, {"prefix": prefix})
        form.locator("[name=default]").check()
        form.locator("[type=submit]").click()
        expect(page.locator("tbody")).to_contain_text(prefix)


def _enters(page: Page, said: Said, title: str) -> None:
    """Staff activate the application, and record the leave to seal that came on paper."""
    steps.enter(page, "/operator/applications")
    page.get_by_role("link", name=title).click()
    steps.accessible(page)
    page.get_by_role("button", name=said("Etkinleştirin", "Activate")).click()
    steps.enter(page, "/operator/tenants")
    page.fill("main input[name=q]", title)
    page.click("main form [type=submit]")
    page.get_by_role("link", name=title).click()
    for service in ("efatura", "earsiv"):
        form = page.locator(f"#{service} form", has=page.locator("[name=purpose]"))
        form.locator("[name=purpose]").select_option("seal")
        steps.fill(form, {"signed_on": istanbul_date(utc_now()).isoformat(), "paper": f"YETKİ {service}"})
        form.locator("[type=submit]").click()
        expect(page.locator("main")).to_contain_text(f"YETKİ {service}")


def _asks_gib(page: Page, stack: Stack, said: Said, service: str, number: str, title: str, folder: Path) -> None:
    """Staff write the request, the customer's own token counter-signs it, GİB opens the service."""
    page.goto(f"{stack.base_url}/settings/services")
    missing = page.locator(f"#{service} .needs li", has=page.locator(".who-acts.you"))
    expect(missing).to_have_count(1)  # nothing but the signature
    expect(missing).to_contain_text(said("Aktivasyonu mali mührünüz", "Sign the activation with your mali mühür"))
    given, signed = folder / f"{service}.xml", folder / f"{service}-signed.xml"
    printed = steps.command("useraccount", "prepare", number, service, "open", "--out", str(given), "--by", "Ömer")
    authority = DevelopmentCa.load((Path(stack.env["EBELGE_VAR"]) / "development-ca.pem").read_bytes())
    token = authority.issue(vkn_tckn=number, name=title, password="x", at=utc_now())
    signed.write_bytes(countersign(given.read_bytes(), token))
    steps.command("useraccount", "hand-in", number, printed.split()[0], str(signed), "--by", "Ömer")
    page.reload()
    deadline = time.monotonic() + OPENS_WITHIN_S
    active = page.locator(f"#{service} .head", has_text=said("Aktif", "Active"))
    while not active.count():
        assert time.monotonic() < deadline, page.inner_text(f"#{service}")
        page.wait_for_timeout(300)
        page.reload()


def _buys(page: Page, said: Said) -> None:
    """The smallest package by card at iyzico's page, and back; the kontör are there."""
    steps.enter(page, "/overview")
    page.get_by_role("link", name=said("Paketlere bakın", "See packages")).click()
    steps.chooses_card(page)
    steps.accessible(page)
    page.locator("form.buy-form").get_by_role("button", name=said("Satın alın", "Buy")).click()
    steps.pays(page)
    expect(page.locator("h1")).to_have_text(said("Ödeme alındı, kontör yüklendi", "Paid, kontör credited"))
    steps.accessible(page)
    page.get_by_role("link", name=said("Devam edin", "Go on")).click()
    expect(page.locator(".pill")).to_contain_text(re.compile(r"[1-9]\d*"))
