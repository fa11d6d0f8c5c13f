"""Stripe's checkout, refunds and disputes: the real package against the fake process."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
import stripe

from billing.payments.disputes import DisputeStep
from billing.payments.errors import (
    AuthenticationNeeded,
    GatewayBusy,
    GatewayRefused,
    GatewayUnavailable,
    PaymentUnknown,
    UntrustedAnswer,
)
from billing.payments.gateway import (
    PaymentState,
    RefundRequest,
    RefundState,
    SavedCardCharge,
    differences,
)
from billing.payments.stripe_gateway.client import API_VERSION, StripeSettings
from billing.payments.stripe_gateway.gateway import StripeGateway

CONFIRM_CARD, LATER_DECLINED, POOR_CARD = "4000002500003155", "4000000000000341", "4000000000009995"
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


def test_the_version_is_pinned_and_the_packages_own():
    from stripe._api_version import _ApiVersion

    assert API_VERSION == _ApiVersion.CURRENT
    assert stripe.VERSION.startswith("16.")


def test_a_payer_pays_and_the_evidence_agrees_with_the_order(stripe_gateway, fake_stripe, order, pay_stripe):
    request = order()
    started = stripe_gateway.start(request)
    back = pay_stripe(started.redirect_url)
    assert back.headers["Location"] == f"{request.return_url}?session_id={started.gateway_ref}"
    paid = stripe_gateway.read(started.gateway_ref, attempt_ref=request.attempt_ref)
    assert (paid.state, paid.amount_kurus, paid.paid_kurus, paid.currency) == (PaymentState.PAID, 12050, 12050, "TRY")
    assert paid.payment_id.startswith("pi_")
    assert paid.fee_kurus == 349
    assert differences(paid, order_ref=request.order_ref, amount_kurus=120_50, currency="TRY") == ()
    (call,) = fake_stripe.calls("session.create")
    assert call["body"]["version"] == API_VERSION
    assert call["body"]["key"] == f"start-{request.attempt_ref}"
    fields = call["body"]["fields"]
    assert fields["line_items"][0]["price_data"] == {
        "currency": "try", "unit_amount": "12050", "product_data": {"name": "1.000 kontör"},
    }  # fmt: skip


def test_the_same_attempt_gets_the_same_session(stripe_gateway, order):
    request = order(expires_at_s=int(time.time()) + 3600)
    first, second = stripe_gateway.start(request), stripe_gateway.start(request)
    assert first.gateway_ref == second.gateway_ref
    assert 3590 <= first.expires_in_s <= 3600


def test_one_attempt_with_two_amounts_is_our_fault(stripe_gateway, order):
    request = order()
    stripe_gateway.start(request)
    with pytest.raises(GatewayRefused) as refused:
        stripe_gateway.start(replace(request, amount_kurus=1))
    assert (refused.value.gateway_code, refused.value.ours) == ("idempotency_error", True)


def test_a_payer_who_never_returns_leaves_the_payment_pending_until_it_expires(
    stripe_gateway, fake_stripe, order, pay_stripe
):
    request = order()
    started = stripe_gateway.start(request)
    assert pay_stripe(started.redirect_url, button="cancel").headers["Location"] == request.cancel_url
    assert stripe_gateway.read(started.gateway_ref, attempt_ref=request.attempt_ref).state is PaymentState.PENDING
    fake_stripe.control("POST", f"expire/{started.gateway_ref}")
    assert stripe_gateway.read(started.gateway_ref, attempt_ref=request.attempt_ref).state is PaymentState.FAILED


def test_a_declined_card_and_then_a_good_one_is_a_payment(stripe_gateway, order, pay_stripe):
    request = order()
    started = stripe_gateway.start(request)
    assert pay_stripe(started.redirect_url, card=POOR_CARD).status_code == 200
    declined = stripe_gateway.read(started.gateway_ref, attempt_ref=request.attempt_ref)
    assert (declined.state, declined.code) == (PaymentState.PENDING, "insufficient_funds")
    assert declined.text_tr == "Kart limiti veya bakiye yetersiz"
    pay_stripe(started.redirect_url)
    assert stripe_gateway.read(started.gateway_ref, attempt_ref=request.attempt_ref).state is PaymentState.PAID


@pytest.mark.parametrize(("succeeded", "state"), [(True, PaymentState.PAID), (False, PaymentState.FAILED)])
def test_completed_but_unpaid_waits_for_the_bank(stripe_gateway, fake_stripe, order, pay_stripe, succeeded, state):
    request = order()
    started = stripe_gateway.start(request)
    pay_stripe(started.redirect_url, button="bank")
    waiting = stripe_gateway.read(started.gateway_ref, attempt_ref=request.attempt_ref)
    assert (waiting.state, waiting.paid_kurus) == (PaymentState.PENDING, 0)
    fake_stripe.control("POST", f"async/{started.gateway_ref}", succeeded=succeeded)
    assert stripe_gateway.read(started.gateway_ref, attempt_ref=request.attempt_ref).state is state


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        ({"amount_total": 1}, ("amount",)),
        ({"currency": "usd"}, ("currency",)),
        ({"client_reference_id": "another"}, ("order",)),
    ],
)
def test_another_amount_currency_or_order_is_named(stripe_gateway, fake_stripe, order, pay_stripe, change, differs):
    request = order()
    started = stripe_gateway.start(request)
    pay_stripe(started.redirect_url)
    fake_stripe.order("session.read", change=change)
    found = stripe_gateway.read(started.gateway_ref, attempt_ref=request.attempt_ref)
    assert differences(found, order_ref=request.order_ref, amount_kurus=120_50, currency="TRY") == differs


@pytest.mark.parametrize(
    "change",
    [{"id": "cs_x"}, {"metadata": {}}, {"livemode": True}, {"livemode": None}, {"amount_total": -5},
     {"amount_total": "12050"}],
)  # fmt: skip
def test_an_answer_about_something_else_is_not_believed(stripe_gateway, fake_stripe, order, pay_stripe, change):
    request = order()
    started = stripe_gateway.start(request)
    pay_stripe(started.redirect_url)
    fake_stripe.order("session.read", change=change)
    with pytest.raises(UntrustedAnswer):
        stripe_gateway.read(started.gateway_ref, attempt_ref=request.attempt_ref)


@pytest.mark.parametrize("change", [{"payment_status": "half"}, {"payment_status": "no_payment_required"},
                                    {"status": "novel"}])  # fmt: skip
def test_a_state_nobody_knows_is_not_a_payment(stripe_gateway, fake_stripe, order, pay_stripe, change):
    request = order()
    started = stripe_gateway.start(request)
    pay_stripe(started.redirect_url)
    fake_stripe.order("session.read", change=change)
    state = stripe_gateway.read(started.gateway_ref, attempt_ref=request.attempt_ref).state
    assert state is PaymentState.UNKNOWN


@pytest.mark.parametrize(
    "transport", ["http_500", "html", "garbage", "drop", "truncated", "timeout", "slow", "oversized"]
)
def test_what_is_no_answer_leaves_the_outcome_unknown(hasty_stripe, fake_stripe, order, transport):
    request = order()
    started = hasty_stripe.start(request)
    fake_stripe.order("session.read", transport=transport, seconds=20)
    began = time.monotonic()
    with pytest.raises(GatewayUnavailable):
        hasty_stripe.read(started.gateway_ref, attempt_ref=request.attempt_ref)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("fail", "error"),
    [("rate_limit", GatewayBusy), ("api_error", GatewayUnavailable), ("key_in_use", GatewayUnavailable),
     ("permission", GatewayRefused)],
)  # fmt: skip
def test_refusals_of_stripe_have_their_meaning(stripe_gateway, fake_stripe, order, fail, error):
    fake_stripe.order("session.create", fail=fail)
    with pytest.raises(error):
        stripe_gateway.start(order())


def test_a_wrong_key_and_an_unknown_object(stripe_gateway, order):
    other = StripeGateway(replace(stripe_gateway.settings, api_key="sk_test_other"))
    with pytest.raises(GatewayRefused) as refused:
        other.start(order())
    assert refused.value.ours
    with pytest.raises(PaymentUnknown):
        stripe_gateway.read_payment("pi_nobody")


def test_the_package_repeats_with_the_same_key_and_one_session_comes_of_it(stripe_gateway, fake_stripe, order):
    patient = StripeGateway(replace(stripe_gateway.settings, retry_count_max=2))
    fake_stripe.order("session.create", transport="drop")
    started = patient.start(order())
    assert len(fake_stripe.calls("session.create")) == 2
    assert [entry["id"] for entry in fake_stripe.control("GET", "sessions")] == [started.gateway_ref]


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


@pytest.mark.parametrize(
    "settings",
    [{"webhook_secrets": ()}, {"webhook_secrets": ("",)}, {"webhook_secrets": ("a", " ")}, {"api_key": ""},
     {"base_url": "http://api.stripe.com"}, {"base_url": "x"}, {"webhook_tolerance_s": 0}],
)  # fmt: skip
def test_settings_that_would_be_unsafe_are_refused(settings):
    with pytest.raises(ValueError, match=r"Stripe|http|webhook"):
        StripeSettings(**{"api_key": "sk_test_x", "webhook_secrets": ("whsec_x",)} | settings)


def test_keys_are_not_printed():
    shown = repr(StripeSettings(api_key="sk_test_geheim", webhook_secrets=("whsec_geheim",)))
    assert "geheim" not in shown
