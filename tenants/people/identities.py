"""Outer identities: which person a provider's subject stands for."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from tenants.people import persons
from tenants.people.models import Person, PersonIdentity


def find(session: Session, *, issuer: str, subject: str) -> Person | None:
    """The person whom a subject stands for."""
    wanted = select(Person).join(PersonIdentity, PersonIdentity.person_id == Person.person_id)
    return session.scalars(
        wanted.where(PersonIdentity.issuer == issuer, PersonIdentity.subject == subject)
    ).one_or_none()


def connect(session: Session, *, issuer: str, subject: str, email: str, at: datetime) -> Person | None:
    """Let a subject stand for the person with that address from now on; None if there is no such person.

    Only for an address that the provider has verified and speaks for. It confirms the address, too; a password set
    before that is whoever's it was that typed the address, and goes.
    """
    person = persons.by_email(session, email=email, lock=True)
    if person is None:
        return None
    session.execute(
        insert(PersonIdentity)
        .values(issuer=issuer, subject=subject, person_id=person.person_id, created_at=at)
        .on_conflict_do_nothing()
    )
    if person.confirmed_at is None:
        person.confirmed_at, person.password, person.password_changed_at = at, None, None
    return find(session, issuer=issuer, subject=subject)


def of(session: Session, *, person_id: UUID) -> list[str]:
    """Issuers by which a person signs in."""
    return list(session.scalars(select(PersonIdentity.issuer).where(PersonIdentity.person_id == person_id)))
