"""Passkeys: a device adds one and signs in by it; whatever does not fit proves nothing."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from ebelge.core.db import role_session
from tenants.people import passkeys
from tests.people.authenticator import Device
from tests.people.conftest import PASSWORD, Browser, form_token


def page(answer) -> str:
    return answer.get_data(as_text=True)


def options_of(answer) -> dict:
    return json.loads(html.unescape(re.search(r'data-options="([^"]+)"', page(answer))[1]))


def add(browser: Browser, device: Device, *, name: str = "Telefon"):
    asked = browser.submit("/account/factors/passkeys/begin", form="/account/factors", password=PASSWORD)
    answer = device.create(options_of(asked))
    return browser.post("/account/factors/passkeys", csrf_token=form_token(asked), answer=answer, name=name)


def sign_in(browser: Browser, device: Device, change: Callable[[str], str] = str):
    asked = browser.submit("/sign-in/passkey", form="/sign-in")
    answer = change(device.get(options_of(asked)))
    return browser.post("/sign-in/passkey/answer", csrf_token=form_token(asked), answer=answer)


@pytest.fixture
def device(browser, person, request) -> Device:
    """Ayşe's telephone, with a passkey of hers."""
    number = abs(hash(request.node.name)) % 10**8
    person(f"ayse{number}@akin.example")
    at_home = browser()
    at_home.sign_in(f"ayse{number}@akin.example")
    made = Device()
    shown = page(add(at_home, made))
    assert len(re.findall(r"<li>([a-z2-7-]{19})</li>", shown)) == 10
    made.email = f"ayse{number}@akin.example"
    return made


def test_a_passkey_signs_in_alone_and_counts_as_the_second_factor(browser, device) -> None:
    other = browser()
    before = other.open("/sign-in") and other.cookie()
    assert sign_in(other, device).headers["Location"] == "/home"
    assert other.cookie() != before
    assert "second factor" in page(other.open("/account/sessions"))


def test_after_the_password_the_passkey_is_asked_for(browser, device) -> None:
    other = browser()
    assert other.sign_in(device.email).headers["Location"] == "/sign-in/factor"
    asked = other.submit("/sign-in/passkey", form="/sign-in/factor")
    assert len(options_of(asked)["allowCredentials"]) == 1
    answer = other.post("/sign-in/passkey/answer", csrf_token=form_token(asked), answer=device.get(options_of(asked)))
    assert answer.headers["Location"] == "/home"


def test_another_persons_passkey_is_no_second_factor(browser, person, device) -> None:
    person("thief2@akin.example")
    thief = browser()
    thief.sign_in("thief2@akin.example")
    own = Device()
    add(thief, own)
    other = browser()
    other.sign_in(device.email)
    asked = other.submit("/sign-in/passkey", form="/sign-in/factor")
    answer = other.post("/sign-in/passkey/answer", csrf_token=form_token(asked), answer=own.get(options_of(asked)))
    assert answer.status_code == 401
    assert other.open("/account").status_code == 303


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "http://localhost.evil.example"},
        {"rp_id": "evil.example"},
        {"verified": False},
        {"credential_id": b"unknown" * 4},
        {"key": Device().key},
        {"count": -1},
    ],
    ids=["other origin", "other site", "nobody verified", "unknown key id", "other key", "a copied key's counter"],
)
def test_what_does_not_fit_proves_nothing(browser, device, wrong) -> None:
    assert sign_in(browser(), device).status_code == 303
    assert sign_in(browser(), device).status_code == 303
    false = replace(device, **wrong)
    refused = sign_in(browser(), false)
    assert refused.status_code == 401
    assert "could not be verified" in page(refused)


def test_an_answer_is_good_once_and_at_the_browser_that_asked(browser, device) -> None:
    one, two = browser(), browser()
    asked = one.submit("/sign-in/passkey", form="/sign-in")
    two.submit("/sign-in/passkey", form="/sign-in")
    answer = device.get(options_of(asked))
    assert two.submit("/sign-in/passkey/answer", form="/sign-in", answer=answer).status_code == 401
    assert one.post("/sign-in/passkey/answer", csrf_token=form_token(asked), answer=answer).status_code == 303
    assert browser().submit("/sign-in/passkey/answer", form="/sign-in", answer=answer).status_code == 401


@pytest.mark.parametrize(
    "answer",
    ["", "{}", "[]", "null", '{"response": {}}', '{"response": {"clientDataJSON": "!"}}', "{" * 8000, "[" * 8000],
)
def test_nonsense_is_refused_in_the_same_words(browser, answer) -> None:
    refused = browser().submit("/sign-in/passkey/answer", form="/sign-in", answer=answer)
    assert refused.status_code == 401


def test_a_device_is_added_once_named_and_removed(browser, device) -> None:
    other = browser()
    sign_in(other, device)
    again = add(other, device)
    assert again.status_code == 409
    shown = page(other.open("/account/factors"))
    assert "Telefon" in shown
    path = re.search(r'action="(/account/factors/passkeys/[0-9a-f-]{36}/remove)"', shown)[1]
    assert other.submit(path, form="/account/factors", password=PASSWORD).status_code == 303
    assert sign_in(browser(), device).status_code == 401
    with role_session("people") as session:
        assert passkeys.find(session, credential_id=device.credential_id) is None


def test_a_new_passkey_needs_the_challenge_of_this_session(browser, device) -> None:
    one, two = browser(), browser()
    for each in (one, two):
        sign_in(each, device)
    asked = one.submit("/account/factors/passkeys/begin", form="/account/factors", password=PASSWORD)
    answer = Device().create(options_of(asked))
    assert two.submit("/account/factors/passkeys", form="/account/factors", answer=answer, name="x").status_code == 401


def test_the_script_runs_by_its_nonce_and_pages_without_one_permit_none(browser, device) -> None:
    other = browser()
    asked = other.submit("/sign-in/passkey", form="/sign-in")
    nonce = re.search(r'<script nonce="([^"]+)"', page(asked))[1]
    assert f"script-src 'nonce-{nonce}'" in asked.headers["Content-Security-Policy"]
    assert "script-src" not in other.open("/sign-in").headers["Content-Security-Policy"]
