"""Sessions of people: rows in PostgreSQL that a cookie finds, seen, listed and ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from ebelge.core.errors import NotFound
from ebelge.core.findings import Language
from ebelge.core.ids import new_id
from tenants.people.models import Person, PersonSession
from tenants.people.secrets import new_token, token_sha256

# Nobody at the keyboard for so long; and however busy, at the latest.
IDLE_MAX: Final = timedelta(hours=12)
AGE_MAX: Final = timedelta(days=7)
# How long one may look for the telephone between password and second factor.
FACTOR_WAIT_MAX: Final = timedelta(minutes=10)
SEEN_EVERY: Final = timedelta(minutes=1)
KEPT: Final = timedelta(days=90)
_AGENT_MAX = 300


@dataclass(frozen=True, slots=True)
class Open:
    """A session that counts, with its person."""

    session_id: UUID
    person_id: UUID
    email: str
    full_name: str
    language: Language
    tenant_id: UUID | None
    waits_for_factor: bool
    second_factor: bool
    confirmed: bool
    stale: bool


def begin(
    session: Session,
    *,
    person_id: UUID,
    method: str,
    waits_for_factor: bool,
    second_factor: bool,
    address: str,
    agent: str,
    at: datetime,
    tenant_id: UUID | None = None,
) -> tuple[str, UUID]:
    """Open a session; returns the token for the cookie, which is known here and never again, and its id."""
    token, session_id = new_token(), new_id()
    session.add(
        PersonSession(
            session_id=session_id,
            token_sha256=token_sha256(token),
            person_id=person_id,
            tenant_id=tenant_id,
            method=method,
            waits_for_factor=waits_for_factor,
            second_factor=second_factor,
            address=address,
            agent=agent[:_AGENT_MAX],
            created_at=at,
            last_seen_at=at,
        )
    )
    session.flush()
    return token, session_id


def find(session: Session, *, token: str, at: datetime) -> Open | None:
    """Whose session a cookie stands for; None if it is unknown, ended, too old, or its person is kept out."""
    row = session.execute(
        select(PersonSession, Person)
        .join(Person, Person.person_id == PersonSession.person_id)
        .where(PersonSession.token_sha256 == token_sha256(token))
    ).first()
    if row is None:
        return None
    one, person = row
    over = one.last_seen_at + (FACTOR_WAIT_MAX if one.waits_for_factor else IDLE_MAX)
    if one.ended_at is not None or not person.active or at >= min(over, one.created_at + AGE_MAX):
        return None
    return Open(
        session_id=one.session_id,
        person_id=person.person_id,
        email=person.email,
        full_name=person.full_name,
        language="en" if person.language == "en" else "tr",
        tenant_id=one.tenant_id,
        waits_for_factor=one.waits_for_factor,
        second_factor=one.second_factor,
        confirmed=person.confirmed_at is not None,
        stale=at - one.last_seen_at >= SEEN_EVERY,
    )


def replace(session: Session, *, old: UUID, second_factor: bool, at: datetime) -> tuple[str, UUID]:
    """End a session and open one with another token in its place: who knew the old cookie has gained nothing."""
    before = session.get_one(PersonSession, old)
    before.ended_at = before.ended_at or at
    return begin(
        session,
        person_id=before.person_id,
        method=before.method,
        waits_for_factor=False,
        second_factor=second_factor,
        address=before.address,
        agent=before.agent,
        tenant_id=before.tenant_id,
        at=at,
    )


def seen(session: Session, *, session_id: UUID, at: datetime) -> None:
    """Note that somebody is there; at most once a minute."""
    session.execute(
        update(PersonSession)
        .where(PersonSession.session_id == session_id, PersonSession.last_seen_at <= at - SEEN_EVERY)
        .values(last_seen_at=at)
    )


def choose_tenant(session: Session, *, session_id: UUID, tenant_id: UUID | None) -> None:
    """Work in that tenant from now on. Whether the person is a member is for the caller to check."""
    session.execute(update(PersonSession).where(PersonSession.session_id == session_id).values(tenant_id=tenant_id))


def listed(session: Session, *, person_id: UUID, at: datetime) -> Sequence[PersonSession]:
    """The person's open sessions, the one seen last first."""
    return session.scalars(
        select(PersonSession)
        .where(
            PersonSession.person_id == person_id,
            PersonSession.ended_at.is_(None),
            PersonSession.waits_for_factor.is_(False),
            PersonSession.last_seen_at > at - IDLE_MAX,
            PersonSession.created_at > at - AGE_MAX,
        )
        .order_by(PersonSession.last_seen_at.desc(), PersonSession.session_id)
    ).all()


def end(session: Session, *, person_id: UUID, session_id: UUID, at: datetime) -> None:
    """End one session of a person. :raises NotFound: it is not his."""
    ended = session.scalars(
        update(PersonSession)
        .where(PersonSession.person_id == person_id, PersonSession.session_id == session_id)
        .values(ended_at=at)
        .returning(PersonSession.session_id)
    ).first()
    if ended is None:
        raise NotFound()


def end_all(session: Session, *, person_id: UUID, at: datetime, but: UUID | None = None) -> int:
    """End a person's sessions, all or all but one; returns how many."""
    wanted = update(PersonSession).where(PersonSession.person_id == person_id, PersonSession.ended_at.is_(None))
    if but is not None:
        wanted = wanted.where(PersonSession.session_id != but)
    return len(session.scalars(wanted.values(ended_at=at).returning(PersonSession.session_id)).all())


def forget(session: Session, *, before: datetime, limit: int = 1000) -> int:
    """Remove rows of sessions begun before an instant; returns how many."""
    old = select(PersonSession.session_id).where(PersonSession.created_at < before).limit(limit)
    gone = delete(PersonSession).where(PersonSession.session_id.in_(old)).returning(PersonSession.session_id)
    return len(session.scalars(gone).all())
