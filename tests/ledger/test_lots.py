"""Where kontör goes when it is spent, and where it goes when it comes back."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.ledger import charges, lots
from billing.ledger.errors import (
    ChargeStateConflict,
    InsufficientKontor,
    LotHasExpired,
    LotNotFrozen,
    NoWallet,
    SameKeyOtherContent,
    StaleTime,
)
from ebelge.core.ids import new_id

NOON = datetime(2027, 3, 1, 9, tzinfo=UTC)
MARCH, JUNE = NOON + timedelta(days=20), NOON + timedelta(days=110)


@pytest.fixture
def akin(world):
    world.now = NOON
    return world.wallet()


def parts(world, tenant, lot):
    row = world.lot(tenant, lot)
    return {name: getattr(row, name) for name in PARTS if getattr(row, name)}


PARTS = ("remaining", "held", "consumed", "expired", "voided", "frozen", "passed")


def test_a_charge_burns_the_lot_that_expires_first(world, akin) -> None:
    june, march = world.grant(akin, 5, until=JUNE), world.grant(akin, 5, until=MARCH)
    world.reserve(akin, 3)
    assert (parts(world, akin, june), parts(world, akin, march)) == ({"remaining": 5}, {"remaining": 2, "held": 3})


def test_a_charge_goes_on_to_the_next_lot_when_one_is_short(world, akin) -> None:
    june, march = world.grant(akin, 5, until=JUNE), world.grant(akin, 2, until=MARCH)
    world.reserve(akin, 3)
    assert (parts(world, akin, june), parts(world, akin, march)) == ({"remaining": 4, "held": 1}, {"held": 2})


def test_a_lot_past_due_is_not_spent_although_nobody_has_posted_its_expiry(world, akin) -> None:
    world.grant(akin, 5, until=MARCH)
    world.now = MARCH
    with pytest.raises(InsufficientKontor):
        world.reserve(akin, 1)
    assert world.balances(akin) == (5, 0, 0)
    assert world.do(lots.expire_lots, akin)[0].kontor == 5
    assert world.do(lots.expire_lots, akin) == []
    assert world.balances(akin) == (0, 0, 0)


def test_the_last_instant_still_counts(world, akin) -> None:
    world.grant(akin, 5, until=MARCH)
    world.now = MARCH - timedelta(microseconds=1)
    world.reserve(akin, 1)


def test_a_refusal_leaves_every_byte_as_it_was(world, akin) -> None:
    world.grant(akin, 5, until=JUNE)
    before = world.rows(akin, "SELECT * FROM wallet"), world.rows(akin, "SELECT * FROM lot")
    with pytest.raises(InsufficientKontor):
        world.reserve(akin, 6)
    assert (world.rows(akin, "SELECT * FROM wallet"), world.rows(akin, "SELECT * FROM lot")) == before
    assert world.rows(akin, "SELECT 1 FROM charge") == []


@pytest.mark.parametrize(("take", "give"), [(charges.release, "held"), (charges.restore, "captured")])
def test_a_charge_named_twice_in_one_call_comes_back_once(world, akin, take, give) -> None:
    lot = world.grant(akin, 9, until=JUNE)
    first, second = world.reserve(akin, 2), world.reserve(akin, 2)
    if give == "captured":
        assert world.do(charges.capture, akin, charge_ids=[first, second, first]) == 2
    assert world.do(take, akin, charge_ids=[first, first, first]) == 1
    assert parts(world, akin, lot)["remaining"] == 7
    assert world.differences(akin) == []


def test_a_charge_named_twice_in_one_reservation_is_held_once(world, akin) -> None:
    lot = world.grant(akin, 9, until=JUNE)
    twice = charges.ChargeRequest(new_id(), "efatura.out", 3, new_id())
    assert world.do(charges.reserve_many, akin, charges=[twice, twice]).count == 2
    assert parts(world, akin, lot) == {"remaining": 6, "held": 3}
    other = charges.ChargeRequest(twice.charge_id, "efatura.out", 4, new_id())
    with pytest.raises(SameKeyOtherContent):
        world.do(charges.reserve_many, akin, charges=[other])


def test_all_or_nothing_and_the_longest_prefix(world, akin) -> None:
    world.grant(akin, 5, until=JUNE)
    wishes = [charges.ChargeRequest(new_id(), "efatura.out", n, new_id()) for n in (2, 0, 2, 2, 1)]
    assert world.do(charges.reserve_many, akin, charges=wishes) == charges.Reserved(0, 2)
    assert world.balances(akin) == (5, 0, 0)
    assert world.do(charges.reserve_many, akin, charges=wishes, partial=True) == charges.Reserved(3, 2)
    assert world.balances(akin) == (1, 4, 0)


def test_a_negative_charge_is_no_way_to_get_kontor(world, akin) -> None:
    world.grant(akin, 5, until=JUNE)
    with pytest.raises(ValueError, match="negative"):
        world.reserve(akin, -1)


def test_what_comes_back_to_a_lot_that_ended_lives_thirty_days_more(world, akin) -> None:
    old = world.grant(akin, 3, until=MARCH, net_kurus=100)
    charge = world.reserve(akin, 2)
    world.do(charges.capture, akin, charge_ids=[charge])
    world.now = MARCH + timedelta(hours=1)
    world.do(lots.expire_lots, akin)
    world.do(charges.restore, akin, charge_ids=[charge])
    (grace,) = world.rows(akin, "SELECT * FROM lot WHERE source = 'grace'")
    assert (grace.granted, grace.net_price_kurus, grace.origin_lot_id) == (2, 67, old)
    assert grace.expires_at == charges.grace_until(world.now)
    assert parts(world, akin, old) == {"expired": 1, "passed": 2}
    assert world.differences(akin) == []


def test_what_comes_back_to_a_frozen_lot_is_frozen_and_to_a_void_one_void(world, akin) -> None:
    lot = world.grant(akin, 6, until=JUNE, net_kurus=600)
    first, second = world.reserve(akin, 1), world.reserve(akin, 1)
    world.do(charges.capture, akin, charge_ids=[second])
    assert world.do(lots.freeze, akin, lot_id=lot, reason="dispute") == 4
    world.do(charges.release, akin, charge_ids=[first])
    assert parts(world, akin, lot) == {"frozen": 5, "consumed": 1}
    assert world.do(lots.void, akin, lot_id=lot, reason="lost") == 5
    world.do(charges.restore, akin, charge_ids=[second])
    assert parts(world, akin, lot) == {"voided": 6}
    assert world.lot(akin, lot).net_left_kurus == 0
    assert world.differences(akin) == []


def test_a_thaw_adds_the_frozen_time(world, akin) -> None:
    lot = world.grant(akin, 6, until=JUNE)
    world.do(lots.freeze, akin, lot_id=lot, reason="dispute")
    world.now = JUNE + timedelta(days=3)
    assert world.do(lots.expire_lots, akin) == []
    assert world.do(lots.thaw, akin, lot_id=lot) == 6
    assert world.lot(akin, lot).expires_at == JUNE + (world.now - NOON)
    world.reserve(akin, 6)


def test_only_a_frozen_lot_is_voided_and_only_a_living_one_frozen(world, akin) -> None:
    lot = world.grant(akin, 6, until=MARCH)
    with pytest.raises(LotNotFrozen):
        world.do(lots.void, akin, lot_id=lot, reason="")
    world.now = MARCH
    with pytest.raises(LotHasExpired):
        world.do(lots.freeze, akin, lot_id=lot, reason="")


def test_a_payment_is_credited_once_even_long_after_its_lot_has_ended(world, akin) -> None:
    terms = {"source": "payment", "source_id": new_id(), "kontor": 5, "net_price_kurus": 10, "expires_at": MARCH}
    assert world.do(lots.grant, akin, **terms) is True
    world.now = JUNE
    assert world.do(lots.grant, akin, **terms) is False
    with pytest.raises(SameKeyOtherContent):
        world.do(lots.grant, akin, **{**terms, "kontor": 6})


def test_a_restored_charge_gives_back_exactly_the_price_it_took(world, akin) -> None:
    lot = world.grant(akin, 3, until=JUNE, net_kurus=100)
    ids = [world.reserve(akin, 1) for _ in range(3)]
    world.do(charges.capture, akin, charge_ids=ids)
    prices = [row[0] for row in world.rows(akin, "SELECT net_kurus FROM charge_lot ORDER BY charge_id")]
    assert sorted(prices) == [33, 33, 34]
    world.do(charges.restore, akin, charge_ids=[ids[1]])
    assert world.lot(akin, lot).net_left_kurus == prices[1]


def test_kontor_comes_back_in_the_reverse_of_the_burn_order(world, akin) -> None:
    june, march = world.grant(akin, 5, until=JUNE), world.grant(akin, 2, until=MARCH)
    first, second = world.reserve(akin, 3), world.reserve(akin, 1)
    world.do(charges.release, akin, charge_ids=[first, second])
    back = world.rows(akin, "SELECT charge_id, lot_id FROM journal WHERE kind = 'released' ORDER BY version")
    assert [tuple(row) for row in back] == [(second, june), (first, june), (first, march)]


def test_states_go_one_way(world, akin) -> None:
    world.grant(akin, 3, until=JUNE)
    charge = world.reserve(akin, 1)
    with pytest.raises(ChargeStateConflict):
        world.do(charges.restore, akin, charge_ids=[charge])
    assert world.do(charges.release, akin, charge_ids=[charge]) == 1
    assert world.do(charges.release, akin, charge_ids=[charge]) == 0
    with pytest.raises(ChargeStateConflict):
        world.do(charges.capture, akin, charge_ids=[charge])


@pytest.mark.parametrize("late_s", [-6, 61])
def test_an_instant_that_is_not_the_present_is_refused(world, akin, late_s) -> None:
    with pytest.raises(StaleTime), world.session(akin) as session:
        lots.expire_lots(session, tenant_id=akin, at=NOON - timedelta(seconds=late_s))


def test_a_late_call_is_dated_like_the_entry_before(world, akin) -> None:
    world.grant(akin, 3, until=JUNE)
    with world.session(akin) as session:
        requests = [charges.ChargeRequest(new_id(), "efatura.out", 1, new_id())]
        charges.reserve_many(session, tenant_id=akin, charges=requests, at=NOON - timedelta(seconds=50))
    assert {row.at for row in world.rows(akin, "SELECT at FROM journal")} == {NOON}


def test_one_tenants_session_cannot_move_anothers_wallet(world, akin) -> None:
    bora = world.wallet(5, until=JUNE)
    with pytest.raises(NoWallet), world.session(akin) as session:
        lots.expire_lots(session, tenant_id=bora, at=NOON)
