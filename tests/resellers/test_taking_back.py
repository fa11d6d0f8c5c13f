"""Taking back what is unspent: at once within a day, else when the customer agrees; with its old expiry."""

from datetime import timedelta

import pytest

from billing.resellers import taking_back
from billing.resellers.taking_back import NothingToTakeBack, TakeBackAnswered
from ebelge.core.errors import InvalidRequest, NotFound
from ebelge.core.ids import new_id
from ebelge.jobs import drawing, pooling, reselling
from tests.resellers.desk import NOON, accept, ask, conclude, move_on, pass_on


def test_within_24_hours_untouched_kontor_comes_back_without_asking(trade, ceren) -> None:
    trade.now = NOON
    trade.grant(ceren, 7, until=NOON + timedelta(days=9), net_kurus=70)
    bora = trade.open(reseller_id=ceren)
    draw = pass_on(trade, ceren, bora, 10)
    move_on(trade, hours=23)
    request = ask(trade, ceren, bora, draw, 10)
    assert (request.state, request.taken_kontor) == ("done", 10)
    back = trade.rows(ceren, "SELECT granted, expires_at, net_price_kurus FROM lot WHERE source = 'received'")
    assert sorted((row.granted, row.net_price_kurus) for row in back) == [(3, 30), (7, 70)]
    assert min(row.expires_at for row in back) == NOON + timedelta(days=9)
    assert trade.balances(bora)[0] == 0
    assert trade.differences(ceren, bora) == []


@pytest.mark.parametrize("why", ["a day has passed", "one is spent", "one is held"])
def test_else_the_customer_is_asked_and_gives_or_keeps(trade, ceren, why: str) -> None:
    trade.now = NOON
    trade.grant(ceren, 20)
    bora = trade.open(reseller_id=ceren)
    draw = pass_on(trade, ceren, bora, 10)
    if why == "a day has passed":
        move_on(trade, hours=24)
    elif why == "one is spent":
        trade.spend(bora)
    else:
        trade.reserve(bora)
    request = ask(trade, ceren, bora, draw, 6)
    assert request.state == "asked"
    before = trade.balances(bora)
    with pytest.raises(TakeBackAnswered):
        ask(trade, ceren, bora, draw, 1)
    assert ask(trade, ceren, bora, draw, 6, request.take_back_id).state == "asked"  # repeated: the same
    trade.do(taking_back.refuse, bora, take_back_id=request.take_back_id, answered_by="customer")
    with pytest.raises(TakeBackAnswered):
        accept(trade, ceren, bora, request)
    assert trade.balances(bora) == before
    second = ask(trade, ceren, bora, draw, 6)
    trade.spend(bora, 5)  # less is left than was asked for
    done = accept(trade, ceren, bora, second)
    left = 10 - 5 - (why != "a day has passed")
    assert (done.state, done.taken_kontor) == ("done", min(6, left))
    assert trade.balances(bora)[0] == left - done.taken_kontor
    assert accept(trade, ceren, bora, second).taken_kontor == done.taken_kontor
    assert trade.differences(ceren, bora) == []


def test_held_and_spent_kontor_is_never_taken_back(trade, ceren) -> None:
    bora = trade.open(reseller_id=ceren)
    draw = pass_on(trade, ceren, bora, 10)
    trade.spend(bora, 4)
    trade.reserve(bora, 5)
    trade.grant(bora, 50)  # its own kontör is none of the reseller's business
    with pytest.raises(NothingToTakeBack) as refused:
        ask(trade, ceren, bora, draw, 2)
    assert refused.value.extra == {"unspent_kontor": 1}
    request = ask(trade, ceren, bora, draw, 1)
    assert accept(trade, ceren, bora, request).taken_kontor == 1
    assert trade.balances(bora) == (50, 5, 0)
    assert trade.balances(ceren)[0] == 91
    assert trade.differences(ceren, bora) == []


def test_what_was_passed_on_fresh_comes_back_with_its_old_expiry(trade) -> None:
    trade.now = NOON
    ceren, until = trade.open("reseller"), NOON + timedelta(days=5)
    conclude(trade, ceren, passing="fresh")
    trade.grant(ceren, 10, until=until, net_kurus=99)
    bora = trade.open(reseller_id=ceren)
    draw = pass_on(trade, ceren, bora, 10)
    move_on(trade, hours=1)
    ask(trade, ceren, bora, draw, 4)
    (back,) = trade.rows(ceren, "SELECT expires_at, granted FROM lot WHERE source = 'received'")
    assert (back.expires_at, back.granted) == (until, 4)
    trade.now = until  # the old expiry is over: it would end by going back, so it stays
    with pytest.raises(NothingToTakeBack):
        ask(trade, ceren, bora, draw, 1)
    assert trade.balances(bora)[0] == 6
    assert trade.differences(ceren, bora) == []


def test_kontor_that_ended_at_the_customer_is_not_taken_back(trade, ceren) -> None:
    trade.now = NOON
    trade.grant(ceren, 5, until=NOON + timedelta(days=1))
    bora = trade.open(reseller_id=ceren)
    draw = pass_on(trade, ceren, bora, 5)
    move_on(trade, days=1)
    with pytest.raises(NothingToTakeBack):
        ask(trade, ceren, bora, draw, 1)


def test_a_take_back_is_of_ones_own_transfer_only(trade, ceren) -> None:
    other = trade.open("reseller")
    conclude(trade, other)
    bora = trade.open(reseller_id=ceren)
    draw = pass_on(trade, ceren, bora, 10)
    with pytest.raises(NotFound):
        reselling.take_back(other, draw_id=draw, kontor=1, take_back_id=new_id(), asked_by="test")
    with pytest.raises(NotFound):
        reselling.accept(other, new_id(), answered_by="test")
    with pytest.raises(NotFound):
        ask(trade, ceren, trade.open(), draw, 1)
    done = reselling.take_back(ceren, draw_id=draw, kontor=3, take_back_id=new_id(), asked_by="test")
    assert (done.state, done.taken_kontor) == ("done", 3)
    with pytest.raises(InvalidRequest):
        reselling.take_back(ceren, draw_id=draw, kontor=-1, take_back_id=new_id(), asked_by="test")
    assert trade.balances(ceren)[0] == 93
    assert trade.relay() >= 0
    assert trade.differences(ceren, bora) == []


def test_what_was_given_back_is_not_taken_back_by_who_gave_it(trade, ceren) -> None:
    bora = trade.open(reseller_id=ceren)
    draw = pass_on(trade, ceren, bora, 10)
    back = reselling.take_back(ceren, draw_id=draw, kontor=10, take_back_id=new_id(), asked_by="test")
    (given,) = trade.rows(bora, "SELECT draw_id FROM transfer")
    with pytest.raises(NotFound):
        reselling.take_back(bora, draw_id=given.draw_id, kontor=10, take_back_id=new_id(), asked_by="bora")
    assert (back.taken_kontor, trade.balances(ceren)[0], trade.balances(bora)[0]) == (10, 100, 0)
    pool = trade.pool(50)
    trade.now = None
    member = trade.member(pool, block=20)
    drawing.draw(member, needed_kontor=20)
    assert pooling.recall(pool, member, end=True) == 20
    (given,) = trade.rows(member, "SELECT draw_id FROM transfer")
    with pytest.raises(NotFound):
        reselling.take_back(member, draw_id=given.draw_id, kontor=20, take_back_id=new_id(), asked_by="member")
    assert (trade.balances(pool)[0], trade.balances(member)[0]) == (50, 0)
