"""Erasing on schedule: people who are nobody's member any more, and what is older than its class keeps it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from ebelge.core.db import fetch
from tenants.audit import entries
from tenants.people import lockouts, once, sessions
from tenants.privacy.models import PrivacyExport, PrivacyHold, PrivacyRequest
from tenants.privacy.register import kept

BATCH = 500


@dataclass(frozen=True, slots=True)
class Due:
    """A person whose time has come, and since when nothing keeps him."""

    person_id: UUID
    since: datetime


def due(session: Session, *, at: datetime, limit: int = BATCH) -> list[Due]:
    """Who is to be anonymised now: no membership, application or hold, and the grace is over. Role people."""
    statement = "SELECT person_id, since FROM privacy_due(%s::timestamptz, %s::interval, %s::int)"
    rows = fetch(session, statement, at, kept("people"), limit)
    return [Due(row.person_id, row.since) for row in rows]


def anonymise(session: Session, *, person_id: UUID, at: datetime) -> bool:
    """Make a person nobody; the database refuses whoever is not due (False). Noted in the accounts he belonged to.

    Role people. What he did stays in ledger, documents and audit log, under an id that names nobody.
    """
    rows = fetch(
        session, "SELECT tenant_id FROM privacy_anonymise(%s::uuid, %s::timestamptz, %s::interval)", person_id, at,
        kept("people"),
    )  # fmt: skip
    for row in rows:
        entries.note(
            session, tenant_id=row.tenant_id, actor=entries.system("privacy"), action="privacy.anonymised",
            object_kind="person", object_id=person_id, after={"data_class": "people"}, at=at,
        )  # fmt: skip
    found = fetch(session, "SELECT state FROM person WHERE person_id = %s::uuid", person_id)
    return bool(found) and found[0].state == "anonymised"


def erase_old(session: Session, *, at: datetime, limit: int = BATCH) -> dict[str, int]:
    """Erase what is past its period, a batch of each class; returns how many rows of which. Role people."""
    rows = fetch(
        session,
        "SELECT data_class, rows FROM privacy_erase_old(%s::timestamptz, %s::interval, %s::interval, %s::interval, "
        "%s::interval, %s::int)",
        at, kept("audit.addresses"), kept("invitations"), kept("applications"), kept("leads"), limit,
    )  # fmt: skip
    counts = {row.data_class: int(row.rows) for row in rows}
    counts["sessions"] = sessions.forget(session, before=at - kept("sessions"))
    counts["factors"] = once.forget(session, at=at) + lockouts.forget(session, before=at - timedelta(days=30))
    counts["requests"] = _end_copies(session, at) + _forget_contacts(session, at)
    return {name: count for name, count in counts.items() if count}


def hold(session: Session, *, person_id: UUID, reason: str, until: datetime, by: str, at: datetime) -> None:
    """Keep a person's data until an instant; a later word replaces the one before. Role people."""
    session.execute(delete(PrivacyHold).where(PrivacyHold.person_id == person_id))
    session.add(PrivacyHold(person_id=person_id, reason=reason, held_until=until, placed_by=by, placed_at=at))
    session.flush()


def release(session: Session, *, person_id: UUID) -> bool:
    """End a hold; True if there was one. Role people."""
    gone = session.scalars(
        delete(PrivacyHold).where(PrivacyHold.person_id == person_id).returning(PrivacyHold.person_id)
    ).all()
    return bool(gone)


def holds(session: Session) -> list[PrivacyHold]:
    """Every hold, the one that ends first first. Role people."""
    return list(session.scalars(select(PrivacyHold).order_by(PrivacyHold.held_until)))


def _end_copies(session: Session, at: datetime) -> int:
    ended = session.scalars(
        update(PrivacyExport)
        .where(PrivacyExport.state == "ready", PrivacyExport.ends_at <= at)
        .values(state="gone", file=None)
        .returning(PrivacyExport.export_id)
    ).all()
    return len(ended)


def _forget_contacts(session: Session, at: datetime) -> int:
    before = at - kept("requests")
    erased = session.scalars(
        update(PrivacyRequest)
        .where(PrivacyRequest.state != "open", PrivacyRequest.answered_at < before, PrivacyRequest.contact != "")
        .values(contact="", note="")
        .returning(PrivacyRequest.request_id)
    ).all()
    return len(erased)
