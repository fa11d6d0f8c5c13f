"""Stripe's checkout: the real package against the fake process; wrong answers, silence, unsafe settings."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
import stripe

from billing.payments.errors import (
    GatewayBusy,
    GatewayRefused,
    GatewayUnavailable,
    PaymentUnknown,
    UntrustedAnswer,
)
from billing.payments.gateway import (
    PaymentState,
    differences,
)
from billing.payments.stripe_gateway.client import API_VERSION, StripeSettings
from billing.payments.stripe_gateway.gateway import StripeGateway

CONFIRM_CARD, LATER_DECLINED, POOR_CARD = "4000002500003155", "4000000000000341", "4000000000009995"
TODAY = datetime.now(UTC).astimezone(timezone(timedelta(hours=3))).date()


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
