"""A refund's life: asked for and frozen at once, the tax side awaited, sent or transferred, called off, never twice."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from billing.payments.gateway import RefundState
from billing.settlement import refund_sending, refunds
from billing.settlement.refund_rows import RefundStateConflict
from billing.settlement.refund_sending import Call, Later
from billing.settlement.refunds import BuyerFacts, NotRefundable, QuoteChanged, RefundUnderWay, tax_way
from ebelge.core.errors import DomainError, InvalidRequest, NotFound
from tenants.locator import AlreadyTaken
from tests.orders import shop
from tests.returns.desk import IBAN, Desk, unknown_id


@pytest.mark.parametrize(
    ("buyer", "whole", "way"),
    [
        (BuyerFacts(efatura_user=True, invoice_cancellable=True), True, "iade_faturasi"),
        (BuyerFacts(efatura_user=False, invoice_cancellable=True), True, "cancel_invoice"),
        (BuyerFacts(efatura_user=False, invoice_cancellable=True), False, "iade_faturasi"),
        (BuyerFacts(efatura_user=False, consumer=True), True, "gider_pusulasi"),
        (BuyerFacts(efatura_user=False, consumer=True, invoice_cancellable=True), False, "gider_pusulasi"),
        (BuyerFacts(efatura_user=False), False, "iade_faturasi"),
    ],
)
def test_the_tax_side_follows_from_who_the_buyer_is(buyer: BuyerFacts, whole: bool, way: str):
    assert tax_way(buyer, whole=whole) == way


def test_asking_freezes_the_lots_and_awaits_the_return_invoice(desk: Desk):
    akin = desk.customer()
    order = desk.bought(akin, 100, bonus=10, net_kurus=10_000)
    desk.spend(akin, 20)
    worth = desk.quote(order)
    refund = desk.refund(akin, desk.request(order, shown_gross_kurus=worth.gross_kurus))
    assert (refund.state, refund.tax_way, refund.gross_kurus) == (
        "awaiting_return_invoice",
        "iade_faturasi",
        worth.gross_kurus,
    )
    assert desk.balances(akin) == (0, 0, 90)
    assert desk.begin(akin, refund.refund_id) is None
    assert desk.state(order) == "credited"
    assert desk.quote(order).why == "refund_under_way"


def test_a_refund_voids_the_lots_counts_the_money_and_takes_commission_back(desk: Desk):
    akin = desk.customer()
    order = desk.bought(akin, 100, bonus=10, net_kurus=10_000)
    refund_id = desk.refunded(order)
    assert desk.balances(akin) == (0, 0, 0)
    now = shop.fresh(order)
    assert (now.state, now.refunded_kurus) == ("refunded", 12_000)
    (payment,) = desk.rows(akin, "SELECT refunded_kurus FROM payment")
    assert payment.refunded_kurus == 12_000
    (message,) = desk.rows(akin, "SELECT key, payload FROM outbox_message WHERE topic = 'order.reversed'")
    assert (message.key, message.payload["net_kurus"]) == (refund_id, 10_000)
    assert desk.differences(akin) == []


def test_what_is_used_stays_paid_and_the_order_is_refunded_in_part(desk: Desk):
    akin = desk.customer()
    order = desk.bought(akin, 3, net_kurus=100)
    desk.spend(akin, 1)
    desk.refunded(order)
    assert (desk.state(order), shop.fresh(order).refunded_kurus) == ("partially_refunded", 80)
    assert desk.quote(order).why == "nothing_left"


def test_kontor_that_come_back_after_the_refund_are_refunded_too_and_all_sums_to_the_gross(desk: Desk):
    akin = desk.customer()
    order = desk.bought(akin, 7, net_kurus=9_999)
    held, kept = desk.reserve(akin, 2), desk.spend(akin, 1)
    desk.refunded(order)
    desk.release(akin, held)
    desk.restore(akin, kept)
    worth = desk.quote(order)
    assert (worth.kontor, [lot.came_back for lot in worth.lots]) == (3, [3])
    desk.refunded(order)
    now = shop.fresh(order)
    assert (now.state, now.refunded_kurus) == ("refunded", order.gross_kurus)
    assert desk.differences(akin) == []


def test_sixteen_requests_at_once_make_one_refund(desk: Desk):
    akin = desk.customer()
    order = desk.bought(akin, 100, net_kurus=10_000)
    answers: list[object] = []
    start = threading.Barrier(16)

    def ask() -> None:
        start.wait()
        try:
            answers.append(desk.request(order))
        except RefundUnderWay as error:
            answers.append(error.code)

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(str(answer) for answer in answers).count("refund_under_way") == 15
    assert desk.rows(akin, "SELECT count(*), sum(gross_kurus) FROM refund")[0] == (1, 12_000)
    assert desk.balances(akin) == (0, 0, 100)


def test_calling_it_off_thaws_the_lots_with_the_frozen_time_added(desk: Desk):
    akin = desk.customer()
    order = desk.bought(akin, 100, bonus=5, net_kurus=10_000)
    before = {lot.lot_id: lot.expires_at for lot in desk.lots(akin)}
    desk.now = desk.at()
    refund_id = desk.request(order)
    desk.now += timedelta(days=3)
    desk.do(refunds.cancel, akin, refund_id=refund_id, by="ayse")
    desk.do(refunds.cancel, akin, refund_id=refund_id, by="ayse")
    assert desk.balances(akin) == (105, 0, 0)
    assert {lot.lot_id: lot.expires_at - timedelta(days=3) for lot in desk.lots(akin)} == before
    assert desk.refund(akin, refund_id).state == "cancelled"
    desk.request(order)  # and it can be asked for again
    assert desk.differences(akin) == []


def test_once_sent_it_cannot_be_called_off(desk: Desk):
    akin = desk.customer()
    refund_id = desk.ready(desk.bought(akin))
    assert isinstance(desk.begin(akin, refund_id), Call)
    with pytest.raises(RefundStateConflict):
        desk.do(refunds.cancel, akin, refund_id=refund_id, by="ayse")


def test_a_call_is_not_repeated_within_the_quiet_time(desk: Desk):
    akin = desk.customer()
    refund_id = desk.ready(desk.bought(akin))
    first = desk.begin(akin, refund_id)
    assert (first.may_have_happened, first.request.refund_ref) == (False, refund_id.hex)
    assert isinstance(desk.begin(akin, refund_id), Later)
    desk.due(akin, refund_id)
    again = desk.begin(akin, refund_id)
    assert (again.may_have_happened, again.request) == (True, first.request)
    assert isinstance(desk.begin(akin, refund_id), Later)


def test_who_stays_silent_for_an_hour_is_told_to_a_person_until_he_answers(desk: Desk):
    akin = desk.customer()
    refund_id = desk.ready(desk.bought(akin))
    call = desk.begin(akin, refund_id)
    for later in (timedelta(), timedelta(hours=2)):
        desk.now = desk.at() + later
        with desk.session(akin) as session:
            refund_sending.unanswered(session, call=call, reason="no answer", sent=True, at=desk.at())
        assert desk.refund(akin, refund_id).state == "unknown"
        assert desk.breaks(akin) == (["refund_unknown"] if later else [])
    desk.now = desk.at() + timedelta(minutes=3)
    assert desk.answer(desk.begin(akin, refund_id)) == "done"
    assert desk.breaks(akin) == []


def test_a_refund_that_fails_at_once_gives_the_kontor_back(desk: Desk):
    akin = desk.customer()
    order = desk.bought(akin, 100, net_kurus=10_000)
    refund_id = desk.ready(order)
    assert desk.answer(desk.begin(akin, refund_id), RefundState.FAILED, reason="expired_or_canceled_card") == "failed"
    assert (desk.balances(akin), desk.state(order)) == ((100, 0, 0), "credited")
    assert desk.breaks(akin) == ["refund_failed"]
    assert desk.events(order)[-1] == "refund_failed"
    assert desk.quote(order).gross_kurus == 12_000


def test_a_refund_that_fails_days_later_brings_everything_back_with_the_lost_time_added(desk: Desk):
    akin = desk.customer()
    order = desk.bought(akin, 100, bonus=10, net_kurus=10_000)
    desk.spend(akin, 30)
    expiry = {lot.source: lot.expires_at for lot in desk.lots(akin)}
    desk.now = desk.at()
    refund_id = desk.refunded(order)
    gross = desk.refund(akin, refund_id).gross_kurus
    desk.now += timedelta(days=5)
    look = desk.begin(akin, refund_id, noticed=True)
    assert look.only_read
    assert desk.answer(look, RefundState.FAILED, reason="lost_or_stolen_card") == "failed"
    assert desk.answer(look, RefundState.FAILED) == "failed"
    assert desk.balances(akin) == (80, 0, 0)
    back = {lot.source: lot for lot in desk.lots(akin) if lot.part == 2}
    assert {source: lot.expires_at - timedelta(days=5) for source, lot in back.items()} == expiry
    assert (desk.state(order), shop.fresh(order).refunded_kurus) == ("credited", 0)
    assert desk.breaks(akin) == ["refund_failed_later"]
    messages = desk.rows(akin, "SELECT payload FROM outbox_message WHERE topic = 'order.reversed' ORDER BY message_id")
    assert [row.payload.get("undone", False) for row in messages] == [False, True]
    assert desk.quote(order).gross_kurus == gross  # and it is worth the same again
    desk.refunded(order)
    assert shop.fresh(order).refunded_kurus == gross
    assert desk.differences(akin) == []


def test_a_transfer_wants_an_iban_and_a_line_of_the_statement_that_pays_one_refund_only(desk: Desk):
    akin, bora = desk.customer(), desk.customer("Bora A.Ş.")
    order, other = desk.bought(akin, via="bank"), desk.bought(bora, via="bank")
    refund_id, second = desk.request(order), desk.request(other, to_iban=IBAN)
    with pytest.raises(InvalidRequest, match="IBAN"):
        desk.confirm(akin, refund_id)
    desk.confirm(akin, refund_id, to_iban="tr33 0006 1005 1978 6457 8413 26")
    desk.confirm(bora, second)
    refund = desk.refund(akin, refund_id)
    assert (refund.state, refund.to_iban) == ("to_transfer", IBAN)
    desk.do(refund_sending.transferred, akin, refund_id=refund_id, bank_ref="line-1", by="finance")
    desk.do(refund_sending.transferred, akin, refund_id=refund_id, bank_ref="line-1", by="finance")
    with pytest.raises(AlreadyTaken):
        desk.do(refund_sending.transferred, bora, refund_id=second, bank_ref="line-1", by="finance")
    assert (desk.state(order), desk.state(other)) == ("refunded", "credited")
    desk.do(refund_sending.bounced, akin, refund_id=refund_id, reason="hesap kapalı", by="finance")
    assert (desk.state(order), desk.balances(akin)) == ("credited", (1_000, 0, 0))
    assert desk.differences(akin, bora) == []


def test_a_surcharge_for_instalments_is_not_refunded(desk: Desk):
    akin = desk.customer()
    order = desk.bought(akin, 100, net_kurus=10_000, over_kurus=740)
    desk.refunded(order)
    assert (desk.state(order), shop.fresh(order).refunded_kurus) == ("refunded", 12_000)


def test_reminders_go_out_once_a_week_while_the_return_invoice_is_awaited(desk: Desk):
    akin = desk.customer()
    desk.now = desk.at()
    order = desk.bought(akin)
    refund_id = desk.request(order)
    assert not desk.do(refunds.remind, akin, refund_id=refund_id)
    desk.now += timedelta(days=7, seconds=1)
    assert desk.do(refunds.remind, akin, refund_id=refund_id)
    assert not desk.do(refunds.remind, akin, refund_id=refund_id)
    assert desk.events(order)[-1] == "refund_reminder"


@pytest.mark.parametrize(
    ("terms", "error"),
    [
        ({"shown_gross_kurus": 1}, QuoteChanged),
        ({"to_iban": "TR330006100519786457841327"}, InvalidRequest),
        ({"to_iban": "DE89370400440532013000"}, InvalidRequest),
        ({"window_days": 0}, NotRefundable),
    ],
)
def test_a_request_that_is_refused_changes_nothing(desk: Desk, terms: dict, error: type[DomainError]):
    akin = desk.customer()
    order = desk.bought(akin)
    with pytest.raises(error):
        desk.request(order, **terms)
    assert desk.balances(akin) == (1_000, 0, 0)
    assert desk.rows(akin, "SELECT count(*) FROM refund")[0] == (0,)


def test_nothing_is_refunded_of_orders_that_are_used_unpaid_or_somebody_elses(desk: Desk):
    akin, bora = desk.customer(), desk.customer("Bora A.Ş.")
    used = desk.bought(akin, 5, net_kurus=500)
    desk.spend(akin, 5)
    unpaid = shop.order(akin, shop.on_sale())
    for order, reason in ((used, "nothing_left"), (unpaid, "not_credited")):
        with pytest.raises(NotRefundable) as refused:
            desk.request(order)
        assert refused.value.extra["reason"] == reason
    used.tenant_id = bora
    with pytest.raises(NotFound):
        desk.request(used)


@pytest.mark.parametrize("change", [{"document": "  "}, {"ahead": True}])
def test_a_tax_document_needs_a_number_and_a_day_that_has_come(desk: Desk, change: dict):
    akin = desk.customer()
    refund_id = desk.request(desk.bought(akin))
    terms = {"on": (desk.at() + timedelta(days=2)).date()} if change.pop("ahead", False) else change
    with pytest.raises(InvalidRequest):
        desk.confirm(akin, refund_id, **terms)
    assert desk.refund(akin, refund_id).state == "awaiting_return_invoice"
    desk.confirm(akin, refund_id)
    desk.confirm(akin, refund_id)
    with pytest.raises(RefundStateConflict):
        desk.confirm(akin, refund_id, document="IAD2026000000002")


def test_a_refund_that_does_not_exist_is_not_found(desk: Desk):
    akin = desk.customer()
    with pytest.raises(NotFound):
        desk.confirm(akin, unknown_id())
