"""Every route asks for a scope or stands in the short public list; every API route is described."""

from __future__ import annotations

import re

from ebelge.edge.access import PUBLIC, needed_scope
from tenants.api_keys import SCOPES


def rules(app):
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint not in PUBLIC]


def test_every_route_asks_for_a_scope_or_is_public(app) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    unguarded = {endpoint for endpoint in endpoints if needed_scope(app, endpoint) is None}
    assert unguarded == set(PUBLIC), "a public route is entered in edge.access.PUBLIC, on purpose"
    assert {needed_scope(app, rule.endpoint) for rule in rules(app)} == set(SCOPES)


def test_reading_needs_reading_and_changing_needs_writing(app) -> None:
    for rule in rules(app):
        writes = bool({"POST", "PUT", "PATCH", "DELETE"} & rule.methods)
        assert needed_scope(app, rule.endpoint).endswith(":write" if writes else ":read"), rule


def test_without_a_key_every_route_but_the_public_ones_is_401(app, assert_problem) -> None:
    client, count = app.test_client(), 0
    for rule in rules(app):
        path = re.sub(r"<uuid:\w+>", "01a205e0-4ad8-76d1-b5e6-74caede1a4b4", rule.rule)
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
