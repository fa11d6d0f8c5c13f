"""Every paid order becomes one invoice of the operator's own, at price 0, for exactly the order's amount."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from lxml import etree
from sqlalchemy import text

from billing.models.catalogue import TenantPrice
from billing.models.orders import KontorOrder
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.documents.numbers import series
from ebelge.jobs import invoices, sales
from ebelge.onboarding.accounts import ServicePlan, open_tenant
from ebelge.outbox import relay
from ebelge.outbox.messages import Claim
from ebelge.ubl.examples import vkn
from tenants.accounts import Identity
from tests.orders import shop

NS = {"cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
      "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"}  # fmt: skip


@pytest.fixture
def operator(fresh_settings: object) -> UUID:
    """The seller: e-Fatura and e-Arşiv active, a series for internet sales, kontör at price 0, none in the wallet."""
    tenant_id, at = new_id(), utc_now()
    plans = [
        ServicePlan(service=kind, active_from=date(2026, 1, 1), sender_alias="urn:mail:gb@ebelge.example")
        for kind in ("efatura", "earsiv")
    ]
    identity = Identity(vkn_tckn=vkn(70_001), title="Ebelge Özel Entegratör A.Ş.", district="Şişli", city="İstanbul")
    with tenant_session(tenant_id) as session:
        open_tenant(
            session, tenant_id=tenant_id, kind="operator", identity=identity, services=plans, sandbox=False, at=at,
            series={"efatura": "EBE", "earsiv": "EBA"},
        )  # fmt: skip
        series.create(session, tenant_id=tenant_id, kind="earsiv", prefix="EBI", internet=True)
    with role_session("finance") as session:
        for kind in ("efatura.out", "earsiv.out"):
            session.execute(
                text(
                    f"INSERT INTO {TenantPrice.__tablename__} VALUES (:tenant, :id, :kind, 0, "
                    "tstzrange(:at - interval '1 day', NULL), 'own', 'test', :at)"
                ),
                {"tenant": tenant_id, "id": new_id(), "kind": kind, "at": at},
            )
    with role_session("app") as session:
        session.execute(text("INSERT INTO gib_list_load VALUES ('live', now(), sha256('x'), 0)"))
    return tenant_id


def _paid(tenant_id: UUID, gateway: str = "iyzico", *, quantity: int = 1) -> KontorOrder:
    placed = shop.order(tenant_id, shop.on_sale(kontor=1_000, bonus=50, net_kurus=104_158), method=gateway,
                        quantity=quantity)  # fmt: skip
    assert shop.settled(placed, shop.evidence(placed, gateway=gateway)).outcome == "credited"
    return shop.fresh(placed)


def _claims() -> list[Claim]:
    """What the relay would hand to the worker of invoices."""
    with role_session("relay") as session:
        return relay.claim(session, queue="invoices", limit=100, turns=relay.Turns(), at=utc_now())


def _documents(operator: UUID) -> list[Any]:
    return shop.rows(
        operator,
        "SELECT d.*, x.source AS xml FROM document d JOIN document_source x USING (tenant_id, document_id) "
        "ORDER BY d.created_at",
    )


def test_a_card_sale_to_a_buyer_without_efatura_is_an_internet_sale_on_earsiv(operator: UUID) -> None:
    akin = shop.customer("Akın & Oğulları Ltd. Şti.")
    order = _paid(akin, quantity=2)
    sales.work(_claims())

    ((document),) = _documents(operator)
    now = shop.fresh(order)
    assert (now.invoice_state, now.invoice_document_id) == ("issued", document.document_id)
    assert (document.kind, document.number[:3], document.kontor) == ("earsiv", "EBI", 0)
    assert document.payable_kurus == order.gross_kurus == 249_979
    root = etree.fromstring(document.xml)
    notes = root.xpath("cbc:Note/text()", namespaces=NS)
    assert f"Sipariş: {order.reference}" in notes
    assert "Ödeme şekli: ODEMEARACISI (iyzico)" in notes
    assert f"Ödeme tarihi: {istanbul_date(utc_now()):%d.%m.%Y}" in notes
    assert root.xpath("//cac:AdditionalDocumentReference/cbc:DocumentType/text()", namespaces=NS)[0] == "INTERNET"
    assert root.xpath("//cac:AccountingCustomerParty//cac:PartyName/cbc:Name/text()", namespaces=NS) == [
        "Akın & Oğulları Ltd. Şti."
    ]
    assert root.xpath("//cac:InvoiceLine/cbc:InvoicedQuantity/text()", namespaces=NS) == ["2"]
    assert shop.rows(operator, "SELECT available FROM wallet")[0][0] == 0


def test_a_buyer_on_efatura_gets_a_temelfatura(operator: UUID) -> None:
    akin = shop.customer()
    number = shop.rows(akin, "SELECT vkn_tckn FROM tenant")[0][0]
    with role_session("app") as session:
        session.execute(
            text(
                "INSERT INTO gib_alias (mode, vkn_tckn, document_type, role, alias, title, created_at) "
                "VALUES ('live', :vkn, 'Invoice', 'PK', 'urn:mail:defaultpk@akin.example', 'Akın', "
                "now() - interval '9 days')"
            ),
            {"vkn": number},
        )
    _paid(akin, "bank")
    sales.work(_claims())
    ((document),) = _documents(operator)
    assert (document.kind, document.profile, document.number[:3]) == ("efatura", "TEMELFATURA", "EBE")
    assert document.receiver_alias == "urn:mail:defaultpk@akin.example"


def test_never_twice_however_often_and_at_once(operator: UUID) -> None:
    order = _paid(shop.customer())
    (claim,) = _claims()
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: sales.work([claim]), range(4)))
    sales.work([claim])
    assert len(_documents(operator)) == 1
    assert shop.fresh(order).invoice_state == "issued"


def test_a_kill_between_the_invoice_and_the_order_is_made_good(operator: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    order = _paid(shop.customer())
    (claim,) = _claims()
    with monkeypatch.context() as patch:
        patch.setattr(invoices, "_enter", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            invoices.issue(claim)
    assert (len(_documents(operator)), shop.fresh(order).invoice_state) == (1, "wanted")
    invoices.issue(claim)
    assert len(_documents(operator)) == 1
    assert shop.fresh(order).invoice_document_id == _documents(operator)[0].document_id


def test_without_a_series_for_it_nothing_is_issued_and_the_message_waits(operator: UUID) -> None:
    order = _paid(shop.customer())
    with tenant_session(operator) as session:
        session.execute(text("UPDATE series SET is_default = false, active = false WHERE prefix = 'EBI'"))
    sales.work(_claims())
    assert (_documents(operator), shop.fresh(order).invoice_state) == ([], "wanted")
    (message,) = shop.rows(
        order.tenant_id, "SELECT state, last_error FROM outbox_message WHERE topic = 'order.invoice'"
    )
    assert message.state == "scheduled"
    assert "InvalidDocument" in message.last_error
