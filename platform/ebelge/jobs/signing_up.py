"""Sign-up from the form to the decision, with the letters of each step in the transaction of what they tell.

Used by pages, by `ebelge applications` and by the clock.
"""

import logging
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.config import settings
from ebelge.core.db import person_session, role_session, set_tenant, tenant_session
from ebelge.core.ids import new_id
from ebelge.jobs import enquiries, person_letters
from ebelge.notify import post
from ebelge.notify.said import Language
from ebelge.onboarding import sign_up
from ebelge.onboarding.sign_up import Registration, Result
from tenants import accounts
from tenants.accounts import TenantExists
from tenants.applications import applications
from tenants.applications.applications import GIVEN_UP_AFTER, Decider
from tenants.applications.models import Application
from tenants.audit import entries
from tenants.audit.entries import Actor
from tenants.leads.enquiries import Enquiry
from tenants.members import memberships
from tenants.people import lockouts
from tenants.people.models import Person
from tenants.resellers import lookup

log = logging.getLogger(__name__)
BATCH: Final = 200


def register(registration: Registration, *, actor: Actor) -> None:
    """Register, or do as if: what is known already is told by mail to whom it concerns, and to nobody else.

    Only so many letters go to one address, whatever is sent to the form: signing in asks for the link anew.

    :raises InvalidIdentity, NewerVersion: nothing was made. :raises NotFound: the instance has no operator yet.
    """
    with role_session("people") as session:  # counted for everybody: the letters of all forms to one address
        may_write = lockouts.count(session, kind="letter", subject=registration.applicant.email, at=utc_now())
    try:
        _register(registration, actor, may_write=may_write)
    except TenantExists:  # somebody was faster; now the taxpayer is known
        _register(registration, actor, may_write=may_write)


def _register(registration: Registration, actor: Actor, *, may_write: bool) -> None:
    at = utc_now()
    with role_session("app") as session:
        operator = lookup.operator_id(session)
        found = lookup.account_of(session, vkn_tckn=registration.identity.vkn_tckn)
    tenant_id = new_id() if found is None else found.tenant_id
    with tenant_session(tenant_id) as session:
        result = sign_up.register(
            session, tenant_id=tenant_id, known=found is not None, registration=registration, actor=actor, at=at
        )
        _tell(session, operator, tenant_id, registration, result, at, may_write=may_write)
    log.info("sign-up", extra={"outcome": result.what})


def _tell(
    session: Session, operator: UUID, tenant_id: UUID, registration: Registration, result: Result, at: datetime, *,
    may_write: bool,
) -> None:  # fmt: skip
    email, language = registration.applicant.email, _language(registration.applicant.language)
    today, base = istanbul_date(at).isoformat(), settings().public_base_url
    if result.what == "known_company":
        post.write(
            session, tenant_id=tenant_id, kind="sign_up_company", occasion=f"sign_up.company {today}",
            facts={"at": at.isoformat()}, at=at,
        )  # fmt: skip
    if result.application is not None and result.application.state == "waiting":
        waits(session, operator, result.application, at)
    session.flush()
    set_tenant(session, operator)
    if result.what == "known_company":
        enquiries.enter(session, tenant_id=operator, enquiry=_duplicate(registration), at=at)
    if result.application is not None and result.application.state == "unconfirmed" and may_write:
        key = result.application.application_id
        person_letters.ask_in(session, operator=operator, kind="confirm", email=email, at=at, key=key)
    kinds: dict[str, tuple[str, str, dict[str, Any]]] = {
        "known_person": ("sign_up_login", f"sign_up.login {email} {today}", {"link": f"{base}/sign-in?next=/sign-up"}),
        "known_company": ("sign_up_examined", f"sign_up.examined {email} {today}", {}),
    }
    if result.what in kinds:
        kind, occasion, facts = kinds[result.what]
        post.write_to(
            session, tenant_id=operator, recipient=email, language=language, kind=kind, occasion=occasion,
            facts=facts, at=at,
        )  # fmt: skip
    session.flush()
    set_tenant(session, tenant_id)


def waits(session: Session, operator: UUID, application: Application, at: datetime) -> None:
    """Tell those who decide that an application waits: the reseller who invited, else the operator."""
    tenant = accounts.get(session, tenant_id=application.tenant_id)
    who = application.invited_by or operator
    place = "reseller" if application.invited_by else "operator"
    facts = _facts(application, tenant.title, tenant.vkn_tckn, f"/{place}/applications/{application.application_id}")
    session.flush()
    set_tenant(session, who)
    post.write(
        session, tenant_id=who, kind="application_waits", occasion=f"application.waits {application.application_id}",
        facts=facts, at=at,
    )  # fmt: skip
    session.flush()
    set_tenant(session, application.tenant_id)


def confirmed(person_id: UUID, *, at: datetime) -> int:
    """A person has confirmed his address: his applications wait for a decision now; returns how many."""
    with person_session(person_id) as session:
        seats = memberships.seats(session, person_id=person_id)
        applied = [seat for seat in seats if seat.mode == "live" and seat.state == "applied"]
        if not applied:
            return 0
        operator = lookup.operator_id(session)
    count = 0
    for seat in applied:
        with tenant_session(seat.tenant_id) as session:
            application = applications.confirm(session, tenant_id=seat.tenant_id, person_id=person_id, at=at)
            if application is not None:
                entries.note(
                    session, tenant_id=seat.tenant_id, actor=Actor("person", str(person_id)), action="signup.confirmed",
                    object_kind="application", object_id=application.application_id, after={"state": "waiting"}, at=at,
                )  # fmt: skip
                waits(session, operator, application, at)
                count += 1
    return count


