"""Somebody registers a company: person, account, sandbox, membership, accepted texts and chosen package in one go.

What is known already (the address, the taxpayer) changes nothing and costs the same work, so that neither the answer
nor its time tells it (ADR 0088). Letters are the caller's, in the same transaction.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.orm import Session
from stdnum.tr import vkn

from billing.ledger import balance, lots
from billing.orders import proposals
from ebelge.core.clock import kontor_expiry
from ebelge.core.db import set_tenant
from ebelge.core.ids import new_id
from ebelge.onboarding.accounts import SANDBOX_KONTOR, ServicePlan, open_tenant
from tenants import accounts, locator
from tenants.accounts import Identity
from tenants.applications import applications
from tenants.applications.models import Application
from tenants.audit import entries
from tenants.audit.entries import Actor
from tenants.locator import AlreadyTaken
from tenants.members import memberships
from tenants.members.reach import WHOLE
from tenants.models import Tenant
from tenants.services import services_of
from tenants.texts import acceptances
from tenants.texts.acceptances import Signature

FORM_KIND: Final = "sign_up.form"
_REHEARSED = "Prova"
What = Literal["opened", "repeated", "known_person", "known_company"]


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who applies: somebody new with a hashed password, or a person who is signed in (`person_id`)."""

    full_name: str
    email: str
    language: str
    person_id: UUID | None = None
    password_hash: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A checked form. `seen`: the texts accepted on it, kind and version; `form_key`: the form's own random key."""

    applicant: Applicant
    identity: Identity
    services: Sequence[str]
    product: str
    package_code: str
    reseller_id: UUID | None
    seen: Sequence[tuple[str, str]]
    form_key: str = field(repr=False)
    address: str
    agent: str


@dataclass(frozen=True, slots=True)
class Result:
    """What became of it; with an application, whether its address is still to be confirmed stands in its state."""

    what: What
    application: Application | None = None


def register(
    session: Session, *, tenant_id: UUID, known: bool, registration: Registration, actor: Actor, at: datetime
) -> Result:
    """Register in the session of the account: a new id, or the taxpayer's own if he has one (`known`).

    An account that is known but was only applied for and never confirmed, or given up, begins anew with this form.
    :raises InvalidIdentity, NewerVersion: nothing was made. :raises TenantExists: somebody was faster; look again.
    """
    accounts.check_identity(registration.identity)
    application_id = new_id()
    try:
        with session.begin_nested():
            locator.put(
                session, tenant_id=tenant_id, kind=FORM_KIND, key=registration.form_key, object_id=application_id
            )
    except AlreadyTaken:
        return Result("repeated")
    earlier = applications.latest(session, tenant_id=tenant_id) if known else None
    if known and not _begins_anew(session, tenant_id, earlier):
        # without what stands beside the account: its owner's letter and the lead for staff cost as much
        rehearse(session, tenant_id=tenant_id, registration=registration, actor=None, at=at)
        return Result("known_company")
    person_id = _person(session, registration.applicant, at)
    if person_id is None:
        rehearse(session, tenant_id=tenant_id, registration=registration, actor=actor, at=at)
        return Result("known_person")
    if known:
        sandbox_id = _begin_anew(session, tenant_id, registration, earlier, at)
    else:
        sandbox_id = _open(session, tenant_id, registration, at)
    application = _complete(session, (tenant_id, sandbox_id, application_id, person_id), registration, actor, at)
    return Result("opened", application)


def _complete(
    session: Session, ids: tuple[UUID, UUID, UUID, UUID], registration: Registration, actor: Actor, at: datetime
) -> Application:
    """What stands beside the account: the application, its applicant as owner, the texts, the package, the trace."""
    tenant_id, sandbox_id, application_id, person_id = ids
    confirmed = registration.applicant.person_id is not None
    application = applications.enter(
        session,
        Application(
            tenant_id=tenant_id, application_id=application_id, sandbox_id=sandbox_id,
            state="waiting" if confirmed else "unconfirmed", person_id=person_id,
            full_name=registration.applicant.full_name, email=registration.applicant.email,
            phone=registration.identity.phone or "", language=registration.applicant.language,
            services=list(registration.services), product=registration.product,
            invited_by=registration.reseller_id, address=registration.address, agent=registration.agent,
            created_at=at, confirmed_at=at if confirmed else None,
        ),
    )  # fmt: skip
    memberships.seat_down(
        session, tenant_id=tenant_id, person_id=person_id, role="owner", reach=WHOLE, by=f"person:{person_id}", at=at
    )
    acceptances.accept(
        session,
        tenant_id=tenant_id,
        seen=registration.seen,
        signature=Signature(person_id, registration.applicant.language, registration.address, registration.agent),
        at=at,
    )
    if registration.package_code:
        proposals.propose(session, tenant_id=tenant_id, package_code=registration.package_code, at=at)
    _note(session, application, registration, actor, at)
    return application


