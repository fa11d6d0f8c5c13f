"""A seeded storm: answers lost, forged, unreadable, before and after the money moved; everything happens once."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from billing.payments.errors import GatewayBusy, GatewayUnavailable, UntrustedAnswer
from billing.payments.gateway import PaymentState, RefundRequest, RefundState, SavedCardCharge

UNSURE = (GatewayUnavailable, UntrustedAnswer, GatewayBusy)
LOST = [{"transport": "drop"}, {"transport": "drop", "moved": False}, {"transport": "html"}, {"transport": "http_500"},
        {"transport": "truncated"}, {"transport": "garbage", "moved": False}]  # fmt: skip
IYZICO = [*LOST, {"signature": "wrong"}, {"signature": "missing"}, {"fail": "10219"}, {"fail": "50000"},
          {"change": {"price": "1"}, "signature": "stale"}]  # fmt: skip
STRIPE = [*LOST, {"fail": "rate_limit"}, {"fail": "key_in_use"}, {"fail": "api_error"}, {"change": {"livemode": True}}]


def until_known(fake, chance, calls, misdeeds, act):
    """Call again, honestly saying so, until the outcome is known; each call in a weather of its own."""
    for tries in range(60):
        fake.control("DELETE", "orders")
        for call in calls:
            if chance.random() < 0.5:
                fake.order(call, **chance.choice(misdeeds))
        try:
            return act(may_have_happened=tries > 0)
        except UNSURE:
            continue
    raise AssertionError("never known")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_in_a_storm_at_iyzico_every_charge_and_refund_happens_once(gateway, iyzico, order, pay, seed):
    chance, first = random.Random(seed), order()
    started = gateway.start(first)
    pay(started.redirect_url, save=True)
    card = gateway.read(started.gateway_ref, attempt_ref=first.attempt_ref).saved_card
    wanted, refunded = {}, {}
    for _ in range(6):
        request = order(chance.randrange(100_00, 900_00))
        wanted[request.attempt_ref] = request.amount_kurus
        paid = until_known(
            iyzico, chance, ("payment.create", "payment.read", "report.payment"), IYZICO,
            lambda charge=SavedCardCharge(request, card), **how: gateway.charge_saved_card(charge, **how),
        )  # fmt: skip
        assert (paid.state, paid.amount_kurus) == (PaymentState.PAID, request.amount_kurus)
        back = RefundRequest(f"iade-{request.attempt_ref}", paid.payment_id, chance.randrange(1, 90_00), "TRY")
        refunded[back.refund_ref] = back.amount_kurus
        done = until_known(
            iyzico, chance, ("refund.item", "payment.read", "report.payment"), IYZICO,
            lambda back=back, **how: gateway.refund(back, **how),
        )  # fmt: skip
        assert (done.state, done.amount_kurus) == (RefundState.DONE, back.amount_kurus)
    payments = iyzico.control("GET", "payments")
    made = Counter(entry["paymentConversationId"] for entry in payments if entry["paymentStatus"] == "SUCCESS")
    assert made == Counter([first.attempt_ref, *wanted])
    given = Counter(entry["refundConversationId"] for payment in payments for entry in payment["refunds"])
    assert given == Counter(list(refunded))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_in_a_storm_at_stripe_every_charge_and_refund_happens_once(
    stripe_gateway, fake_stripe, order, pay_stripe, seed
):
    chance, first = random.Random(seed), order(save_card=True)
    started = stripe_gateway.start(first)
    pay_stripe(started.redirect_url)
    card = stripe_gateway.read(started.gateway_ref, attempt_ref=first.attempt_ref).saved_card
    wanted, refunded = {}, {}
    for _ in range(6):
        request = order(chance.randrange(100_00, 900_00))
        wanted[request.attempt_ref] = request.amount_kurus
        paid = until_known(
            fake_stripe, chance, ("intent.create", "intent.list"), STRIPE,
            lambda charge=SavedCardCharge(request, card), **how: stripe_gateway.charge_saved_card(charge, **how),
        )  # fmt: skip
        assert (paid.state, paid.amount_kurus) == (PaymentState.PAID, request.amount_kurus)
        back = RefundRequest(f"iade-{request.attempt_ref}", paid.payment_id, chance.randrange(1, 90_00), "TRY")
        refunded[back.refund_ref] = back.amount_kurus
        done = until_known(
            fake_stripe, chance, ("refund.create", "refund.list"), STRIPE,
            lambda back=back, **how: stripe_gateway.refund(back, **how),
        )  # fmt: skip
        assert (done.state, done.amount_kurus) == (RefundState.DONE, back.amount_kurus)
    intents = fake_stripe.control("GET", "intents")
    made = Counter(entry["metadata"]["attempt_ref"] for entry in intents if entry["status"] == "succeeded")
    assert made == Counter([first.attempt_ref, *wanted])
    assert sum(charge["amount_refunded"] for charge in fake_stripe.control("GET", "charges")) == sum(refunded.values())
