"""Refunds and disputes at the gateways as they really answer: late, twice, not at all, and days later otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.jobs import returns
from ebelge.outbox import messages
from tests.orders import shop
from tests.returns.desk import Desk

pytestmark = pytest.mark.usefixtures("fakes")
BOTH = pytest.mark.parametrize("name", ["iyzico", "stripe"])
REFUND_CALL = {"iyzico": "refund.item", "stripe": "refund.create"}


def misbehave(fake: Any, name: str, *, times: int | None = 1, **do: Any) -> None:
    fake.control("POST", "orders", when={"call": REFUND_CALL[name]}, do=do, times=times)


def given_back(fake: Any, name: str) -> list[tuple[str, int]]:
    """What the gateway says it gave back: our id of the refund and the amount in kuruş."""
    if name == "stripe":
        entries = fake.control("GET", "refunds")
        return [(entry["metadata"]["refund_ref"], entry["amount"]) for entry in entries if entry["status"] != "failed"]
    refunds = [entry for payment in fake.control("GET", "payments") for entry in payment["refunds"]]
    return [
        (entry["refundConversationId"], round(float(entry["refundPrice"]) * 100))
        for entry in refunds
        if entry["refundStatus"] == 1
    ]


@BOTH
def test_the_money_goes_back_to_the_original_payment(desk: Desk, fakes: Any, pay: Any, name: str):
    akin = desk.customer()
    order = desk.paid_at(akin, name, pay)
    desk.spend(akin, 400)
    refund_id = desk.ready(order)
    desk.cashier()
    refund = desk.refund(akin, refund_id)
    assert (refund.state, refund.gross_kurus, refund.may_have_happened) == ("done", 72_000, True)
    assert given_back(fakes[name], name) == [(refund_id.hex, 72_000)]
    assert desk.state(order) == "partially_refunded"
    desk.cashier()
    assert desk.look(akin, refund_id) == "done"
    assert len(given_back(fakes[name], name)) == 1


@BOTH
def test_a_time_out_after_success_is_asked_about_and_not_sent_again(desk: Desk, fakes: Any, pay: Any, name: str):
    akin = desk.customer()
    order = desk.paid_at(akin, name, pay)
    misbehave(fakes[name], name, times=None, transport="drop")
    refund_id = desk.ready(order)
    desk.cashier()
    assert desk.refund(akin, refund_id).state == "unknown"
    assert desk.balances(akin) == (0, 0, 1_000)
    returns.look_after_refunds(utc_now())
    assert desk.cashier() == 0  # not before the quiet time is over
    fakes[name].control("DELETE", "orders")
    assert desk.look(akin, refund_id) == "done"
    assert given_back(fakes[name], name) == [(refund_id.hex, order.gross_kurus)]
    assert (desk.state(order), desk.balances(akin)) == ("refunded", (0, 0, 0))


@BOTH
def test_a_call_that_never_arrived_is_sent_again_after_the_gateway_was_read(
    desk: Desk, fakes: Any, pay: Any, name: str
):
    akin = desk.customer()
    order = desk.paid_at(akin, name, pay)
    misbehave(fakes[name], name, times=None, transport="drop", moved=False)
    refund_id = desk.ready(order)
    desk.cashier()
    assert desk.look(akin, refund_id) == "unknown"
    assert given_back(fakes[name], name) == []
    fakes[name].control("DELETE", "orders")
    assert desk.look(akin, refund_id) == "done"
    assert given_back(fakes[name], name) == [(refund_id.hex, order.gross_kurus)]


def test_who_dies_after_the_call_leaves_a_refund_that_is_found_again(desk: Desk, fakes: Any, pay: Any):
    akin = desk.customer()
    order = desk.paid_at(akin, "iyzico", pay)
    refund_id = desk.ready(order)
    call = desk.begin(akin, refund_id)
    outcome = returns._call(call)  # paid, and nobody wrote it down
    assert given_back(fakes["iyzico"], "iyzico") == [(refund_id.hex, order.gross_kurus)]
    assert outcome is not None
    assert desk.look(akin, refund_id) == "done"
    assert len(given_back(fakes["iyzico"], "iyzico")) == 1


@BOTH
def test_a_refusal_gives_the_kontor_back_and_tells_a_person(desk: Desk, fakes: Any, pay: Any, name: str):
    akin = desk.customer()
    order = desk.paid_at(akin, name, pay)
    misbehave(fakes[name], name, fail={"iyzico": "5118", "stripe": "resource_missing"}[name])
    refund_id = desk.ready(order)
    desk.cashier()
    assert desk.refund(akin, refund_id).state == "failed"
    assert desk.balances(akin) == (1_000, 0, 0)
    assert desk.breaks(akin) == ["refund_failed"]
    assert desk.differences(akin) == []


def test_a_refusal_after_an_unknown_outcome_is_believed_only_when_the_gateway_has_nothing(
    desk: Desk, fakes: Any, pay: Any
):
    akin = desk.customer()
    order = desk.paid_at(akin, "iyzico", pay)
    misbehave(fakes["iyzico"], "iyzico", transport="drop")
    refund_id = desk.ready(order)
    desk.cashier()
    # The first look at the report finds nothing yet, the repetition is refused: there is nothing left to refund.
    fakes["iyzico"].control("POST", "orders", when={"call": "report.payment"}, do={"change": {"payments": []}}, times=1)
    assert desk.look(akin, refund_id) == "done"
    assert given_back(fakes["iyzico"], "iyzico") == [(refund_id.hex, order.gross_kurus)]


def test_a_busy_gateway_is_left_alone_for_a_while(desk: Desk, fakes: Any, pay: Any):
    akin = desk.customer()
    order = desk.paid_at(akin, "iyzico", pay)
    misbehave(fakes["iyzico"], "iyzico", fail="50000")
    refund_id = desk.ready(order)
    desk.cashier()
    refund = desk.refund(akin, refund_id)
    assert (refund.state, refund.may_have_happened, refund.called_at) == ("ready", False, None)
    assert desk.look(akin, refund_id) == "done"


def test_an_answer_that_is_not_signed_proves_nothing_until_it_is_read_back(desk: Desk, fakes: Any, pay: Any):
    akin = desk.customer()
    order = desk.paid_at(akin, "iyzico", pay)
    misbehave(fakes["iyzico"], "iyzico", signature="wrong")
    refund_id = desk.ready(order)
    desk.cashier()
    assert desk.refund(akin, refund_id).state == "unknown"
    assert desk.look(akin, refund_id) == "done"
    assert len(given_back(fakes["iyzico"], "iyzico")) == 1


def test_an_account_without_refunds_by_payment_refunds_the_line(
    desk: Desk, fakes: Any, pay: Any, monkeypatch: pytest.MonkeyPatch
):
    from ebelge.jobs import gateways

    fakes["iyzico"].control("PUT", "settings", v2_refund_allowed=False)
    monkeypatch.setenv("EBELGE_IYZICO_REFUND_BY", "payment")
    gateways.gateways.cache_clear()
    akin = desk.customer()
    refund_id = desk.ready(desk.paid_at(akin, "iyzico", pay))
    desk.cashier()
    assert desk.refund(akin, refund_id).state == "done"
    calls = fakes["iyzico"].http.get(f"{fakes['iyzico'].control_url}/calls", timeout=10).json()
    assert [call["name"] for call in calls if call["name"].startswith("refund")] == ["refund.payment", "refund.item"]


def test_a_payment_in_instalments_is_refunded_by_its_line_without_the_surcharge(desk: Desk, fakes: Any, pay: Any):
    fakes["iyzico"].control("PUT", "settings", surcharge_percent="5")
    akin = desk.customer()
    order = desk.paid_at(akin, "iyzico", pay, installment=3)
    (payment,) = desk.rows(akin, "SELECT * FROM payment")
    assert (payment.installments, payment.paid_kurus) == (3, 126_000)
    refund_id = desk.ready(order)
    desk.cashier()
    assert given_back(fakes["iyzico"], "iyzico") == [(refund_id.hex, 120_000)]
    assert desk.state(order) == "refunded"


def test_a_pending_refund_is_asked_about_until_it_is_done(desk: Desk, fakes: Any, pay: Any):
    akin = desk.customer()
    order = desk.paid_at(akin, "stripe", pay)
    misbehave(fakes["stripe"], "stripe", change={"status": "pending"})
    refund_id = desk.ready(order)
    desk.cashier()
    assert (desk.refund(akin, refund_id).state, desk.balances(akin)) == ("sent", (0, 0, 1_000))
    assert desk.look(akin, refund_id) == "done"
    assert len(given_back(fakes["stripe"], "stripe")) == 1


@pytest.mark.parametrize("how", ["notice", "clock"])
def test_a_refund_that_fails_days_later_is_noticed_with_or_without_a_webhook(
    desk: Desk, fakes: Any, pay: Any, how: str
):
    akin = desk.customer()
    order = desk.paid_at(akin, "stripe", pay)
    desk.spend(akin, 250)
    refund_id = desk.ready(order)
    desk.cashier()
    number = desk.refund(akin, refund_id).gateway_refund_id
    fakes["stripe"].control("POST", f"refunds/{number}", reason="lost_or_stolen_card")
    if how == "notice":
        with tenant_session(akin) as session:
            messages.put(
                session, tenant_id=akin, topic="refund.send", key=refund_id, at=utc_now(), payload={"noticed": number}
            )
        desk.cashier()
    else:
        desk.look(akin, refund_id)
    refund = desk.refund(akin, refund_id)
    assert (refund.state, refund.failure) == ("failed", "lost_or_stolen_card")
    assert desk.balances(akin) == (750, 0, 0)
    assert (desk.state(order), shop.fresh(order).refunded_kurus) == ("credited", 0)
    second = desk.ready(order)
    desk.cashier()
    assert desk.refund(akin, second).state == "done"
    assert given_back(fakes["stripe"], "stripe") == [(second.hex, 90_000)]
    assert desk.differences(akin) == []


def test_a_gateway_that_is_no_longer_configured_loses_nothing(
    desk: Desk, fakes: Any, pay: Any, monkeypatch: pytest.MonkeyPatch
):
    from ebelge.jobs import gateways

    akin = desk.customer()
    refund_id = desk.ready(desk.paid_at(akin, "stripe", pay))
    for name in ("API_KEY", "WEBHOOK_SECRET"):
        monkeypatch.delenv(f"EBELGE_STRIPE_{name}")
    gateways.gateways.cache_clear()
    desk.cashier()
    assert desk.refund(akin, refund_id).state == "ready"
    assert desk.balances(akin) == (0, 0, 1_000)


def read(desk: Desk, order: Any, number: str) -> None:
    """A notice about a dispute came; its worker reads the dispute."""
    (payment,) = desk.rows(order.tenant_id, "SELECT payment_id FROM payment")
    with tenant_session(order.tenant_id) as session:
        messages.put(
            session, tenant_id=order.tenant_id, topic="dispute.read", key=payment.payment_id, at=utc_now(),
            payload={"gateway": "stripe", "gateway_dispute_id": number},
        )  # fmt: skip
    desk.cashier()
    desk.follow()
    assert desk.waiting() == []


def opened(desk: Desk, fakes: Any, order: Any, **how: Any) -> str:
    """The payer's bank opens a dispute at Stripe."""
    (payment,) = desk.rows(order.tenant_id, "SELECT gateway_payment_id FROM payment")
    return str(fakes["stripe"].control("POST", "disputes", payment_intent=payment.gateway_payment_id, **how)["id"])


