"""Commission follows orders: by the messages that settling, refunds and disputes put, in whatever order they come."""

import pytest

from billing.commissions import entries
from ebelge.core.clock import utc_now
from ebelge.core.ids import new_id
from ebelge.jobs import commission
from ebelge.jobs.commission import TooEarly
from ebelge.outbox import messages
from tests.orders import shop


@pytest.fixture
def ceren(trade):
    """A reseller on 15 % commission."""
    ceren = trade.open("reseller", "Ceren Ltd.")
    shop.contract(ceren, "commission")
    return ceren


def buy(trade, ceren, *, net_kurus: int = 10_003, work: bool = True):
    """Bora, Ceren's customer, buys a package."""
    bora = trade.open(title="Bora A.Ş.", reseller_id=ceren)
    order = shop.order(bora, shop.on_sale(net_kurus=net_kurus))
    attempt = shop.attempt(order)
    assert shop.settled(order, shop.evidence(order, attempt), attempt).outcome == "credited"
    if work:
        trade.relay()
    return order


def tell(trade, order, cause_id, **payload) -> None:
    """What refunds and disputes put when money has gone back."""
    with trade.session(order.tenant_id) as session:
        messages.put(session, tenant_id=order.tenant_id, topic="order.reversed", key=cause_id, at=utc_now(),
                     payload={"order_id": str(order.order_id), "cause": "refund", **payload})  # fmt: skip


def booked(trade, ceren) -> list[tuple[str, int]]:
    return [tuple(row) for row in trade.rows(ceren, "SELECT kind, kurus FROM commission_entry ORDER BY entry_id")]


def test_a_paid_order_of_a_customer_earns_its_reseller_commission_once(trade, ceren) -> None:
    order = buy(trade, ceren)
    assert booked(trade, ceren) == [("accrued", 1_500)]
    (entry,) = trade.rows(ceren, "SELECT * FROM commission_entry")
    assert (entry.customer_title, entry.order_reference) == ("Bora A.Ş.", order.reference)
    assert (entry.customer_id, entry.order_id) == (order.tenant_id, order.order_id)
    with trade.session(order.tenant_id) as session:
        messages.put(session, tenant_id=order.tenant_id, topic="order.credited", key=order.order_id, at=utc_now())
    trade.relay()
    assert len(booked(trade, ceren)) == 1


def test_a_customer_without_a_reseller_earns_nobody_anything(trade, ceren) -> None:
    buy(trade, None)
    assert booked(trade, ceren) == []


def test_refunds_reverse_pro_rata_and_a_refund_that_failed_later_gives_back(trade, ceren) -> None:
    order, first, second = buy(trade, ceren), new_id(), new_id()
    tell(trade, order, first, net_kurus=3_334)
    tell(trade, order, second, net_kurus=6_669)
    trade.relay()
    assert booked(trade, ceren) == [("accrued", 1_500), ("reversed", -500), ("reversed", -1_000)]
    tell(trade, order, second, undone=True)
    trade.relay()
    with trade.session(ceren) as session:
        account = entries.account(session, tenant_id=ceren, at=utc_now())
    assert (account.pending_kurus, account.payable_kurus) == (1_000, 0)


def test_a_reversal_that_overtakes_the_accrual_finds_it_made(trade, ceren) -> None:
    order = buy(trade, ceren, work=False)
    trade.rows(order.tenant_id, "UPDATE outbox_message SET state = 'scheduled', due_at = now() + interval '2 hours' "
               "WHERE topic = 'order.credited' RETURNING 1")  # fmt: skip
    tell(trade, order, new_id(), net_kurus=order.net_kurus)
    trade.relay()
    assert booked(trade, ceren) == [("accrued", 1_500), ("reversed", -1_500)]


def test_an_undoing_waits_for_what_it_undoes(trade, ceren) -> None:
    order, refund = buy(trade, ceren), new_id()
    tell(trade, order, refund, net_kurus=order.net_kurus)
    early = messages.Claim(order.tenant_id, new_id(), "order.reversed", refund, 1,
                           {"order_id": str(order.order_id), "undone": True})  # fmt: skip
    with pytest.raises(TooEarly):
        commission.reversed_(early)
    trade.relay()
    commission.reversed_(early)
    assert sum(kurus for _, kurus in booked(trade, ceren)) == 1_500
