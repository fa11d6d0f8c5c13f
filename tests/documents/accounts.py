"""Tenants as tests of documents need them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from billing.ledger import lots
from ebelge.core.db import tenant_session
from ebelge.core.ids import new_id
from ebelge.documents.numbers import series
from ebelge.ubl.types import Party
from tenants.models import Service, Tenant


def open_tenant(party: Party, prefixes: dict[str, str], *, kontor: int, at: datetime, kind: str = "customer") -> UUID:
    """A tenant with all services active, a default series each, and one lot of kontör."""
    tenant_id = new_id()
    with tenant_session(tenant_id) as session:
        session.add(
            Tenant(
                tenant_id=tenant_id, kind=kind, mode="live", state="active", vkn_tckn=party.vkn_tckn,
                title=party.name, tax_office=party.tax_office, street=party.street, district=party.district,
                city=party.city, postal_zone=party.postal_zone, country=party.country, email=party.email,
                phone=party.phone, created_at=at,
            )
        )  # fmt: skip
        session.flush()
        lots.open_wallet(session, tenant_id=tenant_id)
        for service, prefix in prefixes.items():
            session.add(
                Service(
                    tenant_id=tenant_id, service=service, state="active", active_from=date(2020, 1, 1),
                    seal_mode="operator", sender_alias=f"urn:mail:defaultgb@{prefix}.example",
                )
            )  # fmt: skip
            series.create(session, tenant_id=tenant_id, kind=service, prefix=prefix)
        if kontor:
            lots.grant(
                session, tenant_id=tenant_id, source="bonus", source_id=uuid4(), kontor=kontor, net_price_kurus=0,
                expires_at=at + timedelta(days=180), at=at,
            )  # fmt: skip
    return tenant_id