def activate(tenant_id: UUID, application_id: UUID, *, decider: Decider) -> Application:
    """Let the live account in and tell the applicant. See `applications.activate`."""
    at = utc_now()
    with tenant_session(tenant_id) as session:
        found = applications.activate(
            session, tenant_id=tenant_id, application_id=application_id, decider=decider, at=at
        )
        _answer(session, found, "application_activated", f"application.activated {application_id}", "/sign-in", at)
        return found


def refuse(tenant_id: UUID, application_id: UUID, *, reason: str, decider: Decider) -> Application:
    """Refuse with a reason that the applicant reads. See `applications.refuse`."""
    at = utc_now()
    with tenant_session(tenant_id) as session:
        found = applications.refuse(
            session, tenant_id=tenant_id, application_id=application_id, reason=reason, decider=decider, at=at
        )
        _answer(session, found, "application_refused", f"application.refused {application_id}", "/contact", at)
        return found


def ask(tenant_id: UUID, application_id: UUID, *, what: str, decider: Decider) -> Application:
    """Ask the applicant for something more. See `applications.ask`."""
    at = utc_now()
    with tenant_session(tenant_id) as session:
        found = applications.ask(
            session, tenant_id=tenant_id, application_id=application_id, what=what, decider=decider, at=at
        )
        _answer(session, found, "application_asked", f"application.asked {new_id()}", "/contact", at)
        return found


def _answer(session: Session, found: Application, kind: str, occasion: str, path: str, at: datetime) -> None:
    tenant = accounts.get(session, tenant_id=found.tenant_id)
    facts = _facts(found, tenant.title, tenant.vkn_tckn, path)
    facts["reason"] = found.reason or found.asked or ""
    post.write_to(
        session, tenant_id=found.tenant_id, recipient=found.email, language=_language(found.language), kind=kind,
        occasion=occasion, facts=facts, at=at,
    )  # fmt: skip


def _facts(application: Application, title: str, vkn_tckn: str, path: str) -> dict[str, Any]:
    link = f"{settings().public_base_url}{path}"
    return {"title": title, "vkn_tckn": vkn_tckn, "name": application.full_name, "link": link}


def _duplicate(registration: Registration) -> Enquiry:
    """What staff see of an application for a taxpayer who has an account."""
    return Enquiry(
        source="sign_up", topic="duplicate", full_name=registration.applicant.full_name,
        email=registration.applicant.email, language=registration.applicant.language, address=registration.address,
        form_key=registration.form_key, company=registration.identity.title, vkn_tckn=registration.identity.vkn_tckn,
        phone=registration.identity.phone or "", city=registration.identity.city, product=registration.product,
        services=registration.services,
    )  # fmt: skip


def _language(kept: str) -> Language:
    return "en" if kept == "en" else "tr"


# Clock.
_CONFIRMED = text(
    "SELECT DISTINCT a.person_id FROM application a JOIN person p ON p.person_id = a.person_id "
    "WHERE a.state = 'unconfirmed' AND p.confirmed_at IS NOT NULL LIMIT :limit"
)
_GIVEN_UP = text(
    "SELECT a.tenant_id, a.application_id, a.sandbox_id, a.person_id, a.state, NOT EXISTS (SELECT 1 FROM membership m "
    "WHERE m.person_id = a.person_id AND m.ended_at IS NULL "
    "AND (m.tenant_id <> a.tenant_id OR a.state = 'replaced')) AS alone "
    "FROM application a WHERE a.state IN ('unconfirmed', 'replaced') AND a.email <> '' AND a.created_at <= :before "
    "ORDER BY a.application_id LIMIT :limit"
)


def look_after(at: datetime) -> int:
    """The clock's: applications whose address was confirmed some other way (a new password by mail) wait now."""
    with role_session("reader") as session:
        people = list(session.execute(_CONFIRMED, {"limit": BATCH}).scalars())
    return sum(confirmed(person_id, at=at) for person_id in people)


def clean_up(at: datetime) -> int:
    """The clock's: close what was applied for 30 days ago and never confirmed, forget what a newer form replaced;
    returns how many.

    The person goes first: stopped half-way, the next round finds the application again.
    """
    before = at - GIVEN_UP_AFTER
    with role_session("reader") as session:
        found = session.execute(_GIVEN_UP, {"before": before, "limit": BATCH}).all()
    count = 0
    for one in found:
        forgotten = one.alone and _forget_person(one.person_id)
        if one.state == "replaced":
            with tenant_session(one.tenant_id) as session:
                applications.forget(session, tenant_id=one.tenant_id, application_id=one.application_id)
            count += 1
            continue
        if one.alone and not forgotten:
            continue  # confirmed a moment ago
        with tenant_session(one.tenant_id) as session:
            if not applications.give_up(
                session, tenant_id=one.tenant_id, application_id=one.application_id, before=before, at=at
            ):
                continue
            session.flush()
            set_tenant(session, one.sandbox_id)
            applications.close_sandbox(session, tenant_id=one.sandbox_id, at=at)
            session.flush()
            set_tenant(session, one.tenant_id)
            count += 1
    return count


def _forget_person(person_id: UUID) -> bool:
    """Forget who applied and never confirmed; False: he has confirmed."""
    with role_session("people") as session:
        person = session.get(Person, person_id, with_for_update=True)
        if person is None or person.confirmed_at is not None:
            return person is None
        person.email = f"{person_id.hex}@anonymised.invalid"
        person.full_name, person.password, person.state = "-", None, "anonymised"
        return True
