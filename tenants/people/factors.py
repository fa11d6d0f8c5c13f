"""Which second factors a person has; taking them away."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from ebelge.core.config import settings
from ebelge.core.vault import Vault
from tenants.people import lockouts, once, persons, recovery_codes, sessions
from tenants.people.models import Passkey, Person, PersonIdentity


@dataclass(frozen=True, slots=True)
class Factors:
    """What a person can show beside the password."""

    totp: bool
    passkeys: int
    recovery_codes: int

    @property
    def any(self) -> bool:
        """Whether a second factor is asked for when he signs in."""
        return self.totp or self.passkeys > 0


def closed_for(person_id: UUID) -> str:
    """What the secret of a person's authenticator app is closed for."""
    return f"totp:{person_id}"


def keep_totp(person: Person, secret: str) -> None:
    """Close the secret of an authenticator app into the person's row."""
    person.closed_totp = _vault().close(secret.encode(), context=closed_for(person.person_id))


def totp_secret(person: Person) -> str | None:
    """The secret of the person's authenticator app; None if he has none."""
    if person.closed_totp is None:
        return None
    return _vault().open(person.closed_totp, context=closed_for(person.person_id)).decode()


def of(session: Session, *, person_id: UUID) -> Factors:
    """A person's second factors. :raises NotFound: there is no such person."""
    person = persons.get(session, person_id=person_id)
    passkeys = session.scalar(select(func.count()).where(Passkey.person_id == person_id)) or 0
    return Factors(person.closed_totp is not None, passkeys, recovery_codes.left(session, person_id=person_id))


def remove_totp(session: Session, *, person_id: UUID) -> None:
    """Forget the authenticator app; with the last factor the recovery codes go, too."""
    person = persons.get(session, person_id=person_id, lock=True)
    person.closed_totp = person.totp_counter = None
    session.flush()
    drop_codes_without_factor(session, person_id=person_id)


def drop_codes_without_factor(session: Session, *, person_id: UUID) -> None:
    """Recovery codes stand for a factor; where there is none they would only be a second password."""
    if not of(session, person_id=person_id).any:
        recovery_codes.remove(session, person_id=person_id)


def reset(session: Session, *, person_id: UUID, what: Literal["factors", "everything"], at: datetime) -> None:
    """For support: take every second factor away, with `everything` the password and the outer identities, too.

    Ends all sessions and open links, and lifts lockouts. Who may ask for it, and how he proved who he is, is the
    caller's matter; the audit log names him.
    """
    person = persons.get(session, person_id=person_id, lock=True)
    person.closed_totp = person.totp_counter = None
    session.execute(delete(Passkey).where(Passkey.person_id == person_id))
    recovery_codes.remove(session, person_id=person_id)
    if what == "everything":
        person.password = person.password_changed_at = None
        session.execute(delete(PersonIdentity).where(PersonIdentity.person_id == person_id))
    once.call_off(session, person_id=person_id, purposes=("reset", "email", "passkey.add"))
    sessions.end_all(session, person_id=person_id, at=at)
    lockouts.clear(session, subjects=[("account", person.email), ("factor", person_id), ("letter", person.email)])


def _vault() -> Vault:
    return Vault.from_text(settings().master_key)
