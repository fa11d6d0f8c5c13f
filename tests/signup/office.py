"""The operator's office: forms as visitors send them, letters that went out, what the tables say."""

from __future__ import annotations

import itertools
import json
import secrets
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.jobs import signing_up
from ebelge.onboarding.sign_up import Applicant, Registration
from ebelge.ubl.examples import vkn
from tenants.accounts import Identity
from tenants.audit.entries import Actor
from tenants.people.models import Person
from tenants.texts.kinds import KINDS
from tests.orders import shop

VISITOR = Actor("visitor", "", address="192.0.2.7", agent="test")
TEXTS = tuple((kind, "2026-01-01") for kind in KINDS if KINDS[kind].required)
_numbers = itertools.count(secrets.randbelow(30_000_000))


def operator() -> UUID:
    """The operator's account, with an address for its letters; opened once per database."""
    with role_session("reader") as session:
        known = session.execute(text("SELECT tenant_id FROM tenant WHERE kind = 'operator' AND mode = 'live'")).scalar()
    if known is not None:
        return UUID(str(known))
    made = shop.customer("Ebelge A.Ş.", kind="operator")
    write_to(made, "staff@ebelge.example")
    return made


def write_to(tenant_id: UUID, email: str) -> None:
    """The account's own address for letters."""
    with tenant_session(tenant_id) as session:
        session.execute(
            text("UPDATE tenant SET email = :email WHERE tenant_id = :id"), {"email": email, "id": tenant_id}
        )


def address(name: str = "defne") -> str:
    """An address of this test alone."""
    return f"{name}-{uuid4().hex[:10]}@su.example"


def form(**changed: Any) -> Registration:
    """Defne's form for a company that nobody knows, with every text accepted."""
    email = changed.pop("email", None) or address()
    applicant = changed.pop("applicant", None) or Applicant("Defne Su", email, "tr", password_hash="$argon2id$x")
    identity = Identity(
        vkn_tckn=changed.pop("vkn_tckn", None) or vkn(next(_numbers)), title="Su & Ateş Ltd. Şti.",
        tax_office="Karşıyaka", district="Karşıyaka", city="İzmir", email=email, phone="+90 232 000 00 00",
    )  # fmt: skip
    made = Registration(
        applicant=applicant, identity=identity, services=("efatura", "earsiv"), product="gib-portal", package_code="",
        reseller_id=None, seen=TEXTS, form_key=secrets.token_urlsafe(16), address="192.0.2.7", agent="test",
    )  # fmt: skip
    return replace(made, **changed)


def send(registration: Registration) -> None:
    """The visitor presses the button."""
    operator()
    signing_up.register(registration, actor=VISITOR)


def read(sql: str, **values: Any) -> list[Any]:
    """What the reader sees."""
    with role_session("reader") as session:
        return list(session.execute(text(sql), values))


def account(vkn_tckn: str) -> Any:
    """The live account of a taxpayer, with its newest application."""
    (row,) = read(
        "SELECT t.tenant_id, t.state, t.title, t.email, t.reseller_id, a.application_id, a.sandbox_id, a.person_id, "
        "a.state AS application FROM tenant t LEFT JOIN LATERAL (SELECT * FROM application a WHERE a.tenant_id = "
        "t.tenant_id ORDER BY application_id DESC LIMIT 1) a ON true WHERE t.vkn_tckn = :vkn AND t.mode = 'live'",
        vkn=vkn_tckn,
    )
    return row


def letters(email: str) -> list[str]:
    """Kinds of the letters to an address, oldest first."""
    rows = read("SELECT kind FROM letter WHERE :email = ANY(recipients) ORDER BY letter_id", email=email)
    return [row.kind for row in rows]


def links_asked(email: str) -> int:
    """How often a letter with a link that confirms the address was written down."""
    rows = read(
        "SELECT 1 FROM outbox_message WHERE topic = 'person.letter' AND payload @> CAST(:said AS jsonb)",
        said=json.dumps({"kind": "confirm", "email": email}),
    )
    return len(rows)


def confirm(email: str) -> None:
    """The applicant follows the link in his mail."""
    at = utc_now()
    with role_session("people") as session:
        person = session.query(Person).filter(Person.email == email).one()
        person.confirmed_at = at
        person_id = person.person_id
    signing_up.confirmed(person_id, at=at)


def grow_old(tenant_id: UUID, days: int) -> None:
    """Days pass for an application."""
    with tenant_session(tenant_id) as session:
        session.execute(
            text("UPDATE application SET created_at = created_at - :days WHERE tenant_id = :id"),
            {"days": timedelta(days=days), "id": tenant_id},
        )
