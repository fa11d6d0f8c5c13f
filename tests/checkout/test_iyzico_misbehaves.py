"""Everything that iyzico, its payers and the net are known to do, from the API to the ledger (payments/FACTS 6)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ebelge.jobs import payments
from tests.checkout.world import GROSS, PAYER, POOR_CARD, World
from tests.orders import shop

HALF_HOUR = timedelta(minutes=32)


def test_a_declined_card_is_explained_and_another_card_pays_on_the_same_form(told: World) -> None:
    """FAILURE then SUCCESS on one token: the failure does not end the order before the token does."""
    akin = told.buyer()
    order = akin.order()
    told.pay(order, card=POOR_CARD)
    told.settle(lambda: akin.fresh(order)["payment"]["code"])
    tried = akin.fresh(order)
    assert (tried["state"], tried["payment"]["state"], akin.balance()) == ("pending", "pending", 0)
    assert tried["payment"]["text"] == "Not enough funds on the card"
    assert tried["payment"]["redirect_url"]
    told.pay(order)
    told.settle(lambda: akin.balance() == 1_050)
    assert (akin.fresh(order)["payment"]["code"], akin.count("payment")) == ("", 1)


def test_a_declined_payer_who_comes_back_reads_why_and_may_go_on(world: World) -> None:
    akin = world.buyer()
    order = akin.order(return_url="https://erp.akin.example/siparis/7")
    back = world.come_back(world.pay(order, act="decline"))
    world.work()
    page = world.page(back, "tr")
    assert "Kart kabul edilmedi" in page
    assert order["payment"]["redirect_url"] in page
    assert "https://erp.akin.example/siparis/7" in page
    world.age(order, HALF_HOUR)
    world.sweep()
    failed = akin.fresh(order)
    assert (failed["state"], failed["payment"]["state"], akin.balance()) == ("failed", "failed", 0)
    assert "The payment failed" in world.page(back)
    again = akin.post(f"/orders/{order['order_id']}/pay", {"buyer": PAYER}).json()
    assert again["payment"]["attempt_id"] != order["payment"]["attempt_id"]
    world.come_back(world.pay(again))
    world.work()
    assert (akin.fresh(order)["state"], akin.balance()) == ("credited", 1_050)


@pytest.mark.parametrize(("verdict", "state", "kontor"), [(1, "credited", 1_050), (-1, "failed", 0)])
def test_a_payment_under_review_waits_for_the_verdict(told: World, verdict: int, state: str, kontor: int) -> None:
    told.iyzico.control("PUT", "settings", fraud_status=0)
    akin = told.buyer()
    order = akin.order()
    back = told.come_back(told.pay(order))
    told.settle(lambda: akin.fresh(order)["state"] == "in_review")
    assert "being reviewed" in told.page(back)
    assert akin.post(f"/orders/{order['order_id']}/cancel").json()["code"] == "payment_under_way"
    told.age(order, timedelta(hours=30))  # long after the form's end: a review ends by its verdict only
    told.sweep()
    assert (akin.fresh(order)["state"], akin.balance()) == ("in_review", 0)
    payment = told.iyzico.control("GET", "payments")[-1]["paymentId"]
    told.iyzico.control("POST", "review", payment_id=payment, fraud_status=verdict)
    told.settle(lambda: akin.fresh(order)["state"] == state)
    assert akin.balance() == kontor


def test_a_payer_who_never_returns_leaves_an_order_that_can_be_paid_again(world: World) -> None:
    akin = world.buyer()
    order = akin.order()
    world.due(order)
    world.sweep()
    assert akin.fresh(order)["payment"]["state"] == "pending"
    world.age(order, HALF_HOUR)
    world.sweep()
    over = akin.fresh(order)
    assert (over["state"], over["payment"]["state"], over["payment"]["redirect_url"]) == ("draft", "expired", None)


def test_a_payer_who_paid_and_never_returned_is_found_by_the_sweeper(world: World) -> None:
    """No browser, no webhook."""
    akin = world.buyer()
    order = akin.order()
    world.pay(order)
    assert world.sweep() == 0
    world.due(order)
    assert world.sweep() == 1
    assert akin.balance() == 1_050


def test_a_payer_who_returns_twice_is_credited_once(told: World) -> None:
    akin = told.buyer()
    order = akin.order()
    page = told.pay(order)
    first, second = told.come_back(page), told.come_back(page)
    assert first.headers["Location"] == second.headers["Location"]
    told.settle(lambda: akin.balance() == 1_050)
    told.come_back(page)
    told.settle(lambda: all(state != "new" for _, state in told.notices()))
    assert (akin.balance(), akin.count("payment"), akin.breaks()) == (1_050, 1, [])


def test_a_webhook_before_the_callback_credits_and_the_callback_finds_it_done(told: World) -> None:
    akin = told.buyer()
    order = akin.order()
    page = told.pay(order)
    told.settle(lambda: akin.balance() == 1_050)
    assert "Paid" in told.page(told.come_back(page))
    told.work()
    assert (akin.balance(), akin.count("payment")) == (1_050, 1)


def test_an_answer_with_the_right_state_and_a_wrong_signature_credits_nothing_and_is_asked_again(world: World) -> None:
    akin = world.buyer()
    order = akin.order()
    page = world.pay(order)
    world.iyzico.order("form.read", signature="wrong")
    world.come_back(page)
    world.work()
    assert (akin.balance(), akin.breaks()) == (0, ["payment_untrusted"])
    world.due(order)
    world.sweep()
    assert (akin.balance(), akin.count("payment")) == (1_050, 1)
    assert akin.breaks() == ["payment_untrusted"]  # a person still has to look at it


@pytest.mark.parametrize("change", [{"price": "1.0", "paidPrice": "1.0"}, {"currency": "USD"}, {"basketId": "KNT-X"}])
def test_a_payment_of_another_amount_currency_or_order_credits_nothing_and_is_kept(world: World, change: dict) -> None:
    akin = world.buyer()
    order = akin.order()
    page = world.pay(order)
    world.iyzico.order("form.read", change=change, times=None)
    back = world.come_back(page)
    world.work()
    assert (akin.balance(), akin.count("payment"), akin.breaks()) == (0, 0, ["payment_disagrees"])
    assert "We are looking into your payment" in world.page(back)
    assert akin.post(f"/orders/{order['order_id']}/cancel").status_code == 409
    world.age(order, timedelta(days=3))
    world.sweep()
    assert (akin.balance(), akin.breaks()) == (0, ["payment_disagrees"])


@pytest.mark.parametrize(
    "misdeed",
    [
        {"transport": "http_500"}, {"transport": "html"}, {"transport": "drop"}, {"transport": "truncated"},
        {"transport": "timeout", "seconds": 1}, {"fail": "50000"}, {"fail": "100001"},
    ],
    ids=["500", "html", "drop", "truncated", "timeout", "50000", "system"],
)  # fmt: skip
def test_an_answer_that_is_lost_or_refused_is_asked_for_again(world: World, misdeed: dict) -> None:
    akin = world.buyer()
    order = akin.order()
    page = world.pay(order)
    world.iyzico.order("form.read", **misdeed)
    back = world.come_back(page)
    world.work()
    assert akin.balance() == 0
    assert "being checked" in world.page(back)
    world.due(order)
    world.sweep()
    assert (akin.balance(), akin.breaks()) == (1_050, [])


def test_a_gateway_that_is_away_for_days_loses_no_payment_and_calls_a_person(world: World) -> None:
    akin = world.buyer()
    order = akin.order()
    world.pay(order)
    world.iyzico.order("form.read", transport="http_500", times=None)
    world.age(order, timedelta(hours=26))
    world.sweep()
    still = akin.fresh(order)
    assert (still["payment"]["state"], akin.breaks()) == ("unknown", ["payment_unreadable"])
    assert akin.post(f"/orders/{order['order_id']}/cancel").status_code == 409
    world.iyzico.control("DELETE", "orders")
    world.due(order)
    world.sweep()
    assert akin.balance() == 1_050


@pytest.mark.parametrize(
    "misdeed",
    [{"transport": "drop"}, {"transport": "html", "moved": False}, {"signature": "wrong"}, {"fail": "50000"}],
    ids=["drop", "html", "forged", "50000"],
)  # fmt: skip
def test_a_start_that_is_lost_is_repeated_with_the_same_key_and_order(world: World, misdeed: dict) -> None:
    akin = world.buyer()
    world.iyzico.order("form.start", **misdeed)
    first = akin.ask(key="k-1")
    assert first.status_code in (502, 503)
    problem = first.json()
    order_id = problem["order_id"]
    again = akin.ask(key="k-1")
    assert (again.status_code, again.json()["order_id"]) == (201, order_id)
    replay = akin.ask(key="k-1")
    assert (replay.json(), replay.headers["Idempotency-Replayed"]) == (again.json(), "true")
    assert len(akin.get("/orders").json()["items"]) == 1
    world.come_back(world.pay(again.json()))
    world.work()
    assert akin.balance() == 1_050


def test_a_start_that_is_refused_fails_the_attempt_and_the_order_can_be_paid(world: World) -> None:
    akin = world.buyer()
    world.iyzico.order("form.start", fail="5062")
    refused = akin.ask(key="k-2")
    assert (refused.status_code, refused.json()["code"]) == (402, "payment_refused")
    assert akin.ask(key="k-2").status_code == 402
    order_id = refused.json()["order_id"]
    assert akin.get(f"/orders/{order_id}").json()["state"] == "failed"
    again = akin.post(f"/orders/{order_id}/pay", {"buyer": PAYER}, idempotency_key="k-3")
    assert again.status_code == 200, again.text
    world.come_back(world.pay(again.json()))
    world.work()
    assert akin.balance() == 1_050


def test_a_payment_on_a_page_that_was_held_to_be_over_is_credited_by_its_notice(told: World) -> None:
    """iyzico's clock ran behind ours, or its webhook came late."""
    told.iyzico.control("PUT", "settings", webhook_held=True)
    akin = told.buyer()
    order = akin.order()
    told.age(order, HALF_HOUR)
    told.sweep()
    assert akin.fresh(order)["payment"]["state"] == "expired"
    told.pay(order)
    told.iyzico.control("POST", f"webhooks/{told.iyzico.webhooks()[-1]['id']}")
    told.settle(lambda: akin.balance() == 1_050)
    assert (akin.fresh(order)["state"], akin.breaks()) == ("credited", [])


