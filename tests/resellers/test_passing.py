"""Passing on: only to own customers, by the contract of the day; and taking back what is unspent."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.ledger import transfers
from billing.ledger.errors import InsufficientKontor
from billing.resellers import contracts, customers, passing, taking_back
from billing.resellers.contracts import ContractsOverlap, NoContract
from billing.resellers.customers import AccountClosed
from billing.resellers.passing import Part, StockHasChanged
from billing.resellers.taking_back import NothingToTakeBack, TakeBackAnswered
from ebelge.core.clock import kontor_expiry
from ebelge.core.errors import InvalidRequest, NotFound
from ebelge.core.ids import new_id
from ebelge.jobs import pooling, reselling

NOON = datetime(2027, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
def ceren(trade):
    """A reseller who buys and sells on, with 100 kontör for 1.000 kuruş."""
    ceren = trade.open("reseller", "Ceren Ltd.")
    conclude(trade, ceren)
    trade.grant(ceren, 100, net_kurus=1_000)
    return ceren


def conclude(trade, reseller, **terms) -> None:
    given = {"model": "resale", "valid_from": trade.at(), "created_by": "test"} | terms
    trade.do(contracts.conclude, reseller, **given)


def move_on(trade, **time: float) -> None:
    """Time passes; sessions of the jobs keep the real clock, so halves are run by hand."""
    trade.now = trade.at() + timedelta(**time)


def deliver(trade, giver, draw_id) -> None:
    with trade.session(giver) as session:
        passage = transfers.passage(session, tenant_id=giver, draw_id=draw_id)
    trade.do(transfers.receive, passage.to_tenant_id, passage=passage)


def pass_on(trade, reseller, customer, kontor, **more):
    draw_id = new_id()
    trade.do(passing.pass_on, reseller, customer_id=customer, kontor=kontor, draw_id=draw_id, **more)
    deliver(trade, reseller, draw_id)
    return draw_id


def ask(trade, reseller, customer, draw_id, kontor, take_back_id=None):
    with trade.session(reseller) as session:
        old = taking_back.old_expiry(session, tenant_id=reseller, draw_id=draw_id)
    returned = trade.do(
        taking_back.ask, customer, take_back_id=take_back_id or new_id(), reseller_id=reseller, reseller_title="Ceren",
        draw_id=draw_id, kontor=kontor, old=old, asked_by="test",
    )  # fmt: skip
    for draw in returned.draws:
        deliver(trade, customer, draw)
    return returned.request


def accept(trade, reseller, customer, request):
    with trade.session(reseller) as session:
        old = taking_back.old_expiry(session, tenant_id=reseller, draw_id=request.draw_id)
    returned = trade.do(
        taking_back.accept, customer, take_back_id=request.take_back_id, old=old, answered_by="customer"
    )
    for draw in returned.draws:
        deliver(trade, customer, draw)
    return returned.request


def test_kontor_is_passed_on_to_an_own_customer_and_says_who_sold_it(trade, ceren) -> None:
    bora = trade.open(title="Bora A.Ş.", reseller_id=ceren)
    with trade.session(ceren) as session:
        (own,) = customers.customers(session, tenant_id=ceren)
    assert (own.tenant_id, own.title) == (bora, "Bora A.Ş.")
    reselling.pass_on(ceren, bora, kontor=30, draw_id=new_id())
    (lot,) = trade.rows(bora, "SELECT * FROM lot")
    assert (lot.granted, lot.source, lot.origin_tenant_id, lot.net_price_kurus) == (30, "received", ceren, 300)
    assert trade.balances(ceren)[0] == 70
    assert trade.differences(ceren, bora) == []


def test_nobody_but_an_open_own_customer_of_the_same_mode_receives(trade, ceren) -> None:
    other = trade.open("reseller", "Demir Ltd.")
    bora = trade.open(reseller_id=ceren)
    sandbox = trade.open(mode="test", live_tenant_id=bora, reseller_id=ceren)
    closed = trade.open(reseller_id=ceren)
    trade.rows(closed, "UPDATE tenant SET state = 'closing' RETURNING 1")
    for stranger in (trade.open(), trade.open(reseller_id=other), other, new_id(), ceren, sandbox):
        with pytest.raises(NotFound):
            pass_on(trade, ceren, stranger, 1)
    with pytest.raises(AccountClosed):
        pass_on(trade, ceren, closed, 1)
    with trade.session(other) as session:  # nobody lists another's customers, not by naming him either
        assert customers.customers(session, tenant_id=ceren) == []
    assert trade.balances(ceren)[0] == 100
    assert trade.rows(ceren, "SELECT * FROM transfer") == []


def test_the_screen_shows_the_customers_expiry_first(trade, ceren) -> None:
    bora, until = trade.open(reseller_id=ceren), trade.at() + timedelta(days=10)
    trade.grant(ceren, 5, until=until)
    with trade.session(ceren) as session:
        shown = passing.preview(session, tenant_id=ceren, kontor=8, at=trade.at())
        with pytest.raises(InsufficientKontor):
            passing.preview(session, tenant_id=ceren, kontor=106, at=trade.at())
    assert [part.kontor for part in shown] == [5, 3]
    assert shown[0].expires_at == until
    trade.grant(ceren, 1, until=until - timedelta(days=1))
    with pytest.raises(StockHasChanged):
        pass_on(trade, ceren, bora, 8, shown=shown)
    assert trade.balances(ceren)[0] == 106
    pass_on(trade, ceren, bora, 2, shown=[Part(1, until - timedelta(days=1)), Part(1, until)])
    assert trade.balances(bora)[0] == 2


def test_a_contract_may_give_six_months_from_passing_while_the_stock_lasts(trade) -> None:
    trade.now = NOON
    ceren = trade.open("reseller")
    conclude(trade, ceren, passing="fresh")
    bora = trade.open(reseller_id=ceren)
    trade.grant(ceren, 10, until=NOON + timedelta(days=5))
    pass_on(trade, ceren, bora, 4)
    (lot,) = trade.rows(bora, "SELECT expires_at FROM lot")
    assert lot.expires_at == kontor_expiry(NOON)
    move_on(trade, days=5)
    with pytest.raises(InsufficientKontor):
        pass_on(trade, ceren, bora, 1)


def test_without_a_contract_in_force_nothing_is_passed_on(trade) -> None:
    trade.now = NOON
    ceren = trade.open("reseller")
    trade.grant(ceren, 10)
    bora = trade.open(reseller_id=ceren)
    with pytest.raises(NoContract):
        pass_on(trade, ceren, bora, 1)
    conclude(trade, ceren, valid_from=NOON + timedelta(days=1), valid_until=NOON + timedelta(days=2))
    for days, works in ((0, False), (1, True), (1, False)):
        move_on(trade, days=days)
        if works:
            pass_on(trade, ceren, bora, 1)
        else:
            with pytest.raises(NoContract):
                pass_on(trade, ceren, bora, 1)


def test_contracts_follow_each_other_and_never_overlap(trade) -> None:
    ceren, at = trade.open("reseller"), trade.at()
    conclude(trade, ceren, valid_from=at + timedelta(days=1))
    conclude(trade, ceren, model="commission", commission_bp=1500, valid_from=at + timedelta(days=10))
    with trade.session(ceren) as session:
        newest, first = contracts.contracts(session, tenant_id=ceren)
        assert first.valid.upper == newest.valid.lower
        assert newest.valid.upper is None
        assert contracts.at_instant(session, tenant_id=ceren, at=at) is None
        assert contracts.in_force(session, tenant_id=ceren, at=at + timedelta(days=9)).model == "resale"
    for wrong in (
        {"valid_from": at + timedelta(days=2), "valid_until": at + timedelta(days=4)},
        {"valid_from": at + timedelta(days=5)},
    ):
        with pytest.raises(ContractsOverlap):
            conclude(trade, ceren, **wrong)
    for wrong in (
        {"valid_from": at - timedelta(days=1)},
        {"commission_bp": 100},
        {"model": "commission", "commission_bp": 10_001},
        {"valid_from": at + timedelta(days=30), "valid_until": at + timedelta(days=30)},
    ):
        with pytest.raises(InvalidRequest):
            conclude(trade, ceren, **wrong)
    with pytest.raises(InvalidRequest):
        conclude(trade, trade.open())


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
    pooling.draw(member, needed_kontor=20)
    assert pooling.recall(pool, member, end=True) == 20
    (given,) = trade.rows(member, "SELECT draw_id FROM transfer")
    with pytest.raises(NotFound):
        reselling.take_back(member, draw_id=given.draw_id, kontor=20, take_back_id=new_id(), asked_by="member")
    assert (trade.balances(pool)[0], trade.balances(member)[0]) == (50, 0)
