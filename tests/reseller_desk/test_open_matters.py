"""What becomes of open matters on the day a customer changes its reseller."""

import pytest

from billing.catalogue import packages
from billing.pools.rights import Terms
from billing.resellers.taking_back import TakeBackAnswered
from billing.settlement import quote
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.errors import NotFound
from ebelge.core.ids import new_id
from ebelge.jobs import drawing, pooling, reselling
from ebelge.jobs import reseller_changes as desk
from tenants import accounts
from tenants.acting import consents, sessions
from tenants.audit import entries
from tests.orders import shop as store
from tests.resellers.desk import accept, ask, pass_on

WHO = entries.command("test", by="Bora Ak")


def change(shop, customer, to) -> None:
    """Everybody says yes, today."""
    old, new = shop.reseller_of(customer), shop.vkn(to) if to else None
    asked = desk.ask_as_customer(customer, new_vkn=new, wanted_on=istanbul_date(utc_now()), actor=WHO)
    for side in (old, to, shop.operator):
        if side is not None:
            state = desk.answer_as_party(side, asked, yes=True, actor=WHO)
    assert state == "done"


def test_kontor_of_the_old_reseller_stays_spendable_is_worth_nothing_to_refund_and_is_not_taken_back(
    shop, trade, bora
) -> None:
    draw = pass_on(trade, shop.ceren, bora, 10)
    trade.spend(bora, 1)  # touched: the reseller may only ask
    waiting = ask(trade, shop.ceren, bora, draw, 2)
    assert waiting.state == "asked"
    change(shop, bora, shop.demir)
    with pytest.raises(TakeBackAnswered):
        accept(trade, shop.ceren, bora, waiting)
    with pytest.raises(NotFound):
        reselling.take_back(shop.ceren, draw_id=draw, kontor=1, take_back_id=new_id(), asked_by="test")
    with pytest.raises(NotFound):
        reselling.pass_on(shop.ceren, bora, kontor=1, draw_id=new_id())
    (lot,) = trade.do(quote.received, bora)
    assert (lot.net_kurus, lot.why, lot.sold_by) == (0, "received", shop.ceren)
    trade.spend(bora, 9)
    assert trade.balances(bora) == (0, 0, 0)
    assert trade.differences(shop.ceren, bora) == []


def test_the_old_resellers_pool_is_left_by_its_own_leaving_and_another_pool_is_not(shop, trade, bora) -> None:
    pool = trade.open("pool", "Ceren Havuz", reseller_id=shop.ceren)
    trade.grant(pool, 50)
    own = trade.pool(50)
    kept = shop.customer(shop.ceren, "Cem Ltd.")
    for pool_id, member in ((pool, bora), (own, kept)):
        terms = Terms(block_kontor=10, monthly_cap_kontor=1_000, threshold_kontor=0)
        pooling.offer(pool_id, member, terms=terms, by="test")
        pooling.accept(member, pool_id, by="test")
        drawing.draw(member, needed_kontor=1)
    trade.spend(bora, 3)
    for member in (bora, kept):
        change(shop, member, shop.demir)
    states = {member: trade.rows(member, "SELECT state FROM pool_membership")[0].state for member in (bora, kept)}
    assert states == {bora: "ended", kept: "active"}
    assert trade.balances(bora)[0] == 0
    assert trade.balances(pool)[0] == 47
    assert trade.balances(kept)[0] == 10
    assert trade.differences(pool, bora, own, kept) == []


def test_whoever_acts_for_the_old_reseller_stops_and_the_operators_people_do_not(shop, trade, bora, selin) -> None:
    support = consents.Asker(new_id(), "Destek", shop.operator, "Ebelge A.Ş.")
    acting = {}
    for who in (selin, support):
        consent = trade.do(
            consents.ask, bora, asker=who, reason="Ayarlara bakacağız", hours=5, rights=["company:read"]
        ).consent_id
        trade.do(consents.give, bora, consent_id=consent, hours=5, rights=["company:read"], by="Bora Ak")
        acting[who.name] = session_id = new_id()
        trade.do(sessions.begin, bora, consent_id=consent, person_id=who.person_id, session_id=session_id)
    change(shop, bora, shop.demir)
    found = {name: trade.do(sessions.current, bora, session_id=session_id) for name, session_id in acting.items()}
    assert found["Selin Kaya"] is None
    assert found["Destek"] is not None


def test_commission_on_what_was_ordered_before_stays_with_the_old_reseller(shop, trade) -> None:
    old = trade.open("reseller", "Emre Ltd.")
    store.contract(old, "commission")
    bora = shop.customer(old)
    before = store.order(bora, store.on_sale(net_kurus=10_000))
    change(shop, bora, shop.demir)
    store.settled(before, store.evidence(before, attempt := store.attempt(before)), attempt)
    trade.relay()
    earned = "SELECT order_id, kurus FROM commission_entry WHERE kind = 'accrued'"
    assert [tuple(row) for row in trade.rows(old, earned)] == [(before.order_id, 1_500)]
    assert trade.rows(shop.demir, earned) == []


def test_prices_and_packages_follow_the_new_reseller_from_that_moment(shop, trade, bora) -> None:
    def offered() -> set[str]:
        with trade.session(bora) as session:
            reseller = accounts.get(session, tenant_id=bora).reseller_id
            found = packages.offered(session, tenant_id=bora, reseller_id=reseller, at=utc_now())
        return {one.code for one in found}

    store.on_sale(code="ceren-100", scope=shop.ceren)
    store.on_sale(code="demir-100", scope=shop.demir)
    assert "ceren-100" in offered()
    assert "demir-100" not in offered()
    change(shop, bora, shop.demir)
    assert "demir-100" in offered()
    assert "ceren-100" not in offered()
