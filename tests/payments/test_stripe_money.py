"""Stripe's money: saved cards, refunds, disputes, the list of a day; nothing moves twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from billing.payments.disputes import DisputeStep
from billing.payments.errors import AuthenticationNeeded, GatewayRefused, GatewayUnavailable
from billing.payments.gateway import PaymentState, RefundRequest, RefundState, SavedCardCharge

CONFIRM_CARD, LATER_DECLINED = "4000002500003155", "4000000000000341"
TODAY = datetime.now(UTC).astimezone(timezone(timedelta(hours=3))).date()


@pytest.fixture
def buy(stripe_gateway, order, pay_stripe):
    """A paid session; its evidence."""

    def act(amount_kurus: int = 120_50, **how):
        request = order(amount_kurus, save_card="card" in how)
        started = stripe_gateway.start(request)
        assert pay_stripe(started.redirect_url, **how).status_code == 303
        return stripe_gateway.read(started.gateway_ref, attempt_ref=request.attempt_ref)

    return act


def refund_of(paid, amount_kurus, number=1):
    return RefundRequest(f"iade-{paid.payment_id}-{number}", paid.payment_id, amount_kurus, "TRY")


def test_a_saved_card_is_charged_without_its_owner(stripe_gateway, buy, order):
    card = buy(card="4242424242424242").saved_card
    assert (card.brand, card.last_four) == ("visa", "4242")
    charge = SavedCardCharge(order(500_00), card)
    paid = stripe_gateway.charge_saved_card(charge, may_have_happened=False)
    assert (paid.state, paid.amount_kurus, paid.order_ref) == (PaymentState.PAID, 500_00, charge.payment.order_ref)
    assert stripe_gateway.read_payment(paid.payment_id).payment_id == paid.payment_id


def test_a_time_out_after_the_money_moved_charges_once_even_when_stripe_forgot_the_key(
    stripe_gateway, fake_stripe, buy, order
):
    charge = SavedCardCharge(order(500_00), buy(card="4242424242424242").saved_card)
    fake_stripe.order("intent.create", transport="drop")
    with pytest.raises(GatewayUnavailable):
        stripe_gateway.charge_saved_card(charge, may_have_happened=False)
    again = stripe_gateway.charge_saved_card(charge, may_have_happened=True)
    assert again.state is PaymentState.PAID
    assert len(fake_stripe.calls("intent.create")) == 1


def test_a_charge_that_never_arrived_is_sent_again(stripe_gateway, fake_stripe, buy, order):
    charge = SavedCardCharge(order(500_00), buy(card="4242424242424242").saved_card)
    fake_stripe.order("intent.create", transport="drop", moved=False)
    with pytest.raises(GatewayUnavailable):
        stripe_gateway.charge_saved_card(charge, may_have_happened=False)
    assert stripe_gateway.charge_saved_card(charge, may_have_happened=True).state is PaymentState.PAID


def test_a_bank_that_wants_the_payer_is_told_apart_and_not_asked_again(stripe_gateway, fake_stripe, buy, order):
    charge = SavedCardCharge(order(500_00), buy(card=CONFIRM_CARD).saved_card)
    with pytest.raises(AuthenticationNeeded) as needed:
        stripe_gateway.charge_saved_card(charge, may_have_happened=False)
    assert needed.value.payment_id.startswith("pi_")
    found = stripe_gateway.charge_saved_card(charge, may_have_happened=True)
    assert (found.state, found.code) == (PaymentState.FAILED, "authentication_required")
    assert len(fake_stripe.calls("intent.create")) == 1


def test_a_declined_saved_card_is_a_refusal(stripe_gateway, buy, order):
    with pytest.raises(GatewayRefused) as refused:
        stripe_gateway.charge_saved_card(
            SavedCardCharge(order(), buy(card=LATER_DECLINED).saved_card), may_have_happened=False
        )
    assert refused.value.gateway_code == "card_declined"


def test_refunds_go_back_in_parts_up_to_what_was_paid(stripe_gateway, buy):
    paid = buy()
    assert stripe_gateway.refund(refund_of(paid, 20_00), may_have_happened=False).state is RefundState.DONE
    with pytest.raises(GatewayRefused) as above:
        stripe_gateway.refund(refund_of(paid, 100_51, 2), may_have_happened=False)
    assert above.value.gateway_code == "refund_above_remainder"
    stripe_gateway.refund(refund_of(paid, 100_50, 3), may_have_happened=False)
    assert stripe_gateway.read_payment(paid.payment_id).refunded_kurus == 120_50


def test_a_refund_that_timed_out_after_success_is_not_given_twice(stripe_gateway, fake_stripe, buy):
    paid = buy()
    fake_stripe.order("refund.create", transport="drop")
    with pytest.raises(GatewayUnavailable):
        stripe_gateway.refund(refund_of(paid, 20_00), may_have_happened=False)
    by_key = stripe_gateway.refund(refund_of(paid, 20_00), may_have_happened=False)
    by_list = stripe_gateway.refund(refund_of(paid, 20_00), may_have_happened=True)
    assert by_key.refund_id == by_list.refund_id
    assert stripe_gateway.read_payment(paid.payment_id).refunded_kurus == 20_00


def test_a_refund_that_fails_days_later_is_read_as_failed(stripe_gateway, fake_stripe, buy):
    paid = buy()
    done = stripe_gateway.refund(refund_of(paid, 20_00), may_have_happened=False)
    fake_stripe.control("POST", f"refunds/{done.refund_id}", reason="lost_or_stolen_card")
    failed = stripe_gateway.read_refund(done.refund_id)
    assert (failed.state, failed.reason, failed.refund_ref) == (
        RefundState.FAILED, "lost_or_stolen_card", done.refund_ref,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "step"),
    [("won", DisputeStep.THAW), ("lost", DisputeStep.VOID), ("under_review", DisputeStep.FREEZE),
     ("warning_closed", DisputeStep.THAW), ("appeal_under_review", DisputeStep.APPEAL), ("novel", DisputeStep.ASK)],
)  # fmt: skip
def test_a_dispute_says_what_it_asks_of_the_ledger(stripe_gateway, fake_stripe, buy, status, step):
    paid = buy()
    opened = fake_stripe.control("POST", "disputes", payment_intent=paid.payment_id, fee=1500)
    dispute = stripe_gateway.read_dispute(opened["id"])
    assert (dispute.step, dispute.withdrawn, dispute.fee_kurus) == (DisputeStep.FREEZE, True, 1500)
    assert (dispute.payment_id, dispute.amount_kurus) == (paid.payment_id, 120_50)
    fake_stripe.control("POST", f"disputes/{opened['id']}", status=status)
    closed = stripe_gateway.read_dispute(opened["id"])
    assert (closed.step, closed.withdrawn) == (step, status != "won")


def test_the_list_of_a_day_has_every_page_once(stripe_gateway, fake_stripe, buy):
    fake_stripe.settings(page_size_max=2)
    bought = [buy() for _ in range(5)]
    stripe_gateway.refund(refund_of(bought[0], 20_00), may_have_happened=False)
    listed = stripe_gateway.transactions(TODAY)
    assert sorted(entry.payment_id for entry in listed if entry.kind == "payment") == sorted(
        paid.payment_id for paid in bought
    )
    (refund,) = [entry for entry in listed if entry.kind == "refund"]
    assert (refund.amount_kurus, refund.payment_id) == (20_00, bought[0].payment_id)
    assert stripe_gateway.transactions(TODAY - timedelta(days=2)) == []
