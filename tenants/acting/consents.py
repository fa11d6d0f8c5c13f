"""The customer's word: asked for with a reason and a wish, given for some hours and rights, ended at any time."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ebelge.core.errors import Conflict, DomainError, InvalidRequest, NotFound
from ebelge.core.ids import new_id
from tenants.acting import sessions
from tenants.acting.models import ActingConsent
from tenants.rights import NEVER_BY_OTHERS, ROLES

LONGEST = timedelta(days=7)
HOURS_MAX = LONGEST // timedelta(hours=1)
# A wish that nobody answered is over after so long.
ASKED_KEPT = timedelta(days=14)
REASON_MIN, REASON_MAX = 10, 500
OPEN_MAX = 20
# What a customer can let others do at all, in the order in which it is shown.
MAY_BE_GIVEN: tuple[str, ...] = tuple(
    right
    for right in ("company:read", "company:write", "documents:read", "documents:send", "kontor:read", "people:read",
                  "audit:read")
    if right in ROLES["owner"] - NEVER_BY_OTHERS
)  # fmt: skip


class ConsentAnswered(Conflict):
    """The wish has its answer, or it is too old to be given one."""

    code = "consent_answered"
    title_tr, title_en = "Bu istek yanıtlanmış ya da süresi dolmuş", "The request has its answer, or is too old"
    advice_tr = "Hesapta bir şey değişmedi; gerekirse yeniden istenir."
    advice_en = "Nothing has changed in the account; it can be asked for anew."


class NoConsent(DomainError):
    """There is no consent, or it is over, was taken back, or is somebody else's: the answer is the same."""

    code, http_status = "no_consent", 403
    title_tr, title_en = "Müşterinin geçerli izni yok", "There is no consent of the customer in force"
    advice_tr, advice_en = "Müşteriden izin isteyin.", "Ask the customer for consent."


@dataclass(frozen=True, slots=True)
class Asker:
    """Who wants to act: a person, and the reseller or operator to whose people the person belongs."""

    person_id: UUID
    name: str
    tenant_id: UUID
    tenant_title: str


def ask(
    session: Session,
    *,
    tenant_id: UUID,
    asker: Asker,
    reason: str,
    hours: int,
    rights: Collection[str],
    at: datetime,
) -> ActingConsent:
    """As the customer: note that somebody asks to act for it. The caller has made sure that the asker may ask.

    An open wish of the same person is replaced: the customer answers the last one.

    :raises InvalidRequest: no reason, more than a week, rights that nobody can be given. :raises Conflict: too many.
    """
    reason = reason.strip()
    if not REASON_MIN <= len(reason) <= REASON_MAX:
        raise InvalidRequest(
            f"Neden işlem yapacağınızı {REASON_MIN}-{REASON_MAX} karakterle yazın; müşteri bunu okur.",
            f"Say why in {REASON_MIN} to {REASON_MAX} characters; the customer reads it.",
        )
    if not 1 <= hours <= HOURS_MAX:
        raise InvalidRequest(f"Süre 1-{HOURS_MAX} saat olabilir.", f"It can be for 1 to {HOURS_MAX} hours.")
    wished = _rights(rights)
    waiting = session.scalars(
        select(ActingConsent)
        .where(ActingConsent.tenant_id == tenant_id, ActingConsent.state == "asked")
        .with_for_update()
    ).all()
    for old in waiting:
        if old.person_id == asker.person_id or old.asked_at <= at - ASKED_KEPT:
            old.state, old.ended_at, old.ended_by = "ended", at, asker.name
    if sum(old.state == "asked" for old in waiting) >= OPEN_MAX:
        raise Conflict("Müşterinin yanıtlamadığı çok istek var.", "Too many requests wait for the customer's answer.")
    consent = ActingConsent(
        tenant_id=tenant_id,
        consent_id=new_id(),
        acting_tenant_id=asker.tenant_id,
        acting_title=asker.tenant_title,
        person_id=asker.person_id,
        person_name=asker.name,
        reason=reason,
        hours=hours,
        rights=wished,
        state="asked",
        asked_at=at,
    )
    session.add(consent)
    session.flush()
    return consent


