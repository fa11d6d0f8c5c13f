"""The short path of a single charge: the wallet's version proves what it saw, or it looks again under the lock."""

import threading
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import text

from billing.ledger.errors import InsufficientKontor
from ebelge.core import migrate
from ebelge.core.config import settings
from ebelge.core.db import dispose_engines, driver, tenant_session
from ebelge.core.ids import new_id
from ebelge.devstack.services import plain_postgres_url

KIND = "sms"
SHARES = "SELECT lot_id, kontor, net_kurus FROM charge_lot WHERE charge_id = :charge_id"
RESERVE_0003 = (
    "SELECT ledger_reserve(%s, ARRAY[%s]::uuid[], ARRAY['sms'], ARRAY[3]::bigint[], ARRAY[%s]::uuid[], "
    "ARRAY[''], false, %s)"
)


@pytest.fixture
def overtaken(world):
    """`overtaken(tenant_id, kontor, commit=…)`: the charge that a reserve makes while another, begun first, holds the
    wallet with a charge of all its kontör but one and then commits or rolls back."""

    def run(tenant_id, kontor: int, *, commit: bool):
        outcome = []

        def late() -> None:
            try:
                outcome.append(world.reserve(tenant_id, kontor))
            except InsufficientKontor as refusal:
                outcome.append(refusal)

        thread = threading.Thread(target=late)
        with psycopg.connect(plain_postgres_url(settings().role_url("app"))) as first:
            first.execute(f"SET LOCAL app.tenant_id = '{tenant_id}'")
            (available,) = first.execute("SELECT available FROM wallet").fetchone()
            values = (tenant_id, new_id(), KIND, available - 1, new_id(), "", world.at())
            first.execute("SELECT ledger_reserve_one(%s, %s, %s, %s, %s, %s, %s)", values)
            thread.start()
            with psycopg.connect(plain_postgres_url(settings().role_url("reader")), autocommit=True) as watcher:
                waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"
                while not watcher.execute(waiting).fetchone()[0]:
                    assert thread.is_alive()
            if commit:
                first.commit()
            else:
                first.rollback()
        thread.join(timeout=10)
        return outcome[0]

    return run


def test_a_charge_that_was_overtaken_looks_again_and_takes_what_is_left(world, overtaken) -> None:
    akin = world.wallet(10, net_kurus=1000)
    charge_id = overtaken(akin, 1, commit=True)
    assert [share.net_kurus for share in world.rows(akin, SHARES, charge_id=charge_id)] == [100]
    assert world.balances(akin) == (0, 10, 0)
    assert world.differences(akin) == []


def test_a_charge_that_was_overtaken_is_refused_when_too_little_is_left(world, overtaken) -> None:
    akin = world.wallet(10)
    refusal = overtaken(akin, 2, commit=True)
    assert refusal.extra["missing_kontor"] == 1
    assert world.balances(akin) == (1, 9, 0)
    assert world.differences(akin) == []


def test_a_charge_whose_forerunner_rolled_back_takes_what_it_saw(world, overtaken) -> None:
    akin = world.wallet(10)
    overtaken(akin, 10, commit=False)
    assert world.balances(akin) == (0, 10, 0)
    assert world.differences(akin) == []


def test_a_charge_over_several_lots_takes_each_in_turn_with_its_price(world) -> None:
    akin = world.wallet()
    first, second, third = (
        world.grant(akin, kontor, net_kurus=net, until=world.at() + timedelta(days=days))
        for kontor, net, days in ((2, 201, 1), (3, 100, 2), (5, 1000, 3))
    )
    world.reserve(akin, 1)
    charge_id = world.reserve(akin, 6)
    shares = {share.lot_id: (share.kontor, share.net_kurus) for share in world.rows(akin, SHARES, charge_id=charge_id)}
    assert shares == {first: (1, 100), second: (3, 100), third: (2, 400)}
    assert world.balances(akin) == (3, 7, 0)
    assert world.differences(akin) == []


def test_a_charge_that_the_lots_cannot_fill_writes_nothing(world) -> None:
    akin = world.wallet(2)
    world.grant(akin, 3)
    before = world.rows(akin, "SELECT * FROM wallet"), world.rows(akin, "SELECT * FROM lot ORDER BY lot_id")
    with pytest.raises(InsufficientKontor) as refused:
        world.reserve(akin, 7)
    assert refused.value.extra == {"needed_kontor": 7, "missing_kontor": 2}
    assert (world.rows(akin, "SELECT * FROM wallet"), world.rows(akin, "SELECT * FROM lot ORDER BY lot_id")) == before


def test_a_ledger_of_before_goes_on_and_back_with_its_chain_whole(real_world, fresh_database: str) -> None:
    migrate.downgrade(fresh_database, "0003_documents")
    dispose_engines()
    akin = real_world.wallet()
    with tenant_session(akin) as session:  # by the function itself: today's `grant` also asks for what is owed
        grant = "SELECT ledger_grant(%s, %s, 'bonus', %s, 1::smallint, 10, 1000, %s, 100::smallint, '', %s)"
        until = real_world.at() + timedelta(days=90)
        driver(session).execute(grant, (akin, new_id(), new_id(), until, real_world.at()))
    with tenant_session(akin) as session:
        driver(session).execute(RESERVE_0003, (akin, new_id(), new_id(), real_world.at()))
    migrate.upgrade(fresh_database, "0004_cheaper_charges")
    dispose_engines()
    real_world.reserve(akin, 4)
    migrate.upgrade(fresh_database)
    dispose_engines()
    assert real_world.differences(akin) == []
    migrate.downgrade(fresh_database, "0003_documents")
    dispose_engines()
    with tenant_session(akin) as session:
        driver(session).execute(RESERVE_0003, (akin, new_id(), new_id(), real_world.at()))
        assert session.scalar(text("SELECT version FROM wallet")) == 4
    migrate.upgrade(fresh_database)
    dispose_engines()
    assert real_world.differences(akin) == []


@pytest.mark.parametrize("change", ["held = held + 1", "net_left_kurus = -1", "open = NOT open", "granted = 0"])
def test_a_lot_that_does_not_add_up_is_refused_by_the_table(world, clock_database: str, change: str) -> None:
    akin = world.wallet(5)
    with psycopg.connect(plain_postgres_url(clock_database)) as owner:
        owner.execute("ALTER TABLE lot NO FORCE ROW LEVEL SECURITY")
        with pytest.raises(psycopg.errors.CheckViolation) as refused:
            owner.execute(f"UPDATE lot SET {change} WHERE tenant_id = %s", (akin,))
        owner.rollback()
    assert refused.value.diag.constraint_name == "lot_adds_up"
