"""What must be known of a tenant to check its documents without a transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ebelge.core.errors import Conflict, NotFound
from ebelge.documents.models import GibListLoad, Series
from ebelge.ubl.types import Party, Signatory
from tenants.models import Service, Tenant


class NoOperator(Conflict):
    """A service is sealed by the operator, and no operator is entered for the tenant's mode."""

    code = "operator_missing"
    title_tr, title_en = "İşletmeci kaydı eksik", "The operator is not entered"


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """A service of the tenant: on which days it may issue, whose seal signs, the tenant's unit (GB) at GİB."""

    kind: str
    state: str
    active_from: date | None
    active_until: date | None
    seal_mode: str
    sender_alias: str | None

    def active_on(self, day: date) -> bool:
        """True if a document of that issue date may be sent (TRADE.md 1); the last day is whole."""
        if self.state not in ("active", "closing") or self.active_from is None:
            return False
        return self.active_from <= day and (self.active_until is None or day <= self.active_until)


@dataclass(frozen=True, slots=True)
class SeriesFacts:
    """A series as it was when the facts were read; numbers are taken under its lock later."""

    series_id: UUID
    kind: str
    prefix: str
    owner: str
    internet: bool
    is_default: bool
    active: bool

    def placeholder(self, year: int) -> str:
        """The number a document is checked with before it has one; no document ever carries it."""
        return f"{self.prefix}{year}000000000"


@dataclass(frozen=True, slots=True)
class TenantFacts:
    """A tenant as its documents see it: who supplies, which services, series and seals, how old GİB's list is."""

    tenant_id: UUID
    mode: str
    kind: str
    state: str
    supplier: Party
    services: Mapping[str, ServiceFacts]
    series: tuple[SeriesFacts, ...]
    operator: Signatory | None
    list_loaded_at: datetime | None

    def signatory(self, kind: str) -> Signatory:
        """Whose seal signs documents of `kind` (TRADE.md 2): the operator's, or the tenant's own.

        :raises NoOperator: the operator's seal is wanted and there is no operator in this mode.
        """
        service = self.services.get(kind)
        if service is None or service.seal_mode != "operator":
            own = self.supplier
            return Signatory(own.vkn_tckn, own.title, own.city, own.district, own.country)
        if self.operator is None:
            raise NoOperator(
                "Bu hizmet işletmecinin mührüyle imzalanır, ama işletmeci tanımlı değil. Destek ekibine bildirin.",
                "This service is sealed by the operator, and none is entered. Please tell support.",
            )
        return self.operator


def facts(session: Session, *, tenant_id: UUID, at: datetime) -> TenantFacts:
    """Read the facts in a short transaction of the tenant; checking needs none after that.

    :raises NotFound: the session sees no such tenant.
    """
    tenant = session.execute(select(Tenant).where(Tenant.tenant_id == tenant_id)).scalar_one_or_none()
    if tenant is None:
        raise NotFound()
    services = session.scalars(select(Service).where(Service.tenant_id == tenant_id)).all()
    series = session.scalars(
        select(Series).where(Series.tenant_id == tenant_id).order_by(Series.kind, Series.prefix)
    ).all()
    about = session.execute(
        text(
            "SELECT o.vkn_tckn, o.title, o.city, o.district, o.country, "
            "(SELECT loaded_at FROM gib_list_load WHERE mode = :mode AND loaded_at <= :at) AS loaded_at "
            "FROM (SELECT 1) AS one LEFT JOIN operator_of(:mode) AS o ON true"
        ).columns(loaded_at=GibListLoad.loaded_at.type),
        {"mode": tenant.mode, "at": at},
    ).one()
    return TenantFacts(
        tenant_id=tenant.tenant_id,
        mode=tenant.mode,
        kind=tenant.kind,
        state=tenant.state,
        supplier=_party(tenant),
        services={
            row.service: ServiceFacts(
                row.service, row.state, row.active_from, row.active_until, row.seal_mode, row.sender_alias
            )
            for row in services
        },
        series=tuple(
            SeriesFacts(row.series_id, row.kind, row.prefix, row.owner, row.internet, row.is_default, row.active)
            for row in series
        ),
        operator=Signatory(about.vkn_tckn, about.title, about.city, about.district, about.country)
        if about.vkn_tckn
        else None,
        list_loaded_at=about.loaded_at,
    )


def _party(tenant: Tenant) -> Party:
    person = len(tenant.vkn_tckn) == 11
    return Party(
        vkn_tckn=tenant.vkn_tckn,
        name="" if person and tenant.first_name else tenant.title,
        first_name=tenant.first_name or "" if person else "",
        family_name=tenant.family_name or "" if person else "",
        tax_office=tenant.tax_office or "",
        street=tenant.street or "",
        district=tenant.district,
        city=tenant.city,
        postal_zone=tenant.postal_zone or "",
        country=tenant.country,
        email=tenant.email or "",
        phone=tenant.phone or "",
    )
