"""Guessing is bounded, and no answer, status or time tells whether an address has an account."""

from __future__ import annotations

import re
import statistics
import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import text

from ebelge.core.clock import utc_now
from ebelge.core.config import settings as current_settings
from ebelge.core.db import role_session
from ebelge.edge import passwords, rates
from tenants.people import lockouts
from tenants.people.lockouts import BOUNDS
from tests.people.conftest import PASSWORD, form_token


def forget_counts() -> None:
    with role_session("people") as session:
        session.execute(text("DELETE FROM sign_in_failure"))


def page(answer) -> str:
    """A page without what differs in every one."""
    return re.sub(r'value="[^"]*"|[0-9a-f-]{36}', "…", answer.get_data(as_text=True))


def later(passed: timedelta) -> None:
    with role_session("people") as session:
        session.execute(
            text("UPDATE sign_in_failure SET last_at = last_at - :p, locked_until = locked_until - :p"), {"p": passed}
        )


def test_after_some_wrong_passwords_the_right_one_says_the_same_until_some_time_has_passed(browser, person) -> None:
    person("ahmet@akin.example")
    forget_counts()
    answers = {page(browser(f"198.51.100.{n}").sign_in("ahmet@akin.example", f"wrong {n}")) for n in range(5)}
    locked = browser("198.51.100.77").sign_in("ahmet@akin.example")
    assert (locked.status_code, {page(locked)}) == (401, answers)
    later(timedelta(seconds=31))
    assert browser("198.51.100.78").sign_in("ahmet@akin.example").status_code == 303


def test_each_further_failure_locks_for_longer_up_to_an_hour(people_settings) -> None:
    at, waits = utc_now(), []
    for _ in range(15):
        with role_session("people") as session:
            assert lockouts.count(session, kind="account", subject="growing@akin.example", at=at)
            until = session.scalar(
                text("SELECT max(locked_until) FROM sign_in_failure WHERE last_at = :at"), {"at": at}
            )
        if until is not None:
            with role_session("people") as session:
                just_before = until - timedelta(milliseconds=1)
                assert not lockouts.count(session, kind="account", subject="growing@akin.example", at=just_before)
            waits.append((until - at).total_seconds())
            at = until
    assert waits[:4] == [30, 60, 120, 240]
    assert max(waits) == 3600


