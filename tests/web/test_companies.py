"""One login, several companies: chosen, switched, left; what is taken away is gone with the next request."""

from __future__ import annotations

from uuid import UUID, uuid4

from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.web.filters import spaced
from tenants.audit.entries import command
from tenants.members import memberships
from tenants.members.reach import Reach

BY = command("members", by="test")


def tenant(browsers, name: str) -> UUID:
    return UUID(browsers.world.accounts[name].tenant_id)


def with_two(browsers):
    person_id, email = browsers.person()
    browsers.seat(person_id, "owner", "akin")
    browsers.seat(person_id, "viewer", "bora")
    return browsers.enter(person_id, email)


def test_with_one_company_there_is_nothing_to_choose(browser) -> None:
    assert "Akın" in browser("viewer").text("/documents")


def test_with_several_one_chooses_and_comes_back_to_where_one_was(browsers) -> None:
    both = with_two(browsers)
    led = both.get("/documents?state=sent")
    assert (led.status_code, led.headers["Location"]) == (303, "/account/companies?next=/documents?state%3Dsent")
    page = both.text("/account/companies?next=/documents")
    for name in ("akin", "bora"):
        assert browsers.world.accounts[name].title in page
        assert spaced(browsers.world.accounts[name].vkn_tckn) in page
    chosen = both.submit("/account/companies", tenant_id=str(tenant(browsers, "bora")), next="/documents")
    assert (chosen.status_code, chosen.headers["Location"]) == (303, "/documents")
    assert "Viewer" in both.text("/documents")


def test_the_choice_is_this_browsers_alone(browsers) -> None:
    first = with_two(browsers)
    second = browsers.enter(first.person_id, first.email)
    first.submit("/account/companies", tenant_id=str(tenant(browsers, "akin")))
    second.submit("/account/companies", tenant_id=str(tenant(browsers, "bora")))
    assert "Owner" in first.text("/documents")
    assert "Viewer" in second.text("/documents")


def test_a_company_that_is_not_ones_own_is_as_unknown_as_none(browser, browsers) -> None:
    one = browser("owner", "akin")
    answers = [
        one.submit("/account/companies", tenant_id=wanted)
        for wanted in (str(tenant(browsers, "bora")), str(uuid4()), "", "x", "' OR 1=1")
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert "Bora" not in one.text("/account/companies")


def test_the_way_back_leads_nowhere_else(browsers) -> None:
    both = with_two(browsers)
    for target in ("https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        answer = both.submit("/account/companies", tenant_id=str(tenant(browsers, "akin")), next=target)
        assert answer.headers["Location"] == "/home"


def test_a_person_who_is_removed_loses_the_company_with_his_next_request(browser) -> None:
    one = browser("accountant")
    assert one.get("/settings/people").status_code == 200
    with tenant_session(one.tenant_id) as session:
        memberships.end(session, tenant_id=one.tenant_id, person_id=one.person_id, actor=BY, at=utc_now())
    assert one.get("/settings/people").headers["Location"].startswith("/account/companies")
    assert one.submit("/settings/people/invitations").status_code == 403
    assert "belong to no company" in one.text("/account/companies")


def test_a_person_who_is_demoted_obeys_with_his_next_request(browser) -> None:
    one = browser("owner")
    assert one.get("/settings/people").status_code == 200
    with tenant_session(one.tenant_id) as session:
        memberships.change(
            session, tenant_id=one.tenant_id, person_id=one.person_id, role="viewer", actor=BY, at=utc_now(),
            reach=Reach(series_prefixes=frozenset({"AKA"})),
        )  # fmt: skip
    assert one.get("/settings/people").status_code == 403
    assert one.submit("/settings/people/invitations", email="x@y.example", role="viewer").status_code == 403
    assert "open to you" in one.text("/documents")


def test_one_leaves_oneself_but_not_as_the_last_owner(browsers, browser) -> None:
    viewer = browser("viewer")
    left = viewer.submit("/account/companies/leave", tenant_id=str(viewer.tenant_id))
    assert (left.status_code, left.headers["Location"]) == (303, "/account/companies")
    assert viewer.get("/documents").headers["Location"].startswith("/account/companies")
    person_id, email = browsers.person()
    last = browsers.enter(person_id, email)
    holding = tenant(browsers, "akin-holding")
    with tenant_session(holding) as session:
        for one in memberships.colleagues(session, tenant_id=holding):
            if one.role != "owner" and one.ended_at is None:
                memberships.end(session, tenant_id=holding, person_id=one.person_id, actor=BY, at=utc_now())
        memberships.add(session, tenant_id=holding, person_id=person_id, role="owner", actor=BY, at=utc_now())
        for one in memberships.colleagues(session, tenant_id=holding):
            if one.person_id != person_id and one.ended_at is None:
                memberships.end(session, tenant_id=holding, person_id=one.person_id, actor=BY, at=utc_now())
    refused = last.submit("/account/companies/leave", tenant_id=str(holding))
    assert refused.status_code == 409
    assert "last person" in refused.get_data(as_text=True)


def test_a_sandbox_shows_what_it_is_and_manages_no_people(browser) -> None:
    one = browser("owner", sandbox=True)
    assert "Sandbox: documents are without legal effect" in one.text("/documents")
    assert one.get("/settings/people").status_code == 403


def test_a_form_without_its_token_changes_nothing(browsers) -> None:
    both = with_two(browsers)
    assert both.post("/account/companies", tenant_id=str(tenant(browsers, "akin"))).status_code == 400
    assert both.get("/documents").status_code == 303
