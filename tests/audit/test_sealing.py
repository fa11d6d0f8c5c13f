"""Seals: one text and one hash in SQL and Python, one order that is final, whatever runs beside or is killed."""

from __future__ import annotations

import json
import threading
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text

from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.core.migrate import lent_roles
from ebelge.devstack.services import plain_postgres_url
from ebelge.jobs import audit_seals
from tenants.audit import entries, sealing
from tenants.audit.chain import GENESIS, SealedFacts, canonical_text, seal_hash
from tests.audit.conftest import AYSE

VECTORS = json.loads(Path(__file__).with_name("vectors.json").read_text(encoding="utf-8"))
NOTE = {"actor": AYSE, "action": "company.changed", "object_kind": "tenant", "object_id": "x"}


def facts(vector: dict[str, Any]) -> SealedFacts:
    ids = {name: UUID(vector[name]) for name in ("tenant_id", "entry_id")}
    times = {name: datetime.fromisoformat(vector[name]) for name in ("sealed_at", "at")}
    rest = {name: value for name, value in vector.items() if name not in ("text", "hash")}
    return SealedFacts(**{**rest, **ids, **times})


def chain(tenant_id: UUID) -> list[UUID]:
    with tenant_session(tenant_id) as session:
        rows = session.execute(text("SELECT version, entry_id FROM audit_seal ORDER BY version")).all()
    assert [version for version, _ in rows] == list(range(1, len(rows) + 1))
    return [entry_id for _, entry_id in rows]


def test_python_gives_the_texts_and_hashes_of_the_vectors() -> None:
    previous = GENESIS
    for vector in VECTORS:
        assert canonical_text(facts(vector)) == vector["text"]
        previous = seal_hash(previous, facts(vector))
        assert previous.hex() == vector["hash"]


def test_sql_gives_the_hashes_of_the_vectors(database_url: str) -> None:
    previous = GENESIS
    names = tuple(SealedFacts.__dataclass_fields__)
    with lent_roles(database_url), psycopg.connect(plain_postgres_url(database_url)) as connection:
        connection.execute("SET LOCAL ROLE ebelge_audit")
        for vector in VECTORS:
            values = [getattr(facts(vector), name) for name in names]
            call = f"SELECT audit_hash({', '.join(['%s'] * (len(names) + 1))})"
            previous = connection.execute(call, [previous, *values]).fetchone()[0]
            assert previous.hex() == vector["hash"]
        connection.rollback()


def test_entries_are_sealed_without_gap_in_the_order_of_their_transactions(akin, noted, sealed) -> None:
    made = [noted(akin, title=f"{n}") for n in range(3)]
    assert (sealed(akin), sealed(akin)) == (3, 0)
    made.append(noted(akin, title="later"))
    assert sealed(akin) == 1
    assert chain(akin) == made


def test_an_entry_waits_while_an_older_transaction_may_still_write(akin, noted, sealed) -> None:
    with tenant_session(akin) as slow:
        first = entries.note(slow, tenant_id=akin, after={"title": "slow"}, at=utc_now(), **NOTE)
        second = noted(akin, title="quick")
        assert sealed(akin) == 0
        third = entries.note(slow, tenant_id=akin, after={"title": "slow too"}, at=utc_now(), **NOTE)
    assert sealed(akin) == 3
    assert chain(akin) == [first, third, second]


def test_an_entry_within_a_savepoint_waits_for_its_transaction_too(akin, noted, sealed) -> None:
    with tenant_session(akin) as slow:
        slow.execute(text("SELECT 1"))
        with slow.begin_nested():
            first = entries.note(slow, tenant_id=akin, after={"title": "inside"}, at=utc_now(), **NOTE)
        second = noted(akin, title="quick")
        assert sealed(akin) == 0
    assert sealed(akin) == 2
    assert chain(akin) == [first, second]


def test_a_transaction_that_fails_leaves_no_gap(akin, noted, sealed) -> None:
    def fail() -> None:
        with tenant_session(akin) as session:
            entries.note(session, tenant_id=akin, after={"title": "lost"}, at=utc_now(), **NOTE)
            raise ZeroDivisionError

    first = noted(akin)
    with pytest.raises(ZeroDivisionError):
        fail()
    second = noted(akin)
    sealed(akin)
    assert chain(akin) == [first, second]


def test_two_clocks_at_once_seal_each_entry_once(akin, noted) -> None:
    made = {noted(akin, title=f"{n}") for n in range(40)}

    def clock() -> None:
        for _ in range(30):
            with role_session("relay") as session:
                sealing.seal(session, tenant_id=akin, limit=2)

    clocks = [threading.Thread(target=clock) for _ in range(2)]
    for one in clocks:
        one.start()
    for one in clocks:
        one.join()
    assert set(chain(akin)) == made


def test_a_second_clock_leaves_while_the_first_is_at_it(akin, noted, sealed) -> None:
    noted(akin)
    with role_session("relay") as first:
        assert sealing.seal(first, tenant_id=akin) == 1
        assert sealed(akin) == 0
    assert len(chain(akin)) == 1


def test_a_clock_killed_in_the_middle_loses_nothing(akin, noted, sealed) -> None:
    made = [noted(akin, title=f"{n}") for n in range(3)]

    def killed() -> None:
        with role_session("relay") as session:
            assert sealing.seal(session, tenant_id=akin) == 3
            session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(Exception, match=r"terminating|closed"):
        killed()
    assert chain(akin) == []
    assert sealed(akin) == 3
    assert chain(akin) == made


def test_the_duty_seals_every_account(akin, bora, noted) -> None:
    noted(akin)
    noted(bora)
    assert audit_seals.seal_waiting(utc_now()) >= 2
    assert (len(chain(akin)), len(chain(bora))) == (1, 1)


def test_the_account_itself_can_neither_seal_nor_change(akin, noted, sealed) -> None:
    noted(akin)
    sealed(akin)
    for statement in (
        "SELECT audit_seal_waiting(gen_random_uuid(), 1)",
        "INSERT INTO audit_seal SELECT tenant_id, 99, gen_random_uuid(), now(), hash FROM audit_seal",
        "UPDATE audit_entry SET action = action",
        "DELETE FROM audit_entry",
        "UPDATE audit_detail SET value = value",
        "DELETE FROM audit_unsealed",
    ):
        with pytest.raises(Exception, match="permission denied"), tenant_session(akin) as session:
            session.execute(text(statement))


def test_not_even_the_owner_changes_an_entry(akin, noted, database_url: str) -> None:
    noted(akin, title=str(new_id()))
    with psycopg.connect(plain_postgres_url(database_url)) as owner:
        owner.execute("ALTER TABLE audit_entry NO FORCE ROW LEVEL SECURITY")
        with pytest.raises(psycopg.Error) as refused:
            owner.execute("DELETE FROM audit_entry")
        assert refused.value.sqlstate == "EL012"
        owner.rollback()
