"""What a charge costs, in kontör: the version of the most exact scope that is valid at an instant."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from billing.ledger.models import PUBLIC_SCOPE
from ebelge.core.db import fetch

# One round trip: this runs in the transaction that accepts a document.
_PRICE = """
    SELECT price_id, kontor, 1 AS place FROM tenant_price
     WHERE tenant_id = %s AND kind = %s AND valid @> %s::timestamptz
    UNION ALL
    SELECT price_id, kontor, CASE scope WHEN %s THEN 3 ELSE 2 END FROM price
     WHERE kind = %s AND scope = ANY(%s) AND valid @> %s::timestamptz
     ORDER BY place LIMIT 1
"""


class NoPrice(Exception):
    """No price version is valid for a charge kind: the operator's rate card has a gap."""


@dataclass(frozen=True, slots=True)
class Price:
    """Kontör per unit and the version it was read from; the charge stores both."""

    price_id: UUID
    kontor: int


def price_of(session: Session, *, kind: str, at: datetime, tenant_id: UUID, reseller_id: UUID | None = None) -> Price:
    """The price of a charge kind for a tenant at an instant: its own, else its reseller's, else the public one.

    :raises NoPrice: the rate card has no version for that instant.
    """
    scopes = [PUBLIC_SCOPE] if reseller_id is None else [PUBLIC_SCOPE, reseller_id]
    found = fetch(session, _PRICE, tenant_id, kind, at, PUBLIC_SCOPE, kind, scopes, at)
    if not found:
        raise NoPrice(f"no price for {kind} at {at.isoformat()}")
    return Price(found[0].price_id, found[0].kontor)
