"""Money that moves without an answer: saved cards, refunds, cancels; iyzico is read before anything is repeated."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from billing.payments.errors import GatewayRefused, GatewayUnavailable, PaymentUnknown, UntrustedAnswer
from billing.payments.gateway import PaymentState, RefundRequest, RefundState, SavedCard, SavedCardCharge
from billing.payments.iyzico import cards
from billing.payments.iyzico.error_codes import known_codes
from billing.payments.iyzico.gateway import IyzicoGateway

TODAY = datetime.now(UTC).astimezone(timezone(timedelta(hours=3))).date()


@pytest.fixture
def buy(gateway, order, pay):
    """A paid form; its evidence."""

    def act(amount_kurus: int = 120_50, **how):
        request = order(amount_kurus)
        started = gateway.start(request)
        pay(started.redirect_url, **how)
        return gateway.read(started.gateway_ref, attempt_ref=request.attempt_ref)

    return act


@pytest.fixture
def saved(buy) -> SavedCard:
    """A card that a payer let iyzico keep."""
    return buy(save=True).saved_card


def refund_of(paid, amount_kurus, number=1):
    return RefundRequest(f"iade-{paid.payment_id}-{number}", paid.payment_id, amount_kurus, "TRY", paid.item_ref)


def test_a_saved_card_is_charged_without_its_owner(gateway, order, saved):
    charge = SavedCardCharge(order(500_00), saved)
    paid = gateway.charge_saved_card(charge, may_have_happened=False)
    assert (paid.state, paid.amount_kurus) == (PaymentState.PAID, 500_00)
    assert gateway.read_payment(paid.payment_id).amount_kurus == 500_00


def test_a_time_out_after_the_money_moved_charges_once(gateway, hasty, iyzico, order, saved):
    charge = SavedCardCharge(order(500_00), saved)
    iyzico.order("payment.create", transport="timeout", seconds=20)
    with pytest.raises(GatewayUnavailable):
        hasty.charge_saved_card(charge, may_have_happened=False)
    again = gateway.charge_saved_card(charge, may_have_happened=True)
    assert (again.state, again.amount_kurus) == (PaymentState.PAID, 500_00)
    assert len(iyzico.calls("payment.create")) == 1


def test_a_time_out_before_the_money_moved_is_sent_again_once_both_services_say_no(gateway, iyzico, order, saved):
    charge = SavedCardCharge(order(500_00), saved)
    iyzico.order("payment.create", transport="drop", moved=False)
    with pytest.raises(GatewayUnavailable):
        gateway.charge_saved_card(charge, may_have_happened=False)
    assert gateway.charge_saved_card(charge, may_have_happened=True).state is PaymentState.PAID
    assert [len(iyzico.calls(name)) for name in ("payment.read", "report.payment", "payment.create")] == [1, 1, 2]


@pytest.mark.parametrize(
    ("reported", "state"),
    [(1, PaymentState.PAID), (0, PaymentState.FAILED), (2, PaymentState.PENDING), (77, PaymentState.UNKNOWN)],
)
def test_a_payment_read_back_without_its_state_has_the_reported_one(gateway, iyzico, order, saved, reported, state):
    charge = SavedCardCharge(order(), saved)
    paid = gateway.charge_saved_card(charge, may_have_happened=False)
    iyzico.order("payment.read", change={"paymentStatus": None})
    entry = {"paymentId": paid.payment_id, "paymentStatus": reported}
    iyzico.order("report.payment", change={"payments": [entry]})
    assert gateway.charge_saved_card(charge, may_have_happened=True).state is state
    assert len(iyzico.calls("payment.create")) == 1


def test_an_unreadable_read_back_sends_nothing(gateway, iyzico, order, saved):
    charge = SavedCardCharge(order(500_00), saved)
    iyzico.order("payment.create", transport="drop")
    iyzico.order("payment.read", transport="html")
    for happened in (False, True):
        with pytest.raises(GatewayUnavailable):
            gateway.charge_saved_card(charge, may_have_happened=happened)
    assert len(iyzico.calls("payment.create")) == 1


def test_a_declined_saved_card_is_known_as_declined_after_a_time_out(gateway, iyzico, order, buy):
    saved = buy(save=True, card="4766620000000001").saved_card
    charge = SavedCardCharge(order(), saved)
    with pytest.raises(GatewayRefused) as refused:
        gateway.charge_saved_card(charge, may_have_happened=False)
    assert refused.value.gateway_code == "10217"
    assert gateway.charge_saved_card(charge, may_have_happened=True).state is PaymentState.FAILED
    assert len(iyzico.calls("payment.create")) == 1


@pytest.mark.parametrize("code", ["10214", "10216", "10219", "10228", "10240", "10241", "10242", "10246", "100001"])
def test_trouble_between_bank_and_iyzico_is_no_refusal(gateway, iyzico, order, saved, code):
    iyzico.order("payment.create", fail=code)
    with pytest.raises(GatewayUnavailable) as unknown:
        gateway.charge_saved_card(SavedCardCharge(order(), saved), may_have_happened=False)
    assert unknown.value.gateway_code == code


def test_every_known_code_has_words_in_both_languages():
    for code, text in known_codes().items():
        assert code.isdigit()
        assert text.tr
        assert text.en
        assert text.tr != text.en


def test_saved_cards_are_listed_and_forgotten(gateway, order, saved):
    (listed,) = cards.saved_cards(gateway.account, saved.customer_ref)
    assert (listed.card_ref, listed.last_four) == (saved.card_ref, "0008")
    cards.forget_card(gateway.account, saved)
    assert cards.saved_cards(gateway.account, saved.customer_ref) == []
    with pytest.raises(GatewayRefused) as refused:
        gateway.charge_saved_card(SavedCardCharge(order(), saved), may_have_happened=False)
    assert refused.value.gateway_code == "5128"


def test_refunds_go_back_in_parts_up_to_what_was_paid(gateway, buy):
    paid = buy()
    first = gateway.refund(refund_of(paid, 20_00, 1), may_have_happened=False)
    assert (first.state, first.amount_kurus) == (RefundState.DONE, 20_00)
    with pytest.raises(GatewayRefused) as above:
        gateway.refund(refund_of(paid, 100_51, 2), may_have_happened=False)
    assert above.value.gateway_code == "5118"
    gateway.refund(refund_of(paid, 100_50, 3), may_have_happened=False)
    with pytest.raises(GatewayRefused):
        gateway.refund(refund_of(paid, 1, 4), may_have_happened=False)


def test_a_refund_that_timed_out_after_success_is_not_given_twice(gateway, hasty, iyzico, buy):
    paid = buy()
    request = refund_of(paid, 20_00)
    iyzico.order("refund.item", transport="timeout", seconds=20)
    with pytest.raises(GatewayUnavailable):
        hasty.refund(request, may_have_happened=False)
    done = gateway.refund(request, may_have_happened=True)
    assert (done.state, done.amount_kurus) == (RefundState.DONE, 20_00)
    assert done.refund_id
    assert len(iyzico.calls("refund.item")) == 1


def test_a_refund_that_never_arrived_is_sent_again(gateway, iyzico, buy):
    request = refund_of(buy(), 20_00)
    iyzico.order("refund.item", transport="drop", moved=False)
    with pytest.raises(GatewayUnavailable):
        gateway.refund(request, may_have_happened=False)
    assert gateway.refund(request, may_have_happened=True).state is RefundState.DONE


def test_a_refund_answer_with_a_bad_signature_is_read_back(gateway, iyzico, buy):
    request = refund_of(buy(), 20_00)
    iyzico.order("refund.item", signature="wrong")
    with pytest.raises(UntrustedAnswer):
        gateway.refund(request, may_have_happened=False)
    assert gateway.refund(request, may_have_happened=True).state is RefundState.DONE
    assert len(iyzico.calls("refund.item")) == 1


def test_a_refund_of_another_amount_is_not_believed(gateway, iyzico, buy):
    iyzico.order("refund.item", change={"price": "2"}, signature="right")
    with pytest.raises(UntrustedAnswer):
        gateway.refund(refund_of(buy(), 20_00), may_have_happened=False)


def test_refund_by_payment_works_and_falls_back_to_the_line_when_not_allowed(gateway, iyzico, buy):
    by_payment = IyzicoGateway(replace(gateway.settings, refund_by="payment"))
    paid = buy()
    assert by_payment.refund(refund_of(paid, 10_00, 1), may_have_happened=False).state is RefundState.DONE
    assert len(iyzico.calls("refund.item")) == 0
    iyzico.settings(v2_refund_allowed=False)
    without_line = replace(refund_of(paid, 10_00, 2), item_ref="")
    assert by_payment.refund(without_line, may_have_happened=False).state is RefundState.DONE
    assert [call["outcome"] for call in iyzico.calls("refund.payment")] == ["success", "5266"]


def test_a_cancel_is_confirmed_by_reading_the_payment_back(gateway, iyzico, buy):
    paid = buy()
    request = refund_of(paid, paid.paid_kurus)
    iyzico.order("payment.cancel", transport="drop")
    with pytest.raises(GatewayUnavailable):
        gateway.cancel(request, may_have_happened=False)
    assert gateway.cancel(request, may_have_happened=True).state is RefundState.DONE
    assert len(iyzico.calls("payment.cancel")) == 1
    with pytest.raises(GatewayRefused):
        gateway.cancel(refund_of(paid, paid.paid_kurus, 2), may_have_happened=False)


def test_a_card_that_cannot_be_refunded_is_refused(gateway, buy):
    with pytest.raises(GatewayRefused) as refused:
        gateway.refund(refund_of(buy(card="5406670000000009"), 1_00), may_have_happened=False)
    assert refused.value.gateway_code == "5057"


def test_an_unknown_payment_is_unknown(gateway):
    assert gateway.find("att-nobody") is None
    with pytest.raises(PaymentUnknown):
        gateway.read_payment("999")


def test_the_list_of_a_day_has_every_page_once(gateway, iyzico, buy):
    iyzico.settings(report_page_size=2)
    bought = [buy() for _ in range(4)]
    gateway.refund(refund_of(bought[0], 20_00), may_have_happened=False)
    listed = gateway.transactions(TODAY)
    assert len(iyzico.calls("report.day")) == 3
    assert {entry.payment_id for entry in listed if entry.kind == "payment"} == {paid.payment_id for paid in bought}
    (refund,) = [entry for entry in listed if entry.kind == "refund"]
    assert (refund.amount_kurus, refund.payment_id) == (20_00, bought[0].payment_id)
    assert {entry.fee_kurus for entry in listed if entry.kind == "payment"} == {385}
    assert gateway.transactions(TODAY - timedelta(days=1)) == []


def test_pages_that_contradict_each_other_are_not_a_list(gateway, iyzico, buy):
    buy()
    iyzico.order("report.day", change={"currentPage": 7})
    with pytest.raises(GatewayUnavailable):
        gateway.transactions(TODAY)


def test_instalments_and_bin_are_asked_with_exact_amounts(gateway, iyzico):
    iyzico.settings(surcharge_percent="4.5")
    (offer,) = cards.installments(gateway.account, price_kurus=1_000_10, bin_number="552879")
    assert [price.count for price in offer.prices] == [1, 2, 3, 6, 9, 12]
    assert (offer.prices[0].total_kurus, offer.prices[1].total_kurus) == (1_000_10, 1_045_10)
    assert iyzico.calls("installments")[0]["body"]["price"] == "1000.1"
    assert cards.bin_info(gateway.account, "58900400").is_debit
    with pytest.raises(ValueError, match="BIN"):
        cards.bin_info(gateway.account, "5528")
