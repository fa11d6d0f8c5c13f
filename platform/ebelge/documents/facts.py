"""What must be known of a tenant to check its documents without a transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ebelge.core.db import together
from ebelge.core.errors import Conflict, NotFound
from ebelge.core.transaction import Prepared
from ebelge.ubl.types import Party, Signatory
from tenants.company.settings import DEFAULTS


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
    reseller_id: UUID | None
    supplier: Party
    services: Mapping[str, ServiceFacts]
    series: tuple[SeriesFacts, ...]
    operator: Signatory | None
    list_loaded_at: datetime | None
    default_scenario: str = DEFAULTS.default_scenario
    # By kind, the SHA-256 (hex) of the stylesheet of the tenant's own that its design names now.
    stylesheets: Mapping[str, str] = field(default_factory=dict)
    # The SHA-256 of our stylesheets that the database has (`sheets`).
    sheets: frozenset[bytes] = frozenset()

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
    (rows,) = together(session, asked(tenant_id=tenant_id, at=at))
    return told(rows)


def asked(*, tenant_id: UUID, at: datetime) -> tuple[Prepared, tuple[datetime, UUID]]:
    """The statement that reads the facts, for a round trip together with others; `told` reads its rows."""
    return _FACTS, (at, tenant_id)


def told(rows: Sequence[Any]) -> TenantFacts:
    """The facts of these rows. :raises NotFound: the session sees no such tenant."""
    if not rows:
        raise NotFound()
    row = rows[0]
    return TenantFacts(
        tenant_id=row.tenant_id,
        mode=row.mode,
        kind=row.kind,
        state=row.state,
        reseller_id=row.reseller_id,
        supplier=_party(row),
        services={one["kind"]: _service(one) for one in row.services},
        series=tuple(SeriesFacts(UUID(one.pop("series_id")), **one) for one in row.series),
        operator=Signatory(
            row.operator_vkn, row.operator_title, row.operator_city, row.operator_district, row.operator_country
        )
        if row.operator_vkn
        else None,
        list_loaded_at=row.list_loaded_at,
        default_scenario=row.default_scenario or DEFAULTS.default_scenario,
        stylesheets=row.stylesheets or {},
        sheets=frozenset(row.sheets),
    )


# This runs before every document.
_FACTS = Prepared("""
    SELECT t.*, o.vkn_tckn AS operator_vkn, o.title AS operator_title, o.city AS operator_city,
           o.district AS operator_district, o.country AS operator_country,
           (SELECT l.loaded_at FROM gib_list_load l
             WHERE l.mode = t.mode AND l.role = 'PK' AND l.loaded_at <= %s) AS list_loaded_at,
           (SELECT c.default_scenario FROM company_settings c WHERE c.tenant_id = t.tenant_id
             ORDER BY c.version DESC LIMIT 1) AS default_scenario,
           (SELECT coalesce(jsonb_agg(jsonb_build_object('kind', s.service, 'state', s.state,
                      'active_from', s.active_from, 'active_until', s.active_until, 'seal_mode', s.seal_mode,
                      'sender_alias', s.sender_alias)), '[]')
              FROM service s WHERE s.tenant_id = t.tenant_id) AS services,
           (SELECT coalesce(jsonb_agg(jsonb_build_object('series_id', r.series_id, 'kind', r.kind,
                      'prefix', r.prefix, 'owner', r.owner, 'internet', r.internet, 'is_default', r.is_default,
                      'active', r.active) ORDER BY r.kind, r.prefix), '[]')
              FROM series r WHERE r.tenant_id = t.tenant_id) AS series,
           (SELECT jsonb_object_agg(k.kind, encode(v.xslt_sha256, 'hex'))
              FROM (SELECT DISTINCT ON (c.kind) c.kind, c.design_id FROM design_choice c
                     WHERE c.tenant_id = t.tenant_id ORDER BY c.kind, c.chosen_at DESC, c.choice_id DESC) k
             CROSS JOIN LATERAL (SELECT d.xslt_sha256 FROM design_version d
                     WHERE d.tenant_id = t.tenant_id AND d.design_id = k.design_id
                     ORDER BY d.version DESC LIMIT 1) v
             WHERE v.xslt_sha256 IS NOT NULL) AS stylesheets,
           ARRAY(SELECT e.sha256 FROM embedded_sheet e) AS sheets
      FROM tenant t LEFT JOIN LATERAL operator_of(t.mode) o ON true
     WHERE t.tenant_id = %s
""")


def _service(one: dict[str, Any]) -> ServiceFacts:
    days = {name: date.fromisoformat(one[name]) if one[name] else None for name in ("active_from", "active_until")}
    return ServiceFacts(**(one | days))


def _party(tenant: Any) -> Party:
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
