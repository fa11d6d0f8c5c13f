"""Whose time has come is made nobody; whoever is kept by something stays; what he did stays, and the chain is whole."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ebelge.core.clock import utc_now
from ebelge.core.db import engine, role_session
from ebelge.jobs import privacy as duties
from tenants.audit.verify import verify_tenant
from tenants.people import persons
from tenants.privacy import erasing

GRACE_DAYS = 30


def is_due(one) -> bool:
    with role_session("people") as session:
        return one.person_id in {due.person_id for due in erasing.due(session, at=utc_now(), limit=100_000)}


def anonymise(one) -> bool:
    with role_session("people") as session:
        return erasing.anonymise(session, person_id=one.person_id, at=utc_now())


def everywhere(superuser, words: list[str]) -> list[str]:
    """Tables and columns in which one of the words stands."""
    columns = superuser.execute(
        "SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
        "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped "
        "AND format_type(a.atttypid, a.atttypmod) IN ('text', 'text[]', 'jsonb')"
    ).fetchall()
    return [
        f"{table}.{column}"
        for table, column in columns
        if superuser.execute(
            f'SELECT 1 FROM "{table}" WHERE {" OR ".join([f"{column}::text LIKE %s"] * len(words))} LIMIT 1',
            [f"%{word}%" for word in words],
        ).fetchone()
    ]


def test_whoever_left_is_nobody_anywhere_after_the_grace(someone, leaves, seal, superuser) -> None:
    name = "Gülşen Kaybolan"
    gone = someone(name)
    seal(gone.tenant_id)
    leaves(gone, days=GRACE_DAYS + 1)
    assert everywhere(superuser, [name, gone.email]) != []
    assert is_due(gone)
    assert anonymise(gone)
    assert everywhere(superuser, [name, gone.email]) == []
    assert superuser.execute(
        "SELECT count(*) FROM person_session WHERE person_id = %s", (gone.person_id,)
    ).fetchone() == (0,)
    assert not is_due(gone)


def test_what_he_did_stays_and_the_chain_is_whole(someone, leaves, seal, superuser) -> None:
    gone = someone()
    leaves(gone, days=GRACE_DAYS + 1)
    seal(gone.tenant_id)
    assert anonymise(gone)
    actions = superuser.execute(
        "SELECT actor_kind, action FROM audit_entry WHERE tenant_id = %s ORDER BY at", (gone.tenant_id,)
    ).fetchall()
    assert actions == [("person", "member.invited"), ("system", "privacy.anonymised")]
    pool = engine("reader").execution_options(isolation_level="REPEATABLE READ")
    with pool.connect() as connection, connection.begin():
        assert list(verify_tenant(connection, gone.tenant_id, at=utc_now())) == []


def test_the_address_is_free_again(someone, leaves) -> None:
    gone = someone()
    leaves(gone, days=GRACE_DAYS + 1)
    assert anonymise(gone)
    with role_session("people") as session:
        persons.create(session, email=gone.email, full_name="Yeni Biri", at=utc_now())


def test_another_keeps_everything(someone, leaves, superuser) -> None:
    gone, stays = someone(), someone("Can Kalan")
    leaves(gone, days=GRACE_DAYS + 1)
    assert anonymise(gone)
    assert {"person.full_name", "audit_detail.value"} <= set(everywhere(superuser, ["Can Kalan"]))
    assert not is_due(stays)


@pytest.mark.parametrize("days", [0, GRACE_DAYS - 1])
def test_the_grace_is_waited_for(someone, leaves, days: int) -> None:
    gone = someone()
    leaves(gone, days=days)
    assert not is_due(gone)
    assert not anonymise(gone)


def test_a_member_is_refused_by_the_database_itself(someone) -> None:
    ayse = someone()
    assert not anonymise(ayse)
    with role_session("people") as session:
        assert persons.get(session, person_id=ayse.person_id).full_name == "Ayşe Akın"


def test_a_hold_keeps_somebody_until_its_day(someone, leaves) -> None:
    gone = someone()
    leaves(gone, days=400)
    at = utc_now()
    with role_session("people") as session:
        until = at + timedelta(days=10)
        erasing.hold(session, person_id=gone.person_id, reason="dava", until=until, by="Derya", at=at)
    assert not is_due(gone)
    assert not anonymise(gone)
    with role_session("people") as session:
        assert erasing.due(session, at=at + timedelta(days=11), limit=100_000)
        assert erasing.release(session, person_id=gone.person_id)
    assert anonymise(gone)


def test_whoever_never_confirmed_goes_after_the_same_time(settings, superuser) -> None:
    at = utc_now() - timedelta(days=GRACE_DAYS + 1)
    with role_session("people") as session:
        one = persons.create(session, email=f"x{at.timestamp():.0f}@nowhere.example", full_name="Hiç Gelmeyen", at=at)
        person_id = one.person_id
    duties.erase(utc_now())
    (state,) = superuser.execute("SELECT state FROM person WHERE person_id = %s", (person_id,)).fetchone()
    assert state == "anonymised"


def test_old_addresses_leads_and_invitations_go_by_their_own_periods(someone, superuser) -> None:
    ayse, at = someone(), utc_now()
    keep = superuser.execute("SELECT count(*) FROM audit_detail WHERE part = 'from' AND value IS NOT NULL").fetchone()[
        0
    ]
    assert keep > 0
    tenant = (ayse.tenant_id,)
    superuser.execute("UPDATE audit_detail SET noted_at = now() - interval '3 years' WHERE tenant_id = %s", tenant)
    superuser.execute(
        "INSERT INTO invitation (tenant_id, invitation_id, email, language, role, token_sha256, invited_by, "
        "invited_by_name, created_at, sent_at, expires_at) SELECT %s, gen_random_uuid(), 'eski@old.example', 'tr', "
        "'viewer', sha256('x'), 'x', 'x', t, t, t FROM (SELECT now() - interval '100 days' AS t) AS old",
        tenant,
    )
    superuser.execute(
        "INSERT INTO lead (tenant_id, lead_id, state, source, topic, full_name, company, vkn_tckn, phone, email, city, "
        "documents_a_month, product, services, message, may_call, language, address, form_sha256, created_at, "
        "changed_at) SELECT %s, gen_random_uuid(), 'lost', 'contact', 'other', 'Eski Talep', 'x', '', '555', "
        "'eski@old.example', '', 0, '', '{}', 'merhaba', false, 'tr', '203.0.113.9', "
        "sha256(convert_to(%s::text, 'UTF8')), t, t "
        "FROM (SELECT now() - interval '400 days' AS t) AS old",
        (ayse.tenant_id, ayse.tenant_id),
    )
    with role_session("people") as session:
        erased = erasing.erase_old(session, at=at)
    assert {"audit.addresses", "invitations", "leads"} <= set(erased)
    parts = superuser.execute(
        "SELECT part, value IS NULL FROM audit_detail WHERE tenant_id = %s ORDER BY part", tenant
    ).fetchall()
    assert parts == [("from", True), ("personal", False), ("who", False)]
    assert everywhere(superuser, ["eski@old.example", "Eski Talep", "203.0.113.9"]) == []


def test_only_the_role_of_people_may_erase(someone, leaves) -> None:
    gone = someone()
    leaves(gone, days=GRACE_DAYS + 1)
    with pytest.raises(Exception, match="permission denied"), role_session("app") as session:
        erasing.anonymise(session, person_id=gone.person_id, at=utc_now())
