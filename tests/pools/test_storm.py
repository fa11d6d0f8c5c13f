"""Whatever members and their pool do, in any order or at once: no kontör appears or vanishes, no cap is passed."""

from __future__ import annotations

import contextlib
import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.ledger.errors import InsufficientKontor
from billing.pools.draws import DrawRefused
from billing.pools.rights import OfferIsOver, Terms
from ebelge.jobs import drawing, pooling
from ebelge.jobs.refill import refilled

STOCK, NET, CAP = 120, 9_999, 60
KINDS = ("spend", "reserve", "release", "capture", "restore", "draw", "recall", "leave", "end", "join", "relay")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.integers(0, 2),
        st.integers(1, 15),
    ),
    max_size=30,
)
SUMS = """
    SELECT coalesce(sum(remaining + held + consumed), 0) AS kontor,
           coalesce(sum(net_left_kurus), 0) AS left_kurus,
           (SELECT coalesce(sum(s.net_kurus), 0) FROM charge_lot s JOIN charge c USING (tenant_id, charge_id)
             WHERE c.state IN ('held', 'captured')) AS spent_kurus
      FROM lot
"""


class Scene:
    """A pool, three members, and what each of them holds and has spent."""

    def __init__(self, trade) -> None:
        self.trade = trade
        self.pool = trade.pool(STOCK, net_kurus=NET)
        self.members = [trade.member(self.pool, block=7, cap=CAP) for _ in range(3)]
        self.held: dict[int, list] = {0: [], 1: [], 2: []}
        self.spent: dict[int, list] = {0: [], 1: [], 2: []}

    def do(self, what: str, n: int, kontor: int) -> None:
        with contextlib.suppress(InsufficientKontor, DrawRefused, OfferIsOver):
            self._do(what, n, kontor)

    def _do(self, what: str, n: int, kontor: int) -> None:
        trade, pool, member = self.trade, self.pool, self.members[n]
        held, spent = self.held[n], self.spent[n]
        match what:
            case "spend":
                spent.append(refilled(lambda: trade.spend(member, kontor), tenant_id=member))
            case "reserve":
                held.append(refilled(lambda: trade.reserve(member, kontor), tenant_id=member))
            case "release" if held:
                trade.release(member, held.pop())
            case "capture" if held:
                trade.capture(member, held[-1])
                spent.append(held.pop())
            case "restore" if spent:
                trade.restore(member, spent.pop())
            case "draw":
                drawing.draw(member, needed_kontor=kontor)
            case "recall":
                pooling.recall(pool, member, kontor=kontor)
            case "leave":
                pooling.leave(member, pool)
            case "end":
                pooling.recall(pool, member, end=True)
            case "join":
                pooling.offer(pool, member, terms=Terms(block_kontor=7, monthly_cap_kontor=CAP), by="test")
                pooling.accept(member, pool, by="test")
            case "relay":
                trade.relay()

    def check(self) -> None:
        trade, pool, members = self.trade, self.pool, self.members
        trade.relay()
        assert trade.differences(pool, *members) == []
        sums = [trade.rows(one, SUMS)[0] for one in (pool, *members)]
        assert sum(row.kontor for row in sums) == STOCK
        assert sum(row.left_kurus + row.spent_kurus for row in sums) == NET
        months = trade.rows(pool, "SELECT drawn_kontor, returned_kontor FROM pool_month")
        assert all(0 <= row.drawn_kontor - row.returned_kontor <= CAP for row in months)
        for right in trade.rows(pool, "SELECT member_id, state FROM draw_right"):
            (membership,) = trade.rows(right.member_id, "SELECT state FROM pool_membership")
            assert membership.state == right.state


@given(steps=STEPS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_appears_or_vanishes(trade, steps) -> None:
    scene = Scene(trade)
    for step in steps:
        scene.do(*step)
    scene.check()


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_appears_or_vanishes_when_all_happens_at_once(trade, seed: int) -> None:
    """A hand for each member, one for the pool that recalls from all, one for the worker."""
    scene = Scene(trade)

    def hand(n: int) -> None:
        dice = random.Random(1000 * seed + n)
        for _ in range(40):
            if n < 3:
                scene.do(dice.choice(KINDS[:6]), n, dice.randint(1, 15))
            else:
                scene.do(dice.choice(("recall", "recall", "draw", "join", "leave") if n == 3 else ("relay",)),
                         dice.randrange(3), dice.randint(1, 15))  # fmt: skip

    with ThreadPoolExecutor(5) as threads:
        list(threads.map(hand, range(5)))
    scene.check()
