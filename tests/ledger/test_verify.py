"""`ebelge verify` finds what is wrong, sees everything there is, and says it in a sentence."""

from collections.abc import Callable

import psycopg
import pytest
from click.testing import CliRunner
from sqlalchemy import text

from billing.ledger import charges, lots, transfers
from ebelge.cli.verify import command
from ebelge.core.db import role_session
from ebelge.core.ids import new_id
from ebelge.devstack.services import plain_postgres_url
from tenants import isolation

Damage = Callable[..., None]


@pytest.fixture
def damage(clock_database: str) -> Damage:
    """Change rows as nobody can by way of the product: row security and triggers are off meanwhile."""

    def change(sql: str, tenant_id) -> None:
        with psycopg.connect(plain_postgres_url(clock_database)) as owner:
            for table in isolation.TABLES:
                owner.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
                owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            assert owner.execute(sql, {"tenant": tenant_id}).rowcount > 0
            for table in isolation.TABLES:
                owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
                owner.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")

    return change


@pytest.fixture
def busy(world):
    """Akın with a little of everything, and Bora to whom kontör was passed (two draws, one still on its way)."""
    akin, bora = world.wallet(20, net_kurus=777), world.wallet(5)
    frozen = world.grant(akin, 4)
    world.do(lots.freeze, akin, lot_id=frozen, reason="dispute")
    held, captured, restored = world.reserve(akin, 2), world.reserve(akin, 1), world.reserve(akin, 1)
    world.do(charges.capture, akin, charge_ids=[captured, restored])
    world.do(charges.restore, akin, charge_ids=[restored])
    assert held
    for kontor in (3, 2):
        draw_id = new_id()
        world.do(transfers.pass_on, akin, draw_id=draw_id, to_tenant_id=bora, kontor=kontor)
    with world.session(akin) as session:
        passage = transfers.passage(session, tenant_id=akin, draw_id=draw_id)
    world.do(transfers.receive, bora, passage=passage)
    assert world.differences(akin) + world.differences(bora) == []
    return akin, bora


OF = "WHERE tenant_id = %(tenant)s"


@pytest.mark.parametrize(
    ("sql", "invariants"),
    [
        (f"UPDATE wallet SET available = available + 1 {OF}", {"I14"}),
        (f"UPDATE wallet SET held = held + 1 {OF}", {"I14", "I2"}),
        (f"UPDATE wallet SET version = version - 1 {OF}", {"I14"}),
        (f"UPDATE wallet SET head_hash = sha256('x') {OF}", {"I14"}),
        (f"DELETE FROM wallet {OF}", {"I2"}),
        (f"UPDATE lot SET consumed = consumed - 1, remaining = remaining + 1 {OF} AND consumed > 0", {"I14", "I2"}),
        (f"UPDATE lot SET net_left_kurus = net_left_kurus - 1 {OF} AND net_left_kurus > 0", {"I14"}),
        (f"UPDATE lot SET expires_at = expires_at + interval '1 day' {OF}", {"I14"}),
        (f"UPDATE lot SET source = 'bonus' {OF}", {"I14"}),
        (f"DELETE FROM lot {OF} AND frozen > 0", {"I14", "I2"}),
        (f"UPDATE journal SET detail = detail || 'x' {OF} AND kind = 'frozen'", {"I4"}),
        (f"UPDATE journal SET at = at - interval '1 hour' {OF} AND kind = 'frozen'", {"I4", "I14"}),
        (f"DELETE FROM journal {OF} AND kind = 'frozen'", {"I4", "I14", "I2"}),
        (f"UPDATE charge SET state = 'captured', ended_at = reserved_at {OF} AND state = 'held'", {"I5", "I2"}),
        (f"UPDATE charge SET kontor = kontor + 1 {OF} AND state = 'captured'", {"I5"}),
        (f"UPDATE charge SET price_id = charge_id {OF} AND state = 'restored'", {"I5"}),
        (f"UPDATE charge SET reference = 'x' {OF} AND state = 'held'", {"I5"}),
        (f"DELETE FROM charge {OF} AND state = 'restored'", {"I5"}),
        (f"UPDATE charge_lot SET net_kurus = net_kurus + 1 {OF}", {"I5"}),
        (f"DELETE FROM charge_lot {OF}", {"I5"}),
        (f"UPDATE transfer SET kontor = kontor + 1 {OF}", {"I16"}),
        (f"DELETE FROM transfer_lot {OF}", {"I16"}),
        (f"UPDATE transfer_lot SET net_kurus = net_kurus + 1 {OF}", {"I16"}),
        (f"UPDATE outbox_message SET state = 'done' {OF}", {"I16"}),
        (f"DELETE FROM outbox_message {OF}", {"I16"}),
    ],
)
def test_damage_is_found(world, busy, damage: Damage, sql: str, invariants: set[str]) -> None:
    akin, _ = busy
    damage(sql, akin)
    assert {difference.invariant for difference in world.differences(akin)} == invariants


def test_a_child_without_its_parent_is_found_at_the_receiver(world, busy, damage: Damage) -> None:
    akin, bora = busy
    damage("UPDATE transfer SET to_tenant_id = gen_random_uuid() WHERE tenant_id = %(tenant)s", akin)
    assert {difference.invariant for difference in world.differences(bora)} == {"I16"}


def test_the_command_is_content_with_good_books_and_ends_with_1_at_the_first_difference(
    world, busy, damage: Damage
) -> None:
    akin, bora = busy
    done = CliRunner().invoke(command, ["--tenant", str(akin)])
    assert (done.exit_code, done.stdout) == (0, "")
    damage(f"UPDATE lot SET expires_at = expires_at + interval '1 day' {OF}", akin)
    first = CliRunner().invoke(command, ["--tenant", str(akin)])
    assert first.exit_code == 1
    assert first.stdout.count("\n") == 1
    assert f"I14: tenant {akin}, lot " in first.stdout
    assert "its journal says" in first.stdout
    every = CliRunner().invoke(command, ["--tenant", str(akin), "--all", "--json"])
    assert (every.exit_code, every.stdout.count('"invariant": "I14"')) == (1, 2)
    assert CliRunner().invoke(command, ["--tenant", str(bora)]).exit_code == 0


def _counts(execute, tables) -> dict[str, int]:
    return {table: execute(f"SELECT count(*) FROM {table}") for table in tables}


@pytest.mark.parametrize("role", ["reader", "relay"])
def test_verify_and_the_sweeper_see_as_many_rows_as_a_superuser(world, busy, clock_database: str, role) -> None:
    rules = {table: rule.access[role] for table, rule in isolation.TABLES.items() if role in rule.access}
    tables = [table for table, given in rules.items() if given.scope == "all" and "SELECT" in given.privileges]
    with role_session(role) as session:
        seen = _counts(lambda sql: session.execute(text(sql)).scalar_one(), tables)
    with psycopg.connect(plain_postgres_url(clock_database)) as owner:
        for table in tables:
            owner.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        there = _counts(lambda sql: owner.execute(sql).fetchone()[0], tables)
        owner.rollback()
    assert seen == there
    assert there["outbox_message"] > 0
