"""Acting for a customer, from the wish to its end: asked, told to the owners by mail, answered, begun; each deed noted.

What is done stands in the customer's audit log, so the customer sees who asked, who acts, since when and why.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from billing.resellers import customers
from ebelge.core.config import settings
from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import NotFound
from ebelge.notify import post
from tenants import accounts
from tenants.acting import consents, links, sessions
from tenants.acting.consents import Asker, NoConsent
from tenants.acting.models import ActingConsent, ActingLink
from tenants.acting.sessions import Acting
from tenants.audit import entries
from tenants.audit.entries import Actor
from tenants.members import memberships
from tenants.members.memberships import Colleague
from tenants.resellers import lookup
from tenants.rights import RIGHTS


@dataclass(frozen=True, slots=True)
class Asked:
    """A wish of one person to one customer, as that person sees it."""

    tenant_id: UUID
    consent_id: UUID
    title: str
    reason: str
    state: str
    asked_at: datetime
    expires_at: datetime | None


_ASKED_BY = text(
    "SELECT c.tenant_id, c.consent_id, t.title, c.reason, c.state, c.asked_at, c.expires_at FROM acting_consent c "
    "JOIN tenant t ON t.tenant_id = c.tenant_id WHERE c.person_id = :person AND c.acting_tenant_id = :home "
    "ORDER BY c.asked_at DESC LIMIT 50"
)


def ask(
    asker: Asker,
    customer_id: UUID,
    *,
    reason: str,
    hours: int,
    rights: Collection[str],
    actor: Actor,
    at: datetime,
) -> UUID:
    """Ask a customer's owners for consent, by mail and in their account; returns the wish's id.

    A reseller's people ask their own customers only, the operator's any. :raises NotFound: no customer of theirs.
    """
    with tenant_session(asker.tenant_id) as session:
        home = accounts.get(session, tenant_id=asker.tenant_id)
        own = customers.has(session, tenant_id=asker.tenant_id, customer_id=customer_id)
        if not own and home.kind != "operator":
            raise NotFound("Böyle bir müşteriniz yok.", "You have no such customer.")
    with tenant_session(customer_id) as session:
        customer = accounts.get(session, tenant_id=customer_id)
        if customer.kind != "customer" or customer.mode != "live":
            raise NotFound("Böyle bir müşteri yok.", "There is no such customer.")
        consent = consents.ask(
            session, tenant_id=customer_id, asker=asker, reason=reason, hours=hours, rights=rights, at=at
        )
        _write_to_owners(session, consent, at)
        _note(session, consent, "acting.consent_asked", actor, at, ("by_tenant", "reason", "hours", "rights"))
        return consent.consent_id


def give(
    customer_id: UUID, consent_id: UUID, *, hours: int, rights: Collection[str], actor: Actor, at: datetime
) -> None:
    """The customer consents; see `consents.give`."""
    with tenant_session(customer_id) as session:
        consent = consents.give(
            session, tenant_id=customer_id, consent_id=consent_id, hours=hours, rights=rights, by=_name(actor), at=at
        )
        _note(session, consent, "acting.consent_given", actor, at, ("by_tenant", "rights", "valid_until"))


def refuse(customer_id: UUID, consent_id: UUID, *, actor: Actor, at: datetime) -> None:
    """The customer does not consent; see `consents.refuse`."""
    with tenant_session(customer_id) as session:
        consent = consents.refuse(session, tenant_id=customer_id, consent_id=consent_id, by=_name(actor), at=at)
        _note(session, consent, "acting.consent_refused", actor, at, ("by_tenant",))


def end(customer_id: UUID, consent_id: UUID, *, actor: Actor, at: datetime) -> None:
    """A consent ends, and with it whoever acts under it; see `consents.end`."""
    with tenant_session(customer_id) as session:
        consent = consents.end(session, tenant_id=customer_id, consent_id=consent_id, by=_name(actor), at=at)
        _note(session, consent, "acting.consent_ended", actor, at, ("by_tenant",))


def begin(
    customer_id: UUID, consent_id: UUID, *, person_id: UUID, session_id: UUID, actor: Actor, at: datetime
) -> Acting:
    """The person's session acts for the customer from now on. :raises NoConsent: none in force for this person."""
    with tenant_session(customer_id) as session:
        acting = sessions.begin(
            session, tenant_id=customer_id, consent_id=consent_id, person_id=person_id, session_id=session_id, at=at
        )
        if acting is None:
            raise NoConsent()
        entries.note(
            session, tenant_id=customer_id, actor=actor, action="acting.started", object_kind="acting_consent",
            object_id=consent_id, after={"until": acting.until, "reason": acting.reason}, at=at,
        )  # fmt: skip
        return acting