def rehearse(
    session: Session, *, tenant_id: UUID, registration: Registration, actor: Actor | None, at: datetime
) -> None:
    """Do the work of opening for a taxpayer nobody is, and undo it: what is refused takes as long as what is not."""
    nobody = new_id()
    undone = session.begin_nested()
    try:
        set_tenant(session, nobody)
        sandbox_id = _open(session, nobody, registration, at, _nobody(registration.identity))
        if actor is not None:
            _complete(session, (nobody, sandbox_id, new_id(), new_id()), registration, actor, at)
    finally:
        undone.rollback()
        session.expire_all()
        set_tenant(session, tenant_id)


def _person(session: Session, applicant: Applicant, at: datetime) -> UUID | None:
    """The applicant's id; None: the address has a login."""
    if applicant.person_id is not None:
        return applicant.person_id
    row = session.execute(
        text(
            "SELECT person_id, outcome FROM sign_up_person(:person_id, :email, :full_name, :language, :password, "
            ":uniquifier, :at)"
        ),
        {
            "person_id": new_id(),
            "email": applicant.email,
            "full_name": applicant.full_name,
            "language": applicant.language,
            "password": applicant.password_hash,
            "uniquifier": uuid4().hex,
            "at": at,
        },
    ).one()
    return None if row.outcome == "known" else UUID(str(row.person_id))


def _open(
    session: Session, tenant_id: UUID, registration: Registration, at: datetime, identity: Identity | None = None
) -> UUID:
    opened = open_tenant(
        session,
        tenant_id=tenant_id,
        kind="customer",
        identity=identity or registration.identity,
        services=[ServicePlan(service=name) for name in registration.services],
        reseller_id=registration.reseller_id,
        state="applied",
        at=at,
    )
    assert opened.sandbox_id is not None
    return opened.sandbox_id


def _nobody(identity: Identity) -> Identity:
    """An invented taxpayer: no row of his is ever committed."""
    digits = f"{secrets.randbelow(10**9):09}"
    return Identity(
        vkn_tckn=digits + str(vkn.calc_check_digit(digits)), title=_REHEARSED, district=identity.district,
        city=identity.city,
    )  # fmt: skip


def _begins_anew(session: Session, tenant_id: UUID, earlier: Application | None) -> bool:
    if earlier is None:
        return False
    tenant = accounts.get(session, tenant_id=tenant_id)
    return (tenant.state, earlier.state) in (("applied", "unconfirmed"), ("closed", "abandoned"))


def _begin_anew(
    session: Session, tenant_id: UUID, registration: Registration, earlier: Application | None, at: datetime
) -> UUID:
    """Nobody ever got into this account: the new applicant's data take the place of the earlier one's."""
    assert earlier is not None
    applications.replace(session, earlier, at=at)
    _enter_identity(session, tenant_id, registration, "applied", at)
    for service in services_of(session, tenant_id=tenant_id):
        service.state = "checklist" if service.service in registration.services else "not_wanted"
    session.flush()
    set_tenant(session, earlier.sandbox_id)
    _enter_identity(session, earlier.sandbox_id, registration, "active", at)
    if balance.balance(session, tenant_id=earlier.sandbox_id, at=at).spendable == 0:
        lots.grant(
            session, tenant_id=earlier.sandbox_id, source="bonus", source_id=new_id(), kontor=SANDBOX_KONTOR,
            net_price_kurus=0, expires_at=kontor_expiry(at), reason="sandbox", at=at,
        )  # fmt: skip
    session.flush()
    set_tenant(session, tenant_id)
    return earlier.sandbox_id


def _enter_identity(session: Session, tenant_id: UUID, registration: Registration, state: str, at: datetime) -> None:
    tenant: Tenant = accounts.get(session, tenant_id=tenant_id)
    for name in Identity.__dataclass_fields__:
        setattr(tenant, name, getattr(registration.identity, name))
    if tenant.mode == "live":
        tenant.reseller_id = registration.reseller_id
    # closed -> applied is nobody's move: only an account that nobody ever got into begins anew
    tenant.state, tenant.state_since, tenant.state_reason = state, at, None
    session.flush()


def _note(session: Session, application: Application, registration: Registration, actor: Actor, at: datetime) -> None:
    entries.note(
        session,
        tenant_id=application.tenant_id,
        actor=actor,
        action="signup.applied",
        object_kind="application",
        object_id=application.application_id,
        after={
            "package_code": registration.package_code,
            "reseller_id": str(registration.reseller_id or ""),
            "kind": "sign_up",
            "email": application.email,
            "full_name": application.full_name,
        },
        at=at,
    )
