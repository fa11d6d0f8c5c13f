"""Draws: a right, a cap and a wallet, in two halves; whoever dies between them, nothing is lost or doubled."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from billing.ledger import transfers
from billing.ledger.errors import InsufficientKontor
from billing.pools import draws
from billing.pools.draws import CapReached, NoDrawRight, PoolEmpty
from ebelge.core.ids import new_id
from ebelge.jobs import drawing, pooling

DYING_BETWEEN = """
import os, signal, sys
from uuid import UUID
from billing.pools import draws
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
pool, member, draw = map(UUID, sys.argv[1:4])
with tenant_session(pool) as session:
    draws.pass_to_member(session, tenant_id=pool, member_id=member, draw_id=draw, needed_kontor=1, at=utc_now())
    if sys.argv[4] == "before the commit":
        os.kill(os.getpid(), signal.SIGKILL)
os.kill(os.getpid(), signal.SIGKILL)
"""


def drawn_this_month(trade, pool, member) -> int:
    sql = "SELECT drawn_kontor - returned_kontor FROM pool_month WHERE member_id = :member"
    return sum(row[0] for row in trade.rows(pool, sql, member=member))


def test_a_draw_takes_a_block_and_the_children_keep_origin_price_and_expiry(trade) -> None:
    pool = trade.pool()
    lot = trade.grant(pool, 25, net_kurus=1000)
    member = trade.member(pool, block=10)
    assert drawing.draw(member, needed_kontor=1).kontor == 10
    assert trade.balances(pool)[0] == 15
    (child,) = trade.rows(member, "SELECT * FROM lot")
    assert (child.granted, child.net_price_kurus, child.source) == (10, 400, "received")
    assert (child.origin_tenant_id, child.origin_lot_id) == (pool, lot)
    (stock,) = trade.rows(pool, "SELECT expires_at FROM lot")
    assert child.expires_at == stock.expires_at
    assert trade.differences(pool, member) == []


def test_a_draw_takes_the_shortage_where_that_is_more_and_the_rest_where_that_is_less(trade) -> None:
    pool = trade.pool(32)
    member = trade.member(pool, block=10, cap=1000)
    assert drawing.draw(member, needed_kontor=25).kontor == 25
    assert drawing.draw(member, needed_kontor=3).kontor == 7
    with pytest.raises(PoolEmpty):
        drawing.draw(member, needed_kontor=1)
    assert drawn_this_month(trade, pool, member) == 32
    capped = trade.member(trade.pool(100), block=10, cap=13)
    assert [drawing.draw(capped, needed_kontor=1).kontor for _ in range(2)] == [10, 3]
    with pytest.raises(CapReached):
        drawing.draw(capped, needed_kontor=1)


def test_what_is_refused_changes_nothing(trade) -> None:
    pool = trade.pool(5)
    member = trade.member(pool, block=10, cap=8)
    before = trade.rows(pool, "SELECT version FROM wallet"), drawn_this_month(trade, pool, member)
    for needed, refusal in ((6, PoolEmpty), (9, CapReached)):
        with pytest.raises(refusal):
            drawing.draw(member, needed_kontor=needed)
    assert (trade.rows(pool, "SELECT version FROM wallet"), drawn_this_month(trade, pool, member)) == before
    assert trade.balances(member) == (0, 0, 0)


def test_without_a_right_nothing_is_drawn(trade) -> None:
    pool, stranger = trade.pool(50), trade.open()
    assert drawing.draw(stranger, needed_kontor=1) is None
    with pytest.raises(NoDrawRight):
        trade.do(draws.pass_to_member, pool, member_id=stranger, draw_id=new_id(), needed_kontor=1)
    offered = trade.open()
    pooling.offer(pool, offered, terms=draws_terms(), by="test")
    assert drawing.draw(offered, needed_kontor=1) is None
    with pytest.raises(NoDrawRight):
        trade.do(draws.pass_to_member, pool, member_id=offered, draw_id=new_id(), needed_kontor=1)


def draws_terms():
    from billing.pools.rights import Terms

    return Terms(block_kontor=10, monthly_cap_kontor=100)


@pytest.mark.parametrize("moment", ["before the commit", "after the commit"])
def test_a_kill_between_the_two_halves_of_a_draw(trade, moment: str) -> None:
    pool = trade.pool(30)
    member, draw_id = trade.member(pool, block=10), new_id()
    trade.relay()
    done = subprocess.run(
        [sys.executable, "-c", DYING_BETWEEN, str(pool), str(member), str(draw_id), moment],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL
    passed = moment == "after the commit"
    assert (trade.balances(pool)[0], trade.balances(member)[0]) == (20 if passed else 30, 0)
    assert drawn_this_month(trade, pool, member) == (10 if passed else 0)
    assert trade.differences(pool, member) == []
    assert trade.relay() == int(passed)
    assert trade.balances(member)[0] == (10 if passed else 0)
    for _ in range(2):  # whoever repeats it, finds it done
        if passed:
            trade.do(draws.pass_to_member, pool, member_id=member, draw_id=draw_id, needed_kontor=1)
        trade.relay()
    assert trade.balances(member)[0] == drawn_this_month(trade, pool, member) == (10 if passed else 0)
    assert trade.differences(pool, member) == []


def test_sixteen_members_drain_one_pool_and_nothing_falls_below_zero(trade) -> None:
    pool = trade.pool(1_000, net_kurus=99_999)
    members = [trade.member(pool, block=7, cap=200) for _ in range(16)]

    def drain(member) -> int:
        drawn = 0
        while True:
            try:
                trade.spend(member, 3)
            except InsufficientKontor:
                try:
                    drawn += drawing.draw(member, needed_kontor=3).kontor
                except (PoolEmpty, CapReached):
                    return drawn

    with ThreadPoolExecutor(16) as threads:
        drawn = list(threads.map(drain, members))
    trade.relay()
    left = trade.balances(pool)
    assert left == (1_000 - sum(drawn), 0, 0)
    assert left[0] < 3  # nobody who needs 3 could draw any more
    for member, amount in zip(members, drawn, strict=True):
        (wallet,) = trade.rows(member, "SELECT * FROM wallet")
        (row,) = trade.rows(member, "SELECT sum(consumed) AS used, sum(granted) AS got FROM lot")
        assert 0 <= wallet.available < 3
        assert row.got == amount == drawn_this_month(trade, pool, member) <= 200
        assert row.used == row.got - wallet.available
    assert trade.differences(pool, *members) == []
    children = [row for member in members for row in trade.rows(member, "SELECT net_price_kurus FROM lot")]
    (rest,) = trade.rows(pool, "SELECT net_left_kurus FROM lot")
    assert sum(child.net_price_kurus for child in children) + rest.net_left_kurus == 99_999


def test_the_cap_is_that_of_the_istanbul_month(trade) -> None:
    pool = trade.pool()
    member = trade.member(pool, block=10, cap=15)
    trade.now = datetime(2026, 12, 31, 20, 59, 59, tzinfo=UTC)  # 23:59:59 in Istanbul
    trade.grant(pool, 100)
    draw = {"member_id": member, "needed_kontor": 1}
    assert trade.do(draws.pass_to_member, pool, draw_id=new_id(), **draw).kontor == 10
    assert trade.do(draws.pass_to_member, pool, draw_id=new_id(), **draw).kontor == 5
    with pytest.raises(CapReached):
        trade.do(draws.pass_to_member, pool, draw_id=new_id(), **draw)
    assert trade.do(draws.drawable, pool, member_id=member).kontor == 0
    trade.now = datetime(2026, 12, 31, 21, 0, 0, tzinfo=UTC)  # 00:00 of 1 January
    assert trade.do(draws.drawable, pool, member_id=member).kontor == 15
    assert trade.do(draws.pass_to_member, pool, draw_id=new_id(), **draw).kontor == 10
    months = trade.rows(pool, "SELECT month, drawn_kontor FROM pool_month ORDER BY month")
    assert [(str(row.month), row.drawn_kontor) for row in months] == [("2026-12-01", 15), ("2027-01-01", 10)]


def test_draws_of_one_member_at_once_never_go_above_the_cap(trade) -> None:
    pool = trade.pool(1_000)
    member = trade.member(pool, block=10, cap=55)

    def one(_: int) -> int:
        try:
            return drawing.draw(member, needed_kontor=1).kontor
        except CapReached:
            return 0

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(one, range(16))) == 55
    assert trade.balances(member)[0] == drawn_this_month(trade, pool, member) == 55
    assert trade.differences(pool, member) == []


def test_lots_of_the_pool_that_are_past_due_are_not_drawn(trade) -> None:
    pool = trade.pool()
    member = trade.member(pool, block=10)
    trade.now = datetime(2027, 3, 1, 9, tzinfo=UTC)
    trade.grant(pool, 5, until=datetime(2027, 3, 2, tzinfo=UTC))
    trade.grant(pool, 4, until=datetime(2027, 6, 2, tzinfo=UTC))
    trade.now = datetime(2027, 3, 2, tzinfo=UTC)
    assert trade.do(draws.drawable, pool, member_id=member).kontor == 4
    assert trade.do(draws.pass_to_member, pool, member_id=member, draw_id=new_id(), needed_kontor=1).kontor == 4


def test_a_pool_draws_ahead_for_wallets_below_their_threshold(trade) -> None:
    pool = trade.pool(100)
    low, enough = trade.member(pool, block=10, threshold=15), trade.member(pool, block=10)
    trade.relay()
    rounds = 0
    while pooling.low_wallets(trade.at()):
        assert pooling.low_wallets(trade.at()) == 0  # one is under way
        trade.relay()
        rounds += 1
    assert rounds == 2
    assert (trade.balances(low)[0], trade.balances(enough)[0]) == (20, 0)
    trade.spend(low, 6)
    assert pooling.low_wallets(trade.at()) == 1
    drawing.draw(low, needed_kontor=1)  # somebody was faster: the message finds nothing to do
    trade.relay()
    assert trade.balances(low)[0] == 24
    assert trade.differences(pool, low) == []


def test_an_empty_pool_or_a_reached_cap_asks_for_no_draws(trade) -> None:
    poor, capped = trade.pool(), trade.pool(100)
    trade.member(poor, threshold=5)
    member = trade.member(capped, threshold=50, block=10, cap=10)
    drawing.draw(member, needed_kontor=1)
    assert pooling.low_wallets(trade.at()) == 0


def test_a_passage_is_for_its_member_only(trade) -> None:
    from ebelge.core.errors import NotFound

    pool = trade.pool(30)
    member, sister = trade.member(pool), trade.member(pool)
    draw_id = new_id()
    trade.do(draws.pass_to_member, pool, member_id=member, draw_id=draw_id, needed_kontor=1)
    with trade.session(pool) as session:
        passage = transfers.passage(session, tenant_id=pool, draw_id=draw_id)
    with pytest.raises(NotFound):
        trade.do(transfers.receive, sister, passage=passage)