def leave(customer_id: UUID, acting_id: UUID, *, session_id: UUID, actor: Actor, at: datetime) -> None:
    """The person's session acts no more. Repeating it changes nothing."""
    with tenant_session(customer_id) as session:
        if sessions.end(session, tenant_id=customer_id, session_id=session_id, at=at):
            entries.note(
                session, tenant_id=customer_id, actor=actor, action="acting.ended", object_kind="acting_session",
                object_id=acting_id, at=at,
            )  # fmt: skip


def by_link(token: str, *, at: datetime) -> tuple[ActingLink, ActingConsent]:
    """The link of a token and the wish it is about.

    :raises NotFound: nobody's, its time is over, or whom it was sent to is no owner any more.
    """
    with role_session("app") as session:
        found = links.locate(session, token=token)
    with tenant_session(found.tenant_id) as session:
        link = links.get(session, tenant_id=found.tenant_id, link_id=found.object_id, at=at)
        if link.email not in {one.email for one in _owners(session, found.tenant_id)}:
            raise NotFound()
        consent = consents.get(session, tenant_id=found.tenant_id, consent_id=link.consent_id)
        session.expunge_all()
        return link, consent


def asked_by(person_id: UUID, home_id: UUID) -> list[Asked]:
    """What a person of support asked customers for, newest first; whom it asked, it knows."""
    with role_session("reader") as session:
        return [Asked(*row) for row in session.execute(_ASKED_BY, {"person": person_id, "home": home_id})]


def operators_customer(operator_id: UUID, vkn_tckn: str) -> UUID:
    """Whom support means who types a VKN or TCKN. :raises NotFound: no customer's account."""
    with tenant_session(operator_id) as session:
        found = lookup.account_of(session, vkn_tckn=vkn_tckn)
    if found is None or found.kind != "customer":
        raise NotFound("Bu VKN/TCKN ile bir müşteri hesabı yok.", "No customer's account has this VKN or TCKN.")
    return found.tenant_id


def _owners(session: Session, tenant_id: UUID) -> list[Colleague]:
    """Who may answer for the customer now."""
    return [
        one
        for one in memberships.colleagues(session, tenant_id=tenant_id)
        if one.role == memberships.head_role("customer") and one.ended_at is None
    ]


def _write_to_owners(session: Session, consent: ActingConsent, at: datetime) -> None:
    tenant_id = consent.tenant_id
    emails = [one.email for one in _owners(session, tenant_id)]
    made = links.make(session, tenant_id=tenant_id, consent_id=consent.consent_id, emails=emails, at=at)
    names = [RIGHTS[right] for right in consent.rights]
    facts = {
        "person": consent.person_name,
        "title": consent.acting_title,
        "reason": consent.reason,
        "hours": consent.hours,
        "rights_tr": ", ".join(name[0] for name in names),
        "rights_en": ", ".join(name[1] for name in names),
    }
    base = settings().public_base_url
    for link in made:
        post.write_to(
            session,
            tenant_id=tenant_id,
            recipient=link.email,
            language="tr",
            kind="acting_asked",
            occasion=f"acting {consent.consent_id} {link.email}",
            facts=facts,
            secret_link=f"{base}/consent/{link.token}",
            at=at,
        )


def _note(
    session: Session, consent: ActingConsent, action: str, actor: Actor, at: datetime, fields: tuple[str, ...]
) -> None:
    told: dict[str, Any] = {
        "by_tenant": consent.acting_title,
        "reason": consent.reason,
        "hours": consent.hours,
        "rights": list(consent.given_rights or consent.rights),
        "valid_until": consent.expires_at,
    }
    entries.note(
        session, tenant_id=consent.tenant_id, actor=actor, action=action, object_kind="acting_consent",
        object_id=consent.consent_id, after={name: told[name] for name in fields}, at=at,
    )  # fmt: skip


def _name(actor: Actor) -> str:
    return actor.name or f"{actor.kind}:{actor.id}"
