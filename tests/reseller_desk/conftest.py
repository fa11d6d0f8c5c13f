"""Ceren the reseller, Demir who would like to be one for her customers, Bora who is hers, and the operator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest

from billing.resellers import contracts
from ebelge.core.clock import utc_now
from ebelge.core.config import Settings
from ebelge.core.db import role_session
from ebelge.core.ids import new_id
from tenants.acting.consents import Asker
from tenants.people import persons
from tenants.texts import acceptances, versions
from tenants.texts.acceptances import Signature
from tests.pools.trade import Trade, trade_in
from tests.resellers.desk import conclude


@dataclass
class Shop:
    """Two resellers, the operator, and how customers come to be."""

    trade: Trade
    operator: UUID
    ceren: UUID
    demir: UUID

    def customer(self, of: UUID | None, title: str = "Bora A.Ş.") -> UUID:
        return self.trade.open(title=title, reseller_id=of)

    def vkn(self, tenant_id: UUID) -> str:
        return self.trade.rows(tenant_id, "SELECT vkn_tckn FROM tenant")[0].vkn_tckn

    def reseller_of(self, tenant_id: UUID) -> UUID | None:
        return self.trade.rows(tenant_id, "SELECT reseller_id FROM tenant")[0].reseller_id


@pytest.fixture(scope="module")
def _shop(settings: Settings, make_database: Callable[[], str], stack_environment: dict[str, str]) -> Iterator[Shop]:
    for trade in trade_in(make_database(), stack_environment):
        shop = Shop(
            trade,
            trade.open("operator", "Ebelge A.Ş."),
            trade.open("reseller", "Ceren Ltd."),
            trade.open("reseller", "Demir Ltd."),
        )
        for reseller in (shop.ceren, shop.demir):
            conclude(trade, reseller)
            trade.grant(reseller, 100, net_kurus=1_000)
        yield shop


@pytest.fixture
def shop(_shop: Shop) -> Iterator[Shop]:
    _shop.trade.now = None
    yield _shop
    _shop.trade.now = None


@pytest.fixture
def trade(shop: Shop) -> Trade:
    return shop.trade


@pytest.fixture
def bora(shop: Shop) -> UUID:
    """A customer of Ceren's."""
    return shop.customer(shop.ceren)


@pytest.fixture
def selin(shop: Shop) -> Asker:
    """One of Ceren's people."""
    return Asker(new_id(), "Selin Kaya", shop.ceren, "Ceren Ltd.")


@pytest.fixture
def person(trade: Trade) -> Callable[[str], UUID]:
    """Call it with an address for a person who can sign in."""

    def entered(email: str) -> UUID:
        with role_session("people") as session:
            return persons.create(session, email=email, full_name="Ayşe Işık", confirmed=True, at=utc_now()).person_id

    return entered


@pytest.fixture
def accept_texts(trade: Trade) -> Callable[[UUID, UUID], None]:
    """The texts are in force; call it with an account and a person who accepts them."""
    with role_session("finance") as session:
        versions.publish(session, wordings=versions.written(), by="test", at=utc_now())

    def accepted(tenant_id: UUID, person_id: UUID) -> None:
        signature = Signature(person_id, "tr", "127.0.0.1", "test")
        with trade.session(tenant_id) as session:
            open_ones = acceptances.outstanding(session, tenant_id=tenant_id, person_id=person_id, at=utc_now())
            seen = [(one.kind, one.text.version) for one in open_ones]
            acceptances.accept(session, tenant_id=tenant_id, seen=seen, signature=signature, at=utc_now())

    return accepted


@pytest.fixture
def ece(trade: Trade) -> UUID:
    """A reseller whose customers begin as applicants."""
    found = trade.open("reseller", "Ece Ltd.")
    trade.do(contracts.conclude, found, model="resale", valid_from=trade.at(), created_by="test")
    return found
