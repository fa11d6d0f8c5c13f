"""What people leave behind at pages before all are looked at: cards, a branch, files, an enquiry, links in mails."""

from __future__ import annotations

import email
import email.policy
import re
import secrets
from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

import requests
from playwright.sync_api import Locator, Page

from ebelge.core.db import tenant_session
from ebelge.core.sheets import xlsx_bytes
from ebelge.devstack import people
from ebelge.devstack.companies import CEREN
from ebelge.jobs.upkeep import CONFIRM_KIND
from ebelge.onboarding.customer_sheet import COLUMNS
from ebelge.ubl.examples import vkn
from tenants import locator
from tests.browser import steps
from tests.browser.people import BUYER, FINANCE, OPERATOR, OWNER, RESELLER, VISITOR, Seats
from tests.browser.stack import Stack
from tests.bulk.files import ROW, book

ROW_OF: Final = "tr[data-href] a"
_MARK: Final = secrets.token_hex(3)
_customers = partial(xlsx_bytes, title="Müşteriler")


@dataclass(frozen=True, slots=True)
class Deed:
    """A form that somebody sends: from which page he comes to it by which links, how the address ends to which it goes,
    what he enters (a file as bytes)."""

    persona: str
    page: str
    action: str
    fields: Mapping[str, str | bytes]
    by: tuple[str, ...] = ()


def _customer() -> bytes:
    """A reseller's sheet with a good customer and one whose number is wrong."""
    place = {"title": "Işık Ltd.", "district": "Şişli", "city": "İstanbul", "owner_email": f"isik{_MARK}@ornek.example"}
    rows = ({"vkn_tckn": number} | place for number in (vkn(secrets.randbelow(40_000_000)), "1"))
    return _customers([[one.name_tr for one in COLUMNS], *([row.get(one.field) for one in COLUMNS] for row in rows)])


DEEDS: Final = (
    Deed(OWNER, "/contacts/new", "/contacts", {
        "vkn_tckn": vkn(secrets.randbelow(40_000_000)), "title": f"Çınar {_MARK} Ltd. Şti.", "city": "Bursa",
    }),
    Deed(OWNER, "/products/new", "/products", {"name": f"Çelik boru {_MARK}", "unit_price": "149,90"}),
    Deed(OWNER, "/settings/branches", "/settings/branches", {
        "code": _MARK.upper(), "name": "İzmir şubesi", "district": "Konak", "city": "İzmir",
    }),
    Deed(OWNER, "/settings/designs", "/settings/designs", {"kind": "efatura", "name": f"Sade {_MARK}"}),
    Deed(OWNER, "/settings/webhooks", "/settings/webhooks", {
        "url": f"https://erp.akin.example/{_MARK}", "event": "order.paid",
    }),
    Deed(OWNER, "/settings/people", "/settings/people/invitations", {
        "email": f"oya{_MARK}@akin.example", "role": "viewer",
    }),
    Deed(OWNER, "/documents/bulk", "/documents/bulk", {"file": book(ROW, ROW | {"Miktar": "iki"})}),
    Deed(OWNER, "/account/settings", "/account/settings/email", {
        "password": people.PASSWORD, "email": f"ayse{_MARK}@akin.example",
    }),
    Deed(RESELLER, "/reseller/import", "/reseller/import", {"file": _customer()}),
    Deed(RESELLER, "/reseller/customers", "/consent", {
        "reason": "Ay sonu belgelerine birlikte bakılacak.",
    }, by=(ROW_OF,)),
    Deed(FINANCE, "/finance/payments?state=credited", "/refund", {"reason": "Müşteri istedi"}, by=(
        ROW_OF, "a[href$='/refund']",
    )),
    Deed(VISITOR, "/contact", "/contact", {
        "topic": "sales", "full_name": "Oya Al", "email": f"oya{_MARK}@al.example",
        "message": "İrsaliye de gönderiyor musunuz?",
    }),
    Deed(OPERATOR, "/operator/leads", "/assign", {"reseller": CEREN.party.name or ""}, by=(
        "main a[href^='/operator/leads/']",
    )),
    Deed(VISITOR, "/sign-in/forgotten", "/sign-in/forgotten", {"email": "izzet@akin.example"}),
)  # fmt: skip


