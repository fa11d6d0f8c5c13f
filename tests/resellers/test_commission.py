"""Commission: accrued on paid orders, reversed pro rata to the kuruş, payable after the refund window, paid once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.commissions import entries, statement
from billing.commissions.entries import NothingPayable
from billing.resellers import contracts
from ebelge.core.errors import InvalidRequest
from ebelge.core.ids import new_id

# Entries carry the instant they are given; the ledger's clock has no part in this.
NOON = datetime(2026, 11, 10, 9, tzinfo=UTC)


@pytest.fixture
def ceren(trade):
    """A reseller on 15 % commission, refund window 14 days."""
    return reseller(trade, 1500)


def reseller(trade, commission_bp: int, **terms):
    found = trade.open("reseller", "Ceren Ltd.")
    given = {"model": "commission", "commission_bp": commission_bp, "valid_from": NOON, "created_by": "test"} | terms
    with trade.session(found) as session:
        contracts.conclude(session, tenant_id=found, at=NOON, **given)
    return found


def call(trade, function, tenant_id, at=NOON, **values):
    with trade.session(tenant_id) as session:
        return function(session, tenant_id=tenant_id, at=at, **values)


def accrue(trade, ceren, net_kurus, at=NOON, **more):
    order_id = more.pop("order_id", None) or new_id()
    given = {"customer_id": new_id(), "order_id": order_id, "net_kurus": net_kurus, "credited_at": at} | more
    return order_id, call(trade, entries.accrue, ceren, at, **given)


def of_order(trade, ceren, order_id) -> int:
    sql = "SELECT coalesce(sum(kurus), 0) FROM commission_entry WHERE order_id = :order"
    return int(trade.rows(ceren, sql, order=order_id)[0][0])


def test_an_order_accrues_once_by_the_contract_of_its_instant(trade, ceren) -> None:
    order, kurus = accrue(trade, ceren, 10_003)
    assert kurus == 1_500  # 1500,45
    assert accrue(trade, ceren, 10_003, order_id=order)[1] == 1_500
    assert of_order(trade, ceren, order) == 1_500
    call(trade, contracts.conclude, ceren, model="commission", commission_bp=2000,
         valid_from=datetime.now(UTC) + timedelta(days=1), created_by="test")  # fmt: skip
    assert accrue(trade, ceren, 10_000, NOON + timedelta(days=1))[1] == 1_500
    assert accrue(trade, ceren, 10_000, datetime.now(UTC) + timedelta(days=2))[1] == 2_000
    assert accrue(trade, ceren, 10_000, NOON - timedelta(days=1))[1] == 0


def test_resale_earns_no_commission(trade) -> None:
    demir = reseller(trade, 0, model="resale")
    order, kurus = accrue(trade, demir, 10_000)
    assert (kurus, of_order(trade, demir, order)) == (0, 0)
    assert call(trade, entries.reverse, demir, cause_id=new_id(), order_id=order, net_kurus=10_000) == 0


def test_it_is_payable_when_the_refund_window_is_over_and_paid_once(trade, ceren) -> None:
    accrue(trade, ceren, 20_000)
    window_ends = datetime(2026, 11, 24, 21, tzinfo=UTC)  # 00:00 Istanbul of the 25th
    before = call(trade, entries.account, ceren, window_ends - timedelta(microseconds=1))
    assert (before.pending_kurus, before.payable_kurus) == (3_000, 0)
    with pytest.raises(NothingPayable):
        call(trade, entries.pay, ceren, window_ends - timedelta(microseconds=1), payout_id=new_id(), note="CRN1, Ayşe")
    payout = new_id()
    for _ in range(2):
        assert call(trade, entries.pay, ceren, window_ends, payout_id=payout, note="CRN1, Ayşe") == 3_000
    after = call(trade, entries.account, ceren, window_ends)
    assert (after.pending_kurus, after.payable_kurus, after.paid_kurus) == (0, 0, 3_000)
    with pytest.raises(NothingPayable):
        call(trade, entries.pay, ceren, window_ends, payout_id=new_id(), note="CRN2, Ayşe")
    with pytest.raises(InvalidRequest):
        call(trade, entries.pay, ceren, window_ends, payout_id=new_id(), note=" ")


def test_payouts_at_the_same_instant_pay_once(trade, ceren) -> None:
    accrue(trade, ceren, 20_000)
    later = NOON + timedelta(days=30)

    def pay(_: int) -> int:
        try:
            return call(trade, entries.pay, ceren, later, payout_id=new_id(), note="CRN1, Ayşe")
        except NothingPayable:
            return 0

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(pay, range(8))) == [0] * 7 + [3_000]


def test_a_reversal_after_the_payout_is_carried_into_the_next_months(trade, ceren) -> None:
    order, _ = accrue(trade, ceren, 20_000)
    december = datetime(2026, 12, 2, 9, tzinfo=UTC)
    call(trade, entries.pay, ceren, december, payout_id=new_id(), note="CRN1, Ayşe")
    refund = new_id()
    for _ in range(2):
        assert call(trade, entries.reverse, ceren, december, cause_id=refund, order_id=order, net_kurus=10_000) == 1_500
    accrue(trade, ceren, 4_000, december)
    assert call(trade, entries.account, ceren, december).payable_kurus == -1_500
    january = datetime(2027, 1, 15, 9, tzinfo=UTC)
    assert call(trade, entries.account, ceren, january).payable_kurus == -900
    with pytest.raises(NothingPayable):
        call(trade, entries.pay, ceren, january, payout_id=new_id(), note="CRN2, Ayşe")
    accrue(trade, ceren, 10_000, december)
    assert call(trade, entries.pay, ceren, january, payout_id=new_id(), note="CRN2, Ayşe") == 600
    months = [call(trade, statement.statement, ceren, january, month=date(2026, 11, 1) if n == 0 else
                   date(2026, 12, 1) if n == 1 else date(2027, 1, 1)) for n in range(3)]  # fmt: skip
    assert [(m.opening_kurus, m.accrued_kurus, m.reversed_kurus, m.paid_kurus, m.closing_kurus) for m in months] == [
        (0, 3_000, 0, 0, 3_000), (3_000, 2_100, -1_500, -3_000, 600), (600, 0, 0, -600, 0),
    ]  # fmt: skip


def test_an_order_on_open_account_earns_when_it_is_paid(trade, ceren) -> None:
    paid = NOON + timedelta(days=40)
    order, kurus = accrue(trade, ceren, 10_000, NOON, paid_at=paid)
    assert kurus == 1_500
    (entry,) = trade.rows(ceren, "SELECT month, payable_from FROM commission_entry WHERE order_id = :o", o=order)
    assert (entry.month, entry.payable_from) == (date(2026, 12, 1), paid)


def test_reversals_of_one_order_at_the_same_instant_sum_exactly(trade, ceren) -> None:
    order, kurus = accrue(trade, ceren, 9_999)
    reverse = partial(call, trade, entries.reverse, ceren, order_id=order, net_kurus=1_111)
    with ThreadPoolExecutor(9) as threads:
        taken = list(threads.map(lambda _: reverse(cause_id=new_id()), range(9)))
    assert sum(taken) == kurus
    assert of_order(trade, ceren, order) == 0
    assert reverse(cause_id=new_id()) == 0  # nothing is left to be reversed


@given(
    net=st.integers(0, 10**9),
    bp=st.integers(0, 10_000),
    steps=st.lists(st.tuples(st.integers(1, 10**9), st.booleans()), max_size=6),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_accrued_and_reversed_sums_exactly(trade, net: int, bp: int, steps: list[tuple[int, bool]]) -> None:
    """Random refunds, some of which fail later, each told twice: the sum follows from the net that stays, exactly."""
    ceren = reseller(trade, bp)
    order, accrued = accrue(trade, ceren, net)
    assert abs(2 * (accrued * 10_000 - net * bp)) <= 10_000  # half a kuruş at most
    gone = 0
    for amount, fails in steps:
        cause, whole = new_id(), min(amount, net - gone)
        for _ in range(2):
            call(trade, entries.reverse, ceren, cause_id=cause, order_id=order, net_kurus=amount)
        if fails:
            for _ in range(2):
                call(trade, entries.reinstate, ceren, cause_id=cause)
        else:
            gone += whole
        left = of_order(trade, ceren, order)
        assert 0 <= left <= accrued
        if net:
            assert left == accrued - (2 * accrued * gone + net) // (2 * net)
    call(trade, entries.reverse, ceren, cause_id=new_id(), order_id=order, net_kurus=net - gone)
    if net:
        assert of_order(trade, ceren, order) == 0
    kinds = trade.rows(ceren, "SELECT kind, kurus FROM commission_entry")
    assert all((row.kurus >= 0) == (row.kind == "accrued") or row.kurus == 0 for row in kinds)


def test_a_failed_refund_gives_the_commission_back_once(trade, ceren) -> None:
    order, kurus = accrue(trade, ceren, 10_000)
    refund = new_id()
    assert call(trade, entries.reinstate, ceren, cause_id=refund) == 0
    call(trade, entries.reverse, ceren, cause_id=refund, order_id=order, net_kurus=3_333)
    for _ in range(2):
        assert call(trade, entries.reinstate, ceren, cause_id=refund) == 500
    assert of_order(trade, ceren, order) == kurus


def test_entries_are_never_changed(trade, ceren) -> None:
    accrue(trade, ceren, 10_000)
    for sql in ("UPDATE commission_entry SET kurus = 1", "DELETE FROM commission_entry"):
        with pytest.raises(Exception, match=r"permission denied|append-only"):
            trade.rows(ceren, f"{sql} RETURNING 1")
