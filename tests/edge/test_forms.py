"""Every form of ours counts only with its token, and only for the browser that got it; uploads are bounded."""

from __future__ import annotations

import io
import re

import pytest
from flask import Flask, Response, request
from werkzeug.datastructures import FileStorage, MultiDict

from ebelge.app import create_app
from ebelge.edge import access, csrf, limits, rates
from ebelge.edge.problems import answer as problem_answer
from tests.edge.conftest import routes

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
# What strangers send without a form of ours: each proves itself otherwise.
STRANGERS = {
    "payment_webhooks.iyzico", "payment_webhooks.stripe", "payment_webhooks.iyzico_callback",
    "payment_webhooks.stripe_return",
    # GİB itself, from its own addresses, in SOAP
    "gib_endpoint.live", "gib_endpoint.test",
}  # fmt: skip


@pytest.fixture
def unguarded(settings) -> Flask:
    """The application without the question who is there: what is left is the question for the form's token."""
    app = create_app()
    checks = app.before_request_funcs[None]
    checks.remove(access._check)
    rates._limiter.enabled = False
    yield app
    rates._limiter.enabled = True


def changing(app: Flask) -> list[tuple[str, str, str]]:
    return [
        (endpoint, method, path)
        for endpoint, method, path in routes(app)
        if method != "GET" and not path.startswith("/api/") and endpoint not in STRANGERS
    ]


def test_every_page_that_changes_something_asks_for_its_token(unguarded) -> None:
    other = unguarded.test_client()
    foreign = TOKEN.search(other.get("/sign-in").get_data(as_text=True))[1]
    client, count = unguarded.test_client(), 0
    client.get("/sign-in")  # a session of its own
    for _, method, path in changing(unguarded):
        for fields in ({}, {"csrf_token": ""}, {"csrf_token": "x" * 91}, {"csrf_token": foreign}):
            refused = client.open(path, method=method, data=fields, headers={"Accept-Language": "en"})
            assert refused.status_code == 400, (path, fields, refused.status_code)
            assert "The page has expired" in refused.get_data(as_text=True), path
            count += 1
    print(f"{count} refusals over {len(changing(unguarded))} forms")
    assert count > 40


def test_what_asks_for_none_is_what_strangers_send(app) -> None:
    assert csrf.EXEMPT == STRANGERS
    for _, method, path in routes(app):
        if path.startswith("/api/") and method != "GET":
            # a cookie opens nothing here, so there is nothing to forge
            assert app.test_client().open(path, method=method, json={}).status_code == 401, path


def test_a_token_in_the_address_does_not_count(unguarded) -> None:
    client = unguarded.test_client()
    token = TOKEN.search(client.get("/sign-in").get_data(as_text=True))[1]
    assert client.post(f"/sign-out?csrf_token={token}").status_code == 400
    assert client.post("/sign-out", data={"csrf_token": token}).status_code == 303


@pytest.fixture
def taking(settings) -> Flask:
    """An application with a form that takes a file of 1,000 bytes."""
    app = create_app()

    @limits.body_up_to(64 * 1024)
    def take() -> Response:
        try:
            name, data = limits.uploaded("file", bytes_max=1000)
        except limits.FileRefused as error:
            return problem_answer(error.problem("en"))
        return Response(f"{name}|{len(data)}|{len(request.form)}")

    app.add_url_rule("/take", "public.take", take, methods=["POST"])
    app.before_request_funcs[None].remove(access._check)
    app.before_request_funcs[None].remove(csrf._check)
    return app


def send(app: Flask, *files: tuple[str, bytes], **fields: str):
    data = MultiDict([("file", FileStorage(io.BytesIO(data), name)) for name, data in files])
    data.update(fields)
    return app.test_client().post("/take", data=data, content_type="multipart/form-data")


def test_a_file_is_taken_with_a_name_that_is_no_path(taking) -> None:
    assert send(taking, ("musteri.xlsx", b"x" * 1000), a="1").get_data(as_text=True) == "musteri.xlsx|1000|1"
    for name in ("../../etc/passwd", "/etc/passwd", "a/b/passwd"):
        assert send(taking, (name, b"x")).get_data(as_text=True).startswith("passwd|")


def test_a_file_too_many_too_large_or_with_a_strange_name_is_refused(taking) -> None:
    assert send(taking).status_code == 422
    assert send(taking, ("a", b"1"), ("b", b"2")).status_code == 422
    assert send(taking, ("x" * 300, b"1")).status_code == 422
    assert send(taking, ("a", b"x" * 1001)).status_code == 413
    assert send(taking, ("a", b"x" * 70_000)).status_code == 413
    assert send(taking, ("a", b"1"), **{f"f{n}": "x" for n in range(300)}).status_code == 413
