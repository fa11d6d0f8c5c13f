"""A reseller onboards a customer: account, sandbox and the owner's invitation, in one transaction.

The session is the reseller's before and after; it is bound to the new account (and to the log of each) in between.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.resellers import contracts, customers
from ebelge.core.db import set_tenant
from ebelge.core.errors import Conflict
from ebelge.core.findings import Language
from ebelge.core.ids import new_id
from ebelge.onboarding.accounts import ServicePlan, open_tenant
from ebelge.onboarding.customer_sheet import NewCustomer
from tenants import accounts, states
from tenants.applications.models import Application
from tenants.audit import entries
from tenants.audit.entries import Actor
from tenants.members.memberships import head_role
from tenants.models import Tenant
from tenants.resellers import lookup
from tenants.texts import acceptances

# Who invites is not a member of the new account: nobody is one yet.
INVITER = "customer.onboarding"


class AlreadyYours(Conflict):
    """The taxpayer is this reseller's customer already; nothing was added."""

    code = "already_your_customer"
    title_tr, title_en = "Bu mükellef zaten müşteriniz", "This taxpayer is your customer already"


class HasAccount(Conflict):
    """The taxpayer has an account that is not this reseller's: of it nothing is told."""

    code = "has_account"
    title_tr, title_en = "Bu mükellefin bir hesabı var", "This taxpayer has an account"
    advice_tr = "Müşteriniz olması için bayi değişikliği isteyin; hesabın sahibi onay verir."
    advice_en = "To make it your customer ask for a change of reseller; the account's owner consents."


class MayNotOnboard(Conflict):
    """The reseller's account or contract does not let it onboard customers now."""

    code = "may_not_onboard"
    title_tr, title_en = "Şu an müşteri eklenemez", "No customer can be added now"


@dataclass(frozen=True, slots=True)
class Onboarded:
    """The new account, its sandbox, and the state in which it begins."""

    tenant_id: UUID
    sandbox_id: UUID
    state: str


class Invite(Protocol):
    """Invites somebody into the session's account and writes to him, in the caller's transaction."""

    def __call__(
        self,
        session: Session,
        *,
        tenant_id: UUID,
        email: str,
        role: str,
        actor: Actor,
        at: datetime,
        language: Language,
    ) -> object:
        """See `ebelge.jobs.inviting.invite`."""


def may_onboard(session: Session, *, tenant_id: UUID, at: datetime) -> str:
    """In which state the reseller's customers begin. :raises MayNotOnboard: no open reseller, or no contract."""
    reseller = accounts.get(session, tenant_id=tenant_id)
    if reseller.kind != "reseller" or reseller.mode != "live" or reseller.state != "active":
        raise MayNotOnboard("Bu hesap açık bir bayi hesabı değil.", "This is no open reseller's account.")
    contract = contracts.at_instant(session, tenant_id=tenant_id, at=at)
    if contract is None:
        raise MayNotOnboard(
            "Geçerli bir bayi sözleşmeniz yok; işletici ile görüşün.",
            "You have no reseller contract in force; speak to the operator.",
        )
    return contract.onboarding


def check_free(session: Session, *, tenant_id: UUID, vkn_tckn: str) -> None:
    """As the reseller: whether the taxpayer can be onboarded. :raises AlreadyYours. :raises HasAccount."""
    found = lookup.account_of(session, vkn_tckn=vkn_tckn)
    if found is None:
        return
    if customers.has(session, tenant_id=tenant_id, customer_id=found.tenant_id):
        raise AlreadyYours(customer_id=str(found.tenant_id))
    raise HasAccount()


def onboard(
    session: Session,
    *,
    tenant_id: UUID,
    customer: NewCustomer,
    actor: Actor,
    invite: Invite,
    at: datetime,
) -> Onboarded:
    """As the reseller: open the customer's account and invite its owner.

    The account is `applied` or `active` by the contract in force. Its owner may do nothing before accepting the
    invitation and the texts; with that, an account that is `applied` becomes active (`settle_in`).

    :raises MayNotOnboard, AlreadyYours, HasAccount, InvalidIdentity: nothing was made, and so where `invite` refuses.
    """
    state = may_onboard(session, tenant_id=tenant_id, at=at)
    check_free(session, tenant_id=tenant_id, vkn_tckn=customer.identity.vkn_tckn)
    new = new_id()
    told = {"vkn_tckn": customer.identity.vkn_tckn, "title": customer.identity.title, "reseller_id": str(tenant_id)}
    _note(session, tenant_id, actor, new, told, at)
    by = accounts.get(session, tenant_id=tenant_id).title
    session.flush()
    set_tenant(session, new)
    opened = open_tenant(
        session,
        tenant_id=new,
        kind="customer",
        identity=customer.identity,
        services=[ServicePlan(service=name) for name in customer.services],
        reseller_id=tenant_id,
        state="active" if state == "active" else "applied",
        at=at,
    )
    assert opened.sandbox_id is not None
    _note(session, new, actor, new, told, at)
    invite(
        session, tenant_id=new, email=customer.owner_email, role=head_role("customer"),
        actor=Actor("system", INVITER, name=by), language="en" if customer.language == "en" else "tr", at=at,
    )  # fmt: skip
    session.flush()
    set_tenant(session, tenant_id)
    return Onboarded(new, opened.sandbox_id, state)


def settle_in(session: Session, *, tenant_id: UUID, person_id: UUID, actor: Actor, at: datetime) -> bool:
    """As a customer whom a reseller onboarded: it is active once its owner has accepted the texts; True if by this.

    Whoever registered by himself waits for the operator instead.
    """
    tenant: Tenant = accounts.get(session, tenant_id=tenant_id)
    if tenant.state != "applied" or tenant.reseller_id is None or _registered_by_itself(session, tenant_id):
        return False
    if acceptances.outstanding(session, tenant_id=tenant_id, person_id=person_id, at=at):
        return False
    states.move(session, tenant_id=tenant_id, to="active", mover="reseller", actor=actor, at=at)
    return True


def _registered_by_itself(session: Session, tenant_id: UUID) -> bool:
    return session.scalars(select(Application.tenant_id).where(Application.tenant_id == tenant_id)).first() is not None


def _note(session: Session, log_of: UUID, actor: Actor, customer_id: UUID, told: dict[str, Any], at: datetime) -> None:
    entries.note(
        session, tenant_id=log_of, actor=actor, action="customer.onboarded", object_kind="tenant",
        object_id=customer_id, after=told, at=at,
    )  # fmt: skip
