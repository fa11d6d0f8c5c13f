"""Resellers and their customers in a database of this module, whose ledger clock a test may set."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from ebelge.core.config import Settings
from tests.pools.trade import Trade, trade_in
from tests.resellers.desk import conclude


@pytest.fixture(scope="module")
def _trade(settings: Settings, make_database: Callable[[], str], stack_environment: dict[str, str]) -> Iterator[Trade]:
    yield from trade_in(make_database(), stack_environment)


@pytest.fixture
def trade(_trade: Trade) -> Iterator[Trade]:
    """Accounts of every kind; nothing of the test before waits in the outbox."""
    _trade.now = None
    _trade.relay()
    yield _trade
    _trade.now = None


@pytest.fixture
def ceren(trade):
    """A reseller who buys and sells on, with 100 kontör for 1.000 kuruş."""
    ceren = trade.open("reseller", "Ceren Ltd.")
    conclude(trade, ceren)
    trade.grant(ceren, 100, net_kurus=1_000)
    return ceren
