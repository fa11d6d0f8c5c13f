"""One-time secrets: made for a purpose, good for a while, used up by one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from tenants.people.models import OneTimeSecret
from tenants.people.secrets import new_token, token_sha256

# confirm, email: the address is the person's. reset: a new password. passkey.…: the challenge of a ceremony.
Purpose = Literal["confirm", "reset", "email", "passkey.add", "passkey.sign_in"]
GOOD_FOR: Final[dict[Purpose, timedelta]] = {
    "confirm": timedelta(days=3),
    "reset": timedelta(hours=1),
    "email": timedelta(days=1),
    "passkey.add": timedelta(minutes=5),
    "passkey.sign_in": timedelta(minutes=5),
}


@dataclass(frozen=True, slots=True)
class Meant:
    """What a secret stood for."""

    person_id: UUID | None
    note: str


def make(session: Session, *, purpose: Purpose, at: datetime, person_id: UUID | None = None, note: str = "") -> str:
    """A new secret for a purpose; it is known here and never again."""
    secret = new_token()
    session.add(
        OneTimeSecret(
            secret_sha256=token_sha256(secret),
            purpose=purpose,
            person_id=person_id,
            note=note,
            created_at=at,
            expires_at=at + GOOD_FOR[purpose],
        )
    )
    session.flush()
    return secret


def look(session: Session, *, purpose: Purpose, secret: str, at: datetime) -> Meant | None:
    """What a secret stands for; it stays good."""
    row = session.scalars(select(OneTimeSecret).where(*_good(purpose, secret, at))).one_or_none()
    return None if row is None else Meant(row.person_id, row.note)


def use(session: Session, *, purpose: Purpose, secret: str, at: datetime) -> Meant | None:
    """Use a secret up; None if there is none, or somebody was faster."""
    gone = delete(OneTimeSecret).where(*_good(purpose, secret, at))
    row = session.execute(gone.returning(OneTimeSecret.person_id, OneTimeSecret.note)).first()
    return None if row is None else Meant(row.person_id, row.note)


def call_off(session: Session, *, person_id: UUID, purposes: tuple[Purpose, ...]) -> None:
    """Make a person's secrets for these purposes worthless."""
    session.execute(
        delete(OneTimeSecret).where(OneTimeSecret.person_id == person_id, OneTimeSecret.purpose.in_(purposes))
    )


def forget(session: Session, *, at: datetime) -> int:
    """Remove what is past its time; returns how many."""
    gone = delete(OneTimeSecret).where(OneTimeSecret.expires_at < at).returning(OneTimeSecret.purpose)
    return len(session.scalars(gone).all())


def _good(purpose: Purpose, secret: str, at: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        OneTimeSecret.secret_sha256 == token_sha256(secret),
        OneTimeSecret.purpose == purpose,
        OneTimeSecret.expires_at > at,
    )
