"""Letters to people: a link that is good once and for a while, and never a word about who has an account."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from sqlalchemy import text

from ebelge.core.clock import utc_now
from ebelge.core.db import role_session
from ebelge.jobs import person_letters
from tenants.people import lockouts
from tests.people.conftest import PASSWORD, text_of

NEW = "mavi tren 1934"


def page(answer) -> str:
    return answer.get_data(as_text=True)


def later(hours: float) -> None:
    """Time passes for what was sent."""
    with role_session("people") as session:
        session.execute(
            text("UPDATE one_time_secret SET expires_at = expires_at - :passed"), {"passed": timedelta(hours=hours)}
        )


def forget_counts() -> None:
    with role_session("people") as session:
        session.execute(text("DELETE FROM sign_in_failure"))


def ask(browser, email: str) -> None:
    forget_counts()
    browser.submit("/sign-in/forgotten", email=email)


def test_a_new_password_by_mail_is_set_once_and_ends_every_session(browser, person, post) -> None:
    person("ayla@akin.example")
    at_home, stranger = browser(), browser()
    at_home.sign_in("ayla@akin.example")
    ask(stranger, "Ayla@Akin.example")
    link = post.link()
    assert at_home.open("/account").status_code == 200, "asking changes nothing"
    assert stranger.open(link).status_code == 200, "opening it neither: mail programs do that"
    assert "at least 10" in page(stranger.submit(link, password="short"))
    assert "ended" in page(stranger.submit(link, password=NEW))
    assert at_home.open("/account").status_code == 303
    assert stranger.open(link).status_code == 404
    assert (
        browser().sign_in("ayla@akin.example").status_code,
        browser().sign_in("ayla@akin.example", NEW).status_code,
    ) == (401, 303)
    assert "was changed" in text_of(post.deliver()[0])


def test_a_link_is_too_old_after_its_time_and_the_newest_use_ends_the_others(browser, person, post) -> None:
    person("banu@akin.example")
    ask(browser(), "banu@akin.example")
    old = post.link()
    later(1.1)
    assert browser().open(old).status_code == 404
    links = []
    for _ in range(2):
        ask(browser(), "banu@akin.example")
        links.append(post.link())
    browser().submit(links[1], password=NEW)
    assert browser().open(links[0]).status_code == 404


def test_only_the_hash_of_a_link_is_kept_and_no_row_holds_it(browser, person, post) -> None:
    person("cem@akin.example")
    ask(browser(), "cem@akin.example")
    secret = post.link().rpartition("/")[2]
    with role_session("people") as session:
        rows = session.execute(
            text("SELECT encode(secret_sha256, 'hex') AS kept, o::text AS row FROM one_time_secret o")
        ).all()
    assert hashlib.sha256(secret.encode()).hexdigest() in {row.kept for row in rows}
    assert not any(secret in row.row for row in rows)
    with role_session("reader") as session:
        letters = (
            session.execute(text("SELECT m::text FROM outbox_message m WHERE topic = 'person.letter'")).scalars().all()
        )
    assert letters
    assert not any(secret in row for row in letters)


def test_nobody_learns_whether_an_address_has_an_account(browser, person, post) -> None:
    person("derya@akin.example")
    person("disabled@akin.example")
    with role_session("people") as session:
        session.execute(text("UPDATE person SET state = 'disabled' WHERE email = 'disabled@akin.example'"))
    answers = set()
    for email in ("derya@akin.example", "nobody@akin.example", "disabled@akin.example", "no address"):
        forget_counts()
        answer = browser().submit("/sign-in/forgotten", email=email)
        answers.add((answer.status_code, page(answer)))
    assert len(answers) == 1
    assert [mail["To"] for mail in post.deliver()] == ["derya@akin.example"]


def test_letters_to_one_address_are_bounded_without_a_word_about_it(browser, person, post) -> None:
    person("emel@akin.example")
    forget_counts()
    answers = {page(browser().submit("/sign-in/forgotten", email="emel@akin.example")) for _ in range(8)}
    assert len(answers) == 1
    assert len(post.deliver()) == lockouts.BOUNDS["letter"].free


def test_guessing_links_is_bounded(browser, person, post) -> None:
    person("ferit@akin.example")
    ask(browser(), "ferit@akin.example")
    link = post.link()
    guesser, other = browser("203.0.113.66"), browser("203.0.113.67")
    for n in range(lockouts.BOUNDS["link"].free + 1):
        assert guesser.open(f"/sign-in/reset/{'a' * 40}{n:03}").status_code == 404
    assert guesser.open(link).status_code == 404, "locked: the right one says the same"
    assert other.open(link).status_code == 200


def test_who_has_not_confirmed_gets_the_link_again_and_is_not_let_in(browser, person, post) -> None:
    person("gonca@akin.example", confirmed=False)
    forget_counts()
    gonca = browser()
    assert "just sent you a link" in page(gonca.sign_in("gonca@akin.example"))
    assert gonca.open("/account").status_code == 303
    link = post.link()
    assert "gonca@akin.example" in page(gonca.open(link))
    assert "confirmed" in page(gonca.submit(link))
    assert gonca.sign_in("gonca@akin.example").headers["Location"] == "/home"


def test_an_address_is_changed_by_whoever_has_it_and_the_old_one_is_told(browser, person, post) -> None:
    person("hande@akin.example")
    forget_counts()
    hande = browser()
    hande.sign_in("hande@akin.example")
    hande.submit("/account/settings/email", form="/account/settings", email="Hande@Yeni.example", password=PASSWORD)
    link = post.link()
    assert browser().sign_in("hande@yeni.example").status_code == 401, "not before it is confirmed"
    assert "address was changed" in page(hande.submit(link))
    assert browser().sign_in("hande@yeni.example").status_code == 303
    told = post.deliver()
    assert [mail["To"] for mail in told] == ["hande@akin.example"]


def test_a_new_password_ends_a_link_to_a_new_address_that_somebody_else_asked_for(browser, person, post) -> None:
    person("halide@akin.example")
    forget_counts()
    thief, halide = browser(), browser()
    for one in (thief, halide):
        one.sign_in("halide@akin.example")
    thief.submit("/account/settings/email", form="/account/settings", email="thief@yeni.example", password=PASSWORD)
    link = post.link()
    halide.submit("/account/settings/password", form="/account/settings", password=PASSWORD, new_password=NEW)
    assert thief.open(link).status_code == 404


def test_an_address_that_has_an_account_is_not_told_to_the_asker_but_to_its_owner(browser, person, post) -> None:
    person("irem@akin.example")
    person("jale@akin.example")
    forget_counts()
    irem = browser()
    irem.sign_in("irem@akin.example")
    pages = set()
    for wanted in ("jale@akin.example", "unknown@akin.example"):
        irem.submit("/account/settings/email", form="/account/settings", email=wanted, password=PASSWORD)
        pages.add("A link to confirm was sent" in page(irem.open("/account/settings?said=email")))
    assert pages == {True}
    by_address = {mail["To"]: text_of(mail) for mail in post.deliver()}
    assert "/sign-in/email/" not in by_address["jale@akin.example"]
    assert "/sign-in/email/" in by_address["unknown@akin.example"]


def test_the_password_is_changed_after_the_old_one_and_other_sessions_end(browser, person, post) -> None:
    person("kaan@akin.example")
    kaan, elsewhere = browser(), browser()
    for one in (kaan, elsewhere):
        one.sign_in("kaan@akin.example")
    for old, new, status in (
        ("wrong one", NEW, 403),
        (PASSWORD, "parola1234", 422),
        (PASSWORD, "kaan@akin.example", 422),
        (PASSWORD, NEW, 303),
    ):
        answer = kaan.submit("/account/settings/password", form="/account/settings", password=old, new_password=new)
        assert answer.status_code == status, (old, new)
    assert (kaan.open("/account").status_code, elsewhere.open("/account").status_code) == (200, 303)
    assert "other sessions were ended" in text_of(post.deliver()[0])


def test_a_letter_that_waited_too_long_is_not_sent(browser, person, post) -> None:
    person("lale@akin.example")
    ask(browser(), "lale@akin.example")
    with role_session("relay") as session:
        session.execute(
            text(
                "UPDATE outbox_message SET payload = jsonb_set(payload, '{at}', to_jsonb(CAST(:at AS text))) "
                "WHERE topic = 'person.letter' AND state = 'waiting'"
            ),
            {"at": (utc_now() - person_letters.GIVEN_UP_AFTER - timedelta(seconds=1)).isoformat()},
        )
    assert post.deliver() == []
