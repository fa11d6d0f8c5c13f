"""Every route asks for a scope or stands in the short public list; every API route is described."""

from __future__ import annotations

import re

from ebelge.edge.access import PUBLIC, needed_right, needed_scope, needs_person
from tenants.api_keys import RESELLER_SCOPES, SCOPES
from tenants.rights import RIGHTS, ROLES

CHANGING = {"POST", "PUT", "PATCH", "DELETE"}


def rules(app):
    """The routes of the API."""
    return [rule for rule in app.url_map.iter_rules() if needed_scope(app, rule.endpoint) is not None]


def pages(app):
    """The pages of people who are signed in."""
    return [
        rule
        for rule in app.url_map.iter_rules()
        if needed_right(app, rule.endpoint) is not None or needs_person(app, rule.endpoint)
    ]


def kinds_of(app, endpoint: str) -> list[str]:
    """What a route is; exactly one word, or it is forgotten or means two things."""
    found = {
        "public": endpoint in PUBLIC,
        "api": needed_scope(app, endpoint) is not None,
        "page": needed_right(app, endpoint) is not None,
        "own": needs_person(app, endpoint),
    }
    return [kind for kind, true in found.items() if true]


def test_every_route_is_exactly_one_of_public_api_page_and_own_account(app) -> None:
    wrong = {
        rule.endpoint: kinds_of(app, rule.endpoint)
        for rule in app.url_map.iter_rules()
        if len(kinds_of(app, rule.endpoint)) != 1
    }
    assert wrong == {}, "a public route is entered in edge.access.PUBLIC, on purpose; all others name what they need"
    assert {rule.endpoint for rule in app.url_map.iter_rules()} >= PUBLIC, "a public route that is no more"
    assert {needed_scope(app, rule.endpoint) for rule in rules(app)} == set(SCOPES | RESELLER_SCOPES)


def test_the_api_takes_keys_and_pages_take_people(app) -> None:
    for rule in rules(app):
        assert rule.rule.startswith("/api/"), rule
    for rule in pages(app):
        assert not rule.rule.startswith("/api/"), rule


def test_a_page_either_shows_or_changes(app) -> None:
    """One that does both could be made to change something by a link."""
    for rule in pages(app):
        assert not ("GET" in rule.methods and CHANGING & rule.methods), rule


def test_every_right_belongs_to_a_role_and_every_page_to_a_right(app) -> None:
    assert set().union(*ROLES.values()) == set(RIGHTS)
    assert {needed_right(app, rule.endpoint) for rule in pages(app)} - {None} <= set(RIGHTS)


def test_reading_needs_reading_and_changing_needs_writing(app) -> None:
    for rule in rules(app):
        writes = bool(CHANGING & rule.methods)
        assert needed_scope(app, rule.endpoint).endswith(":write" if writes else ":read"), rule


def _path_of(rule) -> str:
    return re.sub(r"<int:\w+>", "1", re.sub(r"<uuid:\w+>", "01a205e0-4ad8-76d1-b5e6-74caede1a4b4", rule.rule))


def test_a_visitor_is_led_to_where_he_signs_in_and_changes_nothing(app) -> None:
    client, count = app.test_client(), 0
    for rule in pages(app):
        path = _path_of(rule)
        for method in rule.methods - {"OPTIONS", "HEAD"}:
            answer = client.open(path, method=method)
            if method == "GET":
                assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (303, "/sign-in"), rule
            else:
                assert answer.status_code in (400, 401), rule  # without a form's token, or without a person
            count += 1
    print(f"{count} refusals over {len(pages(app))} pages")


def test_without_a_key_every_route_but_the_public_ones_is_401(app, assert_problem) -> None:
    client, count = app.test_client(), 0
    for rule in rules(app):
        path = _path_of(rule)
        for method in rule.methods - {"OPTIONS", "HEAD"}:
            for headers in (
                {},
                {"Authorization": "Bearer "},
                {"Authorization": "Bearer eb_live_0000000000000000_" + "0" * 64},
                {"Authorization": "Basic YTpi"},
            ):
                answer = client.open(path, method=method, headers=headers)
                assert_problem(answer, 401, "unauthenticated")
                assert answer.headers["WWW-Authenticate"].startswith("Bearer")
                count += 1
    print(f"{count} refusals over {len(rules(app))} routes")


def test_a_route_that_names_no_scope_is_refused_even_with_a_key(world) -> None:
    from ebelge.app import create_app

    app = create_app()
    app.add_url_rule("/api/v1/forgotten", "forgotten", lambda: "secret")
    answer = app.test_client().get(
        "/api/v1/forgotten", headers={"Authorization": f"Bearer {world.accounts['akin'].key}"}
    )
    assert (answer.status_code, answer.get_json()["code"]) == (403, "scope_missing")


def test_every_api_route_is_in_the_openapi_document(app) -> None:
    document = app.test_client().get("/api/v1/openapi.json").get_json()
    missing = []
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/api/v1/") or rule.endpoint.startswith("reference."):
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for method in rule.methods - {"OPTIONS", "HEAD"}:
            operation = document["paths"].get(path, {}).get(method.lower())
            if operation is None or not operation.get("summary") or operation.get("security") != [{"key": []}]:
                missing.append((method, path))
    assert missing == []
