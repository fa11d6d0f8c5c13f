"""Visitors and staff at their browsers, for the tests of pages."""

from __future__ import annotations

import itertools
from typing import Any
from uuid import UUID

from sqlalchemy import text

from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.edge import passwords
from ebelge.ubl.examples import vkn
from tenants.members import memberships
from tenants.members.reach import WHOLE
from tenants.people import once, persons
from tests.people.conftest import PASSWORD, Browser
from tests.signup import office

_numbers = itertools.count(61_000_000)


def filled(**changed: Any) -> dict[str, Any]:
    """A sign-up form as Defne fills it in."""
    fields = {
        "full_name": "Defne Su", "email": office.address(), "password": PASSWORD, "vkn_tckn": vkn(next(_numbers)),
        "title": "Su & Ateş Ltd. Şti.", "tax_office": "Karşıyaka", "city": "İzmir", "district": "Karşıyaka",
        "phone": "0232 000 00 00", "services": ["efatura", "earsiv"], "product": "gib-portal",
        **{f"accept_{kind}": version for kind, version in office.TEXTS}, "form_key": "k" * 16 + str(next(_numbers)),
    }  # fmt: skip
    return fields | changed


def link_in_mail(email: str) -> str:
    """The link that the letter to the applicant brings (`jobs.person_letters`)."""
    assert office.links_asked(email) == 1
    (person,) = office.read("SELECT person_id FROM person WHERE email = :e", e=email)
    with role_session("people") as session:
        secret = once.make(session, purpose="confirm", person_id=person.person_id, note=email, at=utc_now())
    return f"/sign-in/confirm/{secret}"


def staff(browser: Any, tenant_id: UUID, role: str, *, factor: bool = True) -> Browser:
    """Somebody who is signed in as a member, with a second factor."""
    email, at = office.address(role), utc_now()
    with role_session("people") as session:
        person_id = persons.create(
            session, email=email, full_name=f"Aylin {role}", password_hash=passwords.hashed(PASSWORD), confirmed=True,
            language="en", at=at,
        ).person_id  # fmt: skip
    with tenant_session(tenant_id) as session:
        memberships.seat_down(
            session, tenant_id=tenant_id, person_id=person_id, role=role, reach=WHOLE, by="test", at=at
        )
    here: Browser = browser()
    assert here.sign_in(email).status_code == 303
    if factor:
        with role_session("people") as session:
            session.execute(
                text("UPDATE person_session SET second_factor = true WHERE person_id = :p"),
                {"p": person_id},
            )
    return here
