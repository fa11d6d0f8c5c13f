"""Everything that Stripe, its payers and the net are known to do, from the API to the ledger (payments/FACTS 6)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from billing.payments.gateway import RefundRequest
from ebelge.jobs.gateways import gateway
from tests.checkout.world import PAYER, World

DECLINED = "4000000000000002"


def test_completed_and_unpaid_waits_for_the_bank_and_is_credited_when_it_pays(told: World) -> None:
    akin = told.buyer()
    order = akin.order("stripe")
    back = told.come_back(told.pay(order, act="bank"))
    told.settle(lambda: all(state != "new" for _, state in told.notices()))
    assert (akin.fresh(order)["state"], akin.balance()) == ("pending", 0)
    assert "being checked" in told.page(back)
    told.age(order, timedelta(hours=30))  # a bank takes its days: the page's end does not end the payment
    told.sweep()
    assert akin.fresh(order)["payment"]["state"] == "pending"
    told.stripe.control("POST", f"async/{session_of(told)}", succeeded=True)
    told.settle(lambda: akin.balance() == 1_050)
    assert akin.fresh(order)["state"] == "credited"


def test_a_bank_that_does_not_pay_in_the_end_leaves_an_order_to_pay_again(told: World) -> None:
    akin = told.buyer()
    order = akin.order("stripe")
    told.pay(order, act="bank")
    told.stripe.control("POST", f"async/{session_of(told)}", succeeded=False)
    told.settle(lambda: akin.fresh(order)["state"] == "failed")
    again = akin.post(f"/orders/{order['order_id']}/pay", {"buyer": PAYER, "method": "iyzico"}).json()
    assert (again["method"], again["payment"]["gateway"]) == ("iyzico", "iyzico")
    told.pay(again)
    told.settle(lambda: akin.balance() == 1_050)
    assert akin.breaks() == []


def test_a_declined_card_then_another_on_the_same_page(told: World) -> None:
    akin = told.buyer()
    order = akin.order("stripe")
    told.pay(order, card=DECLINED)
    told.settle(lambda: all(state != "new" for _, state in told.notices()))
    assert (akin.fresh(order)["state"], akin.balance()) == ("pending", 0)
    told.pay(order)
    told.settle(lambda: akin.balance() == 1_050)


def test_an_expired_session_ends_the_attempt_at_once(told: World) -> None:
    akin = told.buyer()
    order = akin.order("stripe")
    told.stripe.control("POST", f"expire/{session_of(told)}")
    told.settle(lambda: akin.fresh(order)["payment"]["state"] == "failed")
    again = akin.post(f"/orders/{order['order_id']}/pay", {"buyer": PAYER}).json()
    told.pay(again)
    told.settle(lambda: akin.balance() == 1_050)


def test_a_payer_who_gives_up_sees_the_way_back(world: World) -> None:
    akin = world.buyer()
    order = akin.order("stripe")
    gone = world.pay(order, act="cancel")
    assert gone.headers["Location"] == order["payment"]["result_url"]
    assert order["payment"]["redirect_url"] in world.page(gone)


@pytest.mark.parametrize(
    "change",
    [{"payment_status": "no_payment_required"}, {"payment_status": "settled_later"}, {"status": "novelty"}],
    ids=["free", "unknown payment_status", "unknown status"],
)  # fmt: skip
def test_a_word_nobody_knows_is_never_paid(world: World, change: dict[str, Any]) -> None:
    akin = world.buyer()
    order = akin.order("stripe")
    page = world.pay(order)
    world.stripe.order("session.read", change=change)
    world.come_back(page)
    world.work()
    assert (akin.balance(), akin.fresh(order)["payment"]["state"]) == (0, "unknown")
    world.due(order)
    world.sweep()
    assert akin.balance() == 1_050


@pytest.mark.parametrize(
    ("change", "kind"),
    [({"amount_total": 1_00}, "payment_disagrees"), ({"currency": "usd"}, "payment_disagrees"),
     ({"client_reference_id": "KNT-X"}, "payment_disagrees"), ({"livemode": True}, "payment_untrusted")],
    ids=["amount", "currency", "order", "mode"],
)  # fmt: skip
def test_a_session_of_another_amount_currency_order_or_mode_credits_nothing(
    world: World, change: dict[str, Any], kind: str
) -> None:
    akin = world.buyer()
    order = akin.order("stripe")
    page = world.pay(order)
    world.stripe.order("session.read", change=change, times=None)
    world.come_back(page)
    world.work()
    assert (akin.balance(), akin.count("payment"), akin.breaks()) == (0, 0, [kind])


@pytest.mark.parametrize(
    "misdeed",
    [{"transport": "http_500"}, {"transport": "html"}, {"transport": "drop"}, {"transport": "timeout", "seconds": 1},
     {"fail": "rate_limit"}, {"fail": "api_error"}],
    ids=["500", "html", "drop", "timeout", "rate limit", "api error"],
)  # fmt: skip
def test_an_answer_that_is_lost_is_asked_for_again(world: World, misdeed: dict[str, Any]) -> None:
    akin = world.buyer()
    order = akin.order("stripe")
    page = world.pay(order)
    world.stripe.order("session.read", **misdeed)
    world.come_back(page)
    world.work()
    assert akin.balance() == 0
    world.due(order)
    world.sweep()
    assert (akin.balance(), akin.breaks()) == (1_050, [])


def test_a_start_whose_answer_is_lost_gives_the_same_session_to_the_same_key(world: World) -> None:
    akin = world.buyer()
    world.stripe.order("session.create", transport="drop")
    lost = akin.ask("stripe", key="s-1")
    assert (lost.status_code, lost.json()["code"]) == (503, "payment_gateway_unavailable")
    assert lost.headers["Retry-After"] == "5"
    again = akin.ask("stripe", key="s-1")
    assert (again.status_code, again.json()["order_id"]) == (201, lost.json()["order_id"])
    assert len(world.stripe.control("GET", "sessions")) == 1


def test_a_dispute_asks_for_a_look_at_it_and_an_event_of_no_known_type_for_nothing(told: World) -> None:
    akin = told.buyer()
    order = akin.order("stripe")
    told.pay(order)
    told.settle(lambda: akin.balance() == 1_050)
    intent = told.stripe.control("GET", "intents")[-1]["id"]
    told.stripe.control("POST", "disputes", payment_intent=intent)
    told.stripe.control("POST", "events", type="novelty.invented")
    told.settle(lambda: all(state != "new" for _, state in told.notices()) and akin.fresh(order)["state"] == "disputed")
    assert ("stripe", "ignored") in told.notices()
    assert akin.balance() == 0


def test_a_refund_made_past_us_at_the_gateways_own_desk_calls_a_person(told: World) -> None:
    akin = told.buyer()
    order = akin.order("stripe")
    told.pay(order)
    told.settle(lambda: akin.balance() == 1_050)
    intent = told.stripe.control("GET", "intents")[-1]["id"]
    gateway("stripe").refund(RefundRequest("desk-1", intent, 100_00, "TRY"), may_have_happened=False)
    told.settle(lambda: akin.breaks() == ["refund_outside"])
    assert akin.balance() == 1_050


def session_of(world: World) -> str:
    """The session that was made last."""
    return str(world.stripe.control("GET", "sessions")[-1]["id"])
