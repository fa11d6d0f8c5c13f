"""A sandbox's free kontör: renewed by the clock before it ends, once a period, and for nobody else."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import text

from billing.ledger import balance
from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.jobs import sandboxes, schedule
from ebelge.onboarding.accounts import SANDBOX_KONTOR
from tests.orders import shop

HOUR = timedelta(hours=1)


def spendable(tenant_id) -> int:
    with tenant_session(tenant_id) as session:
        return balance.balance(session, tenant_id=tenant_id, at=utc_now()).spendable


def half_a_year_passes(*, left: timedelta) -> None:
    """Every lot ends so long from now."""
    with role_session("owner") as session:
        session.execute(text("ALTER TABLE lot NO FORCE ROW LEVEL SECURITY"))
        session.execute(
            text("UPDATE lot SET credited_at = :end - interval '6 months', expires_at = :end"),
            {"end": utc_now() + left},
        )


def test_it_is_renewed_before_it_ends_once_a_period_however_many_clocks_there_are(fresh_settings) -> None:
    sandbox = shop.customer(sandbox=True)
    half_a_year_passes(left=25 * HOUR)
    assert sandboxes.renew_ending(utc_now()) == 0
    half_a_year_passes(left=HOUR)
    with ThreadPoolExecutor(4) as clocks:
        assert sum(clocks.map(sandboxes.renew_ending, [utc_now()] * 4)) == 1
    assert sandboxes.renew_ending(utc_now()) == 0
    assert spendable(sandbox) == 2 * SANDBOX_KONTOR
    half_a_year_passes(left=HOUR)
    assert sandboxes.renew_ending(utc_now()) == 1


def test_one_that_was_left_without_kontor_gets_it_back_and_closed_or_live_accounts_get_none(
    fresh_settings,
) -> None:
    live, closed, late = shop.customer(), shop.customer(sandbox=True), shop.customer(sandbox=True)
    shop.set_state(closed, "closed")
    half_a_year_passes(left=-40 * 24 * HOUR)
    assert spendable(late) == 0
    assert sandboxes.renew_ending(utc_now()) == 1
    assert [spendable(one) for one in (late, closed, live)] == [SANDBOX_KONTOR, 0, 0]


def test_the_clock_does_it() -> None:
    assert sandboxes.renew_ending in {duty.work for duty in schedule.duties()}
