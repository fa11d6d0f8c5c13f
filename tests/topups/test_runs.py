"""Automatic top-up: begun once, ended by its order's outcome, stopped by cap, failures and disputes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest

from billing.catalogue.packages import UnknownPackage
from billing.ledger import lots
from billing.orders import place
from billing.payments.disputes import Dispute, DisputeStep
from billing.settlement import disputes
from billing.topups import plans, runs
from billing.topups.plans import CapTooLow, NotSuspended, Suspended
from billing.topups.runs import Capped, Started
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.errors import InvalidRequest, NotFound
from ebelge.core.ids import new_id
from ebelge.jobs import drawing, pooling, telling, upkeep
from tests.orders import shop
from tests.topups.filling import GROSS, Filling

pytestmark = pytest.mark.usefixtures("settings")


def resume(akin: Filling) -> None:
    with tenant_session(akin.tenant_id) as session:
        plans.resume(session, tenant_id=akin.tenant_id, by="Ayşe", at=utc_now())


def test_a_low_wallet_buys_one_package_and_no_second_while_the_first_is_under_way() -> None:
    akin = Filling.of_akin()
    started = akin.start()
    assert isinstance(started, Started)
    assert (started.gross_kurus, akin.start(), akin.charges_waiting(), len(akin.runs())) == (GROSS, None, 1, 1)
    akin.pays(started.order_id)
    akin.end(started.order_id)
    assert (shop.available(akin.tenant_id), akin.runs()[0].state, akin.start()) == (100, "credited", None)
    assert akin.letters() == ["topup_done"]


def test_the_clock_starts_and_ends_runs_by_itself() -> None:
    akin = Filling.of_akin()
    upkeep.start_topups(utc_now())
    (run,) = akin.runs()
    upkeep.end_topups(utc_now())
    assert akin.runs()[0].state == "started"
    akin.pays(run.order_id)
    upkeep.end_topups(utc_now())
    upkeep.start_topups(utc_now())
    assert [one.state for one in akin.runs()] == ["credited"]


def test_sixteen_triggers_at_once_start_one_run() -> None:
    akin = Filling.of_akin()
    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(lambda _: akin.start(), range(16)))
    assert (sum(isinstance(one, Started) for one in outcomes), len(akin.runs()), akin.charges_waiting()) == (1, 1, 1)


def test_above_the_months_cap_nothing_is_bought_until_the_next_month() -> None:
    akin = Filling.of_akin(monthly_cap_kurus=2 * GROSS, threshold_kontor=1_000_000)
    akin.run_once()
    akin.run_once()
    capped = akin.start()
    assert isinstance(capped, Capped)
    assert (capped.spent_kurus, capped.until) == (2 * GROSS, runs.next_month(utc_now()))
    assert (akin.start(), akin.start(capped.until - timedelta(seconds=1))) == (None, None)
    assert isinstance(akin.start(capped.until), Started)


def test_a_higher_cap_ends_the_wait_for_the_next_month() -> None:
    akin = Filling.of_akin(monthly_cap_kurus=GROSS, threshold_kontor=1_000_000)
    akin.run_once()
    assert isinstance(akin.start(), Capped)
    akin.plan(monthly_cap_kurus=2 * GROSS, threshold_kontor=1_000_000)
    assert isinstance(akin.start(), Started)


def test_after_each_failure_the_pause_grows_and_the_third_suspends_until_a_person_resumes() -> None:
    akin = Filling.of_akin()
    for number, pause in enumerate((timedelta(hours=1), timedelta(hours=6)), start=1):
        akin.run_once("card_declined")
        plan = akin.now()
        assert plan.next_try_at is not None
        assert (plan.failures, round((plan.next_try_at - utc_now()) / pause, 2)) == (number, 1.0)
        assert akin.start() is None
        akin.pass_time(pause)
    akin.run_once("card_declined")
    plan = akin.now()
    assert (plan.state, plan.suspended_why, akin.start()) == ("suspended", "failures", None)
    akin.plan()  # new terms do not resume it
    assert akin.now().state == "suspended"
    resume(akin)
    assert isinstance(akin.start(), Started)
    with pytest.raises(NotSuspended):
        resume(akin)


def test_a_success_forgets_earlier_failures() -> None:
    akin = Filling.of_akin()
    akin.run_once("card_declined")
    akin.pass_time(timedelta(hours=1))
    akin.run_once()
    assert (akin.now().failures, akin.now().next_try_at) == (0, None)


@pytest.mark.parametrize("code", ["expired_card", "10054", "card_gone"])
def test_a_card_that_will_not_get_better_suspends_at_once(code: str) -> None:
    akin = Filling.of_akin()
    akin.run_once(code)
    assert (akin.now().state, akin.now().suspended_why) == ("suspended", code)


def test_a_declined_run_calls_its_order_off_but_one_that_waits_for_the_cards_owner_stays_payable() -> None:
    akin, bora = Filling.of_akin(), Filling.of_akin()
    declined, asked = akin.run_once("card_declined"), bora.run_once("authentication_required")
    states = [
        shop.rows(one.tenant_id, "SELECT state FROM kontor_order WHERE order_id = :id", id=run.order_id)[0].state
        for one, run in ((akin, declined), (bora, asked))
    ]
    assert states == ["cancelled", "failed"]
    assert bora.start(utc_now() + timedelta(hours=24)) is None  # as long as he may confirm it, nothing else is bought


def test_any_dispute_stops_top_up_before_the_next_run_and_is_told() -> None:
    akin = Filling.of_akin()
    akin.dispute()
    assert isinstance(akin.start(), Suspended)
    assert (akin.now().suspended_why, akin.runs()) == ("dispute", [])
    resume(akin)
    assert isinstance(akin.start(), Started)  # the person knew of it
    akin.dispute()
    akin.plan()  # a change of terms does not make it forgotten
    assert akin.now().state == "suspended"


def test_a_dispute_that_was_read_tells_that_top_up_has_stopped_once() -> None:
    akin = Filling.of_akin()
    started = akin.run_once()
    (payment,) = shop.rows(akin.tenant_id, "SELECT * FROM payment WHERE tenant_id = :tenant_id")
    said = Dispute(
        gateway=payment.gateway, dispute_id="dp_1", payment_id=payment.gateway_payment_id, amount_kurus=GROSS,
        currency="TRY", state="needs_response", step=DisputeStep.FREEZE, reason="fraudulent", answer_due_s=None,
        fee_kurus=0, withdrawn=True, raw={},
    )  # fmt: skip
    for _ in range(2):
        with tenant_session(akin.tenant_id) as session:
            at = utc_now()
            disputes.take(session, tenant_id=akin.tenant_id, dispute=said, by="stripe", at=at)
            telling.disputed(session, akin.tenant_id, at)
    assert (akin.now().suspended_why, started.order_id) == ("dispute", payment.order_id)
    assert akin.letters().count("topup_suspended") == 1


def test_a_package_off_sale_or_a_removed_card_suspends_and_leaves_no_order() -> None:
    akin = Filling.of_akin()
    shop.rows(akin.tenant_id, "UPDATE saved_card SET removed_at = now() WHERE tenant_id = :tenant_id RETURNING 1")
    stopped = akin.start()
    assert isinstance(stopped, Suspended)
    assert (stopped.why, shop.rows(akin.tenant_id, "SELECT 1 FROM kontor_order")) == ("not_found", [])


def test_a_suspended_account_buys_nothing() -> None:
    akin = Filling.of_akin()
    shop.set_state(akin.tenant_id, "suspended")
    stopped = akin.start()
    assert isinstance(stopped, Suspended)
    assert (stopped.why, shop.rows(akin.tenant_id, "SELECT 1 FROM kontor_order")) == ("cannot_buy", [])


def test_switched_off_it_does_nothing_and_a_run_under_way_still_ends() -> None:
    akin = Filling.of_akin()
    started = akin.start()
    akin.plan(on=False)
    akin.pays(started.order_id)
    akin.end(started.order_id)
    akin.spend()
    assert (akin.runs()[0].state, akin.start(), akin.now().state) == ("credited", None, "off")


def test_an_unknown_charge_keeps_the_run_under_way() -> None:
    akin = Filling.of_akin()
    started = akin.start()
    akin.end(started.order_id)
    assert (akin.runs()[0].state, akin.start()) == ("started", None)


def test_a_member_of_a_pool_draws_first() -> None:
    akin = Filling.of_akin()
    pool = shop.customer("Akın Havuzu", kind="pool")
    with tenant_session(pool) as session:
        lots.grant(
            session, tenant_id=pool, source="opening", source_id=new_id(), kontor=10, net_price_kurus=0,
            expires_at=utc_now() + timedelta(days=9), at=utc_now(),
        )  # fmt: skip
    terms = pooling.Terms(block_kontor=10, monthly_cap_kontor=10, threshold_kontor=1)
    pooling.offer(pool, akin.tenant_id, terms=terms, by="test")
    pooling.accept(akin.tenant_id, pool, by="test")
    assert upkeep.start_topup(akin.tenant_id) is None
    assert drawing.draw(akin.tenant_id, needed_kontor=10) is not None
    assert upkeep.start_topup(akin.tenant_id) is not None  # the cap is drawn


def test_what_makes_no_sense_is_refused_and_changes_nothing() -> None:
    akin = Filling.of_akin()
    before = akin.now().changed_at
    for wrong, refusal in (
        ({"monthly_cap_kurus": GROSS - 1}, CapTooLow),
        ({"package_code": "no-such"}, UnknownPackage),
        ({"card_id": new_id()}, NotFound),
        ({"threshold_kontor": 0}, InvalidRequest),
        ({"failure_limit": 11}, InvalidRequest),
        ({"monthly_cap_kurus": -1}, InvalidRequest),
    ):
        with pytest.raises(refusal):
            akin.plan(**wrong)
    assert akin.now().changed_at == before


def test_a_sandbox_has_no_top_up() -> None:
    akin, sandbox = Filling.of_akin(), shop.customer(sandbox=True)
    terms = plans.Terms(package_code=akin.package, threshold_kontor=1, monthly_cap_kurus=GROSS, card_id=akin.card_id)
    with tenant_session(sandbox) as session, pytest.raises(place.CannotBuy):
        plans.keep(session, tenant_id=sandbox, terms=terms, by="test", at=utc_now())


def test_another_tenants_run_is_nobodys() -> None:
    akin, bora = Filling.of_akin(), Filling.of_akin()
    started = akin.start()
    ask = partial(runs.credited, tenant_id=bora.tenant_id, order_id=started.order_id, at=utc_now())
    with tenant_session(bora.tenant_id) as session:
        assert ask(session) is None
