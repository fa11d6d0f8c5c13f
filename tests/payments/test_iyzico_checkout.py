"""The hosted form of iyzico: paid, declined, left alone, in review; the real package against the fake process."""

from __future__ import annotations

import pytest
import requests

from billing.payments.gateway import PaymentState, differences

DEBIT_CARD, STOLEN_CARD = "5890040000000016", "4126111111111114"


def test_a_payer_pays_and_the_evidence_agrees_with_the_order(gateway, order, pay, hidden_fields):
    request = order()
    started = gateway.start(request)
    back = pay(started.redirect_url)
    action, fields = hidden_fields(back.text)
    assert (action, fields) == (request.return_url, {"token": started.gateway_ref})
    paid = gateway.read(started.gateway_ref, attempt_ref=request.attempt_ref)
    assert paid.state is PaymentState.PAID
    assert (paid.amount_kurus, paid.paid_kurus, paid.currency) == (120_50, 120_50, "TRY")
    assert paid.payment_id
    assert paid.item_ref
    assert paid.fee_kurus == 385
    assert differences(paid, order_ref=request.order_ref, amount_kurus=120_50, currency="TRY") == ()


def test_the_request_says_what_the_order_is(gateway, iyzico, order):
    request = order(99_999_05, installments=(1, 3), description="Büyük paket")
    gateway.start(request)
    (call,) = iyzico.calls("form.start")
    asked = call["body"]
    assert (asked["price"], asked["paidPrice"], asked["currency"]) == ("99999.05", "99999.05", "TRY")
    assert asked["basketItems"][0] | {"id": ""} == {
        "id": "", "name": "Büyük paket", "category1": "Kontör", "price": "99999.05", "itemType": "VIRTUAL",
    }  # fmt: skip
    assert asked["enabledInstallments"] == [1, 3]
    assert asked["conversationId"] == request.attempt_ref
    assert asked["forceThreeDS"] == 1


def test_a_payer_who_never_returns_leaves_the_payment_pending(gateway, order, pay):
    request = order()
    started = gateway.start(request)
    assert pay(started.redirect_url, button="leave").status_code == 200
    assert gateway.read(started.gateway_ref, attempt_ref=request.attempt_ref).state is PaymentState.PENDING


@pytest.mark.parametrize("stage", ["INIT_THREEDS", "CALLBACK_THREEDS", "INIT_BANK_TRANSFER", "PENDING_CREDIT", ""])
def test_a_payment_on_its_way_is_pending(gateway, iyzico, order, stage):
    request = order()
    started = gateway.start(request)
    iyzico.order("form.read", change={"paymentStatus": stage}, signature="right")
    assert gateway.read(started.gateway_ref, attempt_ref=request.attempt_ref).state is PaymentState.PENDING


def test_a_payer_who_returns_twice_gives_the_same_evidence(gateway, order, pay):
    request = order()
    started = gateway.start(request)
    pay(started.redirect_url)
    first, second = (gateway.read(started.gateway_ref, attempt_ref=request.attempt_ref) for _ in range(2))
    assert first.payment_id == second.payment_id
    assert first.state is second.state is PaymentState.PAID
    assert requests.get(started.redirect_url, timeout=10).status_code == 410


def test_a_declined_card_is_a_failure_with_our_words(gateway, order, pay):
    request = order()
    started = gateway.start(request)
    pay(started.redirect_url, card=STOLEN_CARD)
    failed = gateway.read(started.gateway_ref, attempt_ref=request.attempt_ref)
    assert (failed.state, failed.code) == (PaymentState.FAILED, "10043")
    assert failed.text_tr == "Kart çalıntı olarak bildirilmiş"
    assert failed.text_en == "The card is reported stolen"


def test_the_bank_declines_at_the_press_of_a_button(gateway, order, pay):
    request = order()
    started = gateway.start(request)
    assert "token" in pay(started.redirect_url, button="decline").text
    assert gateway.read(started.gateway_ref, attempt_ref=request.attempt_ref).code == "10005"


