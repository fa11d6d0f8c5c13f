"""The plain way: an order over the API, paid at the gateway's page, credited once."""

from __future__ import annotations

import pytest

from billing.settlement import terms
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from tests.checkout.world import GROSS, PAYER, World
from tests.orders import shop


def test_an_order_is_paid_at_iyzico_and_the_browser_comes_back_by_a_cross_site_form(world: World) -> None:
    akin = world.buyer()
    order = akin.order()
    assert (order["state"], order["gross"]) == ("pending", {"amount_kurus": GROSS, "currency": "TRY"})
    back = world.come_back(world.pay(order))
    assert back.status_code == 303
    assert back.headers["Cache-Control"] == "no-store"
    assert 'http-equiv="refresh"' in world.page(back)
    assert world.work() == 1
    paid = akin.fresh(order)
    assert (paid["state"], paid["payment"]["state"], paid["payment"]["redirect_url"]) == ("credited", "succeeded", None)
    assert [step["kind"] for step in paid["timeline"]][-2:] == ["paid", "credited"]
    assert akin.balance() == 1_050
    assert "Paid, kontör credited" in world.page(back)
    assert "Ödeme alındı" in world.page(back, "tr")
    assert 'http-equiv="refresh"' not in world.page(back)


def test_an_order_is_paid_at_stripe(world: World) -> None:
    akin = world.buyer()
    order = akin.order("stripe", buyer={"name": "Ayşe", "surname": "Akın", "email": "a@akin.example"})
    back = world.come_back(world.pay(order))
    assert world.work() == 1
    assert akin.fresh(order)["state"] == "credited"
    assert akin.balance() == 1_050
    assert "Paid" in world.page(back)


@pytest.mark.parametrize("method", ["iyzico", "stripe"])
def test_a_webhook_alone_is_enough(told: World, method: str) -> None:
    akin = told.buyer()
    order = akin.order(method)
    told.pay(order)  # and the browser never comes back
    told.settle(lambda: akin.balance() == 1_050)
    assert akin.fresh(order)["state"] == "credited"
    told.settle(lambda: all(state != "new" for _, state in told.notices()))
    assert akin.count("payment") == 1


def test_an_order_on_account_is_credited_at_once_and_its_debt_paid_by_card(world: World) -> None:
    akin = world.buyer()
    with tenant_session(akin.tenant_id) as session:
        terms.set_terms(
            session, tenant_id=akin.tenant_id, limit_kurus=5_000_00, due_days=30, block_when_overdue=True,
            freeze_when_overdue=False, emergency_kontor=0, by="ayse", at=utc_now(),
        )  # fmt: skip
    order = akin.order("open_account", buyer=None)
    assert (order["state"], akin.balance(), order["paid_at"]) == ("credited", 1_050, None)
    assert order["due_at"] > order["created_at"]
    other = shop.order(akin.tenant_id, shop.on_sale())
    shop.set_state(akin.tenant_id, "suspended")  # what is owed can be paid all the same, and nothing new be bought
    assert akin.ask("open_account", buyer=None).json()["code"] == "tenant_not_active"
    refused = akin.post(f"/orders/{other.order_id}/pay", {"buyer": PAYER, "method": "iyzico"})
    assert (refused.status_code, refused.json()["code"]) == (409, "cannot_buy")
    paying = akin.post(f"/orders/{order['order_id']}/pay", {"buyer": PAYER, "method": "iyzico"})
    assert paying.status_code == 200, paying.text
    back = world.come_back(world.pay(paying.json()))
    world.work()
    paid = akin.fresh(order)
    assert (paid["state"], paid["payment"]["state"], paid["paid_at"] is not None) == ("credited", "succeeded", True)
    assert (akin.balance(), akin.count("payment")) == (1_050, 1)
    assert "Paid" in world.page(back)