def give(
    session: Session,
    *,
    tenant_id: UUID,
    consent_id: UUID,
    hours: int,
    rights: Collection[str],
    by: str,
    at: datetime,
) -> ActingConsent:
    """As the customer's owner: let the person act, for so many hours from now, with these rights.

    Less or more than was wished, never more than a week, never what nobody may do for others. Repeating a consent that
    is given changes nothing.

    :raises NotFound: no such wish. :raises ConsentAnswered: it was refused, ended or is too old.
    """
    consent = get(session, tenant_id=tenant_id, consent_id=consent_id)
    if in_force(consent, at=at):
        return consent
    if consent.state != "asked" or consent.asked_at <= at - ASKED_KEPT:
        raise ConsentAnswered()
    if not 1 <= hours <= HOURS_MAX:
        raise InvalidRequest(f"Süre 1-{HOURS_MAX} saat olabilir.", f"It can be for 1 to {HOURS_MAX} hours.")
    consent.given_rights = _rights(rights)
    consent.state, consent.answered_by, consent.answered_at = "given", by, at
    consent.expires_at = at + timedelta(hours=hours)
    session.flush()
    return consent


def refuse(session: Session, *, tenant_id: UUID, consent_id: UUID, by: str, at: datetime) -> ActingConsent:
    """As the customer's owner: no. Repeating it changes nothing. :raises NotFound. :raises ConsentAnswered."""
    consent = get(session, tenant_id=tenant_id, consent_id=consent_id)
    if consent.state != "refused":
        if consent.state != "asked":
            raise ConsentAnswered()
        consent.state, consent.answered_by, consent.answered_at = "refused", by, at
        session.flush()
    return consent


def end(session: Session, *, tenant_id: UUID, consent_id: UUID, by: str, at: datetime) -> ActingConsent:
    """Take a consent (or a wish) back: whoever acts under it stops at once. Repeating it changes nothing."""
    consent = get(session, tenant_id=tenant_id, consent_id=consent_id)
    if consent.state in ("asked", "given"):
        consent.state, consent.ended_at, consent.ended_by = "ended", at, by
        sessions.stop(session, tenant_id=tenant_id, consent_id=consent_id, at=at)
        session.flush()
    return consent


def end_all_of(session: Session, *, tenant_id: UUID, acting_tenant_id: UUID, by: str, at: datetime) -> int:
    """Take every consent back that the customer gave people of a reseller (or of the operator); returns how many."""
    found = session.scalars(
        select(ActingConsent.consent_id).where(
            ActingConsent.tenant_id == tenant_id,
            ActingConsent.acting_tenant_id == acting_tenant_id,
            ActingConsent.state.in_(("asked", "given")),
        )
    ).all()
    for consent_id in found:
        end(session, tenant_id=tenant_id, consent_id=consent_id, by=by, at=at)
    return len(found)


def get(session: Session, *, tenant_id: UUID, consent_id: UUID) -> ActingConsent:
    """A consent of this customer, locked. :raises NotFound: there is none."""
    found = session.scalars(
        select(ActingConsent)
        .where(ActingConsent.tenant_id == tenant_id, ActingConsent.consent_id == consent_id)
        .with_for_update()
    ).one_or_none()
    if found is None:
        raise NotFound()
    return found


def consents(
    session: Session, *, tenant_id: UUID, limit: int, acting_tenant_id: UUID | None = None
) -> Sequence[ActingConsent]:
    """The customer's consents and wishes, newest first; those of one reseller's (or the operator's) people only."""
    wanted = select(ActingConsent).where(ActingConsent.tenant_id == tenant_id)
    if acting_tenant_id is not None:
        wanted = wanted.where(ActingConsent.acting_tenant_id == acting_tenant_id)
    return session.scalars(wanted.order_by(ActingConsent.asked_at.desc(), ActingConsent.consent_id).limit(limit)).all()


def in_force(consent: ActingConsent, *, at: datetime) -> bool:
    """Whether the consent is given and not over at this instant."""
    return consent.state == "given" and consent.expires_at is not None and consent.expires_at > at


def _rights(rights: Collection[str]) -> list[str]:
    chosen = [right for right in MAY_BE_GIVEN if right in rights]
    if not chosen or len(chosen) != len(set(rights)):
        raise InvalidRequest(
            "Verilecek yetkilerden en az birini seçin; kullanıcı, anahtar, onay ve satın alma yetkileri verilemez.",
            "Choose at least one of the rights that can be given; people, keys, consents and buying cannot be.",
        )
    return chosen
