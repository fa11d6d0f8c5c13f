"""The second factor: an app whose codes are good once, recovery codes, and what bounds guessing them."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest
from passlib.totp import TOTP
from sqlalchemy import text

from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from tenants.audit.entries import command
from tenants.members import memberships
from tenants.people import lockouts, recovery_codes
from tests.people.conftest import PASSWORD


def text_of(answer) -> str:
    return answer.get_data(as_text=True)


def set_up_app(browser) -> tuple[TOTP, list[str]]:
    """Set up an authenticator app by hand: type the key into it, type its code into the page."""
    page = text_of(browser.submit("/account/factors/totp/begin", form="/account/factors", password=PASSWORD))
    key = re.search(r'class="mono">([A-Z2-7-]+)<', page)[1]
    closed = re.search(r'name="secret" value="([^"]+)"', page)[1]
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    app = TOTP(key=key.replace("-", ""))
    shown = browser.post("/account/factors/totp", csrf_token=token, secret=closed, code=app.generate().token)
    return app, re.findall(r"<li>([a-z2-7-]{19})</li>", text_of(shown))


def next_code(app: TOTP, person: UUID) -> str:
    """The code of the next half minute: the present one is used up by the set-up."""
    return app.generate(utc_now() + timedelta(seconds=30)).token


@pytest.fixture
def ayse(browser, person, request):
    """Ayşe with an authenticator app, signed out; her browser, app, codes and id."""
    email = f"{request.node.name[:40]}@akin.example".replace("[", "").replace("]", "")
    person_id = person(email)
    at_home = browser()
    at_home.sign_in(email)
    app, codes = set_up_app(at_home)
    assert len(codes) == 10
    return email, person_id, app, codes, at_home


def test_with_an_app_the_password_alone_signs_nobody_in(ayse, browser) -> None:
    email, person_id, app, _, _ = ayse
    other = browser()
    assert other.sign_in(email).headers["Location"] == "/sign-in/factor"
    assert other.open("/account").status_code == 303
    before = other.cookie()
    answer = other.submit("/sign-in/factor", code=next_code(app, person_id))
    assert answer.headers["Location"] == "/home"
    assert other.cookie() != before, "the session's id changes with the second factor"
    assert "second factor" in text_of(other.open("/account/sessions"))


def test_a_code_is_good_once(ayse, browser) -> None:
    email, person_id, app, _, _ = ayse
    code = next_code(app, person_id)
    for status in (303, 401):
        other = browser()
        other.sign_in(email)
        assert other.submit("/sign-in/factor", code=code).status_code == status


def test_a_recovery_code_is_good_once_and_is_counted(ayse, browser) -> None:
    email, _, _, codes, at_home = ayse
    for typed, status in ((codes[0].upper().replace("-", " "), 303), (codes[0], 401), (codes[1], 303)):
        other = browser()
        other.sign_in(email)
        assert other.submit("/sign-in/factor", code=typed).status_code == status
    assert "<strong>8</strong>" in text_of(at_home.open("/account/factors"))


def test_guessing_codes_ends_after_some_tries_also_for_the_right_one(ayse, browser) -> None:
    email, person_id, app, codes, _ = ayse
    other = browser()
    other.sign_in(email)
    answers = {other.submit("/sign-in/factor", code=f"{n:06}").status_code for n in range(6)}
    assert answers == {401}
    for right in (next_code(app, person_id), codes[0]):
        assert other.submit("/sign-in/factor", code=right).status_code == 401
    with role_session("people") as session:
        assert recovery_codes.left(session, person_id=person_id) == 10, "what was refused is not used up"
        later = utc_now() + timedelta(hours=2)
        assert lockouts.count(session, kind="factor", subject=person_id, at=later)


def test_the_password_is_asked_before_a_factor_is_changed(ayse) -> None:
    *_, at_home = ayse
    for path in ("totp/remove", "passkeys/begin", "recovery-codes"):
        answer = at_home.submit(f"/account/factors/{path}", form="/account/factors", password="not hers at all")
        assert answer.status_code == 403, path
    removed = at_home.submit("/account/factors/totp/remove", form="/account/factors", password=PASSWORD)
    assert removed.status_code == 303
    assert "Set up an app" in text_of(at_home.open("/account/factors"))


def test_with_the_last_factor_the_recovery_codes_go(ayse, browser) -> None:
    email, person_id, *_, at_home = ayse
    at_home.submit("/account/factors/totp/remove", form="/account/factors", password=PASSWORD)
    with role_session("people") as session:
        assert recovery_codes.left(session, person_id=person_id) == 0
    assert browser().sign_in(email).headers["Location"] == "/home"


def test_a_secret_of_another_session_or_a_changed_one_is_not_taken(ayse, browser, person) -> None:
    person("thief@akin.example")
    thief = browser()
    thief.sign_in("thief@akin.example")
    page = text_of(thief.submit("/account/factors/totp/begin", form="/account/factors", password=PASSWORD))
    closed = re.search(r'name="secret" value="([^"]+)"', page)[1]
    *_, at_home = ayse
    for secret in (closed, closed[:-2] + "00", "zz", ""):
        answer = at_home.submit("/account/factors/totp", form="/account/factors", secret=secret, code="123456")
        assert answer.headers["Location"] == "/account/factors"


def test_the_secret_lies_closed_in_the_database(ayse) -> None:
    _, person_id, app, _, _ = ayse
    with role_session("people") as session:
        row = (
            session.connection()
            .exec_driver_sql("SELECT closed_totp, p::text FROM person p WHERE person_id = %s", (person_id,))
            .one()
        )
    assert bytes(row[0]).startswith(b"EBV1")
    assert app.base32_key not in row[1]


def test_one_of_two_browsers_at_the_same_instant_gets_a_recovery_code(ayse) -> None:
    _, person_id, _, codes, _ = ayse
    at = utc_now()
    with role_session("people") as one:
        assert recovery_codes.use(one, person_id=person_id, typed=codes[3], at=at)
    with role_session("people") as two:
        assert not recovery_codes.use(two, person_id=person_id, typed=codes[3], at=at)


def test_a_session_of_anothers_cannot_be_ended(ayse, browser, person) -> None:
    person("bora@akin.example")
    bora = browser()
    bora.sign_in("bora@akin.example")
    *_, at_home = ayse
    of_ayse = re.search(r"/account/sessions/([0-9a-f-]{36})/end", text_of(at_home.open("/account/sessions")))[1]
    answer = bora.submit(f"/account/sessions/{of_ayse}/end", form="/account/sessions")
    assert answer.status_code == 404
    assert at_home.open("/account").status_code == 200
    other = browser()
    other.sign_in("bora@akin.example")
    bora.submit("/account/sessions/end-others", form="/account/sessions")
    assert (other.open("/account").status_code, bora.open("/account").status_code) == (303, 200)


def test_a_role_that_needs_a_second_factor_does_nothing_before_it_is_set_up(browser, person) -> None:
    person_id, at = person("filiz@ebelge.example"), utc_now()
    with role_session("app") as session:
        operator = session.execute(text("SELECT tenant_id FROM operator_of('live')")).scalar_one()
    with tenant_session(operator) as session:
        memberships.add(
            session, tenant_id=operator, person_id=person_id, role="finance", actor=command("test", by="test"), at=at
        )
    filiz = browser()
    filiz.sign_in("filiz@ebelge.example")
    led = filiz.open("/operator/tenants").headers["Location"]
    assert led == "/account/factors?next=/operator/tenants"
    assert "Your role asks for a second factor" in text_of(filiz.open(led))
    page = text_of(filiz.submit("/account/factors/totp/begin", form="/account/factors", password=PASSWORD))
    fields = {name: re.search(rf'name="{name}" value="([^"]+)"', page)[1] for name in ("secret", "csrf_token")}
    app = TOTP(key=re.search(r'class="mono">([A-Z2-7-]+)<', page)[1].replace("-", ""))
    shown = text_of(filiz.post("/account/factors/totp", code=app.generate().token, **fields))
    assert 'href="/operator/tenants"' in shown, "on to where he was going"
    assert filiz.open("/operator/tenants").status_code == 200
