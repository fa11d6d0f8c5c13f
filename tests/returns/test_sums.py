"""For random purchases, uses and orders of events: refunds, reversals and debts sum to the order's price, to the kuruş.

Every story is told twice, the second time with each message and answer doubled: both end the same.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.ledger.errors import ChargeStateConflict, InsufficientKontor
from billing.models.orders import KontorOrder
from billing.payments.gateway import RefundState
from billing.settlement import refunds
from billing.settlement.refunds import NotRefundable, RefundUnderWay
from ebelge.core.money import kdv_kurus
from tests.orders import shop
from tests.returns.desk import Desk

EVENTS = st.one_of(
    st.tuples(st.sampled_from(["reserve", "pass", "pass further", "used there"]), st.integers(1, 12)),
    st.tuples(st.sampled_from(["capture", "release", "restore"]), st.integers(0, 3)),
    st.tuples(st.just("refund"), st.sampled_from(["done", "failed", "failed later", "called off", "awaited"])),
    st.tuples(st.just("dispute"), st.sampled_from(["needs_response", "won", "novel", "warning_needs_response"])),
)


@dataclass
class Story:
    """One purchase and what became of it; `times`: how often each message and answer comes."""

    desk: Desk
    times: int
    order: KontorOrder
    ceren: UUID
    akin: UUID
    bora: UUID
    charges: list[UUID] = field(default_factory=list)
    later: bool = False

    def tell(self, event: tuple[str, Any]) -> None:
        name, value = event
        # A refusal changes nothing, as the sums will show.
        with suppress(InsufficientKontor, ChargeStateConflict, NotRefundable, RefundUnderWay):
            getattr(self, f"_{name.replace(' ', '_')}")(value)
        for _ in range(self.times):
            self.desk.follow()

    def _reserve(self, kontor: int) -> None:
        self.charges.append(self.desk.reserve(self.ceren, kontor))

    def _used_there(self, kontor: int) -> None:
        self.desk.spend(self.akin, kontor)

    def _pass(self, kontor: int) -> None:
        self.desk.pass_on(self.ceren, self.akin, kontor)

    def _pass_further(self, kontor: int) -> None:
        self.desk.pass_on(self.akin, self.bora, kontor)

    def _capture(self, which: int) -> None:
        if self.charges:
            self.desk.capture(self.ceren, self.charges[which % len(self.charges)])

    def _release(self, which: int) -> None:
        if self.charges:
            self.desk.release(self.ceren, self.charges[which % len(self.charges)])

    def _restore(self, which: int) -> None:
        if self.charges:
            self.desk.restore(self.ceren, self.charges[which % len(self.charges)])

    def _refund(self, how: str) -> None:
        refund_id = self.desk.request(self.order)
        if how == "awaited":
            return
        if how == "called off":
            self.desk.do(refunds.cancel, self.ceren, refund_id=refund_id, by="ayse")
            return
        self.desk.confirm(self.ceren, refund_id)
        call = self.desk.begin(self.ceren, refund_id)
        for _ in range(self.times):
            self.desk.answer(call, RefundState.FAILED if how == "failed" else RefundState.DONE)
        if how == "failed later":
            self.later = True
            for _ in range(self.times):
                self.desk.answer(call, RefundState.FAILED)

    def _dispute(self, state: str) -> None:
        for _ in range(self.times):
            self.desk.dispute(self.order, state)

    @property
    def everybody(self) -> tuple[UUID, ...]:
        return self.ceren, self.akin, self.bora

    def one(self, tenant_id: UUID, sql: str) -> int:
        return int(self.desk.rows(tenant_id, sql)[0][0] or 0)

    def all(self, sql: str) -> int:
        return sum(self.one(tenant_id, sql) for tenant_id in self.everybody)

    def check(self) -> None:
        assert self.desk.differences(*self.everybody) == []
        left = self.all("SELECT sum(net_left_kurus) FROM lot")
        used = self.all(
            "SELECT sum(s.net_kurus) FROM charge_lot s JOIN charge c USING (tenant_id, charge_id) "
            "WHERE c.state IN ('held', 'captured')"
        )
        void = self.all("SELECT sum(net_kurus) FROM journal WHERE kind = 'voided'")
        again = self.all("SELECT sum(net_kurus) FROM lot_hold WHERE state = 'given_back'")
        assert left + used + void - again == self.order.net_kurus
        now = shop.fresh(self.order)
        net = self.one(self.ceren, "SELECT sum(net_kurus) FROM refund WHERE state = 'done'")
        kdv = self.one(self.ceren, "SELECT sum(kdv_kurus) FROM refund WHERE state = 'done'")
        assert now.refunded_kurus == net + kdv == self.one(self.ceren, "SELECT refunded_kurus FROM payment")
        assert now.refunded_kurus <= now.gross_kurus
        if net == now.net_kurus:
            assert now.refunded_kurus == now.gross_kurus
        if not self.later:
            assert kdv == kdv_kurus(net, Decimal(now.kdv_percent))

    def lose(self) -> tuple[Any, ...]:
        """The payer's bank takes everything back; what is owed is what was not void, to the kuruş."""
        self.tell(("dispute", "lost"))
        self.check()
        now = shop.fresh(self.order)
        gone = self.one(self.ceren, "SELECT sum(net_kurus) FROM refund WHERE state = 'done'")
        kdv = self.one(self.ceren, "SELECT sum(kdv_kurus) FROM refund WHERE state = 'done'")
        void = self.all("SELECT sum(net_kurus) FROM lot_hold WHERE state = 'voided' AND cause = 'dispute'")
        upto = kdv_kurus(gone + void, Decimal(now.kdv_percent))
        void_gross = void + max(0, upto - kdv)
        assert self.one(self.ceren, "SELECT sum(gross_kurus) FROM receivable") == now.gross_kurus - void_gross
        assert now.state == "charged_back"
        assert [self.desk.balances(tenant)[2] for tenant in self.everybody] == [0, 0, 0]
        return now.refunded_kurus, void, [self.desk.balances(tenant) for tenant in self.everybody]


