"""The refund desk at the edge: who the buyer is, and kontör that came home from members and customers."""

from __future__ import annotations

from datetime import timedelta

from billing.payments.gateway import RefundState
from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.documents.registered import taxpayer
from ebelge.edge import refunds as edge
from ebelge.gib.taxpayers import Alias, RegisteredUser
from tenants import accounts
from tests.orders import shop
from tests.returns.desk import Desk


def ask(desk: Desk, order) -> object:
    refund_id = edge.ask(order.tenant_id, order.order_id, reason="Fazla alındı.", by="ayse")
    return desk.refund(order.tenant_id, refund_id)


def register(tenant_id) -> None:
    """The account is an e-Fatura user."""
    with tenant_session(tenant_id) as session:
        tenant = accounts.get(session, tenant_id=tenant_id)
    ago = utc_now() - timedelta(days=900)
    user = RegisteredUser(
        tenant.vkn_tckn, tenant.title, "OZEL", "OZELENTEGRASYON", (Alias("Invoice", "urn:mail:pk@x.example", ago),), ago
    )
    with role_session("app") as session:
        taxpayer.load_list(session, mode="live", users=[user], at=utc_now())


def test_a_buyer_on_e_fatura_sends_an_iade_faturasi_and_others_have_the_whole_purchase_cancelled(desk: Desk):
    akin, bora = desk.customer(), desk.customer("Bora A.Ş.")
    register(akin)
    assert ask(desk, desk.bought(akin)).tax_way == "iade_faturasi"
    assert ask(desk, desk.bought(bora)).tax_way == "cancel_invoice"
    used = desk.bought(bora)
    desk.spend(bora, 1)
    assert ask(desk, used).tax_way == "iade_faturasi"


def test_a_late_invoice_is_not_cancelled(desk: Desk):
    akin = desk.customer()
    order = desk.bought(akin)
    desk.rows(
        akin,
        "UPDATE kontor_order SET invoice_state = 'issued', invoice_document_id = order_id, "
        "invoiced_at = now() - interval '9 days' RETURNING 1",
    )
    assert ask(desk, order).tax_way == "iade_faturasi"


def test_what_members_gave_back_is_refunded_with_the_purchase_it_came_of(desk: Desk):
    pool, member, other = desk.customer("Akın Holding", kind="pool"), desk.customer(), desk.customer("Bora A.Ş.")
    order = desk.bought(pool, 100, net_kurus=10_000)
    desk.pass_on(pool, member, 60)
    desk.spend(member, 10)
    desk.pass_on(member, other, 20)
    desk.pass_on(other, pool, 15)
    desk.pass_on(member, pool, 25)
    worth = edge.quoted(pool, order.order_id, at=utc_now())
    assert (worth.kontor, worth.net_kurus, worth.gross_kurus) == (80, 8_000, 9_600)
    assert [lot.kontor for lot in worth.lots] == [40, 15, 25] or [lot.kontor for lot in worth.lots] == [40, 25, 15]
    assert edge.received(pool, at=utc_now()) == []
    refund = ask(desk, order)
    assert (refund.gross_kurus, desk.balances(pool)) == (9_600, (0, 0, 80))
    desk.confirm(pool, refund.refund_id)
    call = desk.begin(pool, refund.refund_id)
    assert desk.answer(call) == "done"
    assert (desk.balances(pool), shop.fresh(order).refunded_kurus) == ((0, 0, 0), 9_600)
    assert desk.answer(call, RefundState.FAILED) == "failed"  # days later
    assert (desk.balances(pool), shop.fresh(order).refunded_kurus) == ((80, 0, 0), 0)
    again = edge.quoted(pool, order.order_id, at=utc_now())
    assert (again.kontor, again.gross_kurus) == (80, 9_600)
    assert desk.differences(pool, member, other) == []


def test_the_receiver_is_told_who_sold_it(desk: Desk):
    ceren, akin = desk.customer("Ceren Bilişim", kind="reseller"), desk.customer()
    order = desk.bought(ceren, 100, net_kurus=10_000)
    desk.pass_on(ceren, akin, 40)
    desk.bought(akin)
    (lot,) = edge.received(akin, at=utc_now())
    assert (lot.seller, lot.lot.net_kurus, lot.lot.why) == ("Ceren Bilişim", 0, "received")
    assert edge.quoted(ceren, order.order_id, at=utc_now()).kontor == 60