def test_a_failure_and_then_a_success_on_one_token_is_a_payment(gateway, order, pay):
    request = order()
    started = gateway.start(request)
    pay(started.redirect_url, card=STOLEN_CARD)
    assert gateway.read(started.gateway_ref, attempt_ref=request.attempt_ref).state is PaymentState.FAILED
    pay(started.redirect_url)
    assert gateway.read(started.gateway_ref, attempt_ref=request.attempt_ref).state is PaymentState.PAID


def test_a_payment_in_review_is_held_and_then_paid(gateway, iyzico, order, pay):
    iyzico.settings(fraud_status=0)
    request = order()
    started = gateway.start(request)
    pay(started.redirect_url)
    held = gateway.read(started.gateway_ref, attempt_ref=request.attempt_ref)
    assert held.state is PaymentState.IN_REVIEW
    iyzico.control("POST", "review", payment_id=held.payment_id, fraud_status=1)
    assert gateway.read(started.gateway_ref, attempt_ref=request.attempt_ref).state is PaymentState.PAID


def test_a_payment_in_review_is_held_and_then_rejected(gateway, iyzico, order, pay):
    iyzico.settings(fraud_status=0)
    request = order()
    started = gateway.start(request)
    pay(started.redirect_url)
    held = gateway.read(started.gateway_ref, attempt_ref=request.attempt_ref)
    iyzico.control("POST", "review", payment_id=held.payment_id, fraud_status=-1)
    assert gateway.read(started.gateway_ref, attempt_ref=request.attempt_ref).state is PaymentState.FAILED


def test_instalments_with_a_surcharge_pay_more_than_the_order(gateway, iyzico, order, pay):
    iyzico.settings(surcharge_percent="4.5")
    request = order(1_000_00, installments=(1, 3, 6))
    started = gateway.start(request)
    pay(started.redirect_url, installment=6)
    paid = gateway.read(started.gateway_ref, attempt_ref=request.attempt_ref)
    assert (paid.amount_kurus, paid.paid_kurus, paid.installments) == (1_000_00, 1_045_00, 6)
    assert differences(paid, order_ref=request.order_ref, amount_kurus=1_000_00, currency="TRY") == ()


def test_a_debit_card_cannot_pay_in_instalments(gateway, order, pay):
    request = order(installments=(1, 3))
    started = gateway.start(request)
    pay(started.redirect_url, card=DEBIT_CARD, installment=3)
    assert gateway.read(started.gateway_ref, attempt_ref=request.attempt_ref).code == "10218"


def test_nothing_of_a_card_or_a_key_is_in_the_evidence(gateway, order, pay):
    request = order(save_card=True)
    started = gateway.start(request)
    pay(started.redirect_url, save=True)
    paid = gateway.read(started.gateway_ref, attempt_ref=request.attempt_ref)
    assert paid.saved_card is not None
    kept = repr(dict(paid.raw)) + repr(paid)
    for secret in (paid.saved_card.card_ref, paid.saved_card.customer_ref, "5528790000000008", "test-secret-key"):
        assert secret not in kept
    assert paid.raw["lastFourDigits"] == "0008"


def test_the_fake_keeps_its_state_over_a_restart(start_fake, tmp_path, order, pay):
    from billing.payments.iyzico.gateway import IyzicoGateway
    from billing.payments.iyzico.wire import IyzicoSettings

    keys = {"api_key": "sandbox-fake-api-key", "secret_key": "test-secret-key-0001"}
    first, request = start_fake("iyzico", tmp_path), order()
    started = IyzicoGateway(IyzicoSettings(**keys, base_url=first.base_url)).start(request)
    pay(started.redirect_url)
    assert first.stop() == 0
    second = start_fake("iyzico", tmp_path)
    gateway = IyzicoGateway(IyzicoSettings(**keys, base_url=second.base_url))
    assert gateway.read(started.gateway_ref, attempt_ref=request.attempt_ref).state is PaymentState.PAID
