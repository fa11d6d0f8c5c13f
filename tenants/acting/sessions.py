"""A person's session that acts for a customer: begun and ended by the person, over the instant the consent is over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session, aliased

from ebelge.core.ids import new_id
from tenants.acting.models import ActingConsent, ActingSession
from tenants.rights import NEVER_BY_OTHERS


@dataclass(frozen=True, slots=True)
class Acting:
    """Somebody acts for a customer: what the band on every page says, and what every audit entry carries."""

    acting_id: UUID
    consent_id: UUID
    person_id: UUID
    person_name: str
    acting_tenant_id: UUID
    acting_title: str
    reason: str
    rights: frozenset[str]
    until: datetime


def begin(session: Session, *, tenant_id: UUID, consent_id: UUID, person_id: UUID, session_id: UUID,
          at: datetime) -> Acting | None:  # fmt: skip
    """As the customer: the person's session acts from now on; None without a consent in force for that person.

    A session acts under one consent at a time; beginning again goes on under this one.
    """
    consent = session.scalars(
        select(ActingConsent)
        .where(ActingConsent.tenant_id == tenant_id, ActingConsent.consent_id == consent_id,
               ActingConsent.person_id == person_id, ActingConsent.state == "given", ActingConsent.expires_at > at)
        .with_for_update()
    ).one_or_none()  # fmt: skip
    if consent is None:
        return None
    end(session, tenant_id=tenant_id, session_id=session_id, at=at)
    acting = ActingSession(
        tenant_id=tenant_id,
        acting_id=new_id(),
        consent_id=consent_id,
        person_id=person_id,
        session_id=session_id,
        began_at=at,
    )
    session.add(acting)
    session.flush()
    return _acting(acting.acting_id, consent)


def end(session: Session, *, tenant_id: UUID, session_id: UUID, at: datetime) -> bool:
    """As the customer: the person's session acts no more; True if it did until now."""
    done = session.execute(
        update(ActingSession)
        .where(
            ActingSession.tenant_id == tenant_id,
            ActingSession.session_id == session_id,
            ActingSession.ended_at.is_(None),
        )
        .values(ended_at=at)
        .returning(ActingSession.acting_id)
    )
    return done.first() is not None


def stop(session: Session, *, tenant_id: UUID, consent_id: UUID, at: datetime) -> None:
    """As the customer: every session under a consent acts no more."""
    session.execute(
        update(ActingSession)
        .where(
            ActingSession.tenant_id == tenant_id,
            ActingSession.consent_id == consent_id,
            ActingSession.ended_at.is_(None),
        )
        .values(ended_at=at)
    )


def current(session: Session, *, tenant_id: UUID, session_id: UUID, at: datetime) -> Acting | None:
    """As the customer: under which consent a person's session acts at this instant; None if it does not (any more).

    Asked at every request, so what is taken back or over acts no longer at once.
    """
    row = session.execute(
        select(ActingSession.acting_id, ActingConsent)
        .join(
            ActingConsent,
            (ActingConsent.tenant_id == ActingSession.tenant_id)
            & (ActingConsent.consent_id == ActingSession.consent_id),
        )
        .where(
            ActingSession.tenant_id == tenant_id,
            ActingSession.session_id == session_id,
            ActingSession.ended_at.is_(None),
            ActingConsent.state == "given",
            ActingConsent.expires_at > at,
        )
    ).first()
    return None if row is None else _acting(row[0], row[1])


def held(
    session: Session, *, tenant_id: UUID, consent_ids: Sequence[UUID], limit: int = 100
) -> Mapping[UUID, Sequence[ActingSession]]:
    """When somebody acted under each of several consents, newest first; `limit` of each."""
    turn = func.row_number().over(partition_by=ActingSession.consent_id, order_by=ActingSession.began_at.desc())
    ranked = (
        select(ActingSession, turn.label("turn"))
        .where(ActingSession.tenant_id == tenant_id, ActingSession.consent_id.in_(consent_ids))
        .subquery()
    )
    newest = aliased(ActingSession, ranked)
    found: dict[UUID, list[ActingSession]] = {consent_id: [] for consent_id in consent_ids}
    for one in session.scalars(select(newest).where(ranked.c.turn <= limit).order_by(newest.began_at.desc())):
        found[one.consent_id].append(one)
    return found


_CLOSE_OVER = text(
    """
    UPDATE acting_session s SET ended_at = c.expires_at FROM acting_consent c
     WHERE s.tenant_id = :tenant_id AND c.tenant_id = s.tenant_id AND c.consent_id = s.consent_id
       AND s.ended_at IS NULL AND c.state = 'given' AND c.expires_at <= :at
    """
)


def close_over(session: Session, *, tenant_id: UUID, at: datetime) -> None:
    """As the customer: enter the end of what is over, for whoever reads the list; nothing hangs on it."""
    session.execute(_CLOSE_OVER, {"tenant_id": tenant_id, "at": at})


def _acting(acting_id: UUID, consent: ActingConsent) -> Acting:
    assert consent.expires_at is not None
    return Acting(
        acting_id=acting_id,
        consent_id=consent.consent_id,
        person_id=consent.person_id,
        person_name=consent.person_name,
        acting_tenant_id=consent.acting_tenant_id,
        acting_title=consent.acting_title,
        reason=consent.reason,
        rights=frozenset(consent.given_rights) - NEVER_BY_OTHERS,
        until=consent.expires_at,
    )
