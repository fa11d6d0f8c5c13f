"""Refunds, disputes, uses and passings of one purchase at the same instant: nobody waits for ever, the sums agree."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from contextlib import suppress

import pytest

from billing.ledger.errors import InsufficientKontor
from billing.payments.gateway import RefundState
from billing.settlement import refunds
from billing.settlement.refund_rows import RefundStateConflict
from billing.settlement.refund_sending import Call
from billing.settlement.refunds import NotRefundable, RefundUnderWay
from ebelge.core.errors import DomainError
from tests.orders import shop
from tests.returns.desk import Desk

REFUSED = (InsufficientKontor, NotRefundable, RefundUnderWay, RefundStateConflict)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_eight_at_once_leave_books_that_agree(desk: Desk, seed: int):
    ceren, akin = desk.customer("Ceren Bilişim", kind="reseller"), desk.customer()
    order = desk.bought(ceren, 500, bonus=20, net_kurus=50_000)
    failures: list[BaseException] = []
    start = threading.Barrier(8)

    def refund_through() -> None:
        refund_id = desk.ready(order)
        call = desk.begin(ceren, refund_id)
        if isinstance(call, Call):
            desk.answer(call, RefundState.FAILED)

    def refund_called_off() -> None:
        desk.do(refunds.cancel, ceren, refund_id=desk.request(order), by="ayse")

    acts: list[Callable[[], object]] = [
        refund_through, refund_called_off,
        lambda: desk.dispute(order, number="dp_at_once"), lambda: desk.dispute(order, "won", number="dp_at_once"),
        lambda: desk.spend(ceren, 3), lambda: desk.pass_on(ceren, akin, 7, arrive=False), lambda: desk.quote(order),
    ]  # fmt: skip

    def run(chance: random.Random) -> None:
        start.wait()
        for _ in range(12):
            try:
                with suppress(*REFUSED):
                    chance.choice(acts)()
            except DomainError as error:
                failures.append(error)
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=run, args=(random.Random(seed * 100 + n),)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    desk.dispute(order, "won", number="dp_at_once")
    desk.follow()
    for refund in desk.rows(ceren, "SELECT refund_id FROM refund WHERE ended_at IS NULL"):
        desk.do(refunds.cancel, ceren, refund_id=refund.refund_id, by="ayse")
    assert [desk.balances(tenant)[2] for tenant in (ceren, akin)] == [0, 0]
    assert shop.fresh(order).state == "credited"
    assert desk.differences(ceren, akin) == []
