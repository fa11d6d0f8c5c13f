"""A session ends: by leaving, by time, by who is not let in any more; and its rows are forgotten."""

from __future__ import annotations

import base64
import secrets
from datetime import timedelta

import pytest
from sqlalchemy import text

from ebelge.app import create_app
from ebelge.core.clock import utc_now
from ebelge.core.config import settings as current_settings
from ebelge.core.db import role_session
from ebelge.edge import totp
from ebelge.jobs import people_cleaning
from ebelge.web.agents import told
from tenants.people import factors, lockouts, once, persons, sessions
from tests.people.conftest import Browser


def age(person_id, *, seen: timedelta, began: timedelta) -> None:
    with role_session("people") as session:
        session.execute(
            text(
                "UPDATE person_session SET last_seen_at = last_seen_at - :seen, created_at = created_at - :began "
                "WHERE person_id = :person"
            ),
            {"seen": seen, "began": began, "person": person_id},
        )


@pytest.mark.parametrize(
    ("seen", "began", "open_"),
    [
        (timedelta(hours=11), timedelta(days=6), True),
        (timedelta(hours=12), timedelta(hours=12), False),
        (timedelta(0), timedelta(days=7), False),
    ],
)
def test_a_session_ends_by_itself_when_nobody_comes_and_at_the_latest_after_a_week(browser, person, seen, began, open_):
    person_id = person(f"w{int(seen.total_seconds())}-{began.days}@akin.example")
    one = browser()
    one.sign_in(f"w{int(seen.total_seconds())}-{began.days}@akin.example")
    age(person_id, seen=seen, began=began)
    assert (one.open("/account").status_code == 200) is open_


def test_between_password_and_second_factor_ten_minutes_are_enough(browser, person) -> None:
    person_id = person("nil@akin.example")
    with role_session("people") as session:
        factors.keep_totp(persons.get(session, person_id=person_id), totp.new_secret())
    nil = browser()
    nil.sign_in("nil@akin.example")
    assert nil.open("/sign-in/factor").status_code == 200
    age(person_id, seen=timedelta(minutes=10), began=timedelta(minutes=10))
    assert nil.open("/sign-in/factor").headers["Location"] == "/sign-in"


def test_a_visit_is_noted_at_most_once_a_minute(browser, person) -> None:
    person_id = person("okan@akin.example")
    okan = browser()
    okan.sign_in("okan@akin.example")

    def seen():
        with role_session("people") as session:
            return sessions.listed(session, person_id=person_id, at=utc_now())[0].last_seen_at

    first = seen()
    okan.open("/account").close()
    assert seen() == first
    age(person_id, seen=timedelta(minutes=2), began=timedelta(0))
    okan.open("/account").close()
    assert seen() > first


def test_a_session_outlives_a_new_master_key_while_the_old_one_is_known(
    browser, person, people_settings, monkeypatch
) -> None:

    person("pelin@akin.example")
    pelin = browser()
    pelin.sign_in("pelin@akin.example")
    cookie, old = pelin.cookie(), people_settings.master_key
    new = base64.b64encode(secrets.token_bytes(32)).decode()
    for keys, status in ((f"{new},{old}", 200), (new, 303)):
        monkeypatch.setenv("EBELGE_MASTER_KEY", keys)
        current_settings.cache_clear()
        later = Browser(create_app().test_client())
        later.client.set_cookie("ebelge", cookie)
        assert later.open("/account").status_code == status
    monkeypatch.undo()
    current_settings.cache_clear()


def test_what_nobody_needs_any_more_is_forgotten(people_settings, person) -> None:
    person_id, at = person("rana@akin.example"), utc_now()
    with role_session("people") as session:
        for began in (at - sessions.KEPT - timedelta(days=1), at):
            sessions.begin(
                session, person_id=person_id, method="password", waits_for_factor=False, second_factor=False,
                address="", agent="", at=began,
            )  # fmt: skip
            once.make(session, purpose="reset", person_id=person_id, at=began)
            lockouts.count(session, kind="account", subject=f"rana {began}", at=began)
    assert people_cleaning.clean(at) >= 3
    with role_session("people") as session:
        left = [
            session.scalar(text(f"SELECT count(*) FROM {table} WHERE person_id = :p"), {"p": person_id})
            for table in ("person_session", "one_time_secret")
        ]
    assert left == [1, 1]


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/150.0.0.0 Safari/537.36", "Chrome · Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1", "Safari · iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox · Windows"),
        ("curl/8.5.0", ""),
    ],
)
def test_a_browser_is_named_as_people_know_it(agent, words) -> None:
    assert told(agent) == words


def test_the_language_is_the_persons_own(browser, person) -> None:
    person("suna@akin.example", language="tr")
    suna = browser()
    suna.sign_in("suna@akin.example")
    assert "Hesabım" in suna.open("/account").get_data(as_text=True)
    suna.submit("/account/settings/profile", form="/account/settings", full_name="Suna Şık", language="en")
    page = suna.open("/account").get_data(as_text=True)
    assert "My account" in page
    assert "Suna Şık" in page
