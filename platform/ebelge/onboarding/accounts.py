"""One call that opens an account, so that nothing is ever half done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from billing.ledger import lots
from ebelge.core.clock import istanbul_date, kontor_expiry
from ebelge.core.db import set_tenant
from ebelge.core.ids import new_id
from ebelge.documents.numbers import series as number_series
from tenants import accounts
from tenants.accounts import Identity, TenantKind, TenantMode
from tenants.company import aliases
from tenants.models import Service
from tenants.services import RULES, SERVICES

SANDBOX_KONTOR = 10_000
SANDBOX_SERIES = {"efatura": "TFA", "earsiv": "TAR", "eirsaliye": "TIR", "emm": "TMM", "esmm": "TSM"}
# Last part of the alias: a sandbox never shares a mailbox name with a live account.
SANDBOX_MAIL_DOMAIN = "sandbox.ebelge.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePlan:
    """How a service of a new account stands. Without `active_from` it waits at its checklist, its alias at GİB."""

    service: str
    seal_mode: str = "operator"
    active_from: date | None = None
    sender_alias: str | None = None
    receiver_alias: str | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """The new account's ids."""

    tenant_id: UUID
    sandbox_id: UUID | None


def open_tenant(
    session: Session,
    *,
    tenant_id: UUID,
    kind: TenantKind,
    identity: Identity,
    services: Sequence[ServicePlan] = (),
    series: Mapping[str, str] | None = None,
    reseller_id: UUID | None = None,
    sandbox: bool = True,
    state: Literal["applied", "active"] = "active",
    at: datetime,
) -> Opened:
    """Open an account: tenant, wallet, services and series, and its sandbox with everything active and free kontör.

    The session must be bound to the new `tenant_id`, and is again when this returns. Services that `services` does
    not name are `not_wanted`. `series` names three letters per kind (numbers used elsewhere before, and further
    series: `documents.series`); the sandbox has a series of its own for every kind, and those. An account that has only
    `applied` is let in by `tenants.states.move`; its sandbox works from the first day.

    :raises InvalidIdentity: wrong VKN, TCKN or names. :raises TenantExists: the taxpayer has an account.
    :raises AliasTaken: another account sends from an alias of `services`.
    """
    _open(
        session,
        tenant_id=tenant_id,
        kind=kind,
        mode="live",
        identity=identity,
        reseller_id=reseller_id,
        state=state,
        at=at,
    )
    _add_services(session, tenant_id, services, at)
    _add_series(session, tenant_id, series or {})
    if not sandbox:
        return Opened(tenant_id, None)
    sandbox_id = new_id()
    set_tenant(session, sandbox_id)
    _open(session, tenant_id=sandbox_id, kind=kind, mode="test", identity=identity, live=tenant_id, at=at)
    first_day = istanbul_date(at).replace(month=1, day=1)
    sends, receives = (f"urn:mail:default{role}@{identity.vkn_tckn}.{SANDBOX_MAIL_DOMAIN}" for role in ("gb", "pk"))
    everything = [
        ServicePlan(service=name, active_from=first_day, sender_alias=sends, receiver_alias=receives)
        for name in SERVICES
    ]
    _add_services(session, sandbox_id, everything, at)
    # its defaults are letters of its own, so that a test document is known by its number; the live ones work too
    _add_series(session, sandbox_id, SANDBOX_SERIES)
    _add_series(session, sandbox_id, series or {})
    lots.grant(
        session,
        tenant_id=sandbox_id,
        source="bonus",
        source_id=sandbox_id,
        kontor=SANDBOX_KONTOR,
        net_price_kurus=0,
        expires_at=kontor_expiry(at),
        reason="sandbox",
        at=at,
    )
    set_tenant(session, tenant_id)
    return Opened(tenant_id, sandbox_id)


def _add_series(session: Session, tenant_id: UUID, letters: Mapping[str, str]) -> None:
    for kind, prefix in letters.items():
        number_series.create(session, tenant_id=tenant_id, kind=kind, prefix=prefix)


def _open(
    session: Session,
    *,
    tenant_id: UUID,
    kind: TenantKind,
    mode: TenantMode,
    identity: Identity,
    at: datetime,
    live: UUID | None = None,
    reseller_id: UUID | None = None,
    state: Literal["applied", "active"] = "active",
) -> None:
    accounts.create_tenant(
        session,
        tenant_id=tenant_id,
        kind=kind,
        mode=mode,
        identity=identity,
        live_tenant_id=live,
        reseller_id=reseller_id,
        state=state,
        at=at,
    )
    lots.open_wallet(session, tenant_id=tenant_id)


def _add_services(session: Session, tenant_id: UUID, plans: Sequence[ServicePlan], at: datetime) -> None:
    planned = {plan.service: plan for plan in plans}
    for name in SERVICES:
        plan = planned.get(name)
        state = "not_wanted" if plan is None else "checklist" if plan.active_from is None else "active"
        session.add(
            Service(
                tenant_id=tenant_id,
                service=name,
                state=state,
                active_from=plan.active_from if plan else None,
                seal_mode=plan.seal_mode if plan else "operator",
                sender_alias=plan.sender_alias if plan and plan.active_from else None,
            )
        )
    session.flush()
    for plan in planned.values():
        if RULES[plan.service].document_type is None:
            continue
        named: tuple[tuple[aliases.Role, str | None], ...] = (("GB", plan.sender_alias), ("PK", plan.receiver_alias))
        for role, alias in named:
            if alias:
                aliases.adopt(
                    session, tenant_id=tenant_id, service=plan.service, role=role, alias=alias,
                    since=plan.active_from, at=at,
                )  # fmt: skip
