"""Ayşe, who works for Akın Ltd. and signs in; Can, who does too. What is known of the one is nothing of the other's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text

from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.devstack.services import plain_postgres_url
from tenants.audit import entries, sealing
from tenants.members import memberships
from tenants.members.models import Invitation
from tenants.members.reach import WHOLE
from tenants.models import Tenant
from tenants.people import persons, sessions


@dataclass(frozen=True)
class Someone:
    """A person with an account, a membership, a session and a deed in the log."""

    person_id: UUID
    email: str
    name: str
    tenant_id: UUID


@pytest.fixture
def company(settings) -> UUID:
    """Akın Ltd."""
    tenant_id = new_id()
    with tenant_session(tenant_id) as session:
        session.add(
            Tenant(
                tenant_id=tenant_id,
                kind="customer",
                mode="live",
                state="active",
                vkn_tckn=f"{tenant_id.int % 10**10:010}",
                title="Akın Ltd. Şti.",
                district="Çankaya",
                city="Ankara",
                created_at=utc_now(),
            )
        )
    return tenant_id


@pytest.fixture
def someone(company: UUID) -> Callable[..., Someone]:
    """`someone("Ayşe Akın")`: a member of Akın."""

    def make(name: str = "Ayşe Akın") -> Someone:
        at, email = utc_now(), f"{new_id().hex}@akin.example"
        with role_session("people") as session:
            person_id = persons.create(session, email=email, full_name=name, confirmed=True, at=at).person_id
            sessions.begin(
                session,
                person_id=person_id,
                method="password",
                waits_for_factor=False,
                second_factor=False,
                address="203.0.113.7",
                agent=f"Browser of {name}",
                at=at,
            )
        with tenant_session(company) as session:
            memberships.seat_down(
                session, tenant_id=company, person_id=person_id, role="accountant", reach=WHOLE, by="test", at=at
            )
            entries.note(
                session,
                tenant_id=company,
                actor=entries.Actor("person", str(person_id), name, address="203.0.113.7"),
                action="member.invited",
                object_kind="invitation",
                object_id=new_id(),
                after={"role": "viewer", "email": "deniz@elsewhere.example"},
                at=at,
            )
            session.add(
                Invitation(
                    tenant_id=company,
                    invitation_id=new_id(),
                    email=email,
                    language="tr",
                    role="viewer",
                    full_name=name,
                    token_sha256=bytes(32),
                    invited_by=f"person:{person_id}",
                    invited_by_name=name,
                    created_at=at,
                    sent_at=at,
                    expires_at=at + timedelta(days=7),
                )
            )
        return Someone(person_id, email, name, company)

    return make


@pytest.fixture
def leaves(company: UUID) -> Callable[..., None]:
    """`leaves(ayse, days=40)`: as if the membership had ended, and she had been seen last, so many days ago."""

    def leave(one: Someone, *, days: int) -> None:
        ago = {"id": one.person_id, "at": utc_now() - timedelta(days=days)}
        with tenant_session(company) as session:
            session.execute(text("UPDATE membership SET ended_at = :at WHERE person_id = :id"), ago)
        with role_session("people") as session:
            session.execute(text("UPDATE person SET created_at = :at WHERE person_id = :id"), ago)
            session.execute(text("UPDATE person_session SET last_seen_at = :at WHERE person_id = :id"), ago)

    return leave


@pytest.fixture
def seal() -> Callable[[UUID], int]:
    """Seal what waits of an account."""

    def run(tenant_id: UUID) -> int:
        with role_session("relay") as session:
            return sealing.seal(session, tenant_id=tenant_id)

    return run


@pytest.fixture
def superuser(services, database_url: str):
    """Reads every row, for looking whether somebody's name stands anywhere."""
    name = database_url.rsplit("/", 1)[1].split("?")[0]
    server = plain_postgres_url(services.superuser_url or services.database_url)
    with psycopg.connect(server, dbname=name, autocommit=True) as connection:
        yield connection
