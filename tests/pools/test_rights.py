"""Rights: offered, accepted, ended, on both sides; recall and leaving bring back what is neither held nor spent."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from billing.ledger.errors import InsufficientKontor
from billing.pools import draws, returns, rights
from billing.pools.draws import NoDrawRight
from billing.pools.rights import AnotherPool, NotAPool, OfferIsOver, Terms
from ebelge.core.clock import utc_now
from ebelge.core.errors import InvalidRequest, NotFound
from ebelge.core.ids import new_id
from ebelge.jobs import drawing, pooling
from ebelge.jobs.ledger import finish
from ebelge.jobs.refill import refill, refilled

TERMS = Terms(block_kontor=10, monthly_cap_kontor=100)


def sides(trade, pool, member) -> tuple[str, str]:
    (right,) = trade.rows(pool, "SELECT state FROM draw_right WHERE member_id = :member", member=member)
    (membership,) = trade.rows(member, "SELECT state FROM pool_membership WHERE pool_id = :pool", pool=pool)
    return right.state, membership.state


def returned(trade, pool, member) -> int:
    sql = "SELECT coalesce(sum(returned_kontor), 0) FROM pool_month WHERE member_id = :member"
    return trade.rows(pool, sql, member=member)[0][0]


def test_a_right_needs_both_sides_and_is_known_to_both(trade) -> None:
    pool, member = trade.pool(100), trade.open(title="Bora A.Ş.")
    pooling.offer(pool, member, terms=TERMS, by="test")
    assert sides(trade, pool, member) == ("offered", "offered")
    pooling.accept(member, pool, by="test")
    assert sides(trade, pool, member) == ("active", "active")
    pooling.accept(member, pool, by="test")
    (right,) = trade.rows(pool, "SELECT * FROM draw_right")
    (membership,) = trade.rows(member, "SELECT * FROM pool_membership")
    assert (right.member_title, membership.pool_title) == ("Bora A.Ş.", "Akın Holding A.Ş.")
    assert right.accepted_at == membership.accepted_at
    pooling.leave(member, pool)
    assert sides(trade, pool, member) == ("ended", "ended")
    with pytest.raises(OfferIsOver):
        pooling.accept(member, pool, by="test")
    pooling.offer(pool, member, terms=TERMS, by="test")
    assert sides(trade, pool, member) == ("offered", "offered")


def test_either_side_alone_is_finished_by_its_message(trade) -> None:
    pool, member = trade.pool(100), trade.open()
    trade.do(rights.offer, pool, member_id=member, member_title="Bora", terms=TERMS, by="test")
    trade.relay()
    assert sides(trade, pool, member) == ("offered", "offered")
    trade.do(rights.accept, member, pool_id=pool, by="test")
    assert sides(trade, pool, member) == ("offered", "active")
    trade.relay()
    assert sides(trade, pool, member) == ("active", "active")
    drawing.draw(member, needed_kontor=1)
    trade.do(rights.withdraw, pool, member_id=member)
    assert sides(trade, pool, member) == ("ended", "active")
    with pytest.raises(NoDrawRight):
        drawing.draw(member, needed_kontor=1)
    trade.relay()
    assert sides(trade, pool, member) == ("ended", "ended")
    assert (trade.balances(pool)[0], trade.balances(member)[0]) == (100, 0)


def test_terms_are_the_pools_and_new_ones_apply_at_once(trade) -> None:
    pool = trade.pool(100)
    member = trade.member(pool, block=10, cap=100)
    pooling.offer(pool, member, terms=Terms(block_kontor=4, monthly_cap_kontor=6), by="test")
    assert sides(trade, pool, member) == ("active", "active")
    assert drawing.draw(member, needed_kontor=1).kontor == 4
    (membership,) = trade.rows(member, "SELECT * FROM pool_membership")
    assert (membership.block_kontor, membership.monthly_cap_kontor) == (4, 6)


def test_terms_changed_by_many_at_once_are_the_same_on_both_sides(trade) -> None:
    pool = trade.pool(100)
    member = trade.member(pool)

    def change(block: int) -> None:
        pooling.offer(pool, member, terms=Terms(block_kontor=block, monthly_cap_kontor=100 + block), by="test")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(change, range(1, 17)))
    trade.relay()
    sql = "SELECT block_kontor, monthly_cap_kontor, state FROM "
    (right,), (membership,) = trade.rows(pool, sql + "draw_right"), trade.rows(member, sql + "pool_membership")
    assert tuple(right) == tuple(membership)
    assert right.state == "active"


def test_one_pool_at_most_refills_a_wallet(trade) -> None:
    first, second = trade.pool(), trade.pool()
    member = trade.member(first)
    pooling.offer(second, member, terms=TERMS, by="test")
    with pytest.raises(AnotherPool):
        pooling.accept(member, second, by="test")
    pooling.leave(member, first)
    pooling.accept(member, second, by="test")
    assert sides(trade, second, member) == ("active", "active")


def test_what_makes_no_sense_is_refused(trade) -> None:
    pool, akin = trade.pool(), trade.open()
    with pytest.raises(NotAPool):
        pooling.offer(akin, trade.open(), terms=TERMS, by="test")
    with pytest.raises(NotAPool):
        pooling.offer(pool, trade.pool(), terms=TERMS, by="test")
    with pytest.raises(NotFound):
        pooling.offer(pool, new_id(), terms=TERMS, by="test")
    with pytest.raises(NotFound):
        pooling.offer(pool, trade.open(mode="test", live_tenant_id=akin), terms=TERMS, by="test")
    for block, cap, threshold in ((0, 1, 0), (1, -1, 0), (1, 1, -1)):
        wrong = Terms(block_kontor=block, monthly_cap_kontor=cap, threshold_kontor=threshold)
        with pytest.raises(InvalidRequest):
            pooling.offer(pool, akin, terms=wrong, by="test")
    for act in (lambda: pooling.accept(akin, pool, by="test"), lambda: pooling.leave(akin, pool)):
        with pytest.raises(NotFound):
            act()
    with pytest.raises(NotFound):
        pooling.recall(pool, akin)


def test_a_strangers_pool_and_member_are_out_of_reach(trade) -> None:
    mine, theirs = trade.pool(50), trade.pool(50)
    member, stranger = trade.member(mine), trade.member(theirs)
    drawing.draw(stranger, needed_kontor=1)
    with pytest.raises(NotFound):
        pooling.recall(mine, stranger)
    assert trade.do(returns.give_back, stranger, pool_id=mine, return_id=new_id()) == 0
    with pytest.raises(NoDrawRight):
        trade.do(draws.pass_to_member, theirs, member_id=member, draw_id=new_id(), needed_kontor=1)
    assert trade.rows(member, "SELECT * FROM draw_right") == []
    assert trade.rows(member, "SELECT * FROM pool_month") == []


def test_a_recall_leaves_what_a_charge_holds(trade) -> None:
    pool = trade.pool()
    trade.grant(pool, 100, net_kurus=1_000)
    member = trade.member(pool, block=30, cap=40)
    trade.grant(member, 5, until=utc_now() + timedelta(days=300))
    drawing.draw(member, needed_kontor=1)
    spent, held = trade.spend(member, 4), trade.reserve(member, 9)
    assert pooling.recall(pool, member) == 17
    assert trade.balances(member) == (5, 9, 0)
    assert trade.balances(pool)[0] == 87
    assert returned(trade, pool, member) == 17
    assert pooling.recall(pool, member) == 0
    assert drawing.draw(member, needed_kontor=1).kontor == 27  # 40 - (30 - 17): what came back is free to be drawn
    trade.release(member, held)
    assert pooling.recall(pool, member, kontor=6) == 6
    trade.restore(member, spent)
    assert trade.balances(member)[0] == 5 + 27 + 9 - 6 + 4
    pooling.recall(pool, member)
    assert trade.balances(member)[0] == 5
    assert trade.balances(pool)[0] == 100
    assert trade.differences(pool, member) == []
    (left,) = trade.rows(pool, "SELECT sum(net_left_kurus) FROM lot")
    assert left[0] == 1_000


def test_a_member_leaves_and_what_gib_refused_later_stays_in_its_own_wallet(trade) -> None:
    pool = trade.pool(100)
    member = trade.member(pool, block=20)
    drawing.draw(member, needed_kontor=1)
    refused, pending = trade.spend(member, 2), trade.reserve(member, 3)
    assert pooling.leave(member, pool) == 15
    assert trade.balances(member) == (0, 3, 0)
    assert trade.balances(pool)[0] == 95
    trade.restore(member, refused)
    trade.release(member, pending)
    for _ in range(2):
        trade.relay()
        pooling.agree(pool, member)
    assert pooling.leave(member, pool) == 0
    assert trade.balances(member) == (5, 0, 0)
    assert trade.balances(pool)[0] == 95
    assert drawing.draw(member, needed_kontor=1) is None
    trade.spend(member, 5)
    assert trade.differences(pool, member) == []


def test_a_draw_that_was_on_its_way_when_the_member_left_goes_back(trade) -> None:
    pool = trade.pool(100)
    member, draw_id = trade.member(pool, block=20), new_id()
    trade.relay()
    trade.do(draws.pass_to_member, pool, member_id=member, draw_id=draw_id, needed_kontor=1)
    pooling.leave(member, pool)
    finish(pool, draw_id)
    trade.relay()
    assert trade.balances(member) == (0, 0, 0)
    assert trade.balances(pool)[0] == 100
    assert returned(trade, pool, member) == 20
    assert trade.differences(pool, member) == []


def test_kontor_about_to_expire_goes_back_at_night(trade) -> None:
    pool = trade.pool()
    at = utc_now()
    trade.grant(pool, 10, until=at + timedelta(days=2))
    trade.grant(pool, 10, until=at + timedelta(days=20))
    member = trade.member(pool, block=15)
    own = trade.grant(member, 3, until=at + timedelta(days=1))
    drawing.draw(member, needed_kontor=1)
    assert pooling.recall_ending(utc_now()) == 1
    assert trade.balances(pool)[0] == 15
    assert trade.balances(member)[0] == 8
    assert trade.rows(member, "SELECT remaining FROM lot WHERE lot_id = :own", own=own)[0].remaining == 3
    assert pooling.recall_ending(utc_now()) == 0
    back = trade.rows(pool, "SELECT expires_at FROM lot WHERE source = 'received'")
    assert [row.expires_at for row in back] == [at + timedelta(days=2)]
    assert trade.differences(pool, member) == []


def test_a_wallet_that_is_short_is_refilled_and_the_refusal_says_what_is_empty(trade) -> None:
    pool = trade.pool(12)
    member = trade.member(pool, block=5)
    refilled(lambda: trade.spend(member, 7), tenant_id=member)
    assert trade.balances(pool)[0] == 5
    with pytest.raises(InsufficientKontor) as empty:
        refilled(lambda: trade.spend(member, 6), tenant_id=member)
    assert empty.value.extra == {"needed_kontor": 6, "missing_kontor": 6, "pool": "pool_empty"}
    assert "Havuzda yeterli kontör yok" in empty.value.detail_tr
    capped = trade.member(trade.pool(100), block=5, cap=5)
    assert refill(capped, short_kontor=2)
    with pytest.raises(InsufficientKontor) as reached:
        refilled(lambda: trade.spend(capped, 6), tenant_id=capped)
    assert reached.value.extra["pool"] == "pool_cap_reached"
    alone = trade.open()
    with pytest.raises(InsufficientKontor) as short:
        refilled(lambda: trade.spend(alone, 1), tenant_id=alone)
    assert "pool" not in short.value.extra


def test_a_pool_sees_sums_per_day_of_its_own_kontor_only(trade) -> None:
    pool = trade.pool(100)
    member = trade.member(pool, block=20)
    trade.grant(member, 3, until=utc_now() + timedelta(days=1))
    drawing.draw(member, needed_kontor=1)
    trade.spend(member, 5)  # 3 of its own, 2 of the pool
    refused = trade.spend(member, 4)
    trade.reserve(member, 1)
    assert pooling.roll_up_use(utc_now()) >= 1
    used = "SELECT sum(used_kontor) FROM pool_use WHERE member_id = :member"
    assert trade.rows(pool, used, member=member)[0][0] == 6
    trade.restore(member, refused)
    for _ in range(2):
        pooling.roll_up_use(utc_now())
    assert trade.rows(pool, used, member=member)[0][0] == 2
    (columns,) = trade.rows(
        pool, "SELECT array_agg(column_name::text) FROM information_schema.columns WHERE table_name = 'pool_use'"
    )
    assert set(columns[0]) == {"tenant_id", "member_id", "day", "used_kontor", "seen_at"}