def test_money_for_a_cancelled_order_is_not_credited_but_kept_for_a_person(told: World) -> None:
    akin = told.buyer()
    order = akin.order()
    assert akin.post(f"/orders/{order['order_id']}/cancel").json()["state"] == "cancelled"
    told.pay(order)
    told.settle(lambda: akin.breaks() == ["payment_after_end"])
    assert (akin.balance(), akin.count("payment")) == (0, 0)


def test_two_payments_of_one_order_credit_once_and_the_second_waits_for_a_person(told: World) -> None:
    akin = told.buyer()
    first = akin.order()
    told.age(first, HALF_HOUR)
    told.sweep()
    second = akin.post(f"/orders/{first['order_id']}/pay", {"buyer": PAYER}).json()
    told.pay(second)
    told.settle(lambda: akin.balance() == 1_050)
    told.pay(first)  # on the old page, which iyzico still has open
    told.settle(lambda: akin.breaks() == ["second_payment"])
    assert (akin.balance(), akin.count("payment")) == (1_050, 1)


def test_a_gateway_that_hangs_is_spared_and_the_other_is_asked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payments, "SLOW_S", 0.2)
    akin = world.buyer()
    hanging, working = [akin.order() for _ in range(4)], akin.order("stripe")
    for order in (*hanging, working):
        world.pay(order)
        world.due(order)
    world.iyzico.order("form.read", transport="timeout", seconds=1, times=None)
    world.sweep()
    assert (akin.balance(), len(world.iyzico.calls("form.read"))) == (1_050, 1)
    world.iyzico.control("DELETE", "orders")
    for order in hanging:
        world.due(order)
    world.sweep()
    assert akin.balance() == 5 * 1_050


