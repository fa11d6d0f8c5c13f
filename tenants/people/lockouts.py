"""What bounds guessing, kept in PostgreSQL: after some failures nothing is tried for a while, and for longer each time.

A try is counted before it is made, so a thousand at the same instant are a thousand counted ones. Whoever is locked is
told what a wrong password is told. The subject (an address, a person's id) is kept as a keyed hash.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from tenants.people.models import SignInFailure
from tenants.people.secrets import keyed

# account: passwords for one e-mail address. address: everything from one network address. factor: TOTP and recovery
# codes of one person. link: tokens of links from one network address. letter: mails asked for to one e-mail address.
Kind = Literal["account", "address", "factor", "link", "letter", "letters_from"]


@dataclass(frozen=True, slots=True)
class Bound:
    """So many tries are free; from then on each one locks, the first time for `first`, doubling up to `longest`."""

    free: int
    first: timedelta
    longest: timedelta


BOUNDS: Final[dict[Kind, Bound]] = {
    "account": Bound(5, timedelta(seconds=30), timedelta(hours=1)),
    # an office of fifty behind one address mistypes, too
    "address": Bound(50, timedelta(seconds=30), timedelta(hours=1)),
    "factor": Bound(5, timedelta(seconds=30), timedelta(hours=1)),
    "link": Bound(20, timedelta(minutes=1), timedelta(hours=1)),
    "letter": Bound(3, timedelta(minutes=5), timedelta(hours=6)),
    "letters_from": Bound(20, timedelta(minutes=5), timedelta(hours=6)),
}
# Failures so old are forgotten.
FORGOTTEN_AFTER: Final = timedelta(hours=24)

_COUNT = text(
    """
    INSERT INTO sign_in_failure AS f (kind, subject_sha256, failures, last_at, locked_until)
    VALUES (:kind, :subject, 1, :at, NULL)
    ON CONFLICT (kind, subject_sha256) DO UPDATE
       SET failures = CASE WHEN f.last_at < :forgotten THEN 1 ELSE f.failures + 1 END,
           last_at = :at,
           locked_until = CASE WHEN f.last_at >= :forgotten AND f.failures + 1 >= :free
                               THEN :at + least(:first * power(2, least(f.failures + 1 - :free, 20)), :longest) END
     WHERE f.locked_until IS NULL OR f.locked_until <= :at
    RETURNING failures
    """
)
_TAKE_BACK = text(
    "UPDATE sign_in_failure SET failures = greatest(failures - 1, 0), "
    "locked_until = CASE WHEN failures - 1 >= :free AND last_at <> :at THEN locked_until END "
    "WHERE kind = :kind AND subject_sha256 = :subject"
)


def count(session: Session, *, kind: Kind, subject: str | UUID, at: datetime) -> bool:
    """Count a try before it is made; False: locked, it may not be made (and does not count)."""
    bound = BOUNDS[kind]
    row = session.execute(
        _COUNT,
        {
            "kind": kind,
            "subject": _hashed(kind, subject),
            "at": at,
            "forgotten": at - FORGOTTEN_AFTER,
            "free": bound.free,
            "first": bound.first,
            "longest": bound.longest,
        },
    ).first()
    return row is not None


def take_back(session: Session, *, kind: Kind, subject: str | UUID, at: datetime) -> None:
    """The try that was counted `at` succeeded: it is no failure, and the lock that its count set is lifted.

    Failures before it still count (an attacker has an account of his own), and a later one's lock holds."""
    values = {"kind": kind, "subject": _hashed(kind, subject), "free": BOUNDS[kind].free, "at": at}
    session.execute(_TAKE_BACK, values)


def clear(session: Session, *, subjects: Iterable[tuple[Kind, str | UUID]]) -> None:
    """Forget the failures of these: whoever proved himself, or was reset by support."""
    for kind, subject in subjects:
        session.execute(
            delete(SignInFailure).where(
                SignInFailure.kind == kind, SignInFailure.subject_sha256 == _hashed(kind, subject)
            )
        )


def forget(session: Session, *, before: datetime) -> int:
    """Remove what has not failed since an instant; returns how many rows."""
    gone = delete(SignInFailure).where(SignInFailure.last_at < before).returning(SignInFailure.kind)
    return len(session.scalars(gone).all())


def _hashed(kind: Kind, subject: str | UUID) -> bytes:
    return keyed("lockouts", kind, subject)
