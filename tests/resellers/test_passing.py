"""Passing on: only to own customers, by the contract of the day."""

from datetime import timedelta

import pytest

from billing.ledger.errors import InsufficientKontor
from billing.resellers import contracts, customers, passing
from billing.resellers.contracts import ContractsOverlap, NoContract
from billing.resellers.customers import AccountClosed
from billing.resellers.passing import Part, StockHasChanged
from ebelge.core.clock import kontor_expiry
from ebelge.core.errors import InvalidRequest, NotFound
from ebelge.core.ids import new_id
from ebelge.jobs import reselling
from tests.resellers.desk import NOON, conclude, move_on, pass_on


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