def story(desk: Desk, kontor: int, bonus: int, net_kurus: int, times: int) -> Story:
    ceren, akin, bora = desk.customer("Ceren Bilişim"), desk.customer(), desk.customer("Bora A.Ş.")
    order = desk.bought(ceren, kontor, bonus=bonus, net_kurus=net_kurus)
    return Story(desk, times, order, ceren, akin, bora)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kontor=st.integers(1, 40),
    bonus=st.integers(0, 5),
    net_kurus=st.integers(1, 99_999),
    events=st.lists(EVENTS, max_size=10),
)
def test_whatever_happens_it_sums_to_the_kurus_and_twice_is_once(
    desk: Desk, kontor: int, bonus: int, net_kurus: int, events: list[tuple[str, Any]]
):
    ends = []
    for times in (1, 2):
        told = story(desk, kontor, bonus, net_kurus, times)
        for event in events:
            told.tell(event)
        told.check()
        ends.append(told.lose())
    assert ends[0] == ends[1]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    parts=st.lists(st.integers(1, 4), min_size=2, max_size=5),
    net_kurus=st.integers(1, 60) | st.integers(1, 99_999),
    fails=st.booleans(),
)
def test_any_row_of_partial_refunds_sums_to_the_gross(desk: Desk, parts: list[int], net_kurus: int, fails: bool):
    akin = desk.customer()
    order = desk.bought(akin, sum(parts), net_kurus=net_kurus)
    held = [desk.reserve(akin, part) for part in parts[1:]]
    given: list[UUID] = []
    for charge_id in [None, *held]:
        if charge_id is not None:
            desk.release(akin, charge_id)
        with suppress(NotRefundable):  # a part may be worth less than half a kuruş
            given.append(desk.refunded(order))
    if fails and given:
        number = given[len(given) // 2]
        call = desk.begin(akin, number, noticed=True)
        desk.answer(call, RefundState.FAILED)
        desk.refunded(order)
    now = shop.fresh(order)
    assert (now.state, now.refunded_kurus) == ("refunded", order.gross_kurus)
    assert desk.differences(akin) == []
