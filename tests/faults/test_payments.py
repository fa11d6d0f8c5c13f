"""What is killed while people pay credits every paid order once, invoices it once, and leaves the books whole."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from ebelge.devstack.demo import purchase

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]
ORDERS = 8


def _order(world, number: int) -> dict:
    """An order at one of the gateways, in turn; nothing is paid yet."""
    method = ("iyzico", "stripe")[number % 2]
    return world.akin.send({"package": purchase.PACKAGE, "method": method, "buyer": purchase.PAYER}, path="/orders")


def _credited(world, orders: list[dict]) -> int:
    return sum(world.akin.get(f"/orders/{one['order_id']}")["state"] == "credited" for one in orders)


def _all_is_right(world, orders: list[dict]) -> None:
    world.wait_for(lambda: _credited(world, orders) == len(orders), "every paid order is credited")
    ids = [one["order_id"] for one in orders]
    world.wait_for(
        lambda: world.rows(
            "SELECT count(*) FROM kontor_order WHERE order_id = ANY (%s::uuid[]) AND invoice_state = 'issued'", ids
        ) == [(len(orders),)],
        "every order is invoiced",
    )  # fmt: skip
    lots = world.rows(
        "SELECT count(*), count(DISTINCT p.order_id), sum(l.granted)::int FROM lot l JOIN payment p "
        "ON p.tenant_id = l.tenant_id AND p.payment_id = l.source_id WHERE p.order_id = ANY (%s::uuid[])",
        ids,
    )
    assert lots == [(len(orders), len(orders), sum(one["package"]["kontor"] for one in orders))]
    invoices = world.rows(
        "SELECT count(*), count(DISTINCT d.document_id) FROM document d JOIN kontor_order o "
        "ON o.invoice_document_id = d.document_id WHERE o.order_id = ANY (%s::uuid[])",
        ids,
    )
    assert invoices == [(len(orders), len(orders))]
    kontor = world.akin.kontor()
    assert kontor.spendable - world.before.spendable == lots[0][2]
    assert world.verify() == 0
    reconciled = world.ebelge("reconcile", "--by", "test")
    assert reconciled.returncode == 0, reconciled.stdout + world.ebelge("breaks", "list").stdout
    world.found(f"{len(orders)} orders credited and invoiced once each, {lots[0][2]} kontör, no break")


def test_the_cashier_killed_while_people_pay(world):
    orders = [_order(world, number) for number in range(ORDERS)]
    with ThreadPoolExecutor(4) as payers:
        paying = [payers.submit(purchase._pay, one) for one in orders]
        world.wait_for(lambda: sum(one.done() for one in paying) >= 3, "some have paid", tend=False)
        world.kill("cashier")
        world.wait_for(lambda: all(one.done() for one in paying), "all have paid")
    _all_is_right(world, orders)


@pytest.mark.slow
def test_the_web_server_killed_while_payers_come_back(world):
    """Browser and webhook find nobody: what they wanted to say is asked of the gateway later."""
    orders = [_order(world, number) for number in range(ORDERS)]
    world.kill("web")
    for one in orders:
        try:
            purchase._pay(one)
        except OSError:  # the payer's browser cannot reach us
            continue
    _all_is_right(world, orders)


@pytest.mark.slow
def test_redis_wiped_while_people_pay(world):
    orders = [_order(world, number) for number in range(ORDERS)]
    for number, one in enumerate(orders):
        purchase._pay(one)
        if number in (2, 5):
            world.redis().flushall()
            world.injected(f"FLUSHALL after {number + 1} of {ORDERS} paid")
    _all_is_right(world, orders)
