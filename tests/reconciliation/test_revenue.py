"""Random histories of two wallets: every kuruş of every lot is earned, broken, voided, passed on or deferred, once."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from billing.reconciliation import flow, revenue
from billing.reconciliation.revenue import Revenue
from billing.reconciliation.run import findings
from billing.statements.statement import month
from ebelge.core.clock import add_months, istanbul_date, utc_now
from ebelge.core.config import Settings
from ebelge.core.db import engine
from tests.ledger import model
from tests.ledger.conftest import World, _with_settable_clock
from tests.ledger.test_against_the_model import START, Histories
from tests.orders import shop

EXAMPLES = int(os.environ.get("EBELGE_REVENUE_EXAMPLES", "12"))
LOT_PRICES = tuple(check for check in revenue.CHECKS if check.kind == "lot_price_differs")


class Tenants(World):
    """Wallets of live tenants: only their revenue counts."""

    def wallet(self, kontor: int = 0, **terms: Any) -> UUID:
        return shop.customer()


@pytest.fixture(scope="module")
def tenants(
    settings: Settings, make_database: Callable[[], str], stack_environment: dict[str, str]
) -> Iterator[Tenants]:
    """A database of its own whose clock can be set: revenue is of everybody in it."""
    for _ in _with_settable_clock(make_database(), stack_environment):
        yield Tenants()


class Sales(Histories):
    """Histories whose sales are counted by the test as well."""

    sold_kurus: ClassVar[int] = 0  # over all histories: they share a database

    def _grant(self, who: int, key: Any, lot_id: UUID, kontor: int, net: int, priority: int, until: datetime) -> None:
        known = set(self.wallets[who].lots)
        super()._grant(who, key, lot_id, kontor, net, priority, until)
        if set(self.wallets[who].lots) != known:
            Sales.sold_kurus += net

    def teardown(self) -> None:
        pool = engine("reader").execution_options(isolation_level="REPEATABLE READ")
        with pool.connect() as connection, connection.begin():
            self._lots_sum_to_their_prices(connection)
            self._months_follow_each_other(connection)
            for tenant_id in getattr(self, "ids", ()):
                for start, end in self._months():
                    assert flow.flow(connection, tenant_id=tenant_id, start=start, end=end).agrees
            wrong = findings(connection, at=utc_now(), checks=(*flow.CHECKS, *LOT_PRICES))
            assert list(wrong) == []

    def _months(self) -> list[tuple[datetime, datetime]]:
        """From before the first event to after the last of any history."""
        first = istanbul_date(START).replace(day=1)
        last = istanbul_date(START + timedelta(days=40 * 35))
        count = (last.year - first.year) * 12 + last.month - first.month + 1
        return [month(add_months(first, n)) for n in range(count)]

    def _lots_sum_to_their_prices(self, connection: Any) -> None:
        for lot in revenue.lots(connection):
            parts = (lot.earned_kurus, lot.breakage_kurus, lot.voided_kurus, lot.passed_kurus, lot.deferred_kurus)
            assert min(parts) >= 0
            assert sum(parts) == lot.net_price_kurus

    def _months_follow_each_other(self, connection: Any) -> None:
        told: list[Revenue] = [revenue.revenue(connection, start=s, end=e) for s, e in self._months()]
        assert all(one.agrees for one in told)
        assert told[0].deferred_opening == 0
        for earlier, later in itertools.pairwise(told):
            assert later.deferred_opening == earlier.deferred_closing
        lots = list(revenue.lots(connection))
        assert sum(one.sold for one in told) == Sales.sold_kurus
        assert sum(one.earned for one in told) == sum(lot.earned_kurus for lot in lots)
        assert sum(one.breakage for one in told) == sum(lot.breakage_kurus for lot in lots)
        assert sum(one.voided for one in told) == sum(lot.voided_kurus for lot in lots)
        assert told[-1].deferred_closing == sum(lot.deferred_kurus for lot in lots)
        gone = sum(one.earned + one.breakage + one.voided + one.in_transit for one in told)
        assert gone + told[-1].deferred_closing == Sales.sold_kurus


def test_every_kurus_that_was_sold_is_in_one_place(tenants: Tenants) -> None:
    Sales.sold_kurus = 0
    run_state_machine_as_test(
        lambda: Sales(tenants, model),
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )  # fmt: skip
    assert Sales.sold_kurus > 0
