"""People who have signed in, for benchmarks of pages."""

from __future__ import annotations

from uuid import UUID

from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.devstack.demo.newcomer import Browser
from ebelge.edge import passwords
from tenants.audit.entries import command
from tenants.members import memberships
from tenants.members.reach import WHOLE
from tenants.people import persons

_PASSWORD = "ölçüm için uzun parola 1923"


def owner_of(base_url: str, tenant_id: UUID) -> Browser:
    """A new owner of a tenant, signed in by the page."""
    at, email = utc_now(), f"{tenant_id}@olcum.example"
    with role_session("people") as session:
        person_id = persons.create(
            session, email=email, full_name="Ölçüm Sahibi", password_hash=passwords.hashed(_PASSWORD), confirmed=True,
            at=at,
        ).person_id  # fmt: skip
    with tenant_session(tenant_id) as session:
        memberships.add(
            session, tenant_id=tenant_id, person_id=person_id, role="owner", reach=WHOLE,
            actor=command("bench", by="bench"), at=at,
        )  # fmt: skip
    browser = Browser(base_url)
    browser.submit("/sign-in", browser.open("/sign-in"), email=email, password=_PASSWORD)
    return browser
