"""The people of the seed world: who signs in to which company, and what their authenticator apps show now.

One password for all of them, known to everybody: this is for development only, `seed.plant` refuses anything else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from ebelge.core.db import role_session, tenant_session
from ebelge.devstack.errors import StackError
from ebelge.edge import passwords, totp
from tenants.audit.entries import command
from tenants.members import memberships
from tenants.members.errors import AlreadyMember
from tenants.members.reach import Reach
from tenants.people import factors, persons
from tenants.rights import NEEDS_SECOND_FACTOR, Role

PASSWORD: Final = "kayik-deniz-1923"


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody who signs in, and his role in each of his companies; `series`: he is narrowed to these."""

    email: str
    full_name: str
    roles: Mapping[str, Role]
    series: tuple[str, ...] = ()

    @property
    def needs_code(self) -> bool:
        """Whether one of his roles asks for a second factor."""
        return any(role in NEEDS_SECOND_FACTOR for role in self.roles.values())


LOGINS: Final = (
    Login("ayse@akin.example", "Ayşe Akın", {"akin": "owner"}),
    Login("murat@akin.example", "Murat Er", {"akin": "accountant"}),
    Login("selin@akin.example", "Selin Ak", {"akin": "sender"}),
    Login("izzet@akin.example", "İzzet Işık", {"akin": "viewer"}, series=("AKA",)),
    Login("burak@bora.example", "Burak Bora", {"bora": "owner"}),
    Login("defne@defter.example", "Defne Defter", {"akin": "accountant", "bora": "accountant"}),
    Login("hale@akin-holding.example", "Hale Akın", {"akin-holding": "owner"}),
    Login("ceren@ceren.example", "Ceren Çelik", {"ceren": "reseller_admin"}),
    Login("can@ceren.example", "Can Çetin", {"ceren": "reseller_staff"}),
    Login("omer@ebelge.example", "Ömer Öz", {"ebelge": "operator_admin"}),
    Login("filiz@ebelge.example", "Filiz Fidan", {"ebelge": "finance"}),
    Login("deniz@ebelge.example", "Deniz Duru", {"ebelge": "support"}),
)


def plant(tenant_ids: Mapping[str, UUID], *, at: datetime) -> None:
    """Enter everybody who is missing: password, roles, and an authenticator app where a role asks for it."""
    missing = [login for login in LOGINS if not _known(login.email)]
    hashed = passwords.hashed(PASSWORD) if missing else ""
    for login in missing:
        with role_session("people") as session:
            person = persons.create(
                session,
                email=login.email,
                full_name=login.full_name,
                password_hash=hashed,
                confirmed=True,
                at=at,
            )
            if login.needs_code:
                factors.keep_totp(person, totp.new_secret())
            person_id = person.person_id
        for company, role in login.roles.items():
            _seat(tenant_ids[company], person_id, role, login.series, at)


def code(email: str) -> str:
    """What a seeded person's authenticator app shows now. :raises StackError: there is no such person, or no app."""
    with role_session("people") as session:
        person = persons.by_email(session, email=email)
        shown = totp.now(session, person_id=person.person_id) if person is not None else None
    if shown is None:
        raise StackError(f"No authenticator app is set up for {email}. With one: {', '.join(_with_app())}.")
    return shown


def describe() -> list[str]:
    """Lines for the terminal."""
    wide = max(len(login.email) for login in LOGINS)
    return [
        f"sign in with the password {PASSWORD}; * asks for a code: python -m ebelge.devstack code EMAIL",
        *(
            f"  {'*' if login.needs_code else ' '} {login.email:{wide}}  "
            + ", ".join(f"{role} ({company})" for company, role in login.roles.items())
            + (f", only {', '.join(login.series)}" if login.series else "")
            for login in LOGINS
        ),
    ]


def _with_app() -> list[str]:
    return [login.email for login in LOGINS if login.needs_code]


def _known(email: str) -> bool:
    with role_session("people") as session:
        return persons.by_email(session, email=email) is not None


def _seat(tenant_id: UUID, person_id: UUID, role: Role, series: tuple[str, ...], at: datetime) -> None:
    with tenant_session(tenant_id) as session:
        try:
            memberships.add(
                session, tenant_id=tenant_id, person_id=person_id, role=role, at=at,
                actor=command("seed", by="seed"), reach=Reach(series_prefixes=frozenset(series)),
            )  # fmt: skip
        except AlreadyMember:
            return
