"""What a tenant sets up, as its documents meet it: days of a service, its own data, its default scenario."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from ebelge.core.db import tenant_session
from ebelge.documents.check import ServiceNotActive, TenantNotActive
from ebelge.documents.submit import Submission
from ebelge.ubl.parse import parse
from tenants import accounts, states
from tenants.audit.entries import command
from tenants.company import details, settings
from tenants.company.settings import Choice

STAFF = command("tenants", by="Ayşe")
# 23:59:59 and 00:00 in Istanbul; in UTC both are of the 30th.
BEFORE_MIDNIGHT = datetime(2026, 11, 30, 20, 59, 59, tzinfo=UTC)
AFTER_MIDNIGHT = datetime(2026, 11, 30, 21, 0, tzinfo=UTC)


def service(world, state: str, active_from: date | None, active_until: date | None = None) -> None:
    with tenant_session(world.akin) as session:
        session.execute(
            text(
                "UPDATE service SET state = :s, active_from = :f, active_until = :u "
                "WHERE tenant_id = :t AND service = 'earsiv'"
            ),
            {"s": state, "f": active_from, "u": active_until, "t": world.akin},
        )


def earsiv(world, **changes) -> Submission:
    return Submission(draft=world.draft("earsiv", **changes))


def test_a_service_that_begins_tomorrow_issues_nothing_today(world, unchanged) -> None:
    service(world, "active", world.today + timedelta(days=1))
    refused = unchanged(lambda: world.send(earsiv(world)), ServiceNotActive)
    assert (refused.code, refused.http_status, refused.extra["service"]) == ("service_not_active", 409, "earsiv")


def test_the_last_day_of_a_service_is_whole_and_the_next_one_is_not(world) -> None:
    service(world, "closing", date(2020, 1, 1), world.today)
    assert world.check(earsiv(world)).issue_date == world.today
    service(world, "closing", date(2020, 1, 1), world.today - timedelta(days=1))
    with pytest.raises(ServiceNotActive):
        world.check(earsiv(world))
    # a document of a day on which it was active is still issued
    yesterday = world.today - timedelta(days=1)
    assert world.check(earsiv(world, issue_date=yesterday.isoformat())).issue_date == yesterday


@pytest.mark.parametrize("state", ["not_wanted", "checklist", "authorised", "asked_at_gib", "closed"])
def test_only_an_active_service_issues_whatever_its_dates_say(world, state: str) -> None:
    service(world, state, date(2020, 1, 1))
    with pytest.raises(ServiceNotActive) as refused:
        world.check(earsiv(world))
    assert refused.value.extra["service_state"] == state


def test_a_service_begins_and_ends_at_midnight_in_istanbul(world) -> None:
    service(world, "active", date(2026, 12, 1))
    with pytest.raises(ServiceNotActive):
        world.check(earsiv(world), at=BEFORE_MIDNIGHT)
    assert world.check(earsiv(world), at=AFTER_MIDNIGHT).issue_date == date(2026, 12, 1)
    service(world, "closing", date(2020, 1, 1), date(2026, 11, 30))
    assert world.check(earsiv(world), at=BEFORE_MIDNIGHT).issue_date == date(2026, 11, 30)
    with pytest.raises(ServiceNotActive):
        world.check(earsiv(world), at=AFTER_MIDNIGHT)


def test_documents_issued_after_a_change_name_the_new_data(world) -> None:
    (before,) = world.send(earsiv(world))
    with tenant_session(world.akin) as session:
        now = details.identity(accounts.get(session, tenant_id=world.akin))
        new = replace(now, title="Akın Yeni Unvan A.Ş.", city="İzmir", tax_office="Konak")
        details.change(session, tenant_id=world.akin, to=new, actor=STAFF, at=world.at)
    (after,) = world.send(earsiv(world, n=2))
    sources = dict(world.rows("SELECT document_id, source FROM document_source"))
    old, young = (parse(bytes(sources[one.document_id])).supplier for one in (before, after))
    assert (young.title, young.city, young.tax_office) == ("Akın Yeni Unvan A.Ş.", "İzmir", "Konak")
    assert old.title == now.title


def test_a_draft_without_a_scenario_takes_the_tenants_but_a_return_never(world) -> None:
    def scenario(**changes) -> str:
        draft = world.draft("efatura", **changes)
        if "profile" not in changes:
            draft.pop("profile", None)
        return world.check(Submission(draft=draft)).profile

    assert scenario() == "TEMELFATURA"
    with tenant_session(world.akin) as session:
        chosen = Choice(default_scenario="TICARIFATURA")
        settings.save(session, tenant_id=world.akin, choice=chosen, actor=STAFF, at=world.at)
    assert scenario() == "TICARIFATURA"
    assert scenario(profile="TEMELFATURA") == "TEMELFATURA"
    returned = [{"number": "BRN2026000000001", "date": world.today.isoformat()}]
    assert scenario(returned_invoices=returned) == "TEMELFATURA"
    assert world.check(earsiv(world)).profile == "EARSIVFATURA"


@pytest.mark.parametrize(("state", "sends"), [("suspended", False), ("closing", True), ("closed", False)])
def test_which_states_of_an_account_send(world, state: str, sends: bool) -> None:
    with tenant_session(world.akin) as session:
        given = {"tenant_id": world.akin, "mover": "staff", "reason": "neden", "actor": STAFF, "at": world.at}
        for step in ("closing", "closed") if state == "closed" else (state,):
            states.move(session, to=step, **given)
    if sends:
        assert world.check(earsiv(world))
        return
    with pytest.raises(TenantNotActive):
        world.check(earsiv(world))