def test_notices_out_of_order_leave_the_credit_alone(told: World) -> None:
    told.iyzico.control("PUT", "settings", webhook_held=True)
    akin = told.buyer()
    order = akin.order()
    told.pay(order, card=POOR_CARD)
    told.pay(order)
    failure, success = told.iyzico.webhooks()[-2:]
    assert ('"FAILURE"' in failure["body"], '"SUCCESS"' in success["body"]) == (True, True)
    told.iyzico.control("POST", f"webhooks/{success['id']}")
    told.settle(lambda: akin.balance() == 1_050)
    told.iyzico.control("POST", f"webhooks/{failure['id']}")
    told.settle(lambda: len(told.notices()) >= 2 and all(state != "new" for _, state in told.notices()))
    paid = akin.fresh(order)
    assert (paid["state"], paid["payment"]["state"], paid["payment"]["code"]) == ("credited", "succeeded", "")
    assert (akin.balance(), akin.count("payment"), akin.breaks()) == (1_050, 1, [])


def test_instalments_with_a_surcharge_pay_the_order_and_the_surcharge_is_written_down(world: World) -> None:
    world.iyzico.control("PUT", "settings", surcharge_percent="5")
    akin = world.buyer()
    order = akin.order(installments=[3, 1])
    page = world.pay(order, installment=3)
    world.come_back(page)
    world.work()
    (payment,) = shop.rows(akin.tenant_id, "SELECT amount_kurus, paid_kurus, installments FROM payment")
    assert tuple(payment) == (GROSS, 1_312_40, 3)
    assert (akin.balance(), akin.breaks()) == (1_050, [])
