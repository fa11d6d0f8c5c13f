"""Persons: entered once per address, found by it, disabled and enabled."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID, uuid4

from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ebelge.core.errors import Conflict, DomainError, NotFound
from ebelge.core.findings import Language
from ebelge.core.ids import new_id
from tenants.people import sessions
from tenants.people.models import Person

State = Literal["active", "disabled", "anonymised"]
NAME_MAX: Final = 120
EMAIL_MAX: Final = 254
_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


class InvalidPerson(DomainError):
    """The address is none, or the name is empty or too long."""

    code, http_status = "invalid_person", 422
    title_tr, title_en = "Ad ya da e-posta adresi geçersiz", "The name or the e-mail address is invalid"


class EmailTaken(Conflict):
    """There is a person with this address. Told to nobody who is not signed in: it says who has an account."""

    code = "email_taken"
    title_tr, title_en = "Bu e-posta adresi kullanımda", "This e-mail address is in use"


@dataclass(frozen=True, slots=True)
class Named:
    """What others may know of a person."""

    person_id: UUID
    email: str
    full_name: str
    language: Language
    state: State


def plain_email(typed: str) -> str:
    """The one spelling of an address: ASCII in small letters, a domain of other letters as mail servers write it.

    :raises InvalidPerson: it is none.
    """
    local, _, domain = typed.strip().rpartition("@")
    try:
        # the codec folds a domain's letters itself; ASCII has no dotless i
        address = f"{local.encode('ascii').decode()}@{domain.encode('idna').decode()}".lower()
    except UnicodeError as error:
        raise _no_address() from error
    local, _, domain = address.rpartition("@")
    if len(address) > EMAIL_MAX or len(local) > 64 or not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        raise _no_address()
    return address


def _no_address() -> InvalidPerson:
    return InvalidPerson("E-posta adresini ad@ornek.com biçiminde yazın.", "Write the address like name@example.com.")


def plain_name(typed: str) -> str:
    """A name in one line. :raises InvalidPerson: empty or too long."""
    name = " ".join("".join(letter if letter.isprintable() else " " for letter in typed).split())
    if not 0 < len(name) <= NAME_MAX:
        raise InvalidPerson("Adınızı ve soyadınızı yazın.", "Write first and family name.")
    return name


def create(
    session: Session,
    *,
    email: str,
    full_name: str,
    at: datetime,
    language: Language = "tr",
    password_hash: str | None = None,
    confirmed: bool = False,
    person_id: UUID | None = None,
) -> Person:
    """Enter a person (session of the role people). `confirmed`: he has proved that the address is his.

    :raises InvalidPerson: address or name.
    :raises EmailTaken: there is a person with this address; nothing was changed.
    """
    person = Person(
        person_id=person_id or new_id(),
        email=plain_email(email),
        full_name=plain_name(full_name),
        language=language,
        state="active",
        confirmed_at=at if confirmed else None,
        password=password_hash,
        password_changed_at=at if password_hash else None,
        fs_uniquifier=uuid4().hex,
        created_at=at,
    )
    try:
        with session.begin_nested():
            session.add(person)
    except IntegrityError as error:
        if "person_email_key" not in str(error.orig):
            raise
        raise EmailTaken() from error
    return person


def change_email(session: Session, *, person_id: UUID, email: str, at: datetime) -> str:
    """Give a person another address, which he has just proved to be his; returns the one before.

    :raises EmailTaken: somebody has it; nothing was changed.
    """
    person = get(session, person_id=person_id, lock=True)
    before, person.confirmed_at = person.email, at
    try:
        with session.begin_nested():
            person.email = email
    except IntegrityError as error:
        raise EmailTaken() from error
    return before


def by_email(session: Session, *, email: str, lock: bool = False) -> Person | None:
    """The person with that address, if there is one (session of the role people)."""
    wanted = select(Person).where(Person.email == email)
    return session.scalars(wanted.with_for_update() if lock else wanted).one_or_none()


def get(session: Session, *, person_id: UUID, lock: bool = False) -> Person:
    """A person by id (session of the role people). :raises NotFound: there is none."""
    wanted = select(Person).where(Person.person_id == person_id)
    person = session.scalars(wanted.with_for_update() if lock else wanted).one_or_none()
    if person is None:
        raise NotFound()
    return person


def named(session: Session, *, person_ids: Collection[UUID]) -> Mapping[UUID, Named]:
    """Names and addresses by id, in any session of the role app; who does not exist is left out."""
    rows = session.execute(
        text("SELECT person_id, email, full_name, language, state FROM people_named(:ids)"), {"ids": list(person_ids)}
    )
    return {row.person_id: Named(*row) for row in rows}


def set_state(session: Session, *, person_id: UUID, state: State, at: datetime) -> Person:
    """Let a person in or keep him out; whoever is kept out loses every session at once."""
    person = get(session, person_id=person_id, lock=True)
    person.state = state
    if state != "active":
        sessions.end_all(session, person_id=person_id, at=at)
    return person
