"""Whatever comes at once, dies half-way or fails: one run at a time, never above the month's cap, never past the limit.

The wallet stays low for ever: what is bought is gone at once. Steps are drawn by seed.
"""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta

import pytest

from billing.topups import plans, runs
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import tenant_session
from ebelge.jobs import upkeep
from tests.orders import shop
from tests.topups.filling import GROSS, Filling

pytestmark = pytest.mark.usefixtures("settings")
PACKAGES_A_MONTH, LIMIT, STEPS = 3, 3, 40


class Killed(Exception):
    """The process dies here."""


class Storm:
    """Akın's wallet in bad weather."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.akin = Filling.of_akin(
            monthly_cap_kurus=PACKAGES_A_MONTH * GROSS + GROSS // 2, failure_limit=LIMIT, threshold_kontor=10**9
        )
        self.at = utc_now()
        self.in_a_row = 0

    def triggers_at_once(self) -> None:
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda _: self.akin.start(self.at), range(6)))

    def dies_before_the_commit(self) -> None:
        before = self.akin.charges_waiting()
        with suppress(Killed), tenant_session(self.akin.tenant_id) as session:
            runs.start(session, tenant_id=self.akin.tenant_id, at=self.at)
            raise Killed
        assert self.akin.charges_waiting() == before

    def money_comes(self) -> None:
        run = self.akin.under_way()
        if run is not None and self.order_state(run.order_id) == "pending":
            self.akin.pays(run.order_id)
            if self.dice.random() < 0.5:  # else whoever ends the run died before; the clock finds it
                self.akin.end(run.order_id)
            self.akin.spend()
            self.in_a_row = 0

    def the_bank_says_no(self) -> None:
        run = self.akin.under_way()
        if run is not None and self.order_state(run.order_id) == "pending":
            self.akin.declines(run.order_id, self.dice.choice(["card_declined", "authentication_required"]))
            self.in_a_row += 1

    def ends_are_found_by_many(self) -> None:
        run = self.akin.under_way()
        if run is not None:
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(lambda _: self.akin.end(run.order_id), range(4)))

    def the_clock_looks(self) -> None:
        upkeep.end_topups(self.at)

    def hours_pass(self) -> None:
        self.akin.pass_time(timedelta(hours=self.dice.choice([1, 7, 26])))

    def a_month_passes(self) -> None:
        if self.dice.random() < 0.3:
            # some days into it: on a month's last day, too, every pause is over by then
            self.at = runs.next_month(self.at) + timedelta(days=3)

    def a_person_resumes(self) -> None:
        if self.akin.now().state == "suspended":
            assert self.akin.start(self.at) is None
            with tenant_session(self.akin.tenant_id) as session:
                plans.resume(session, tenant_id=self.akin.tenant_id, by="Ayşe", at=utc_now())
            self.in_a_row = 0

    def order_state(self, order_id: object) -> str:
        return str(
            shop.rows(self.akin.tenant_id, "SELECT state FROM kontor_order WHERE order_id = :i", i=order_id)[0][0]
        )

    def check(self) -> None:
        found = self.akin.runs()
        assert sum(run.state == "started" for run in found) <= 1
        spent: Counter[tuple[int, int]] = Counter()
        for run in found:
            if run.state != "failed":
                spent[month(run.started_at)] += run.gross_kurus
        assert all(kurus <= self.akin.now().monthly_cap_kurus for kurus in spent.values()), spent
        assert self.in_a_row <= LIMIT
        orders = shop.rows(self.akin.tenant_id, "SELECT state FROM kontor_order")
        assert len(orders) == len(found) == self.akin.charges_waiting()


def month(at: datetime) -> tuple[int, int]:
    day = istanbul_date(at)
    return day.year, day.month


@pytest.mark.parametrize("seed", [1, 2])
def test_it_never_runs_away(seed: int) -> None:
    storm = Storm(seed)
    steps = [
        storm.triggers_at_once, storm.triggers_at_once, storm.dies_before_the_commit, storm.money_comes,
        storm.money_comes, storm.the_bank_says_no, storm.ends_are_found_by_many, storm.the_clock_looks,
        storm.hours_pass, storm.a_month_passes, storm.a_person_resumes,
    ]  # fmt: skip
    for _ in range(STEPS):
        storm.dice.choice(steps)()
        storm.check()
    assert len(storm.akin.runs()) >= 3, "the storm was a calm"