def test_a_thousand_at_once_are_no_way_around(people_settings) -> None:
    """Each try is counted before it is made: twenty threads get as many tries as one."""
    at, got = utc_now(), []

    def guess() -> None:
        with role_session("people") as session:
            got.append(lockouts.count(session, kind="account", subject="storm@akin.example", at=at))

    threads = [threading.Thread(target=guess) for _ in range(20)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert (sum(got), len(got)) == (BOUNDS["account"].free, 20)


def test_one_network_tries_many_accounts_only_so_often(browser, person) -> None:
    person("berna@akin.example")
    forget_counts()
    at = utc_now()
    with role_session("people") as session:
        for _ in range(BOUNDS["address"].free):
            lockouts.count(session, kind="address", subject="198.51.100.9", at=at)
    assert browser("198.51.100.9").sign_in("berna@akin.example").status_code == 401
    assert browser("198.51.100.10").sign_in("berna@akin.example").status_code == 303


def test_ones_own_account_is_no_way_to_reset_the_count_of_a_network(people_settings) -> None:
    at = utc_now()
    with role_session("people") as session:
        tries = 0
        while lockouts.count(session, kind="address", subject="own", at=at) and tries < 500:
            tries += 1
            if tries % 2:  # every other one is the guesser's own account
                lockouts.take_back(session, kind="address", subject="own", at=at)
    assert tries <= 2 * BOUNDS["address"].free + 1


def test_who_is_right_locks_nobody_out_of_a_network_that_mistyped_much(people_settings) -> None:
    at = utc_now()
    with role_session("people") as session:
        for _ in range(BOUNDS["link"].free + 3):
            lockouts.count(session, kind="link", subject="office", at=at)
            at += timedelta(hours=2)  # each lock is over
        for _ in range(3):
            at += timedelta(seconds=1)
            assert lockouts.count(session, kind="link", subject="office", at=at)
            lockouts.take_back(session, kind="link", subject="office", at=at)
        assert lockouts.count(session, kind="link", subject="office", at=at + timedelta(seconds=1))  # a wrong one locks
        lockouts.take_back(session, kind="link", subject="office", at=at)
        assert not lockouts.count(session, kind="link", subject="office", at=at + timedelta(seconds=2))


def test_neighbours_in_one_ipv6_network_are_one(app) -> None:
    from ebelge.edge.sign_in import network

    def of(address: str) -> str:
        with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
            return network()

    assert of("2001:db8:1:2::1") == of("2001:db8:1:2:ffff::9") == "2001:db8:1:2::/64"
    assert of("2001:db8:1:3::1") != of("2001:db8:1:2::1")
    assert of("::ffff:203.0.113.9") == of("203.0.113.9") == "203.0.113.9"


def test_the_table_of_failures_names_nobody(browser, people_settings) -> None:
    browser("198.51.100.200").sign_in("secretly@akin.example", "x")
    with role_session("people") as session:
        rows = session.execute(text("SELECT f::text FROM sign_in_failure f")).scalars().all()
    assert rows
    assert not any("secretly" in row or "198.51" in row for row in rows)


def test_too_many_requests_are_told_so_and_without_redis_the_lockouts_hold(
    browser, person, people_settings, clean_redis, monkeypatch
) -> None:
    person("cansu@akin.example")
    forget_counts()
    fast = browser("198.51.100.40")
    token = form_token(fast.open("/sign-in"))
    answers = [fast.post("/sign-in/factor", csrf_token=token, code="1").status_code for _ in range(125)]
    assert (answers[0], answers[-1]) == (303, 429)
    refused = fast.post("/sign-in/factor", csrf_token=token, code="1")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")

    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    current_settings.cache_clear()
    try:
        from ebelge.app import create_app
        from tests.people.conftest import Browser

        app = create_app()
        lonely = Browser(app.test_client(), "198.51.100.41")
        assert lonely.sign_in("cansu@akin.example").status_code == 303
        guesser = Browser(app.test_client(), "198.51.100.42")
        answers = {guesser.sign_in("cansu@akin.example", "no").status_code for _ in range(6)}
        assert answers == {401}
        assert Browser(app.test_client(), "198.51.100.43").sign_in("cansu@akin.example").status_code == 401
    finally:
        monkeypatch.undo()
        current_settings.cache_clear()
        create_app()  # the limits count in the Redis of the run again


@pytest.mark.parametrize("place", ["sign-in", "forgotten"])
def test_the_time_of_an_answer_tells_nothing(browser, person, place, clean_redis) -> None:
    """Medians of known and unknown addresses, taken in turn, against the spread of the measurement itself."""
    forget_counts()
    one, count = browser("198.51.100.50"), 12
    path = "/sign-in" if place == "sign-in" else "/sign-in/forgotten"
    token = form_token(one.open(path))
    known = [f"{place}{n}@akin.example" for n in range(count)]
    for email in known:
        person(email)
    took: dict[str, list[float]] = {"known": [], "unknown": []}
    one.post(path, csrf_token=token, email="warm@akin.example", password="x")
    for n, email in enumerate(known):
        for kind, typed in (("known", email), ("unknown", f"nobody{n}.{place}@akin.example")):
            began = time.perf_counter()
            one.post(path, csrf_token=token, email=typed, password="wrong password")
            took[kind].append((time.perf_counter() - began) * 1000)
        forget_counts()
    medians = {kind: statistics.median(values) for kind, values in took.items()}
    spread = statistics.stdev(took["known"] + took["unknown"])
    apart = abs(medians["known"] - medians["unknown"])
    told = f"known {medians['known']:.1f} ms, unknown {medians['unknown']:.1f} ms"
    print(f"{place}: {told}, apart {apart:.1f}, spread {spread:.1f}")
    # Without the same work a missing hash alone would set them apart by the whole of it.
    hash_ms = _hash_ms()
    assert apart < max(3 * spread, hash_ms / 2), (medians, spread, hash_ms)


def _hash_ms() -> float:
    began = time.perf_counter()
    passwords.hashed(PASSWORD)
    return (time.perf_counter() - began) * 1000


def test_an_unknown_and_a_locked_account_cost_a_hash_too(people_settings, person, monkeypatch) -> None:
    """The timed test above cannot be strict on a busy machine; this one counts the work."""
    import flask_security

    person("didem@akin.example")
    forget_counts()
    checked = []
    real = flask_security.verify_password
    monkeypatch.setattr(flask_security, "verify_password", lambda *given: checked.append(1) or real(*given))
    at = utc_now()
    for email in ("nobody@akin.example", "no address"):
        passwords.check(email=email, password="wrong", network="198.51.100.60", at=at)
    for _ in range(BOUNDS["account"].free):
        with role_session("people") as session:
            lockouts.count(session, kind="account", subject="didem@akin.example", at=at)
    passwords.check(email="didem@akin.example", password=PASSWORD, network="198.51.100.60", at=at)
    assert len(checked) == 3
    assert rates.SIGN_IN
