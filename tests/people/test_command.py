"""`ebelge people`: support lets in, keeps out and helps who lost the telephone."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from ebelge.cli.people import command
from ebelge.core.clock import utc_now
from ebelge.core.db import role_session
from ebelge.edge import totp
from tenants.people import factors, persons, recovery_codes, sessions


@pytest.fixture
def run(people_settings):
    def ran(*words: str, code: int = 0) -> str:
        done = CliRunner().invoke(command, words)
        assert done.exit_code == code, done.output
        return done.output

    return ran


def test_a_person_is_entered_once_and_listed(run) -> None:
    run("create", "ibrahim@isik.example", "İbrahim Işık", "--confirmed")
    assert "İbrahim Işık" in run("list", "--like", "ibrahim@")
    assert "in use" in run("create", "IBRAHIM@isik.example", "Somebody Else", code=1)
    assert "name@example.com" in run("create", "no address", "Somebody Else", code=1)


def test_who_is_kept_out_is_out_at_once(run, browser, person) -> None:
    person("kemal@akin.example")
    kemal = browser()
    kemal.sign_in("kemal@akin.example")
    run("state", "kemal@akin.example", "disabled", "--by", "Deniz Duru")
    assert kemal.open("/account").status_code == 303
    assert browser().sign_in("kemal@akin.example").status_code == 401
    run("state", "kemal@akin.example", "active", "--by", "Deniz Duru")
    assert kemal.open("/account").status_code == 303, "an ended session stays ended"
    assert browser().sign_in("kemal@akin.example").status_code == 303


def test_who_lost_every_factor_gets_in_by_the_password_again(run, browser, person) -> None:
    person_id = person("leyla@akin.example")
    with role_session("people") as session:
        factors.keep_totp(persons.get(session, person_id=person_id), totp.new_secret())
        recovery_codes.make(session, person_id=person_id, at=utc_now())
    leyla = browser()
    for _ in range(7):
        leyla.sign_in("leyla@akin.example", "not the password")
    run("reset", "leyla@akin.example", "--by", "Deniz Duru")
    assert browser("203.0.113.99").sign_in("leyla@akin.example").headers["Location"] == "/home"
    with role_session("people") as session:
        assert not factors.of(session, person_id=person_id).any
        assert len(sessions.listed(session, person_id=person_id, at=utc_now())) == 1
    run("reset", "leyla@akin.example", "--password", "--by", "Deniz Duru")
    assert browser("203.0.113.98").sign_in("leyla@akin.example").status_code == 401