def do_all(seats: Seats, *, of: Container[str]) -> None:
    """Send every form of these people; each is taken. Before that, two orders: one is paid, one left at its gateway."""
    if BUYER in of:
        _orders(seats)
    for deed in DEEDS:
        if deed.persona in of:
            one = seats.window(deed.persona)
            if deed.persona != VISITOR:
                steps.accept_texts(one)
            _send(one.open(deed.page), deed)
            one.close()


def _send(page: Page, deed: Deed) -> None:
    for link in deed.by:
        with page.expect_navigation():
            page.locator(link).first.click()
    form = page.locator(f"form[action$='{deed.action}']").first
    if form.locator("xpath=ancestor::details[not(@open)]").count():
        form.locator("xpath=ancestor::details/summary").click()
    for name, value in deed.fields.items():
        _enter(form.locator(f"[name='{name}']"), value)
    asks = form.get_attribute("data-ask")
    with page.expect_navigation() as came:
        form.locator("[type=submit]").first.click()
        if asks:
            page.click("#ask [value=yes]")
    assert came.value is not None and came.value.ok, (deed, page.inner_text("main")[:800])
    page.wait_for_load_state()


def _orders(seats: Seats) -> None:
    one = seats.window(BUYER)
    steps.accept_texts(one)
    for paid in (True, False):
        page = one.open("/kontor/buy")
        steps.chooses_card(page)
        page.locator("form.buy-form [type=submit]").click()
        page.wait_for_selector("select[name=card]")
        if paid:
            steps.pays(page)
    one.close()


def _enter(field: Locator, value: str | bytes) -> None:
    kind = field.first.evaluate("(one) => one.type")
    if isinstance(value, bytes):
        field.set_input_files({"name": "liste.xlsx", "mimeType": "application/octet-stream", "buffer": value})
    elif kind in ("radio", "checkbox"):
        field.and_(field.page.locator(f"[value='{value}']")).check()
    elif kind == "select-one":
        field.select_option(value)
    else:
        field.fill(value)


def mailed(stack: Stack) -> list[str]:
    """The paths of all links to us in all mails, the newest mails first."""
    listing = requests.get(f"{stack.mail_url}/messages", timeout=30)
    listing.raise_for_status()
    found: list[str] = []
    for number in sorted((row["number"] for row in listing.json()), reverse=True):
        raw = requests.get(f"{stack.mail_url}/messages/{number}", timeout=30).content
        body = email.message_from_bytes(raw, policy=email.policy.default).get_body(("plain",))
        if body is not None:
            found += re.findall(re.escape(stack.base_url) + r"(/[^\s<>\"]+)", body.get_content())
    return found


def confirmable(stack: Stack) -> str:
    """The path behind which the owner of a card confirms what his bank asked about, as its letter has it."""
    buyer = stack.world.accounts["bora"]
    payer = {"name": "Burak", "surname": "Bora", "identity_number": "11111111110"}
    placed = requests.post(
        f"{stack.base_url}/api/v1/orders", headers={"Authorization": f"Bearer {buyer.key}"}, timeout=30,
        json={"package": "baslangic-100", "method": "iyzico", "buyer": payer},
    )  # fmt: skip
    placed.raise_for_status()
    tenant_id, token = UUID(buyer.tenant_id), secrets.token_urlsafe(24)
    with tenant_session(tenant_id) as session:
        order_id = UUID(placed.json()["order_id"])
        locator.put(session, tenant_id=tenant_id, kind=CONFIRM_KIND, key=token, object_id=order_id)
    return f"/payments/confirm/{token}"
