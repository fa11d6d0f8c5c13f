"""What the demo operator sells. Every price is invented: none is anybody's offer."""

from datetime import datetime
from typing import Final

from sqlalchemy import text

from billing.catalogue import kept
from billing.catalogue.kept import PackageTerms
from ebelge.core.db import role_session

NOTE: Final = "invented demo price"
BY: Final = "seed"
PACKAGES: Final = (
    PackageTerms(code="baslangic-100", name_tr="Başlangıç 100", name_en="Starter 100", kontor=100,
                 net_price_kurus=12_500),
    PackageTerms(code="standart-1000", name_tr="Standart 1.000", name_en="Standard 1,000", kontor=1_000,
                 net_price_kurus=104_158),
    PackageTerms(code="kurumsal-5000", name_tr="Kurumsal 5.000", name_en="Business 5,000", kontor=5_000,
                 bonus_kontor=250, net_price_kurus=416_633),
    PackageTerms(code="yuksek-25000", name_tr="Yüksek Hacim 25.000", name_en="High volume 25,000", kontor=25_000,
                 bonus_kontor=2_500, net_price_kurus=1_749_990),
)  # fmt: skip
RESELLER_PACKAGE: Final = PackageTerms(
    code="bayi-10000", name_tr="Bayi 10.000", name_en="Reseller 10,000", kontor=10_000, net_price_kurus=750_000
)


def plant(*, at: datetime) -> None:
    """Put the demo packages on sale where none is, the reseller's own at its terms, and the operator's prices to 0."""
    with role_session("finance") as session:
        tenants = session.execute(text("SELECT tenant_id, kind FROM tenant ORDER BY tenant_id")).all()
        public = set(session.execute(text("SELECT code FROM package_version")).scalars())
        own = {(row.tenant_id, row.code) for row in session.execute(text("SELECT tenant_id, code FROM tenant_package"))}
        offers = [(terms, kept.EVERYBODY) for terms in PACKAGES if terms.code not in public]
        offers += [
            (RESELLER_PACKAGE, kept.Scope(tenant_id=tenant.tenant_id))
            for tenant in tenants
            if tenant.kind == "reseller" and (tenant.tenant_id, RESELLER_PACKAGE.code) not in own
        ]
        for terms, scope in offers:
            kept.succeed_package(session, terms=terms, scope=scope, valid_from=at, note=NOTE, by=BY, at=at)
        for tenant in tenants:
            if tenant.kind == "operator":
                kept.make_free(session, tenant_id=tenant.tenant_id, note="operator", by=BY, at=at)
