"""A deed and its entry stand or fall together; an entry keeps what differs and nothing else."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text

from ebelge.core.clock import utc_now
from ebelge.core.db import DBAPIError, tenant_session
from tenants.audit import entries
from tenants.audit.kept import UndeclaredField
from tests.audit.conftest import AYSE


def rows(tenant_id) -> list:
    with tenant_session(tenant_id) as session:
        return session.execute(
            text("SELECT * FROM audit_entry WHERE tenant_id = :t ORDER BY entry_id"), {"t": tenant_id}
        ).all()


def note(tenant_id, **given):
    with tenant_session(tenant_id) as session:
        facts = {"action": "company.changed", "object_kind": "tenant", "object_id": tenant_id, "actor": AYSE}
        return entries.note(session, tenant_id=tenant_id, at=utc_now(), **(facts | given))


def test_an_entry_says_who_what_and_when_and_keeps_only_what_differs(akin) -> None:
    note(akin, before={"title": "Akın", "city": "Ankara"}, after={"title": "Akın Ltd.", "city": "Ankara"})
    (entry,) = rows(akin)
    assert (entry.actor_kind, entry.actor_id, entry.object_id) == ("person", AYSE.id, str(akin))
    assert json.loads(entry.change) == {"before": {"title": "Akın"}, "after": {"title": "Akın Ltd."}}


def test_a_deed_that_changes_nothing_leaves_no_entry(akin) -> None:
    assert note(akin, before={"title": "Akın"}, after={"title": "Akın"}) is None
    assert rows(akin) == []


def test_a_deed_that_fails_takes_its_entry_with_it(akin) -> None:
    def fail() -> None:
        with tenant_session(akin) as session:
            entries.note(
                session, tenant_id=akin, actor=AYSE, action="company.changed", object_kind="tenant", object_id=akin,
                after={"title": "x"}, at=utc_now(),
            )  # fmt: skip
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert rows(akin) == []


def test_names_and_addresses_of_people_stand_apart(akin) -> None:
    note(akin, action="member.invited", after={"role": "viewer", "email": "can@akin.example"})
    (entry,) = rows(akin)
    with tenant_session(akin) as session:
        details = dict(session.execute(text("SELECT part, value FROM audit_detail")).all())
    assert set(details) == {"who", "from", "personal"}
    for personal in ("Ayşe", "203.0.113.7", "can@akin.example"):
        assert personal not in str(entry)
        assert personal in str(details)


def test_a_field_that_the_action_does_not_list_is_refused(akin) -> None:
    with pytest.raises(UndeclaredField):
        note(akin, after={"password": "x"})


def test_nobody_notes_in_anothers_log(akin, bora) -> None:
    with pytest.raises(DBAPIError), tenant_session(akin) as session:
        entries.note(
            session, tenant_id=bora, actor=AYSE, action="company.changed", object_kind="tenant", object_id=bora,
            after={"title": "x"}, at=utc_now(),
        )  # fmt: skip
