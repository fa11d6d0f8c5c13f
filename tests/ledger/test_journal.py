"""The journal: one text and one hash in SQL and Python, and nobody rewrites it."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text

from billing.ledger import charges, lots, transfers
from billing.ledger.errors import StaleTime
from billing.ledger.journal import GENESIS, EntryFacts, canonical_text, entry_hash
from ebelge.core.ids import new_id
from ebelge.core.migrate import lent_roles
from ebelge.devstack.services import plain_postgres_url
from tenants import isolation

VECTORS = json.loads(Path(__file__).with_name("vectors.json").read_text(encoding="utf-8"))
HISTORY = [table for table in isolation.APPEND_ONLY if table in ("journal", "charge_lot", "transfer", "transfer_lot")]


@pytest.fixture
def as_ledger(database_url: str) -> Any:
    """A connection of the owner that acts as the ledger's role, in a transaction that is rolled back."""
    with lent_roles(database_url), psycopg.connect(plain_postgres_url(database_url)) as connection:
        connection.execute("SET LOCAL ROLE ebelge_ledger")
        yield connection
        connection.rollback()


def facts(vector: dict[str, Any]) -> EntryFacts:
    ids = {name: vector[name] and UUID(vector[name]) for name in ("tenant_id", "charge_id", "lot_id", "correlation_id")}
    return EntryFacts(**{**vector["entry"], **ids, "at": datetime.fromisoformat(vector["at"])})


def test_python_gives_the_texts_and_hashes_of_the_vectors() -> None:
    previous = GENESIS
    for vector in VECTORS:
        assert canonical_text(facts(vector)) == vector["text"]
        previous = entry_hash(previous, facts(vector))
        assert previous.hex() == vector["hash"]


def test_sql_gives_the_hashes_of_the_vectors(as_ledger: psycopg.Connection) -> None:
    tenant_id = VECTORS[0]["tenant_id"]
    as_ledger.execute(f"SET LOCAL app.tenant_id = '{tenant_id}'")
    as_ledger.execute("SELECT ledger_open_wallet(%s)", (tenant_id,))
    for vector in VECTORS:
        entry = facts(vector)
        as_ledger.execute("UPDATE wallet SET last_entry_at = %s", (entry.at,))
        as_ledger.execute(
            "SELECT ledger_append(w, ARRAY[%s], ARRAY[%s::uuid], ARRAY[%s::uuid], ARRAY[%s::bigint], "
            "ARRAY[%s::bigint], ARRAY[%s::uuid], ARRAY[%s]) FROM wallet w",
            (
                entry.kind,
                entry.charge_id,
                entry.lot_id,
                entry.kontor,
                entry.net_kurus,
                entry.correlation_id,
                entry.detail,
            ),
        )
    stored = [row[0].hex() for row in as_ledger.execute("SELECT hash FROM journal ORDER BY version")]
    assert stored == [vector["hash"] for vector in VECTORS]


def test_many_entries_at_once_chain_like_single_ones(as_ledger: psycopg.Connection) -> None:
    tenant_id = VECTORS[0]["tenant_id"]
    same_time = [vector for vector in VECTORS if vector["at"] == VECTORS[0]["at"]]
    assert len(same_time) > 2
    as_ledger.execute(f"SET LOCAL app.tenant_id = '{tenant_id}'")
    as_ledger.execute("SELECT ledger_open_wallet(%s)", (tenant_id,))
    entries = [facts(vector) for vector in same_time]
    as_ledger.execute("UPDATE wallet SET last_entry_at = %s", (entries[0].at,))
    names = ("kind", "charge_id", "lot_id", "kontor", "net_kurus", "correlation_id", "detail")
    columns = [[getattr(entry, name) for entry in entries] for name in names]
    as_ledger.execute("SELECT ledger_append(w, %s, %s, %s, %s::bigint[], %s::bigint[], %s, %s) FROM wallet w", columns)
    stored = [row[0].hex() for row in as_ledger.execute("SELECT hash FROM journal ORDER BY version")]
    assert stored == [vector["hash"] for vector in same_time]


@pytest.mark.parametrize("table", HISTORY)
@pytest.mark.parametrize("statement", ["UPDATE {} SET tenant_id = tenant_id", "DELETE FROM {}", "TRUNCATE {}"])
def test_history_cannot_be_changed_even_by_the_owner(world, clock_database: str, table: str, statement: str) -> None:
    akin = world.wallet(5)
    world.do(transfers.pass_on, akin, draw_id=new_id(), to_tenant_id=new_id(), kontor=1)
    world.reserve(akin, 1)
    with psycopg.connect(plain_postgres_url(clock_database)) as owner:
        owner.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        assert owner.execute(f"SELECT count(*) > 0 FROM {table}").fetchone() == (True,)
        with pytest.raises(psycopg.Error) as refused:
            owner.execute(statement.format(table))
        assert refused.value.sqlstate == "EL012"
        owner.rollback()


def test_applications_may_only_read_the_ledger(world) -> None:
    akin = world.wallet(5)
    for table in ("wallet", "lot", "charge", *HISTORY):
        for statement in (f"UPDATE {table} SET tenant_id = tenant_id", f"DELETE FROM {table}"):
            with pytest.raises(Exception, match="permission denied"):
                world.rows(akin, statement)
    for call in ("ledger_now()", "ledger_lock(:tenant_id, now())", "ledger_share(1, 1, 1)"):
        with pytest.raises(Exception, match="permission denied for function"):
            world.rows(akin, f"SELECT {call}")


def test_a_temporary_table_cannot_stand_in_for_a_wallet(world) -> None:
    akin = world.wallet(5)
    with world.session(akin) as session:
        session.execute(text("CREATE TEMP TABLE wallet AS SELECT * FROM public.wallet"))
        session.execute(text("UPDATE pg_temp.wallet SET available = 1000000"))
        charges.reserve(
            session, tenant_id=akin, charge_id=new_id(), kind="efatura.out", kontor=5, price_id=new_id(), at=world.at()
        )
        assert session.execute(text("SELECT available FROM public.wallet")).scalar_one() == 0


def test_a_setting_cannot_move_the_clock_of_a_real_database(real_world) -> None:
    akin = real_world.wallet(5)
    later = datetime.fromisoformat("2030-01-01T00:00+00:00")
    with real_world.session(akin) as session:
        session.execute(text("SELECT set_config('test.now', :later, true)"), {"later": later.isoformat()})
        with pytest.raises(StaleTime):
            lots.expire_lots(session, tenant_id=akin, at=later)
        session.rollback()
