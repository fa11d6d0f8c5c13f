"""`ebelge audit verify` names what somebody with the server's disk has changed, removed, put in or moved."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ebelge.core.clock import utc_now
from ebelge.core.db import engine
from tenants.audit.verify import Head, head, verify_tenant


@pytest.fixture
def found(settings):
    """What verify says of an account: (object, text)."""

    def run(tenant_id, *, later: timedelta = timedelta(0), heads=None) -> list[str]:
        pool = engine("reader").execution_options(isolation_level="REPEATABLE READ")
        with pool.connect() as connection, connection.begin():
            return [
                f"{one.object} {one.text}"
                for one in verify_tenant(connection, tenant_id, at=utc_now() + later, heads=heads)
            ]

    return run


@pytest.fixture
def log(akin, noted, sealed):
    """Four sealed entries of Akın; returns their ids."""
    made = [noted(akin, action="member.invited", role="viewer", email=f"{n}@akin.example") for n in range(4)]
    assert sealed(akin) == 4
    return made


def test_a_log_as_it_was_written_is_whole(akin, log, noted, found) -> None:
    noted(akin)
    assert found(akin) == []


@pytest.mark.parametrize("column", ["at", "action", "object_id", "actor_id", "for_whom", "request_id", "change"])
def test_a_changed_entry_is_named(akin, log, found, intruder, column: str) -> None:
    value = {"at": "at + interval '1 microsecond'", "action": "'member.removed'"}.get(column, f"{column} || ' '")
    where = "WHERE tenant_id = %s AND entry_id = %s"
    assert intruder.execute(f"UPDATE audit_entry SET {column} = {value} {where}", (akin, log[1])).rowcount == 1
    (one,) = found(akin)
    assert "seal 2" in one
    assert f"entry {log[1]} was changed" in one


def test_a_removed_entry_is_named(akin, log, found, intruder) -> None:
    for table in ("audit_entry", "audit_detail"):
        intruder.execute(f"DELETE FROM {table} WHERE tenant_id = %s AND entry_id = %s", (akin, log[1]))
    assert found(akin) == [f"seal 2 its entry {log[1]} was removed"]


def test_an_entry_removed_with_its_seal_is_named(akin, log, found, intruder) -> None:
    for table in ("audit_entry", "audit_detail", "audit_seal"):
        intruder.execute(f"DELETE FROM {table} WHERE tenant_id = %s AND entry_id = %s", (akin, log[1]))
    first, second = found(akin)
    assert "seal 3 follows seal 1: what stood between them was removed" in first
    assert f"entry {log[2]} was changed or moved" in second


def test_an_entry_removed_before_it_was_sealed_is_named(akin, log, noted, found, intruder) -> None:
    made = noted(akin)
    for table in ("audit_entry", "audit_detail"):
        intruder.execute(f"DELETE FROM {table} WHERE tenant_id = %s AND entry_id = %s", (akin, made))
    assert found(akin) == [f"entry {made} was removed before it was sealed"]


def test_an_entry_put_in_past_the_log_is_named(akin, log, found, intruder) -> None:
    (made,) = intruder.execute(
        "INSERT INTO audit_entry SELECT tenant_id, gen_random_uuid(), at, action, object_kind, object_id, actor_kind, "
        "actor_id, for_whom, request_id, '', change FROM audit_entry WHERE entry_id = %s RETURNING entry_id",
        (log[0],),
    ).fetchone()
    (one,) = found(akin)
    assert f"entry {made} is neither sealed nor waiting" in one


def test_an_entry_put_in_with_a_made_up_seal_is_named(akin, log, found, intruder) -> None:
    intruder.execute(
        "INSERT INTO audit_seal SELECT tenant_id, 5, gen_random_uuid(), sealed_at, sha256('x') FROM audit_seal "
        "WHERE entry_id = %s",
        (log[3],),
    )
    intruder.execute(
        "INSERT INTO audit_entry SELECT n.tenant_id, s.entry_id, n.at, n.action, n.object_kind, n.object_id, "
        "n.actor_kind, n.actor_id, '', '', '', n.change FROM audit_entry n JOIN audit_seal s USING (tenant_id) "
        "WHERE n.entry_id = %s AND s.version = 5",
        (log[3],),
    )
    (one,) = found(akin)
    assert one.startswith("seal 5")


def test_two_entries_that_changed_places_are_named(akin, log, found, intruder) -> None:
    intruder.execute("DELETE FROM audit_seal WHERE tenant_id = %s AND version = 2 RETURNING hash", (akin,))
    swap = "UPDATE audit_seal SET version = %s WHERE tenant_id = %s AND version = %s"
    intruder.execute(swap, (2, akin, 3))
    intruder.execute(
        "INSERT INTO audit_seal SELECT tenant_id, 3, %s, sealed_at, hash FROM audit_seal "
        "WHERE tenant_id = %s AND version = 2",
        (log[1], akin),
    )
    told = " ".join(found(akin))
    assert f"seal 2 entry {log[2]} was changed or moved" in told
    assert f"seal 3 entry {log[1]} was changed or moved" in told


def test_an_entry_that_waits_too_long_is_named(akin, log, noted, found) -> None:
    made = noted(akin)
    assert found(akin, later=timedelta(minutes=9)) == []
    (one,) = found(akin, later=timedelta(minutes=11))
    assert one.startswith(f"entry {made} waits for its seal since")


def test_a_changed_removed_or_added_detail_is_named(akin, log, found, intruder) -> None:
    where = "WHERE tenant_id = %s AND entry_id = %s AND part = 'who'"
    intruder.execute(f"UPDATE audit_detail SET value = 'x' {where}", (akin, log[0]))
    intruder.execute(f"DELETE FROM audit_detail {where}", (akin, log[1]))
    intruder.execute("INSERT INTO audit_detail VALUES (%s, gen_random_uuid(), 'who', now(), 'x', 'x')", (akin,))
    told = sorted(one.split(" ", 2)[2] for one in found(akin))
    assert told == [
        "has details, and no entry",
        "its detail 'who' was changed",
        "its detail 'who' was removed without being erased",
    ]


def test_a_detail_that_was_erased_leaves_the_chain_whole(akin, log, found, intruder) -> None:
    intruder.execute(
        "UPDATE audit_detail SET value = NULL, salt = NULL, erased_at = now() WHERE tenant_id = %s", (akin,)
    )
    assert found(akin) == []


def test_a_chain_that_was_cut_off_is_named_by_a_head_written_down_before(akin, log, found, intruder) -> None:
    with engine("reader").connect() as connection:
        kept = head(connection, akin)
    assert kept is not None
    assert found(akin, heads={akin: kept}) == []
    assert "not the one that was written down" in found(akin, heads={akin: Head(4, bytes(32))})[0]
    for table in ("audit_entry", "audit_detail", "audit_seal"):
        intruder.execute(f"DELETE FROM {table} WHERE tenant_id = %s AND entry_id = %s", (akin, log[3]))
    assert found(akin) == []
    (one,) = found(akin, heads={akin: kept})
    assert "is gone: the chain ends at 3" in one
