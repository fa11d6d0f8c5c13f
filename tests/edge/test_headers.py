"""What every answer carries, whatever the route and however it ends."""

from __future__ import annotations

import re

import pytest
from flask import render_template_string

from ebelge.app import create_app
from ebelge.edge import csp
from ebelge.web import static_files
from ebelge.web.public import page
from tests.edge.conftest import routes

CACHED = {"front.front", "front.services", "front.service", "front.faq", "reference.docs", "reference.openapi_json"}


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
        assert "script-src" not in page("error.html", problem={}).headers["Content-Security-Policy"]
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


def test_files_of_pages_are_kept_for_ever_under_an_address_of_their_content(app) -> None:
    client = app.test_client()
    for name, kind in {
        "style.css": "text/css",
        "page.js": "text/javascript",
        "vendor/icons.svg": "image/svg+xml",
    }.items():
        answer = client.get(static_files.address(name), headers={"Accept-Encoding": "gzip"})
        assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (200, kind), name
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert ("Content-Encoding" in answer.headers) == name.startswith("vendor/"), name
    for path in ("/static/style.css", "/static/000000000000/style.css", static_files.address("../app.py")):
        assert client.get(path).status_code == 404, path


def test_a_preference_is_kept_in_the_browser_and_leads_back_to_us_only(app) -> None:
    client = app.test_client()
    page_with_a_form = client.get("/sign-in").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page_with_a_form)
    assert token is not None
    sent = {"csrf_token": token[1], "theme": "dark", "language": "en", "density": "<script>", "back": "//evil.example"}
    answer = client.post("/preferences", data=sent)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    shown = client.get("/sign-in", headers={"Accept-Language": "tr"}).get_data(as_text=True)
    assert '<html lang="en" data-bs-theme="dark" data-density="wide">' in shown
    assert client.post("/preferences", data={"theme": "light"}).status_code == 400, "a form of ours only"
