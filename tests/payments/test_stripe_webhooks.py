"""Stripe's webhooks: signature, age, rotation, mode; duplicates, unknown types, hostile bodies."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest
import stripe

from billing.payments.errors import GatewayNotConfigured, UntrustedAnswer
from billing.payments.stripe_gateway.client import StripeSettings
from billing.payments.stripe_gateway.gateway import StripeGateway
from billing.payments.stripe_gateway.webhooks import open_notice

SECRET = "whsec_test"
SETTINGS = StripeSettings(api_key="sk_test_x", webhook_secrets=(SECRET,))
AT = 1_700_000_000
EVENT = {
    "id": "evt_1", "object": "event", "type": "checkout.session.completed", "livemode": False,
    "data": {"object": {"object": "checkout.session", "id": "cs_1", "payment_intent": "pi_1", "payment_status": "paid",
                        "metadata": {"attempt_ref": "att-1"}}},
}  # fmt: skip


def signed(event, *, secret=SECRET, at=AT):
    body = json.dumps(event)
    return body.encode(), {"Stripe-Signature": stripe.WebhookSignature.generate_signature_header(body, secret, at)}


@pytest.fixture
def hooked(fake_stripe, letterbox):
    """Stripe sends its events to us, at once, and tries again soon."""
    fake_stripe.settings(webhook_url=letterbox.url, webhook_delay_s=0.0, webhook_pauses_s=[0.05, 0.05])
    return letterbox


def opened(gateway, letter):
    headers, body = letter
    return gateway.open_notice(body, headers, now_s=int(time.time()))


def test_the_published_vector_holds():
    body = '{"id":"evt_1","object":"event"}'
    expected = "v1=4c15fb2a43f93ef61eaa3e0893866d57cad9cad4223242cfb96f362480cb4021"
    header = stripe.WebhookSignature.generate_signature_header(body, SECRET, AT)
    assert header == f"t={AT},{expected}"
    with pytest.raises(UntrustedAnswer, match="mode"):  # signed rightly; only the mode is missing
        open_notice(SETTINGS, body.encode(), {"stripe-signature": header}, now_s=AT)


def test_a_signed_event_says_what_to_read():
    body, headers = signed(EVENT)
    notice = open_notice(SETTINGS, body, headers, now_s=AT)
    assert (notice.notice_id, notice.about, notice.gateway_ref) == ("evt_1", "checkout", "cs_1")
    assert (notice.payment_id, notice.attempt_ref, notice.claimed) == ("pi_1", "att-1", "paid")


@pytest.mark.parametrize("late_s", [301, -301, 86_400])
def test_an_event_of_another_time_is_a_replay(late_s):
    body, headers = signed(EVENT)
    with pytest.raises(UntrustedAnswer):
        open_notice(SETTINGS, body, headers, now_s=AT + late_s)
    assert open_notice(SETTINGS, body, headers, now_s=AT + 300)


@pytest.mark.parametrize(
    "header",
    ["", "t=1", "v1=00", f"t={AT}", f"t={AT},v1=", f"t={AT},v1=ş", f"t={AT},v0=00", "t=x,v1=00", f"t={AT},v1=00,v1=11",
     f"t={AT}=5,v1=00", "x" * 10_000],
)  # fmt: skip
def test_another_header_is_refused(header):
    body, _ = signed(EVENT)
    with pytest.raises(UntrustedAnswer):
        open_notice(SETTINGS, body, {"Stripe-Signature": header}, now_s=AT)


def test_our_secret_can_be_exchanged_without_losing_an_event():
    both = replace(SETTINGS, webhook_secrets=("whsec_new", SECRET))
    body, headers = signed(EVENT)
    assert open_notice(both, body, headers, now_s=AT)
    body, headers = signed(EVENT, secret="whsec_new")
    assert open_notice(both, body, headers, now_s=AT)
    with pytest.raises(UntrustedAnswer):
        open_notice(SETTINGS, body, headers, now_s=AT)


def test_without_a_secret_nothing_is_opened():
    emptied = replace(SETTINGS)
    object.__setattr__(emptied, "webhook_secrets", ("",))
    body, headers = signed(EVENT, secret="")
    with pytest.raises(GatewayNotConfigured):
        open_notice(emptied, body, headers, now_s=AT)


def test_a_live_event_for_a_test_key_is_not_believed():
    body, headers = signed(EVENT | {"livemode": True})
    with pytest.raises(UntrustedAnswer):
        open_notice(SETTINGS, body, headers, now_s=AT)
    live = replace(SETTINGS, api_key="sk_live_x")
    assert open_notice(live, body, headers, now_s=AT)


@pytest.mark.parametrize(
    "event",
    [[], "x", {"object": "event"}, {"id": "evt_1", "object": "v2.core.event", "livemode": False},
     {"id": 5, "object": "event", "livemode": False}],
)  # fmt: skip
def test_a_signed_body_that_is_no_event_is_refused(event):
    body, headers = signed(event)
    with pytest.raises(UntrustedAnswer):
        open_notice(SETTINGS, body, headers, now_s=AT)


@pytest.mark.parametrize("data", [None, [], {"object": None}, {"object": {"metadata": []}}, {"object": {"id": 5}}])
def test_an_event_of_an_odd_form_leads_to_nothing(data):
    body, headers = signed(EVENT | {"data": data})
    notice = open_notice(SETTINGS, body, headers, now_s=AT)
    assert (notice.about, notice.gateway_ref, notice.payment_id) == ("other", "", "")


def test_a_body_of_wrong_bytes_is_refused():
    for body in (b"\xff\xfe", b"[" * 100_000, b" " * 600_000):
        with pytest.raises(UntrustedAnswer):
            open_notice(SETTINGS, body, {"Stripe-Signature": f"t={AT},v1=00"}, now_s=AT)


def test_the_fakes_event_arrives_and_duplicates_share_their_id(stripe_gateway, order, pay_stripe, hooked):
    hooked.answers.extend([500, 200, 200])
    started = stripe_gateway.start(order())
    pay_stripe(started.redirect_url)
    notices = [opened(stripe_gateway, letter) for letter in hooked.wait(3)]
    assert len({notice.notice_id for notice in notices}) == 2
    assert {notice.kind for notice in notices} == {"payment_intent.succeeded", "checkout.session.completed"}
    session = next(notice for notice in notices if notice.about == "checkout")
    assert (session.gateway_ref, session.claimed) == (started.gateway_ref, "paid")


@pytest.mark.parametrize("manner", ["wrong", "missing", "old"])
def test_an_event_that_is_not_stripes_or_not_new_is_refused(
    stripe_gateway, fake_stripe, order, pay_stripe, hooked, manner
):
    fake_stripe.settings(webhook_signature=manner)
    pay_stripe(stripe_gateway.start(order()).redirect_url)
    with pytest.raises(UntrustedAnswer):
        opened(stripe_gateway, hooked.wait(1)[0])


def test_while_stripe_exchanges_the_secret_two_signatures_come_and_one_is_enough(
    stripe_gateway, fake_stripe, order, pay_stripe, hooked
):
    fake_stripe.settings(webhook_signature="rotated")
    pay_stripe(stripe_gateway.start(order()).redirect_url)
    letter = hooked.wait(1)[0]
    assert letter[0]["Stripe-Signature"].count("v1=") == 2
    assert opened(stripe_gateway, letter).notice_id


def test_an_unknown_type_of_event_is_taken_in_and_leads_to_nothing(stripe_gateway, fake_stripe, hooked):
    fake_stripe.control("POST", "events", type="novel.thing.happened")
    notice = opened(stripe_gateway, hooked.wait(1)[0])
    assert (notice.about, notice.kind) == ("other", "novel.thing.happened")


def test_disputes_and_late_refund_failures_are_told(stripe_gateway, fake_stripe, order, pay_stripe, hooked):
    from billing.payments.gateway import RefundRequest

    request = order()
    started = stripe_gateway.start(request)
    pay_stripe(started.redirect_url)
    paid = stripe_gateway.read(started.gateway_ref, attempt_ref=request.attempt_ref)
    refund = stripe_gateway.refund(RefundRequest("iade-1", paid.payment_id, 100, "TRY"), may_have_happened=False)
    fake_stripe.control("POST", f"refunds/{refund.refund_id}")
    dispute = fake_stripe.control("POST", "disputes", payment_intent=paid.payment_id)
    fake_stripe.control("POST", f"disputes/{dispute['id']}", status="lost")
    notices = {notice.kind: notice for notice in (opened(stripe_gateway, letter) for letter in hooked.wait(8))}
    assert (notices["refund.failed"].about, notices["refund.failed"].gateway_ref) == ("refund", refund.refund_id)
    closed = notices["charge.dispute.closed"]
    assert (closed.about, closed.gateway_ref, closed.payment_id, closed.claimed) == (
        "dispute", dispute["id"], paid.payment_id, "lost",
    )  # fmt: skip
    assert notices["charge.refunded"].payment_id == paid.payment_id


def test_another_endpoint_of_ours_does_not_open_it(stripe_gateway, order, pay_stripe, hooked):
    pay_stripe(stripe_gateway.start(order()).redirect_url)
    other = StripeGateway(replace(stripe_gateway.settings, webhook_secrets=("whsec_other",)))
    with pytest.raises(UntrustedAnswer):
        opened(other, hooked.wait(1)[0])
