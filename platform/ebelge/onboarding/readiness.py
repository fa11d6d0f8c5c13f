"""The facts behind an activation, read: seals, papers, contract, series, aliases, GİB's list of users."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ebelge.core.clock import istanbul_date
from ebelge.core.db import role_session, tenant_session
from ebelge.documents.models import Series
from ebelge.documents.registered.models import GibAliasRow, GibListLoad
from ebelge.documents.seals import entered as seals
from ebelge.onboarding import checklist
from ebelge.onboarding.checklist import Facts, Item
from tenants import accounts, services
from tenants.company import aliases, authorisations, seal_modes, settings
from tenants.models import Service, Tenant
from tenants.services import RULES
from tenants.texts import acceptances

NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Readiness:
    """A service with everything it needs."""

    service: Service
    items: tuple[Item, ...]

    @property
    def missing(self) -> tuple[Item, ...]:
        """What is not done yet."""
        return checklist.missing(self.items)


def operator_seal_until(mode: str, *, at: datetime) -> datetime | None:
    """When the seal of a mode's operator ends; None: there is none. Its own short transactions: ask before yours."""
    with role_session("app") as session:
        operator = session.scalar(text("SELECT tenant_id FROM operator_of(:mode)"), {"mode": mode})
    if operator is None:
        return None
    with tenant_session(operator) as session:
        row = seals.chosen(session, tenant_id=operator, at=at)
        return row.valid_until if row is not None else None


def of_tenant(
    session: Session, *, tenant_id: UUID, operator_seal: datetime | None, at: datetime
) -> tuple[Readiness, ...]:  # fmt: skip
    """Every service of the session's tenant, in the order of `RULES`."""
    tenant = accounts.get(session, tenant_id=tenant_id)
    rows = {row.service: row for row in services.services_of(session, tenant_id=tenant_id)}
    return tuple(
        _readiness(session, tenant, rows, rows[name], operator_seal, at) for name in RULES if name in rows
    )  # fmt: skip


def of_service(
    session: Session, *, tenant_id: UUID, service: str, operator_seal: datetime | None, at: datetime
) -> Readiness:
    """One service, held until the transaction ends. :raises NotFound: the tenant has no such service."""
    row = services.locked(session, tenant_id=tenant_id, service=service)
    tenant = accounts.get(session, tenant_id=tenant_id)
    rows = {one.service: one for one in services.services_of(session, tenant_id=tenant_id)}
    return _readiness(session, tenant, rows, row, operator_seal, at)


def _readiness(
    session: Session, tenant: Tenant, rows: dict[str, Service], row: Service, operator_seal: datetime | None,
    at: datetime,
) -> Readiness:  # fmt: skip
    tenant_id, today, rule = tenant.tenant_id, istanbul_date(at), RULES[row.service]
    held = {
        purpose: authorisations.standing(
            session, tenant_id=tenant_id, service=row.service, purpose=purpose, on=today
        ) is not None
        for purpose in ("seal", "activation", "petition")
    }  # fmt: skip
    own = [
        one for one in aliases.listed(session, tenant_id=tenant_id, service=row.service) if one.state in aliases.OPEN
    ]
    ours = {one.alias for one in own if one.state in ("confirmed", "closing")}
    foreign = [one for one in _listed_at_gib(session, tenant, rule.document_type, at) if one.alias not in ours]
    own_seal = seal_modes.valid_seal(session, tenant_id=tenant_id, mode=row.seal_mode, at=at)
    warn_days = settings.current(session, tenant_id=tenant_id).seal_warn_days
    facts = Facts(
        service=row.service,
        state=row.state,
        live=tenant.mode == "live",
        seal_mode=row.seal_mode,
        has_tax_office=bool(tenant.tax_office),
        first_states={first: rows[first].state for first in rule.needs_first if first in rows},
        contract_missing=_contract(session, tenant, at),
        seal_until=operator_seal if row.seal_mode == "operator" else own_seal.valid_until if own_seal else None,
        seal_warn=timedelta(days=warn_days),
        leave_to_seal=held["seal"],
        activation_signed=held["activation"],
        petition=held["petition"],
        series=_has_series(session, tenant_id, row.service),
        own_aliases=frozenset((one.role, one.alias) for one in own if one.state != "closing"),
        foreign_aliases=frozenset(one.alias for one in foreign),
        account_types=frozenset(one.account_type or "" for one in foreign),
        list_loaded_at=session.scalar(
            select(GibListLoad.loaded_at).where(GibListLoad.mode == tenant.mode, GibListLoad.role == "PK")
        ),
    )
    return Readiness(row, checklist.items(facts, at=at))


def _listed_at_gib(session: Session, tenant: Tenant, document_type: str | None, at: datetime) -> list[GibAliasRow]:
    if document_type is None:
        return []
    found = session.scalars(
        select(GibAliasRow).where(
            GibAliasRow.mode == tenant.mode,
            GibAliasRow.vkn_tckn == tenant.vkn_tckn,
            GibAliasRow.document_type == document_type,
            GibAliasRow.created_at <= at,
            GibAliasRow.deleted_at.is_(None) | (GibAliasRow.deleted_at > at),
        )
    )
    return list(found)


def _contract(session: Session, tenant: Tenant, at: datetime) -> tuple[str, ...]:
    """The company's texts in force that nobody has accepted for it. What each person accepts stops nothing here."""
    left = acceptances.outstanding(session, tenant_id=tenant.tenant_id, person_id=NOBODY, at=at)
    return tuple(one.kind for one in left if one.for_company)


def _has_series(session: Session, tenant_id: UUID, kind: str) -> bool:
    found = session.scalar(
        select(Series.series_id)
        .where(Series.tenant_id == tenant_id, Series.kind == kind, Series.is_default, Series.active)
        .limit(1)
    )
    return found is not None
