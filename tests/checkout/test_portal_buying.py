"""Buying on the page: two clicks, then the gateway's own page; by a saved card none at all."""

from __future__ import annotations

import html
import re
from types import SimpleNamespace
from uuid import UUID

import pytest

from ebelge.app import create_app
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from tenants.audit.entries import command
from tenants.members import memberships
from tenants.members.reach import WHOLE
from tests.checkout.world import World
from tests.orders import shop
from tests.web.browsers import Browsers

PAYING = {"way": "iyzico", "name": "Ayşe", "surname": "Akın", "identity_number": "11111111110"}


@pytest.fixture
def owner(world: World):
    """An owner at a browser, in a live company of its own with an address."""
    people = Browsers(create_app(), SimpleNamespace(accounts={}))
    person_id, email = people.person()
    tenant_id = shop.customer()
    shop.rows(
        tenant_id,
        "UPDATE tenant SET email = 'a@akin.example', phone = '+905320000000', street = 'Gül Sokak 1' RETURNING 1",
    )
    with tenant_session(tenant_id) as session:
        memberships.add(
            session, tenant_id=tenant_id, person_id=person_id, role="owner", reach=WHOLE,
            actor=command("members", by="test"), at=utc_now(),
        )  # fmt: skip
    one = people.enter(person_id, email)
    one.tenant_id = tenant_id
    return one


def state_of(tenant_id: UUID) -> list[tuple[str, str]]:
    return [(row.state, row.method) for row in shop.rows(tenant_id, "SELECT state, method FROM kontor_order")]


def test_two_clicks_lead_to_the_gateways_page_and_the_kontor_are_there_after_it(owner, world: World) -> None:
    assert world.package in owner.text("/kontor/buy")
    form = PAYING | {"package": world.package, "save_card": "yes", "form_key": "a" * 20}
    refused = owner.submit("/kontor/buy", **form | {"identity_number": ""})
    assert refused.status_code == 422 and "Write the TCKN" in refused.get_data(as_text=True)
    assert state_of(owner.tenant_id) == [], "a refused form places nothing"
    led = owner.submit("/kontor/buy", **form)
    assert led.status_code == 303, led.get_data(as_text=True)[-600:]
    page = owner.text(led.headers["Location"])
    found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', page)
    assert found is not None
    assert state_of(owner.tenant_id) == [("pending", "iyzico")]
    again = owner.submit("/kontor/buy", **form)
    assert again.headers["Location"].split("?")[0] == led.headers["Location"].removesuffix("/leave")
    assert len(state_of(owner.tenant_id)) == 1
    at_gateway = {"payment": {"redirect_url": html.unescape(found[1]), "gateway": "iyzico"}}
    world.come_back(world.pay(at_gateway, save=True))
    world.work()
    order = owner.text(led.headers["Location"].removesuffix("/leave"))
    assert ">credited<" in order and "/kontor/lots/" in order
    assert "1.050" in owner.text("/kontor")

    cards = re.findall(r'name="way" value="(card:[0-9a-f-]+)"', owner.text("/kontor/buy"))
    assert len(cards) == 1, "the card was kept, as ticked"
    led = owner.submit("/kontor/buy", package=world.package, way=cards[0], form_key="c" * 20)
    assert "the page renews itself" in owner.text(led.headers["Location"])
    world.work()
    assert state_of(owner.tenant_id) == [("credited", "iyzico")] * 2
    assert "2.100" in owner.text("/kontor")


def test_a_gateway_that_is_silent_keeps_the_order_and_says_so(owner, world: World) -> None:
    world.iyzico.order("form.start", transport="drop")
    led = owner.submit("/kontor/buy", form_key="b" * 20, package=world.package, **PAYING)
    assert "did not answer" in owner.text(led.headers["Location"])
    assert state_of(owner.tenant_id) == [("pending", "iyzico")]
    again = owner.submit(f"{led.headers['Location'].split('?')[0]}/pay", **PAYING)
    assert again.headers["Location"].endswith("/leave"), "the same order is paid after all"
