"""Single sign-on: a provider's word counts if it is signed, fresh, meant for us and about an address it speaks for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests
from joserfc.jwk import RSAKey

from ebelge.core.config import ConfigurationError, load_settings
from ebelge.core.config import settings as current_settings
from ebelge.core.db import role_session
from ebelge.edge import sso, totp
from tenants.people import factors, identities, persons
from tests.strangers.oidc import CLIENT_ID, CLIENT_SECRET, Provider, provider


def page(answer) -> str:
    return answer.get_data(as_text=True)


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with provider() as made:
        yield made


@pytest.fixture
def company(running: Provider, people_settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """The provider of akin.example, set up as ours."""
    given = {
        "ISSUER": running.url, "CLIENT_ID": CLIENT_ID, "CLIENT_SECRET": CLIENT_SECRET, "NAME": "Akın ile giriş",
        "DOMAINS": "akin.example, akin.com.tr",
    }  # fmt: skip
    for name, value in given.items():
        monkeypatch.setenv(f"EBELGE_OIDC_{name}", value)
    current_settings.cache_clear()
    sso._known.clear()
    running.behave()
    yield running
    monkeypatch.undo()
    current_settings.cache_clear()


def word(email: str) -> dict:
    return {"sub": f"subject of {email}", "email": email, "email_verified": True}


def through(browser, *, next: str = ""):
    """To the provider and back, as a browser goes; what our side answers at the end."""
    there = browser.open(f"/sign-in/sso?next={next}")
    if there.status_code != 303:
        return there
    back = requests.get(there.headers["Location"], allow_redirects=False, timeout=10).headers["Location"]
    parts = urlsplit(back)
    return browser.open(f"{parts.path}?{parts.query}")


def test_without_settings_there_is_no_single_sign_on(browser) -> None:
    assert "sso" not in page(browser().open("/sign-in"))
    assert browser().open("/sign-in/sso").status_code == 404


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_who_signs_in_there_is_in_here(browser, person, company, algorithm) -> None:
    email = f"ayse.{algorithm.lower()}@akin.example"
    person(email, confirmed=False)
    company.behave(user=word(email), algorithm=algorithm)
    ayse = browser()
    assert "Akın ile giriş" in page(ayse.open("/sign-in"))
    assert through(ayse, next="/account/sessions").headers["Location"] == "/account/sessions"
    assert ayse.open("/account").status_code == 200


def test_a_password_set_by_somebody_who_never_proved_the_address_does_not_outlive_the_first_sign_in(
    browser, person, company
) -> None:
    person("zeynep@akin.example", confirmed=False)  # typed at sign-up by whoever it was
    company.behave(user=word("zeynep@akin.example"))
    assert through(browser()).headers["Location"] == "/home"
    assert browser().sign_in("zeynep@akin.example").status_code == 401


def test_the_subject_stands_for_the_person_also_under_another_address(browser, person, company) -> None:
    person_id = person("banu@akin.example")
    company.behave(user=word("banu@akin.example"))
    through(browser())
    company.behave(user=word("banu@akin.example") | {"email": "banu@gone.example", "email_verified": False})
    banu = browser()
    assert through(banu).headers["Location"] == "/home"
    with role_session("people") as session:
        assert identities.of(session, person_id=person_id) == [company.url]


def test_a_second_factor_is_asked_for_here_all_the_same(browser, person, company) -> None:
    person_id = person("cem@akin.example")
    with role_session("people") as session:
        factors.keep_totp(persons.get(session, person_id=person_id), totp.new_secret())
    company.behave(user=word("cem@akin.example"))
    cem = browser()
    assert through(cem).headers["Location"] == "/sign-in/factor"
    assert cem.open("/account").status_code == 303


OTHER = RSAKey.generate_key(2048, {"kid": "rsa-1"})
WRONG = {
    "another nonce": {"wrong": {"nonce": "another"}},
    "no nonce": {"wrong": {"nonce": None}},
    "for another client": {"wrong": {"aud": "another-client"}},
    "for several, none of them named": {"wrong": {"aud": [CLIENT_ID, "another-client"]}},
    "given to another": {"wrong": {"azp": "another-client"}},
    "of another issuer": {"wrong": {"iss": "https://another.example"}},
    "too old": {"wrong": {"exp": int(time.time()) - 3600, "iat": int(time.time()) - 7200}},
    "without an end": {"wrong": {"exp": None}},
    "of tomorrow": {"wrong": {"iat": int(time.time()) + 86400}},
    "signed by another key": {"signs_with": OTHER},
    "not signed": {"algorithm": "none"},
    "of nobody": {"wrong": {"sub": None}},
    "about an address it has not verified": {"wrong": {"email_verified": False}},
    "about an address verified in words": {"wrong": {"email_verified": "true"}},
    "about an address it does not speak for": {"wrong": {"email": "dilek@bora.example"}},
    "about nobody of ours": {"wrong": {"email": "unknown@akin.example"}},
    "about no address": {"wrong": {"email": "no address"}},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_a_word_that_is_not_right_signs_nobody_in(browser, person, company, wrong) -> None:
    for email in ("dilek@akin.example", "dilek@bora.example"):
        with role_session("people") as session:
            known = persons.by_email(session, email=email)
        if known is None:
            person(email)
    company.behave(user=word("dilek@akin.example") | {"sub": "never seen before"}, **wrong)
    dilek = browser()
    refused = through(dilek)
    assert refused.status_code == 401
    assert "did not work" in page(refused)
    assert dilek.open("/account").status_code == 303


def test_an_answer_for_another_browser_or_a_second_time_is_worth_nothing(browser, person, company) -> None:
    person("esra@akin.example")
    company.behave(user=word("esra@akin.example"))
    esra, thief = browser(), browser()
    there = esra.open("/sign-in/sso").headers["Location"]
    back = urlsplit(requests.get(there, allow_redirects=False, timeout=10).headers["Location"])
    thief.open("/sign-in/sso")
    for one, status in ((thief, 401), (esra, 303), (esra, 401)):
        assert one.open(f"{back.path}?{back.query}").status_code == status


def test_a_provider_that_is_away_or_says_it_is_another_takes_nothing_down(browser, person, company) -> None:
    person("fatih@akin.example")
    for how in ({"away": True}, {"wrong_issuer_in_discovery": True}):
        sso._known.clear()
        company.behave(user=word("fatih@akin.example"), **how)
        fatih = browser()
        assert through(fatih).status_code == 401
        assert fatih.sign_in("fatih@akin.example").status_code == 303, "the password still opens"


def test_a_key_that_was_exchanged_is_looked_up_once_more(browser, person, company) -> None:
    person("gizem@akin.example")
    company.behave(user=word("gizem@akin.example"))
    through(browser())
    company.keys["RS256"] = RSAKey.generate_key(2048, {"kid": "rsa-2"})
    assert through(browser()).headers["Location"] == "/home"


def test_half_a_setting_is_refused_at_the_start(people_settings) -> None:
    given = dict.fromkeys(("DATABASE_URL", "REDIS_URL", "EBELGE_MASTER_KEY", "EBELGE_ARCHIVE_DIR"), "x")
    oidc = {"ISSUER": "https://id.example", "CLIENT_ID": "c", "CLIENT_SECRET": "s", "DOMAINS": "akin.example"}
    whole = given | {f"EBELGE_OIDC_{name}": value for name, value in oidc.items()}
    assert load_settings(whole).oidc_name == "id.example"
    assert "client_secret" not in repr(load_settings(whole))
    for name in ("CLIENT_ID", "CLIENT_SECRET", "DOMAINS"):
        with pytest.raises(ConfigurationError, match="EBELGE_OIDC"):
            load_settings(whole | {f"EBELGE_OIDC_{name}": ""})
    with pytest.raises(ConfigurationError, match="https"):
        load_settings(whole | {"EBELGE_OIDC_ISSUER": "http://id.example"})
