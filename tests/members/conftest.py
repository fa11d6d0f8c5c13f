"""Akın with its owner, over the run's own database; people are made at the role that owns them."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from billing.ledger import lots
from ebelge.core.clock import utc_now
from ebelge.core.config import Settings
from ebelge.core.db import person_session, role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.ubl.examples import vkn
from tenants.audit.entries import Actor, command
from tenants.members import invitations, memberships
from tenants.members.invitations import Sent
from tenants.members.memberships import Colleague, Seat
from tenants.members.reach import WHOLE, Reach
from tenants.models import Tenant
from tenants.people import persons

_numbers = itertools.count(secrets.randbelow(40_000_000))
COMMAND = command("members", by="test")


@dataclass(frozen=True)
class Someone:
    """A person with a login."""

    person_id: UUID
    email: str

    @property
    def actor(self) -> Actor:
        return Actor("person", str(self.person_id), name=self.email)


@dataclass
class Company:
    """A tenant, and what its people do there, each deed in a transaction of its own."""

    tenant_id: UUID
    at: datetime

    def seat(self, who: Someone, role: str = "owner", *, by: Actor = COMMAND, reach: Reach = WHOLE) -> Someone:
        with tenant_session(self.tenant_id) as session:
            memberships.add(
                session, tenant_id=self.tenant_id, person_id=who.person_id, role=role, actor=by, reach=reach, at=self.at
            )
        return who

    def change(self, who: Someone, role: str, *, by: Actor, reach: Reach = WHOLE) -> None:
        with tenant_session(self.tenant_id) as session:
            memberships.change(
                session, tenant_id=self.tenant_id, person_id=who.person_id, role=role, actor=by, reach=reach, at=self.at
            )

    def end(self, who: Someone, *, by: Actor) -> None:
        with tenant_session(self.tenant_id) as session:
            memberships.end(session, tenant_id=self.tenant_id, person_id=who.person_id, actor=by, at=self.at)

    def invite(
        self, email: str, role: str = "viewer", *, by: Actor, reach: Reach = WHOLE, at: datetime | None = None
    ) -> Sent:
        with tenant_session(self.tenant_id) as session:
            return invitations.invite(
                session, tenant_id=self.tenant_id, email=email, role=role, language="tr", actor=by, reach=reach,
                at=at or self.at,
            )  # fmt: skip

    def accept(self, sent: Sent, who: Someone, *, token: str | None = None, later: timedelta = timedelta(0)) -> None:
        with tenant_session(self.tenant_id) as session:
            invitations.accept(
                session, tenant_id=self.tenant_id, invitation_id=sent.invitation.invitation_id,
                token=token or sent.token, person_id=who.person_id, email=who.email, actor=who.actor,
                at=self.at + later,
            )  # fmt: skip

    def colleagues(self) -> dict[str, Colleague]:
        with tenant_session(self.tenant_id) as session:
            return {one.email: one for one in memberships.colleagues(session, tenant_id=self.tenant_id)}

    def roles(self) -> dict[str, str]:
        """Who is in, and as what."""
        return {email: one.role for email, one in self.colleagues().items() if one.ended_at is None}

    def waiting(self) -> list[str]:
        with tenant_session(self.tenant_id) as session:
            return [one.email for one in invitations.waiting(session, tenant_id=self.tenant_id)]

    def noted(self) -> list[tuple[Any, ...]]:
        """The audit log: action and fields."""
        with role_session("reader") as session:
            rows = session.connection().exec_driver_sql(
                "SELECT action, actor_kind, change FROM audit_entry WHERE tenant_id = %s ORDER BY entry_id",
                (self.tenant_id,),
            )
            return [tuple(row) for row in rows]


def seats(who: Someone) -> list[Seat]:
    """Where somebody is a member, as his own session sees it."""
    with person_session(who.person_id) as session:
        return memberships.seats(session, person_id=who.person_id)


@pytest.fixture
def someone(settings: Settings) -> Callable[..., Someone]:
    """Call it for a person with an address of his own."""

    def make(name: str = "ayse", *, email: str | None = None) -> Someone:
        address = email or f"{name}-{secrets.token_hex(4)}@akin.example"
        with role_session("people") as session:
            made = persons.create(session, email=address, full_name=name, confirmed=True, at=utc_now())
            return Someone(made.person_id, made.email)

    return make


@pytest.fixture
def company(settings: Settings) -> Callable[..., Company]:
    """Call it for a tenant of a kind, without people."""

    def make(kind: str = "customer", *, mode: str = "live", live: UUID | None = None) -> Company:
        at, tenant_id = utc_now(), new_id()
        with tenant_session(tenant_id) as session:
            session.add(
                Tenant(
                    tenant_id=tenant_id, kind=kind, mode=mode, live_tenant_id=live, state="active",
                    vkn_tckn=vkn(next(_numbers)), title="Akın Ltd. Şti.", district="Çankaya", city="Ankara",
                    created_at=at,
                )
            )  # fmt: skip
            session.flush()
            lots.open_wallet(session, tenant_id=tenant_id)
        return Company(tenant_id, at)

    return make


@pytest.fixture
def akin(company: Callable[..., Company]) -> Company:
    """Akın Ltd."""
    return company()


@pytest.fixture
def owner(akin: Company, someone: Callable[..., Someone]) -> Someone:
    """Akın's owner."""
    return akin.seat(someone("akin"))
