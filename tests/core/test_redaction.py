"""What is struck out of logs, and what is left so that they can be read."""

from __future__ import annotations

import base64
import json
import logging
import re
import secrets

import pytest

from ebelge.core import redaction
from ebelge.core.redaction import redact

# What the forms are made of.
WORDS = sorted({part for part in re.split(r"[^a-zA-Z_-]+", redaction._FORMS.pattern) if len(part) > 1})
S = "s3cr3tTEXTs3cr3tTEXTs3cr3tTEXT99"


@pytest.mark.parametrize(
    "line",
    [
        f"key eb_live_0123_{S} used",
        f"postgresql+psycopg://ebelge_app:{S}@127.0.0.1/ebelge",
        f"rediss://:{S}@redis/0",
        f"amqp+x://u:{S}@h",
        f'headers {{"Authorization": "Bearer {S}"}}',
        f"Authorization: Basic {S}",
        f"'Authorization', 'Bearer {S}'",
        f"bearer {S}",
        f"password={S}",
        f"new_password: '{S}'",
        f"ImmutableMultiDict([('password', '{S}')]) password={S}",
        json.dumps(json.dumps({"password": S, "pin": S})),
        f"parola={S}",
        f"csrf_token={S}&x=1",
        f"GET /x?token={S} HTTP/1.1",
        f"Cookie: ebelge={S}; __Host-ebelge={S}",
        f'"Set-Cookie": "__Host-ebelge={S}; Secure; HttpOnly; Path=/"',
        f"https://ebelge.example/b/{S}",
        f"Error handling request /payments/confirm/{S}",
        f"/payments/result/{S}?x",
        f"/invitations/{S}",
        f"whsec_{S}",
        f"sk_live_{S} rk_test_{S}",
        f"client_secret={S}",
        f"EBELGE_SEAL_PIN={S}",
        f"seal_pin: {S}",
        f"recovery_code={S}",
        f"cvc={S} card_number={S}",
        f"api_key={S}",
    ],
)
def test_secrets_are_struck_out_by_form_and_name(line: str) -> None:
    assert S not in redact(line), redact(line)


FORMS = (
    "{}={}", "{}{}", "{}: '{}'", "x-{}: {}", "/{}/{}", "x-{}/{}", "/{}s/{}", "{} {}", "{}://u:{}@h", "{}_live_0_{}",
)  # fmt: skip


@pytest.mark.parametrize("secret", [S, "123456", base64.b64encode(bytes(range(32))).decode()])
def test_a_line_without_any_of_the_words_that_are_looked_for_first_holds_no_form(secret: str) -> None:
    lines = [form.format(word, secret) for form in FORMS for word in (*WORDS, *map(str.upper, WORDS), "", "şifre")]
    found = [line for line in lines if redaction._FORMS.search(line)]
    assert [line for line in found if not redaction._may_hold_forms(line)] == []
    assert len(found) > len(WORDS)


@pytest.mark.parametrize("line", ["code=123456", "otp: 123456", '"totp": "123456"', "kod=123456&x=1"])
def test_one_time_codes_too(line: str) -> None:
    assert "123456" not in redact(line)


@pytest.mark.parametrize("card", ["4242424242424242", "4242 4242 4242 4242", "5528-7900-0000-0008", "374245455400001"])
def test_card_numbers_too(card: str) -> None:
    assert card not in redact(f"payment with {card} refused")


def test_a_master_key_is_struck_out_wherever_it_stands() -> None:
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    assert key not in redact(f"cannot read {key},{key}")


def test_what_the_environment_keeps_secret_is_struck_out_by_value(monkeypatch) -> None:
    monkeypatch.setenv("EBELGE_IYZICO_SECRET_KEY", "plain words of a gateway")
    monkeypatch.setenv("DATABASE_URL_APP", "postgresql://a:p%40ss-w0rd-long@db/e")
    told = redact("words of a gateway; p@ss-w0rd-long; p%40ss-w0rd-long; gateway")
    assert "p@ss-w0rd-long" not in told
    assert "p%40ss-w0rd-long" not in told


@pytest.mark.parametrize(
    "line",
    [
        "document 01a229b5-cade-7422-b0bc-ed0f43b96eb2 of tenant 01a229b5-cade-7422-b0bc-ed0f43b96eb3",
        "ABC2026000000001 VKN 1234567890 TCKN 10000000146",
        "TR33 0006 1005 1978 6457 8413 26 TR330006100519786457841326",
        "1764460800000000 microseconds, 12.345,67 TL",
        "code=insufficient_kontor status=402 bytes=123456",
        "/api/v1/documents/01a229b5-cade-7422-b0bc-ed0f43b96eb2/html",
        "the token label of the HSM; no PIN is configured; cookies are Lax",
        'File "/srv/ebelge/platform/ebelge/edge/access.py", line 125, in _authenticate',
        "postgresql://db.example/ebelge",
    ],
)
def test_what_is_no_secret_is_left(line: str) -> None:
    assert redact(line) == line


def test_tracebacks_and_other_peoples_loggers_are_redacted_too(monkeypatch, capfd) -> None:
    from ebelge.core import telemetry

    root, before = logging.getLogger(), logging.getLogger().handlers[:]
    server = logging.getLogger("gunicorn.error")
    server.addHandler(logging.StreamHandler())
    monkeypatch.setattr("sys.excepthook", None)
    monkeypatch.setattr("threading.excepthook", None)
    try:
        telemetry.configure_logging("test")
        try:
            raise ValueError(f"password={S}")
        except ValueError:
            logging.getLogger("any").exception("failed with %s", f"eb_test_0123_{S}", extra={"token": f"token={S}"})
            server.exception("Error handling request /b/%s", S)
            import sys

            sys.excepthook(*sys.exc_info())
    finally:
        root.handlers[:] = before
        server.propagate = True
    told = capfd.readouterr().err
    assert told.count("ValueError") >= 3
    assert "uncaught" in told
    assert S not in told
