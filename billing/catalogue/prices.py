"""What a charge costs, in kontör: the version of the most exact scope that is valid at an instant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from billing.ledger.models import PUBLIC_SCOPE
from ebelge.core.db import together
from ebelge.core.transaction import Call, Prepared

# This runs in the transaction that accepts a document.
_PRICE = Prepared("""
    SELECT price_id, kontor, 1 AS place FROM tenant_price
     WHERE tenant_id = %s AND kind = %s AND valid @> %s::timestamptz
    UNION ALL
    SELECT price_id, kontor, CASE scope WHEN %s THEN 3 ELSE 2 END FROM price
     WHERE kind = %s AND scope = ANY(%s) AND valid @> %s::timestamptz
     ORDER BY place LIMIT 1
""")
_CARD = text("""
    SELECT * FROM (
        SELECT DISTINCT ON (p.kind) p.kind, k.title_tr, k.title_en, p.kontor, p.place FROM (
            SELECT kind, kontor, 1 AS place FROM tenant_price
             WHERE tenant_id = :tenant_id AND valid @> CAST(:at AS timestamptz)
            UNION ALL
            SELECT kind, kontor, CASE scope WHEN CAST(:public AS uuid) THEN 3 ELSE 2 END FROM price
             WHERE scope = ANY(CAST(:scopes AS uuid[])) AND valid @> CAST(:at AS timestamptz)
        ) p JOIN charge_kind k ON k.kind = p.kind ORDER BY p.kind, p.place
    ) c ORDER BY kind
""")


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
    (rows,) = together(session, asked(kind=kind, at=at, tenant_id=tenant_id, reseller_id=reseller_id))
    return told(rows, kind=kind, at=at)


def asked(*, kind: str, at: datetime, tenant_id: UUID, reseller_id: UUID | None = None) -> Call:
    """The statement of `price_of`, for a round trip together with others; `told` reads its rows."""
    scopes = [PUBLIC_SCOPE] if reseller_id is None else [PUBLIC_SCOPE, reseller_id]
    return _PRICE, (tenant_id, kind, at, PUBLIC_SCOPE, kind, scopes, at)


def card(
    session: Session, *, tenant_id: UUID, reseller_id: UUID | None, at: datetime
) -> Sequence[Any]:  # fmt: skip
    """What every kind of charge costs a tenant at an instant (`kind`, its titles, `kontor`, `place`: 1 its own terms,
    2 its reseller's, 3 everybody's), by kind. The session must be the tenant's."""
    scopes = [PUBLIC_SCOPE] if reseller_id is None else [PUBLIC_SCOPE, reseller_id]
    values = {"tenant_id": tenant_id, "scopes": scopes, "public": PUBLIC_SCOPE, "at": at}
    return session.execute(_CARD, values).all()


def told(rows: Sequence[Any], *, kind: str, at: datetime) -> Price:
    """The price of these rows. :raises NoPrice: there is none."""
    if not rows:
        raise NoPrice(f"no price for {kind} at {at.isoformat()}")
    return Price(rows[0].price_id, rows[0].kontor)