def test_a_dispute_at_stripe_freezes_and_what_is_won_thaws(desk: Desk, fakes: Any, pay: Any):
    akin = desk.customer()
    order = desk.paid_at(akin, "stripe", pay)
    desk.spend(akin, 100)
    number = opened(desk, fakes, order, fee=1500)
    for _ in range(2):
        read(desk, order, number)
    assert (desk.balances(akin), desk.state(order)) == ((0, 0, 900), "disputed")
    fakes["stripe"].control("POST", f"disputes/{number}", status="won")
    for _ in range(2):
        read(desk, order, number)
    assert (desk.balances(akin), desk.state(order)) == ((900, 0, 0), "credited")
    assert desk.differences(akin) == []


def test_a_dispute_at_stripe_that_is_lost_voids_and_books_what_was_used(desk: Desk, fakes: Any, pay: Any):
    akin = desk.customer()
    order = desk.paid_at(akin, "stripe", pay)
    desk.spend(akin, 100)
    number = opened(desk, fakes, order)
    fakes["stripe"].control("POST", f"disputes/{number}", status="lost")
    for _ in range(2):  # it was lost before we first heard of it
        read(desk, order, number)
    assert (desk.balances(akin), desk.state(order)) == ((0, 0, 0), "charged_back")
    assert desk.owed(akin) == [(12_000, "open")]
    (row,) = desk.rows(akin, "SELECT fee_kurus, step, ended_at FROM dispute")
    assert (row.fee_kurus, row.step, row.ended_at is not None) == (1_500, "void", True)
    assert desk.differences(akin) == []


def test_a_state_that_nobody_knows_frees_nothing_and_asks_a_person(desk: Desk, fakes: Any, pay: Any):
    akin = desk.customer()
    order = desk.paid_at(akin, "stripe", pay)
    number = opened(desk, fakes, order)
    read(desk, order, number)
    fakes["stripe"].control("POST", f"disputes/{number}", status="under_magic")
    read(desk, order, number)
    assert (desk.balances(akin), desk.breaks(akin)) == ((0, 0, 1_000), ["dispute_needs_person"])
    fakes["stripe"].control("POST", f"disputes/{number}", status="won")
    read(desk, order, number)
    assert (desk.balances(akin), desk.state(order)) == ((1_000, 0, 0), "credited")


def test_a_refund_that_waits_is_called_off_when_the_payment_is_disputed(desk: Desk, fakes: Any, pay: Any):
    akin = desk.customer()
    order = desk.paid_at(akin, "stripe", pay)
    refund_id = desk.request(order)
    read(desk, order, opened(desk, fakes, order))
    assert desk.refund(akin, refund_id).state == "cancelled"
    assert (desk.balances(akin), desk.state(order)) == ((0, 0, 1_000), "disputed")
