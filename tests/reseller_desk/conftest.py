"""Ceren the reseller, Demir who would like to be one for her customers, Bora who is hers, and the operator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest

from ebelge.core.config import Settings
from ebelge.core.ids import new_id
from tenants.acting.consents import Asker
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
