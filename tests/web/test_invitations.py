"""The page behind an invitation's link: taken by whom it was sent to, with the login he has or a new one."""

from __future__ import annotations

import secrets
from uuid import UUID

import pytest

from ebelge.core.clock import utc_now
from ebelge.core.db import person_session, role_session, tenant_session
from ebelge.jobs import inviting
from tenants.audit.entries import command
from tenants.members import memberships
from tenants.people import persons

PASSWORD = "yeşil tekne 1923"
GOOD = {"full_name": "Ilgın Işık", "password": PASSWORD}


@pytest.fixture
def offer(browsers):
    """Call it with an address for the path of an invitation's page."""

    def make(email: str, role: str = "viewer", company: str = "akin") -> str:
        tenant_id = UUID(browsers.world.accounts[company].tenant_id)
        with tenant_session(tenant_id) as session:
            sent = inviting.invite(
                session, tenant_id=tenant_id, email=email, role=role, actor=command("members", by="Ayşe"),
                language="en", at=utc_now(),
            )  # fmt: skip
        return f"/invitations/{sent.token}"

    return make


def address() -> str:
    return f"{secrets.token_hex(5)}@davet.example"


def companies(person_id: UUID) -> set[str]:
    with person_session(person_id) as session:
        return {seat.title for seat in memberships.seats(session, person_id=person_id) if seat.mode == "live"}


def person_of(email: str):
    with role_session("people") as session:
        return persons.by_email(session, email=email)


def test_a_new_person_makes_a_login_and_is_in(offer, visitor) -> None:
    email = address()
    path = offer(email, "accountant")
    page = visitor.text(path)
    for word in ("Akın", "Accountant", email, "Ayşe"):
        assert word in page
    joined = visitor.submit(f"{path}/new", form=path, **GOOD)
    assert (joined.status_code, joined.headers["Location"]) == (303, "/home")
    assert "Accountant" in visitor.text("/documents")
    person = person_of(email)
    assert (person.full_name, person.confirmed_at is not None, person.language) == ("Ilgın Işık", True, "en")
    assert visitor.get(path).status_code == 404, "used"


def test_somebody_known_signs_in_and_comes_back(offer, browsers, visitor) -> None:
    person_id, email = browsers.person()
    browsers.seat(person_id, "viewer", "bora")
    path = offer(email)
    led = visitor.submit(path, form=path)
    assert led.status_code == 303
    assert led.headers["Location"].startswith("/sign-in?next=/invitations/")
    known = browsers.enter(person_id, email)
    taken = known.submit(path, form=path)
    assert (taken.status_code, len(companies(person_id))) == (303, 2)
    assert "Akın" in known.text("/documents"), "he works there now"


def test_the_page_is_the_same_whether_the_address_is_known_or_not(offer, browsers) -> None:
    pages = []
    for email in (browsers.person()[1], address()):
        visitor = browsers.anonymous()
        page = visitor.text(offer(email)).replace(email, "")
        pages.append([line for line in page.splitlines() if "csrf" not in line and "/invitations/" not in line])
    assert pages[0] == pages[1]


def test_somebody_else_does_not_take_it(offer, browser) -> None:
    path, other = offer(address()), browser("viewer", "bora")
    assert "sent to another address" in other.text(path)
    refused = other.submit(path, form=path)
    assert refused.status_code == 403
    assert other.get(path).status_code == 200, "it stays open"
    assert len(companies(other.person_id)) == 1


def test_a_login_is_not_made_twice_for_an_address(offer, browsers, visitor) -> None:
    _, email = browsers.person()
    path = offer(email)
    answer = visitor.submit(f"{path}/new", form=path, **GOOD)
    assert answer.status_code == 409
    assert "sign in to accept" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "fields", [{"password": "kısa"}, {"password": "parola123456"}, {"full_name": ""}, {"full_name": "x" * 400}]
)
def test_what_makes_no_login_is_said_and_nothing_is_made(fields, offer, visitor) -> None:
    email = address()
    path = offer(email)
    answer = visitor.submit(f"{path}/new", form=path, **(GOOD | fields))
    assert answer.status_code == 422
    assert person_of(email) is None
    assert PASSWORD not in answer.get_data(as_text=True)
    assert visitor.get(path).status_code == 200


@pytest.mark.parametrize("token", ["x", "A" * 43, "İ" * 43, "A" * 500])
def test_links_of_nobody_are_alike(token: str, visitor) -> None:
    answer = visitor.get(f"/invitations/{token}")
    assert answer.status_code == 404
    assert "no longer valid" in answer.get_data(as_text=True)


def test_the_page_is_not_cached_nor_indexed_nor_told_on(offer, visitor) -> None:
    answer = visitor.get(offer(address()))
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
