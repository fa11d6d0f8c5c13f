"""Signing in and out by password."""

from __future__ import annotations

import base64
import json

from sqlalchemy import text

from ebelge.core.db import role_session


def test_whoever_signs_in_sees_his_page_and_whoever_has_not_is_sent_to_sign_in(browser, person) -> None:
    person("ayse@akin.example", name="Ayşe Akın")
    ayse = browser()
    assert ayse.open("/account").headers["Location"] == "/sign-in?next=/account"
    assert ayse.sign_in("Ayse@Akin.example").headers["Location"] == "/home"
    assert "Ayşe Akın" in ayse.open("/account").get_data(as_text=True)
    assert ayse.submit("/sign-out", form="/account").headers["Location"] == "/sign-in"
    assert ayse.open("/account").status_code == 303


def test_the_cookie_holds_random_bits_and_the_database_their_hash(browser, person) -> None:
    person("cerenb@akin.example")
    ceren = browser()
    ceren.sign_in("cerenb@akin.example")
    kept = json.loads(base64.urlsafe_b64decode(ceren.cookie().split(".")[0] + "=="))
    with role_session("people") as session:
        rows = session.execute(text("SELECT encode(token_sha256, 'hex') AS hash, s::text AS row FROM person_session s"))
        assert kept["sid"] not in "".join(row.row for row in rows)
    assert len(base64.urlsafe_b64decode(kept["sid"] + "==")) == 32


def test_the_session_id_changes_at_signing_in_and_the_old_one_is_worth_nothing(browser, person) -> None:
    person("deniz@akin.example")
    deniz = browser()
    deniz.sign_in("deniz@akin.example")
    first = deniz.cookie()
    deniz.submit("/sign-out", form="/account")
    deniz.sign_in("deniz@akin.example")
    assert deniz.cookie() != first
    thief = browser()
    thief.client.set_cookie("ebelge", first)
    assert thief.open("/account").status_code == 303


def test_a_form_of_another_site_or_another_browser_changes_nothing(browser, person) -> None:
    person("elif@akin.example")
    elif_ = browser()
    assert elif_.post("/sign-in", email="elif@akin.example", password="x").status_code == 400
    other = browser()
    from_elsewhere = other.open("/sign-in").get_data(as_text=True).split('csrf_token" value="')[1].split('"')[0]
    elif_.open("/sign-in")
    assert elif_.post("/sign-in", email="elif@akin.example", csrf_token=from_elsewhere).status_code == 400


def test_after_signing_in_one_goes_where_one_wanted_but_only_to_us(browser, person) -> None:
    person("fatma@akin.example")
    for wanted, reached in (
        ("/account?tab=1", "/account?tab=1"),
        ("https://evil.example/", "/home"),
        ("//evil.example", "/home"),
    ):
        fatma = browser()
        assert fatma.sign_in("fatma@akin.example", next=wanted).headers["Location"] == reached


def test_what_is_wrong_is_never_told(browser, person) -> None:
    person("gul@akin.example")
    answers = set()
    for email, password in (
        ("gul@akin.example", "wrong password"),
        ("nobody@akin.example", "wrong password"),
        ("no address", "x"),
    ):
        answer = browser().sign_in(email, password)
        page = answer.get_data(as_text=True).replace(email, "…")
        answers.add((answer.status_code, page.split("csrf_token")[0]))
    assert len(answers) == 1
