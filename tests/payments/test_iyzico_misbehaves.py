"""iyzico answers wrongly, too late or not at all: unknown is not refused, unsigned proves nothing."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from billing.payments.errors import GatewayBusy, GatewayRefused, GatewayUnavailable, UntrustedAnswer
from billing.payments.gateway import PaymentState, differences
from billing.payments.iyzico.gateway import IyzicoGateway
from billing.payments.iyzico.wire import IyzicoSettings


@pytest.fixture
def paid_form(gateway, order, pay):
    """A form that a payer has paid: (token, request)."""
    request = order()
    started = gateway.start(request)
    pay(started.redirect_url)
    return started.gateway_ref, request


@pytest.mark.parametrize("signature", ["wrong", "missing"])
def test_a_right_status_with_a_bad_signature_proves_nothing(gateway, iyzico, paid_form, signature):
    token, request = paid_form
    iyzico.order("form.read", signature=signature)
    with pytest.raises(UntrustedAnswer):
        gateway.read(token, attempt_ref=request.attempt_ref)
    assert gateway.read(token, attempt_ref=request.attempt_ref).state is PaymentState.PAID


@pytest.mark.parametrize(
    "change", [{"price": "1.0"}, {"currency": "USD"}, {"basketId": "another"}, {"paymentStatus": "SUCCESS2"}]
)
def test_an_answer_changed_on_the_way_proves_nothing(gateway, iyzico, paid_form, change):
    token, request = paid_form
    iyzico.order("form.read", change=change, signature="stale")
    with pytest.raises(UntrustedAnswer):
        gateway.read(token, attempt_ref=request.attempt_ref)


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        ({"price": "1.0", "paidPrice": "1.0"}, ("amount", "paid")),
        ({"paidPrice": "120.49"}, ("paid",)),
        ({"currency": "USD"}, ("currency",)),
        ({"basketId": "another"}, ("order",)),
    ],
)
def test_another_amount_currency_or_order_is_named(gateway, iyzico, paid_form, change, differs):
    token, request = paid_form
    iyzico.order("form.read", change=change, signature="right")
    found = gateway.read(token, attempt_ref=request.attempt_ref)
    expected = {"order_ref": request.order_ref, "amount_kurus": 120_50, "currency": "TRY"}
    assert differences(found, **expected) == differs


@pytest.mark.parametrize("change", [{"token": "another"}, {"conversationId": "another"}])
def test_an_answer_about_another_payment_is_not_believed(gateway, iyzico, paid_form, change):
    token, request = paid_form
    iyzico.order("form.read", change=change, signature="right")
    with pytest.raises(UntrustedAnswer):
        gateway.read(token, attempt_ref=request.attempt_ref)


def test_a_state_nobody_knows_is_not_a_payment(gateway, iyzico, paid_form):
    token, request = paid_form
    iyzico.order("form.read", change={"paymentStatus": "NEW_STATE"}, signature="right")
    assert gateway.read(token, attempt_ref=request.attempt_ref).state is PaymentState.UNKNOWN
    iyzico.order("form.read", change={"fraudStatus": 7}, signature="right")
    assert gateway.read(token, attempt_ref=request.attempt_ref).state is PaymentState.UNKNOWN


@pytest.mark.parametrize("transport", ["http_500", "html", "garbage", "drop", "truncated", "oversized"])
def test_what_is_no_answer_leaves_the_outcome_unknown(gateway, iyzico, paid_form, transport):
    token, request = paid_form
    iyzico.order("form.read", transport=transport)
    with pytest.raises(GatewayUnavailable) as unknown:
        gateway.read(token, attempt_ref=request.attempt_ref)
    assert unknown.value.sent


@pytest.mark.parametrize("transport", ["timeout", "slow"])
def test_silence_and_dripping_end_in_time(hasty, iyzico, paid_form, transport):
    token, request = paid_form
    iyzico.order("form.read", transport=transport, seconds=20)
    began = time.monotonic()
    with pytest.raises(GatewayUnavailable):
        hasty.read(token, attempt_ref=request.attempt_ref)
    assert time.monotonic() - began < 5


def test_nobody_at_home_means_nothing_was_sent(order):
    settings = IyzicoSettings(api_key="k", secret_key="s", base_url="http://127.0.0.1:1", timeout_s=1)
    with pytest.raises(GatewayUnavailable) as unknown:
        IyzicoGateway(settings).start(order())
    assert not unknown.value.sent


def test_too_many_calls_is_a_refusal_that_moved_nothing(gateway, iyzico, order):
    iyzico.order("form.start", fail="50000")
    with pytest.raises(GatewayBusy) as busy:
        gateway.start(order())
    assert busy.value.gateway_code == "50000"


def test_a_success_under_http_500_is_not_believed(gateway, iyzico, order):
    iyzico.order("form.start", status=500)
    with pytest.raises(GatewayUnavailable):
        gateway.start(order())


def test_a_form_without_the_right_signature_is_not_opened(gateway, iyzico, order):
    iyzico.order("form.start", signature="wrong")
    with pytest.raises(UntrustedAnswer):
        gateway.start(order())


def test_wrong_keys_are_our_fault(gateway, order):
    for change, code in (({"secret_key": "another"}, "1000"), ({"api_key": "another"}, "1001")):
        with pytest.raises(GatewayRefused) as refused:
            IyzicoGateway(replace(gateway.settings, **change)).start(order())
        assert (refused.value.gateway_code, refused.value.ours) == (code, True)


def test_a_missing_identity_number_is_asked_for(gateway, order):
    request = order()
    with pytest.raises(GatewayRefused) as refused:
        gateway.start(replace(request, buyer=replace(request.buyer, identity_number="")))
    assert refused.value.gateway_code == "8"


def test_threads_never_send_each_others_signature(gateway, order):
    with ThreadPoolExecutor(8) as threads:
        started = list(threads.map(lambda _: gateway.start(order()), range(64)))
    assert len({form.gateway_ref for form in started}) == 64


@pytest.mark.parametrize(
    "settings",
    [
        {"secret_key": ""}, {"secret_key": " "}, {"api_key": ""}, {"base_url": "http://api.iyzipay.com"},
        {"base_url": "ftp://x"}, {"base_url": "api.iyzipay.com"}, {"base_url": "https://x/path"}, {"refund_by": "x"},
    ],
)  # fmt: skip
def test_settings_that_would_be_unsafe_are_refused(settings):
    with pytest.raises(ValueError, match=r"iyzico|http|refund_by"):
        IyzicoSettings(**{"api_key": "k", "secret_key": "s"} | settings)


def test_keys_are_not_printed():
    assert "geheim" not in repr(IyzicoSettings(api_key="geheim1", secret_key="geheim2"))
