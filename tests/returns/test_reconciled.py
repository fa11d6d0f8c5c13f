"""After returns of every kind the books agree: nothing is found that a person would have to look at."""

from __future__ import annotations

from datetime import timedelta

import pytest

from billing.payments.gateway import RefundState
from billing.reconciliation import run
from billing.reconciliation.run import Finding
from ebelge.core.clock import utc_now
from ebelge.core.db import engine
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
