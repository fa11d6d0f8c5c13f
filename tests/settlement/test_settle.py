"""What one piece of evidence does to an order, its attempt and the wallet."""

from __future__ import annotations

import pytest

from billing.payments.gateway import PaymentState
from ebelge.core.clock import kontor_expiry
from ebelge.core.errors import NotFound
from tests.orders import shop

pytestmark = pytest.mark.usefixtures("settings")


def test_a_payment_that_agrees_credits_lot_and_bonus_and_asks_for_the_invoice() -> None:
    akin = shop.customer()
    placed = shop.order(akin, shop.on_sale(kontor=1_000, bonus=50, net_kurus=104_158))
    attempt_id = shop.attempt(placed)
    proof = shop.evidence(placed, attempt_id)

    assert shop.settled(placed, proof, attempt_id).outcome == "credited"

    now, tried = shop.fresh(placed), shop.fresh_attempt(placed, attempt_id)
    assert (now.state, now.invoice_state, now.ended_at) == ("credited", "wanted", None)
    assert now.paid_at == now.credited_at is not None
    assert (tried.state, tried.ended_at is not None) == ("succeeded", True)
    lots = shop.rows(
        akin,
        "SELECT source, source_id, part, granted, net_price_kurus, expires_at, reason FROM lot "
        "WHERE tenant_id = :tenant_id ORDER BY source",
    )
    (payment,) = shop.rows(akin, "SELECT * FROM payment")
    until = kontor_expiry(now.credited_at, months=6)
    assert [tuple(lot) for lot in lots] == [
        ("bonus", placed.order_id, 1, 50, 0, until, placed.reference),
        ("payment", payment.payment_id, 1, 1_000, 104_158, until, placed.reference),
    ]
    assert (payment.gateway_payment_id, payment.paid_kurus, payment.fee_kurus, payment.item_ref) == (
        proof.payment_id, 124_990, 199, "item-1",
    )  # fmt: skip
    topics = shop.rows(akin, "SELECT topic, key FROM outbox_message ORDER BY topic")
    assert [tuple(one) for one in topics] == [("order.credited", placed.order_id), ("order.invoice", placed.order_id)]


def test_quantity_validity_and_no_bonus_are_the_orders_own() -> None:
    akin = shop.customer()
    placed = shop.order(akin, shop.on_sale(kontor=100, bonus=0, net_kurus=10_001, months=12), quantity=3)
    assert shop.settled(placed, shop.evidence(placed)).outcome == "credited"
    (lot,) = shop.rows(akin, "SELECT granted, net_price_kurus, expires_at FROM lot")
    assert tuple(lot) == (300, 30_003, kontor_expiry(shop.fresh(placed).credited_at, months=12))


def test_the_same_evidence_again_changes_nothing() -> None:
    akin = shop.customer()
    placed = shop.order(akin, shop.on_sale())
    attempt_id = shop.attempt(placed)
    proof = shop.evidence(placed, attempt_id)
    outcomes = [shop.settled(placed, proof, attempt_id).outcome for _ in range(3)]
    assert outcomes == ["credited", "already", "already"]
    assert shop.available(akin) == 1_050
    assert shop.breaks(akin) == []


def test_another_tenants_order_does_not_exist() -> None:
    akin, bora = shop.customer(), shop.customer("Bora A.Ş.")
    placed = shop.order(akin, shop.on_sale())
    placed.tenant_id = bora
    with pytest.raises(NotFound):
        shop.settled(placed, shop.evidence(placed))
    assert shop.available(akin) == shop.available(bora) == 0


@pytest.mark.parametrize("state", [PaymentState.PENDING, PaymentState.UNKNOWN, PaymentState.IN_REVIEW])
def test_what_is_not_paid_credits_nothing(state: PaymentState) -> None:
    akin = shop.customer()
    placed = shop.order(akin, shop.on_sale())
    attempt_id = shop.attempt(placed)
    assert shop.settled(placed, shop.evidence(placed, attempt_id, state=state), attempt_id).outcome == state.value
    assert shop.available(akin) == 0
    assert shop.settled(placed, shop.evidence(placed, attempt_id), attempt_id).outcome == "credited"
