"""Finance begins a refund by what the order is worth, and answers the return invoices that buyers sent."""

from __future__ import annotations

import re
from uuid import UUID

import pytest

from billing.settlement import return_invoices
from billing.settlement.return_invoices import Came
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.core.money import lira_text
from tests.orders import shop
from tests.web.test_finance_pages import bought

BUYER_ON_EFATURA = "iade_faturasi"


@pytest.fixture(scope="module")
def filiz(browsers):
    return browsers.sign_in("finance", "ebelge", name="Filiz Fidan")


@pytest.fixture(scope="module")
def deniz(browsers):
    return browsers.sign_in("finance", "ebelge", name="Deniz Demir")


def row(wanted: str, *given: object):
    with role_session("reader") as session:
        return session.connection().exec_driver_sql(wanted, given).first()


def state(refund_id: str) -> str:
    return row("SELECT state FROM refund WHERE refund_id = %s", UUID(refund_id))[0]


def begun(who, tenant_id: UUID, order) -> str:
    """A refund begun at the order's page; its buyer is on e-Fatura and sends an iade faturası."""
    there = f"/finance/payments/{tenant_id}/{order.order_id}/refund"
    answer = who.submit(there, shown=order.gross_kurus, reason="yanlış paket")
    assert answer.status_code == 303, answer.get_data(as_text=True)[-2000:]
    refund_id = re.search(r"/finance/refunds/([0-9a-f-]{36})", answer.headers["Location"])[1]
    with tenant_session(tenant_id) as session:
        session.connection().exec_driver_sql(
            "UPDATE refund SET tax_way = %s WHERE tenant_id = %s AND refund_id = %s",
            (BUYER_ON_EFATURA, tenant_id, UUID(refund_id)),
        )  # fmt: skip
    return refund_id


def came(tenant_id: UUID, order, kurus: int, number: str) -> UUID:
    document_id, at = new_id(), utc_now()
    with tenant_session(tenant_id) as session:
        invoice = Came(document_id, new_id(), order.order_id, number, istanbul_date(at), kurus, "TRY")
        assert return_invoices.came(session, tenant_id=tenant_id, invoice=invoice, at=at)
    return document_id


def test_a_refund_begins_at_the_order_with_what_comes_back_and_goes_by_two_persons(filiz, deniz) -> None:
    akin = shop.customer("Vazgeçen Alıcı A.Ş.")
    order = bought(akin, shop.on_sale(kontor=60_000, bonus=500, net_kurus=6_000_000))
    there = f"/finance/payments/{akin}/{order.order_id}/refund"
    assert there in filiz.text(f"/finance/payments/{akin}/{order.order_id}")
    quote = filiz.text(there)
    assert lira_text(order.gross_kurus) in quote and "Bonus kontör: worth nothing" in quote and "second person" in quote
    assert row("SELECT count(*) FROM refund WHERE tenant_id = %s", akin)[0] == 0, "looking changes nothing"
    stale = filiz.submit(there, shown=order.gross_kurus - 1, reason="yanlış paket")
    assert (stale.status_code, "The value has changed" in stale.get_data(as_text=True)) == (409, True)
    assert filiz.submit(there, shown=order.gross_kurus, reason=" ").status_code == 400

    refund_id = begun(filiz, akin, order)
    assert filiz.submit(there, shown=order.gross_kurus, reason="ikinci kez").status_code == 409
    assert f"/finance/refunds/{refund_id}" in filiz.text(there)
    # the return invoice comes: the first confirms by it, the second lets the money go
    document_id = came(akin, order, order.gross_kurus, "VAZ2026000000001")
    page = filiz.text(f"/finance/refunds/{refund_id}")
    assert "VAZ2026000000001" in page and "fits the refund" in page
    assert "VAZ2026000000001" in filiz.text("/finance/refunds")
    answer = f"/finance/refunds/{refund_id}/returns/{document_id}"
    assert "second_person" in filiz.submit(answer, word="take").headers["Location"]
    assert filiz.submit(f"/finance/refunds/{refund_id}/approve", word="approve").status_code == 409
    assert deniz.submit(f"/finance/refunds/{refund_id}/approve", word="approve").status_code == 303
    assert state(refund_id) == "ready"
    assert row("SELECT state, decided_by FROM return_invoice WHERE document_id = %s", document_id)[0] == "taken"
    assert filiz.submit(answer, word="take").status_code == 404


def test_the_buyer_sees_that_his_return_invoice_came(filiz, browsers) -> None:
    one = browsers.sign_in("owner", shop.customer("İade Bekleyen A.Ş."))
    order = bought(one.tenant_id, shop.on_sale(kontor=100, bonus=0, net_kurus=10_000))
    begun(filiz, one.tenant_id, order)
    assert "Your return invoice came" not in one.text("/kontor/refund")
    came(one.tenant_id, order, order.gross_kurus, "BOR2026000000091")
    assert "Your return invoice came, we look at it: BOR2026000000091" in one.text("/kontor/refund")


def test_a_return_invoice_about_something_else_is_dismissed_with_a_reason_and_its_break_ends(filiz) -> None:
    akin = shop.customer("Başka Şey İade Eden Ltd.")
    order = bought(akin, shop.on_sale(kontor=100, bonus=0, net_kurus=10_000))
    before, after = (came(akin, order, 99, f"BSK202600000000{n}") for n in (1, 2))

    def break_of(document_id: UUID):
        return row("SELECT break_id, state FROM finance_break WHERE kind = 'return_invoice_came' AND subject = %s",
                   str(document_id))  # fmt: skip

    page = filiz.text(f"/finance/breaks/{break_of(before)[0]}")
    assert "no refund awaits it" in page and f"/finance/payments/{akin}/{order.order_id}/refund" in page
    there = f"/finance/breaks/{break_of(before)[0]}/dismiss"
    assert filiz.submit(there, note=" ").status_code == 400
    assert filiz.submit(there, note="mal iadesi").status_code == 303
    assert break_of(before)[1] != "open"

    refund_id = begun(filiz, akin, order)
    with tenant_session(akin) as session:
        return_invoices.propose(session, tenant_id=akin, document_id=after, at=utc_now())
    assert f"the refund is {lira_text(order.gross_kurus)}" in filiz.text(f"/finance/breaks/{break_of(after)[0]}")
    there = f"/finance/refunds/{refund_id}/returns/{after}"
    assert filiz.submit(there, word="dismiss", note="mal iadesi").status_code == 303
    assert (break_of(after)[1] != "open", state(refund_id)) == (True, "awaiting_return_invoice")
    other = filiz.submit(f"/finance/payments/{new_id()}/{order.order_id}/refund", shown=1, reason="x")
    assert other.status_code == 404
