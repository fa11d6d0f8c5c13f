"""Texts: published once, accepted by version, outstanding when a new one is in force; consent is free and goes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.ids import new_id
from tenants.texts import acceptances, versions
from tenants.texts.acceptances import NewerVersion, Signature, TextsOutstanding
from tenants.texts.kinds import KINDS
from tenants.texts.versions import TextChanged, Wording
from tests.orders import shop

FIRST = "2026-01-01"


def publish(*wordings: Wording) -> list[str]:
    with role_session("finance") as session:
        rows = versions.publish(session, wordings=wordings, by="test", at=utc_now())
        return [f"{row.kind} {row.version}" for row in rows]


def wording(kind: str) -> Wording:
    return next(one for one in versions.written() if one.kind == kind)


def newer(kind: str, days_ago: int = 0) -> Wording:
    day = (utc_now() - timedelta(days=days_ago)).date().isoformat()
    return replace(wording(kind), version=day, changes=("Madde 3 değişti.", "Clause 3 has changed."))


def signature(person: UUID, language: str = "tr") -> Signature:
    return Signature(person, language, "192.0.2.7", "Firefox" * 100)


def accept(tenant_id: UUID, person: UUID, *seen: tuple[str, str]) -> None:
    with tenant_session(tenant_id) as session:
        acceptances.accept(session, tenant_id=tenant_id, seen=seen, signature=signature(person), at=utc_now())


def accept_all(tenant_id: UUID, person: UUID) -> None:
    accept(tenant_id, person, *((kind, FIRST) for kind in KINDS if KINDS[kind].required))


def outstanding(tenant_id: UUID, person: UUID) -> list[tuple[str, str | None]]:
    with tenant_session(tenant_id) as session:
        found = acceptances.outstanding(session, tenant_id=tenant_id, person_id=person, at=utc_now())
        return [(one.kind, one.before) for one in found]


def stopped(tenant_id: UUID, person: UUID) -> list[str]:
    rights = ("documents:read", "kontor:read", "company:write", "documents:send", "kontor:buy")
    found = []
    for right in rights:
        try:
            with tenant_session(tenant_id) as session:
                acceptances.check(session, tenant_id=tenant_id, person_id=person, right=right, at=utc_now())
        except TextsOutstanding:
            found.append(right)
    return found


def test_every_kind_is_written_in_both_languages_and_marked_as_a_draft() -> None:
    written = versions.written()
    assert {one.kind for one in written} == set(KINDS)
    assert all(one.draft and all(one.title) and all(one.changes) and all(one.body) for one in written)
    assert len({one.sha256() for one in written}) == len(written)


def test_publishing_again_changes_nothing_and_a_changed_text_is_refused(fresh_published: None) -> None:
    contract = wording("contract")
    assert publish(*versions.written()) == []
    with pytest.raises(TextChanged):
        publish(replace(contract, body=(contract.body[0] + "Ek.", contract.body[1])))
    with pytest.raises(TextChanged):
        publish(replace(contract, version="2025-01-01"))


def test_accounts_cannot_write_texts_and_nobody_changes_one(published: None) -> None:
    copy = "INSERT INTO text_version SELECT kind, '2031-01-01', valid_from, draft, title_tr, title_en, changes_tr, "
    copy += "changes_en, body_tr, body_en, sha256, published_by, published_at FROM text_version LIMIT 1"
    with pytest.raises(DBAPIError), role_session("app") as session:
        session.execute(text(copy))
    for statement in ("UPDATE text_version SET body_tr = ''", "DELETE FROM text_version"):
        with pytest.raises(DBAPIError), role_session("finance") as session:
            session.execute(text(statement))


def test_a_new_account_has_all_but_the_free_consent_to_accept_and_can_read_meanwhile(published: None) -> None:
    akin, ayse = shop.customer(), new_id()
    assert outstanding(akin, ayse) == [("contract", None), ("privacy", None), ("distance-selling", None)]
    assert stopped(akin, ayse) == ["documents:send", "kontor:buy"]
    accept_all(akin, ayse)
    assert (outstanding(akin, ayse), stopped(akin, ayse)) == ([], [])


def test_the_contract_is_accepted_once_for_the_company_the_privacy_notice_by_each_person(published: None) -> None:
    akin, ayse, mehmet = shop.customer(), new_id(), new_id()
    accept_all(akin, ayse)
    assert outstanding(akin, mehmet) == [("privacy", None)]
    assert outstanding(shop.customer(), ayse) == [("contract", None), ("privacy", None), ("distance-selling", None)]


def test_a_new_version_asks_again_and_says_which_was_accepted_before(fresh_published: None) -> None:
    akin, ayse = shop.customer(), new_id()
    accept_all(akin, ayse)
    publish(newer("distance-selling", days_ago=1))
    assert outstanding(akin, ayse) == [("distance-selling", FIRST)]
    assert stopped(akin, ayse) == ["kontor:buy"]
    with pytest.raises(NewerVersion):
        accept(akin, ayse, ("distance-selling", FIRST))


def test_a_version_of_tomorrow_asks_nobody_today(fresh_published: None) -> None:
    akin, ayse = shop.customer(), new_id()
    accept_all(akin, ayse)
    publish(newer("contract", days_ago=-2))
    assert outstanding(akin, ayse) == []


def test_sandboxes_resellers_and_the_operator_are_not_asked(published: None) -> None:
    who = new_id()
    for tenant_id in (shop.customer(sandbox=True), shop.customer(kind="reseller"), shop.customer(kind="operator")):
        assert outstanding(tenant_id, who) == []


def test_an_acceptance_says_who_when_from_where_and_cannot_be_undone(published: None) -> None:
    akin, ayse = shop.customer(), new_id()
    accept(akin, ayse, ("contract", FIRST))
    with tenant_session(akin) as session:
        (kept,) = acceptances.history(session, tenant_id=akin, person_id=ayse)
        assert (kept.version, kept.address, kept.language, len(kept.agent)) == (FIRST, "192.0.2.7", "tr", 300)
        assert kept.sha256 == wording("contract").sha256()
    for statement in ("UPDATE text_acceptance SET given = false", "DELETE FROM text_acceptance"):
        with pytest.raises(DBAPIError), tenant_session(akin) as session:
            session.execute(text(statement))


def test_consent_is_given_and_withdrawn_and_both_stay_in_the_history(published: None) -> None:
    akin, ayse = shop.customer(), new_id()

    def standing() -> str | None:
        with tenant_session(akin) as session:
            found = acceptances.consent(session, tenant_id=akin, person_id=ayse)
            return found.version if found else None

    def withdraw() -> None:
        with tenant_session(akin) as session:
            acceptances.withdraw_consent(session, tenant_id=akin, signature=signature(ayse), at=utc_now())

    withdraw()
    assert standing() is None
    accept(akin, ayse, ("consent", FIRST))
    assert standing() == FIRST
    withdraw()
    withdraw()
    assert standing() is None
    with tenant_session(akin) as session:
        rows = acceptances.history(session, tenant_id=akin, person_id=ayse)
        assert [row.given for row in rows] == [False, True]
