"""Which packages a tenant is offered, at which terms: its own, else its reseller's, else the public ones."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from billing.ledger.models import PUBLIC_SCOPE
from ebelge.core.errors import Conflict, NotFound

_COLUMNS = (
    "version_id, code, name_tr, name_en, kontor, bonus_kontor, net_price_kurus, kdv_percent, validity_months, valid, "
    "note"
)
# Per code the most exact scope that has a version valid at the instant; `code` NULL: all codes.
_OFFERED = f"""
    SELECT DISTINCT ON (code) {_COLUMNS} FROM (
        SELECT 1 AS place, {_COLUMNS} FROM tenant_package
         WHERE tenant_id = :tenant_id AND valid @> CAST(:at AS timestamptz) AND code = coalesce(:code, code)
        UNION ALL
        SELECT CASE scope WHEN :public THEN 3 ELSE 2 END, {_COLUMNS} FROM package_version
         WHERE scope = ANY(:scopes) AND valid @> CAST(:at AS timestamptz) AND code = coalesce(:code, code)
    ) AS offers ORDER BY code, place
"""
_EVER_OFFERED = """
    SELECT EXISTS (SELECT 1 FROM tenant_package WHERE tenant_id = :tenant_id AND code = :code)
        OR EXISTS (SELECT 1 FROM package_version WHERE scope = ANY(:scopes) AND code = :code)
"""


class UnknownPackage(NotFound):
    """No package of that code was ever offered to this tenant."""

    code = "unknown_package"
    title_tr, title_en = "Böyle bir paket yok", "There is no such package"


class PackageOffSale(Conflict):
    """The package exists but is not on sale at this instant."""

    code = "package_off_sale"
    title_tr, title_en = "Paket şu anda satışta değil", "The package is not on sale now"


@dataclass(frozen=True, slots=True)
class Package:
    """A package as it is offered: net price in kuruş, KDV in percent, kontör valid for whole months once credited."""

    version_id: UUID
    code: str
    name_tr: str
    name_en: str
    kontor: int
    bonus_kontor: int
    net_price_kurus: int
    kdv_percent: int
    validity_months: int
    valid: Range[datetime]
    note: str


def offered(session: Session, *, tenant_id: UUID, reseller_id: UUID | None, at: datetime) -> list[Package]:
    """What the tenant can buy at an instant, cheapest first. The session must be the tenant's."""
    packages = [_package(row) for row in _rows(session, _OFFERED, tenant_id, reseller_id, None, at)]
    return sorted(packages, key=lambda package: (package.net_price_kurus, package.code))


def offer(session: Session, *, tenant_id: UUID, reseller_id: UUID | None, code: str, at: datetime) -> Package:
    """The terms of one package for this tenant at an instant.

    :raises UnknownPackage: it was never offered to the tenant. :raises PackageOffSale: it is not on sale then.
    """
    rows = _rows(session, _OFFERED, tenant_id, reseller_id, code, at)
    if rows:
        return _package(rows[0])
    if _rows(session, _EVER_OFFERED, tenant_id, reseller_id, code, at)[0][0]:
        raise PackageOffSale(
            f"'{code}' paketi şu anda satışta değil. Satıştaki paketler listesinden birini seçin.",
            f"The package '{code}' is not on sale now. Choose one from the list of packages on sale.",
        )
    raise UnknownPackage(
        f"'{code[:60]}' kodlu paket yok. Satıştaki paketler listesinden birini seçin.",
        f"There is no package '{code[:60]}'. Choose one from the list of packages on sale.",
    )


def _rows(
    session: Session, sql: str, tenant_id: UUID, reseller_id: UUID | None, code: str | None, at: datetime
) -> list[Any]:
    scopes = [PUBLIC_SCOPE] if reseller_id is None else [PUBLIC_SCOPE, reseller_id]
    values = {"tenant_id": tenant_id, "scopes": scopes, "public": PUBLIC_SCOPE, "code": code, "at": at}
    return list(session.execute(text(sql), {name: values[name] for name in values if f":{name}" in sql}))


def _package(row: Any) -> Package:
    values = dict(row._mapping)
    values["valid"] = Range(row.valid.lower, row.valid.upper)
    return Package(**values)
