"""After returns of every kind the books agree: nothing is found that a person would have to look at."""

from __future__ import annotations

from datetime import timedelta

import pytest

from billing.payments import lists
from billing.payments.gateway import ListedTransaction, RefundState
from billing.reconciliation import run
from billing.reconciliation.run import Finding
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import engine, role_session
from tests.orders import shop
from tests.returns.desk import IBAN, Desk

# What waits for others (invoices, gateways' lists, people), and documents, which there are none of here.
WAITS = {
    "order_without_invoice", "refund_waits", "receivable_overdue", "payment_not_listed", "bank_payment_without_line",
    "charge_without_document",
}  # fmt: skip


def findings() -> list[Finding]:
    pool = engine("reader").execution_options(isolation_level="REPEATABLE READ")
    with pool.connect() as connection, connection.begin():
        found = list(run.findings(connection, at=utc_now() + timedelta(hours=3)))
    return [one for one in found if one.kind not in WAITS]


@pytest.fixture(scope="module", autouse=True)
def _operator(_desk: Desk) -> None:
    _desk.open("operator", "Ebelge Entegratör A.Ş.")


def test_the_books_agree_after_refunds_of_every_kind(desk: Desk):
    akin, bora = desk.customer(), desk.customer("Bora A.Ş.")
    order = desk.bought(akin, 7, bonus=3, net_kurus=9_999)
    held = [desk.reserve(akin, 1), desk.reserve(akin, 2)]
    desk.refunded(order)
    for charge_id in held:
        desk.release(akin, charge_id)
    desk.refunded(order)  # of what came back
    failed_later = desk.bought(akin, 100, bonus=10, net_kurus=10_000)
    refund_id = desk.refunded(failed_later)
    assert desk.answer(desk.begin(akin, refund_id, noticed=True), RefundState.FAILED) == "failed"
    desk.refunded(failed_later)
    transfer = desk.bought(bora, via="bank")
    desk.confirm(bora, desk.request(transfer, to_iban=IBAN))
    assert findings() == []


def test_the_books_agree_after_disputes_of_every_kind(desk: Desk):
    ceren, akin = desk.customer("Ceren Bilişim", kind="reseller"), desk.customer()
    for told in (["lost"], ["needs_response", "won"], ["needs_response", "lost", "won"], ["needs_response"]):
        order = desk.bought(ceren, 100, bonus=10, net_kurus=10_000)
        desk.pass_on(ceren, akin, 60)
        desk.spend(akin, 5)
        for word in told:
            desk.dispute(order, word)
            desk.follow()
    keep = desk.bought(akin, 100, net_kurus=10_000)
    desk.dispute(keep, "lost", amount_kurus=3_000)
    desk.dispute(keep, "lost", amount_kurus=3_000, rest="keep")
    assert findings() == []
    assert desk.differences(ceren, akin) == []


def test_commission_that_was_given_back_in_part_is_no_difference(desk: Desk):
    ceren = desk.customer("Ceren Bilişim", kind="reseller")
    shop.contract(ceren, "commission")
    akin = desk.customer(reseller_id=ceren)
    order = desk.bought(akin, 100, net_kurus=10_003)
    desk.relay()
    desk.spend(akin, 30)
    refund_id = desk.refunded(order)
    desk.relay()
    assert desk.answer(desk.begin(akin, refund_id, noticed=True), RefundState.FAILED) == "failed"
    desk.relay()
    kinds = desk.rows(ceren, "SELECT kind FROM commission_entry ORDER BY entry_id")
    assert [row.kind for row in kinds] == ["accrued", "reversed", "accrued"]
    assert findings() == []


def test_commission_follows_a_dispute_that_is_lost_won_and_lost_again(desk: Desk):
    ceren = desk.customer("Ceren Bilişim", kind="reseller")
    shop.contract(ceren, "commission")
    akin = desk.customer(reseller_id=ceren)
    order = desk.bought(akin, 100, net_kurus=10_000)
    desk.relay()
    earned = {}
    for told in ("needs_response", "lost", "won", "lost", "won"):
        desk.dispute(order, told)
        desk.follow()
        earned[len(earned), told] = desk.rows(ceren, "SELECT sum(kurus) AS kurus FROM commission_entry")[0].kurus
    assert list(earned.values()) == [1_500, 0, 1_500, 0, 1_500]
    assert findings() == []


def test_a_lost_dispute_that_cannot_be_booked_is_found_and_a_refund_under_way_is_known(desk: Desk):
    ceren, akin = desk.customer("Ceren Bilişim", kind="reseller"), desk.customer()
    lost = desk.bought(ceren, 100)
    desk.pass_on(ceren, akin, 60)
    desk.dispute(lost, "lost")
    assert [one.kind for one in findings()] == ["dispute_lost_not_booked"]  # the passed-on kontör are not void yet
    desk.follow()
    assert findings() == []
    order = desk.bought(akin, via="stripe")
    refund_id = desk.ready(order)
    call = desk.begin(akin, refund_id)
    assert desk.answer(call, RefundState.PENDING) == "sent"
    with role_session("finance") as session:
        payment_id = call.request.payment_id
        listed = {"kind": "refund", "amount_kurus": -call.request.amount_kurus, "attempt_ref": refund_id.hex}
        for line in ({"kind": "payment", "amount_kurus": order.gross_kurus, "attempt_ref": ""}, listed):
            one = ListedTransaction(
                gateway="stripe", transaction_id=f"{line['kind']} {payment_id}", payment_id=payment_id, currency="TRY",
                fee_kurus=0, fee_currency="TRY", raw={}, **line,
            )  # fmt: skip
            lists.keep(session, day=istanbul_date(utc_now()), lines=[one], at=utc_now())
    assert findings() == []
