"""iyzico's webhooks: verified, a hint only; early, double, late, out of order, unsigned, forged, replayed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from billing.payments.errors import UntrustedAnswer
from billing.payments.gateway import PaymentState
from billing.payments.iyzico.gateway import NOTICE_BYTES_MAX, IyzicoGateway

STOLEN_CARD = "4126111111111114"


@pytest.fixture
def hooked(iyzico, letterbox):
    """iyzico sends its webhooks to us, at once, and tries again soon."""
    iyzico.settings(webhook_url=letterbox.url, webhook_delay_s=0.0, webhook_pauses_s=[0.05, 0.05])
    return letterbox


def opened(gateway, letter):
    headers, body = letter
    return gateway.open_notice(body, headers, now_s=0)


def test_a_webhook_that_comes_before_the_browser_leads_to_the_payment(gateway, order, pay, hooked):
    request = order()
    started = gateway.start(request)
    pay(started.redirect_url)
    notice = opened(gateway, hooked.wait(1)[0])
    assert (notice.about, notice.gateway_ref, notice.claimed) == ("checkout", started.gateway_ref, "SUCCESS")
    assert notice.attempt_ref == request.attempt_ref
    read = gateway.read(notice.gateway_ref, attempt_ref=notice.attempt_ref)
    assert (read.state, read.payment_id) == (PaymentState.PAID, notice.payment_id)


def test_a_webhook_without_an_answer_comes_three_times_and_duplicates_share_their_id(gateway, order, pay, hooked):
    hooked.answers.extend([500, 503, 500])
    pay(gateway.start(order()).redirect_url)
    notices = [opened(gateway, letter) for letter in hooked.wait(3)]
    assert len({notice.notice_id for notice in notices}) == 1


def test_a_replayed_webhook_is_a_duplicate(gateway, iyzico, order, pay, hooked):
    pay(gateway.start(order()).redirect_url)
    hooked.wait(1)
    (sent,) = iyzico.control("GET", "webhooks")
    iyzico.control("POST", f"webhooks/{sent['id']}")
    first, second = (opened(gateway, letter) for letter in hooked.wait(2))
    assert first.notice_id == second.notice_id


def test_a_webhook_released_while_it_is_on_its_way_comes_again(gateway, iyzico, order, pay, hooked):
    def release() -> None:
        (sent,) = iyzico.control("GET", "webhooks")
        iyzico.control("POST", f"webhooks/{sent['id']}")

    hooked.meanwhile.append(release)
    pay(gateway.start(order()).redirect_url)
    assert len({opened(gateway, letter).notice_id for letter in hooked.wait(2)}) == 1


@pytest.mark.parametrize("signature", ["missing", "wrong"])
def test_a_webhook_that_is_not_signed_by_iyzico_is_refused(gateway, iyzico, order, pay, hooked, signature):
    iyzico.settings(webhook_signature=signature)
    pay(gateway.start(order()).redirect_url)
    with pytest.raises(UntrustedAnswer):
        opened(gateway, hooked.wait(1)[0])


def test_failure_after_success_on_one_token_does_not_undo_the_payment(gateway, iyzico, order, pay, hooked):
    iyzico.settings(webhook_held=True)
    request = order()
    started = gateway.start(request)
    pay(started.redirect_url, card=STOLEN_CARD)
    pay(started.redirect_url)
    failure, success = iyzico.control("GET", "webhooks")
    iyzico.control("POST", f"webhooks/{success['id']}")
    hooked.wait(1)
    iyzico.control("POST", f"webhooks/{failure['id']}")
    claims = [opened(gateway, letter) for letter in hooked.wait(2)]
    assert [notice.claimed for notice in claims] == ["SUCCESS", "FAILURE"]
    assert len({notice.notice_id for notice in claims}) == 2
    for notice in claims:
        assert gateway.read(notice.gateway_ref, attempt_ref=request.attempt_ref).state is PaymentState.PAID


@pytest.mark.parametrize(
    ("field", "value"),
    [("status", "FAILURE"), ("token", "another"), ("paymentConversationId", "x"), ("iyziEventType", "BALANCE")],
)
def test_a_changed_webhook_is_forged(gateway, order, pay, hooked, field, value):
    pay(gateway.start(order()).redirect_url)
    headers, body = hooked.wait(1)[0]
    forged = json.dumps(json.loads(body) | {field: value}).encode()
    with pytest.raises(UntrustedAnswer):
        gateway.open_notice(forged, headers, now_s=0)


def test_another_merchants_secret_opens_nothing(gateway, order, pay, hooked):
    pay(gateway.start(order()).redirect_url)
    headers, body = hooked.wait(1)[0]
    other = IyzicoGateway(replace(gateway.settings, secret_key="another"))
    with pytest.raises(UntrustedAnswer):
        other.open_notice(body, headers, now_s=0)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"{", b"\xff\xfe", b'{"token": ' + b"[" * 100_000, b" " * (NOTICE_BYTES_MAX + 1)]
)
def test_a_hostile_webhook_body_is_refused(gateway, body):
    with pytest.raises(UntrustedAnswer):
        gateway.open_notice(body, {"X-IYZ-SIGNATURE-V3": "0" * 64}, now_s=0)


def test_a_direct_payment_has_a_webhook_of_its_own(gateway, iyzico, order, pay, hooked):
    from billing.payments.gateway import SavedCardCharge

    request = order()
    started = gateway.start(request)
    pay(started.redirect_url, save=True)
    card = gateway.read(started.gateway_ref, attempt_ref=request.attempt_ref).saved_card
    charged = gateway.charge_saved_card(SavedCardCharge(order(), card), may_have_happened=False)
    notice = opened(gateway, hooked.wait(2)[1])
    assert (notice.about, notice.payment_id, notice.kind) == ("payment", charged.payment_id, "API_AUTH")
