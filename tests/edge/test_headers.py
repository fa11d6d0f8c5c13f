"""What every answer carries, whatever the route and however it ends."""

from __future__ import annotations

import pytest
from flask import render_template_string

from ebelge.app import create_app
from ebelge.edge import csp
from ebelge.web.public import page
from tests.edge.conftest import routes

CACHED = {"static", "public.front", "reference.docs", "reference.openapi_json"}


def test_every_route_answers_with_every_header(app) -> None:
    client, count = app.test_client(), 0
    for endpoint, method, path in routes(app):
        answer = client.open(path, method=method)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, path
        assert "frame-ancestors" in policy, path
        assert "unsafe-inline" not in policy.partition("script-src")[2], path
        assert "unsafe-eval" not in policy, path
        for name, value in {
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Resource-Policy": "same-origin",
            "X-Permitted-Cross-Domain-Policies": "none",
        }.items():
            assert answer.headers[name] == value, (path, name)
        assert answer.headers["X-Frame-Options"] in ("DENY", "SAMEORIGIN"), path
        assert "Permissions-Policy" in answer.headers, path
        assert "Server" not in answer.headers, path
        if endpoint not in CACHED:
            assert "no-store" in answer.headers["Cache-Control"], path
        assert "Strict-Transport-Security" not in answer.headers, "http://127.0.0.1 must stay reachable"
        count += 1
    print(f"{count} answers")


def test_over_https_browsers_are_told_to_stay_there(reached_by) -> None:
    client = reached_by(EBELGE_PUBLIC_URL="https://ebelge.example").test_client()
    for path in ("/", "/healthz", "/api/v1/documents", "/nowhere"):
        answer = client.get(path, base_url="https://ebelge.example")
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000"), path


def test_a_page_permits_a_script_only_where_it_has_one(app) -> None:
    with app.test_request_context("/"):
        assert "script-src" not in page("front.html").headers["Content-Security-Policy"]
    seen = set()
    for _ in range(2):
        with app.test_request_context("/"):
            shown = render_template_string('<script nonce="{{ csp_nonce() }}"></script>')
            policy = csp.with_nonce(csp.READING)
            assert f'nonce="{csp.nonce()}"' in shown
            assert f"script-src 'nonce-{csp.nonce()}'" in policy
            seen.add(csp.nonce())
    assert len(seen) == 2, "a nonce is good for one answer"


def test_a_method_in_a_header_or_a_field_is_not_believed(app) -> None:
    client = app.test_client()
    assert client.get("/healthz", headers={"X-HTTP-Method-Override": "POST"}).status_code == 200
    assert client.post("/healthz", data={"_method": "GET"}).status_code == 405
    assert client.post("/", headers={"X-HTTP-Method-Override": "GET"}).status_code == 405


@pytest.mark.parametrize(
    ("url", "name", "secure"),
    [("https://ebelge.example", "__Host-ebelge", True), ("http://127.0.0.1:8000", "ebelge", False)],
)
def test_the_sessions_cookie_is_for_us_alone(reached_by, url: str, name: str, secure: bool) -> None:
    app = reached_by(EBELGE_PUBLIC_URL=url)
    config = {key.removeprefix("SESSION_COOKIE_"): value for key, value in app.config.items() if "COOKIE" in key}
    assert config["NAME"] == name
    assert config["SECURE"] is secure
    assert config["HTTPONLY"] is True
    assert config["SAMESITE"] == "Lax"
    assert (config["PATH"], config["DOMAIN"]) == ("/", None)


def test_the_application_is_not_in_debug_mode(settings) -> None:
    app = create_app()
    assert not app.debug
    assert not app.testing
