"""Requests bring secrets in every place there is; none of them is in any log, entry or reason afterwards."""

from __future__ import annotations

import io
import logging
import re

import pytest
from flask import request
from sqlalchemy import text

from ebelge.app import create_app
from ebelge.core.clock import utc_now
from ebelge.core.config import settings as current_settings
from ebelge.core.db import role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.core.redaction import redact
from ebelge.core.telemetry import _Redacted
from ebelge.edge.access import PUBLIC
from ebelge.outbox import messages, relay
from tests.edge.conftest import routes

N = "s3cr3tTEXTs3cr3tTEXTs3cr3tTEXT"
TOKEN = f"{N}0tok"
KEY = f"eb_live_0123456789abcdef_{N}1key"
HEADERS = {
    "Authorization": f"Bearer {KEY}",
    "Cookie": f"ebelge={N}2ses; __Host-ebelge={N}3hos",
    "X-CSRF-Token": f"{N}4csr",
    "Stripe-Signature": f"t=1,v1={N}5sig",
}
FORM = {
    "password": f"{N}6pas", "new_password": f"{N}7new", "pin": f"{N}8pin", "csrf_token": f"{N}9crf", "code": "123456",
    "recovery_code": f"{N}Arec", "card_number": "4242424242424242", "cvc": f"{N}Bcvc", "token": f"{N}Ctok",
    "secret": f"whsec_{N}Dwhs", "email": "derya@example.com",
}  # fmt: skip
SECRETS = re.compile(rf"{N}|(?<!\d)123456(?!\d)|4242424242424242")


@pytest.fixture
def log():
    """Everything that is logged meanwhile, as the processes write it."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(_Redacted("%(message)s", timestamp=True))
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def none_in(told: str) -> None:
    found = SECRETS.search(told)
    assert found is None, told[max(0, found.start() - 300) : found.end() + 50]


def test_no_route_writes_a_secret_down(app, log) -> None:
    client, count = app.test_client(use_cookies=False), 0
    for _, method, path in routes(app):
        path = path.replace("x" * 32, TOKEN)
        for body in ({"data": FORM}, {"json": FORM}) if method != "GET" else ({},):
            client.open(f"{path}?token={N}Equ&next=/b/{TOKEN}", method=method, headers=HEADERS, **body)
            count += 1
    none_in(log.getvalue())
    assert log.getvalue().count('"request"') > 50
    print(f"{count} requests")
    with role_session("reader") as session:
        for table in ("audit_entry", "audit_detail", "outbox_message"):
            for (row,) in session.execute(text(f"SELECT t::text FROM {table} t")):
                none_in(row)


def test_neither_does_a_defect_that_has_all_of_it_in_its_words(settings, log) -> None:
    app = create_app()

    def broken() -> str:
        told = (request.url, dict(request.headers), request.form, request.get_data(), current_settings().database_url)
        raise RuntimeError(f"{told}") from ValueError(f"{request.headers} {list(request.form.items())}")

    app.add_url_rule("/broken", "public.broken", broken, methods=["POST"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ebelge.edge.access.PUBLIC", frozenset(PUBLIC | {"public.broken"}))
        patch.setattr("ebelge.edge.csrf.EXEMPT", frozenset({"public.broken"}))
        answer = app.test_client(use_cookies=False).post(
            f"/broken?token={TOKEN}&next=/b/{TOKEN}", headers=HEADERS, data=FORM
        )
    assert answer.status_code == 500
    assert N not in answer.get_data(as_text=True)
    assert "RuntimeError" in log.getvalue()
    assert "ValueError" in log.getvalue()
    none_in(log.getvalue())


def test_a_database_error_does_not_tell_the_values_of_its_statement(settings, log) -> None:
    with pytest.raises(Exception) as told, role_session("app") as session:  # whatever it is
        session.execute(text("SELECT 1 / 0, CAST(:secret AS text)"), {"secret": TOKEN})
    none_in(str(told.value))


def test_the_reason_of_a_failed_job_has_none(settings) -> None:
    tenant_id = new_id()
    with tenant_session(tenant_id) as session:
        messages.put(session, tenant_id=tenant_id, topic="document.sign", key=new_id(), at=utc_now())
    with role_session("relay") as session:
        claims = relay.claim(session, queue="sign", limit=500, turns=relay.Turns(), at=utc_now())
    (claim,) = [one for one in claims if one.tenant_id == tenant_id]
    with tenant_session(tenant_id) as session:
        messages.bury(session, claim, at=utc_now(), error=f"login failed: password={TOKEN} Bearer {KEY}")
    with role_session("reader") as session:
        reason = session.execute(
            text("SELECT last_error FROM outbox_message WHERE tenant_id = :id"), {"id": tenant_id}
        ).scalar_one()
    assert "login failed" in reason
    none_in(reason)


def test_every_link_that_is_a_secret_is_known_as_one(app) -> None:
    for rule in app.url_map.iter_rules():
        if "token" in (rule.arguments or ()):
            shown = redact(f"GET {re.sub('<[^>]*token>', TOKEN, rule.rule)} HTTP/1.1")
            assert TOKEN not in shown, f"{rule.rule}: enter its link in core.redaction.LINKS"
