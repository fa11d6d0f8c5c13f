"""Names of those who passed kontör on: each is read as itself, outside the receiver's transaction."""

from collections.abc import Iterable
from uuid import UUID

from billing.ledger.models import Lot
from ebelge.core.db import tenant_session
from tenants import accounts


def titles(lots: Iterable[Lot]) -> dict[UUID, str]:
    """Who gave the received ones among these lots: the tenant's id and title."""
    return names(lot.origin_tenant_id for lot in lots if lot.source == "received")


def names(tenant_ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Titles of the tenants, each asked once."""
    found = {}
    for tenant_id in {one for one in tenant_ids if one is not None}:
        with tenant_session(tenant_id) as session:
            found[tenant_id] = accounts.get(session, tenant_id=tenant_id).title
    return found
