"""Pages of people who are signed in: each asks for its right, none changes anything by being looked at."""

from __future__ import annotations

import hashlib
import re
from uuid import uuid4

import pytest

from ebelge.core.db import role_session
from ebelge.edge.access import needed_right, needs_person
from ebelge.web.links import RAILS
from ebelge.web.settings_places import PLACES
from tenants.rights import RIGHTS, ROLES, ROLES_OF_KIND
from tests.web.browsers import form_token

# Looking at a page notes that its session was seen, and counts guesses at links of mails; nothing else.
SEEN = frozenset({"person_session", "sign_in_failure", "alembic_version"})
# Rights whose pages belong to issues to come; a right that finds its page is taken out here.
NO_PAGE_YET: frozenset[str] = frozenset()
REFUSED = "Your role does not allow this"
WHERE = {"customer": "akin", "pool": "akin-holding", "reseller": "ceren", "operator": "ebelge"}
SEATS = [(role, WHERE[kind]) for kind, roles in ROLES_OF_KIND.items() for role in roles if kind != "pool"]


def pages(app):
    return [rule for rule in app.url_map.iter_rules() if needed_right(app, rule.endpoint) is not None]


def path_of(rule) -> str:
    filled = re.sub(r"<uuid:\w+>", lambda _: str(uuid4()), rule.rule)
    return re.sub(r"<(?:\w+:)?\w+>", "x" * 43, re.sub(r"<int:\w+>", "1", filled))


def contents() -> dict[str, str]:
    with role_session("reader") as session:
        run = session.connection().exec_driver_sql
        tables = run("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").scalars().all()
        found = {}
        for table in tables:
            if table not in SEEN:
                rows = sorted(run(f"SELECT t::text FROM {table} t").scalars())
                found[table] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
        return found


@pytest.mark.parametrize(("role", "company"), SEATS)
def test_walk_a_role_reaches_the_pages_of_its_rights_and_no_others(role: str, company: str, app, browser) -> None:
    one = browser(role, company)
    before, token = contents(), form_token(one.get("/account"))
    counted = {"let in": 0, "refused": 0}
    for rule in pages(app):
        needed, path = needed_right(app, rule.endpoint), path_of(rule)
        answer = one.get(path) if "GET" in rule.methods else one.post(path, csrf_token=token)
        refused = answer.status_code == 403 and REFUSED in answer.get_data(as_text=True)
        assert answer.status_code < 500, rule
        assert refused == (needed not in ROLES[role]), (rule, needed, answer.status_code)
        counted["refused" if refused else "let in"] += 1
    assert contents() == before, "empty forms and foreign ids change nothing"
    print(f"{role}: {counted}")


def test_looking_changes_nothing(app, browser) -> None:
    for role, company in (("owner", "akin"), ("reseller_admin", "ceren"), ("operator_admin", "ebelge")):
        one = browser(role, company)
        before = contents()
        for rule in app.url_map.iter_rules():
            if "GET" in rule.methods and not rule.rule.startswith("/api/"):
                one.get(path_of(rule))
        assert contents() == before, role


def test_a_page_that_names_no_right_is_refused_even_when_signed_in(world, browsers) -> None:
    from ebelge.app import create_app

    app = create_app()
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    mine = type(browsers)(app, world)
    one = mine.sign_in("operator_admin", "ebelge")
    answer = one.get("/forgotten")
    assert (answer.status_code, "secret" in answer.get_data(as_text=True)) == (403, False)


def test_staff_without_a_second_factor_are_led_to_it(browsers, app) -> None:
    person_id, email = browsers.person()
    browsers.seat(person_id, "support", "ebelge")
    one = browsers.enter(person_id, email)
    for rule in pages(app):
        if "GET" in rule.methods:
            answer = one.get(path_of(rule))
            assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (303, "/account/factors"), rule
        else:
            assert one.submit(path_of(rule)).status_code == 403, rule
    assert one.get("/account").status_code == 200


def test_each_right_has_a_page_or_waits_for_one(app) -> None:
    used = {needed_right(app, rule.endpoint) for rule in pages(app)}
    assert used - {None} == set(RIGHTS) - NO_PAGE_YET


def test_each_link_leads_to_a_page_that_names_a_right(app) -> None:
    """A rail may name a page before it exists, never one that everybody may open."""
    rails = {link.endpoint for groups in RAILS.values() for links in groups for link in links}
    places = [place.endpoint for place in PLACES]
    there = [one for one in rails if one in app.view_functions]
    assert [one for one in there if needed_right(app, one) is None and not needs_person(app, one)] == []
    assert [one for one in places if needed_right(app, one) is None] == []
    assert len(set(places)) == len(places)


def test_every_link_of_the_frame_opens(browsers, browser) -> None:
    for role, company in SEATS:
        one = browser(role, company)
        for path in re.findall(r'<a [^>]*href="(/[^"#]*)"', one.text("/settings")):
            assert one.get(path).status_code == (303 if path == "/home" else 200), (role, path)


def test_home_is_the_first_place_of_the_rail(browser) -> None:
    for role, company in SEATS:
        one = browser(role, company)
        first = re.search(r'<a class="place" href="([^"]+)"', one.text("/account"))
        assert first is not None, role
        assert one.get("/home").headers["Location"] == first[1], role


def test_own_pages_need_a_person_and_no_company(app, browsers) -> None:
    person_id, email = browsers.person()
    one = browsers.enter(person_id, email)
    for rule in app.url_map.iter_rules():
        if needs_person(app, rule.endpoint) and "GET" in rule.methods and "<" not in rule.rule:
            assert one.get(rule.rule).status_code in (200, 303, 400, 404), rule
