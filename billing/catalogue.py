"""What things cost: price versions per charge kind, append-only, never overlapping."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from billing.ledger.models import PUBLIC_SCOPE
from ebelge.core.db import fetch

_PRICE = "SELECT price_id, kontor FROM price WHERE kind = %s AND scope = %s AND valid @> %s::timestamptz"


class NoPrice(Exception):
    """No price version is valid for a charge kind: the operator's rate card has a gap."""


@dataclass(frozen=True, slots=True)
class Price:
    """Kontör per unit and the version it was read from; the charge stores both."""

    price_id: UUID
    kontor: int


def price_of(session: Session, *, kind: str, at: datetime) -> Price:
    """The public price of a charge kind at an instant.

    :raises NoPrice: the rate card has no version for that instant.
    """
    found = fetch(session, _PRICE, kind, PUBLIC_SCOPE, at)
    if not found:
        raise NoPrice(f"no price for {kind} at {at.isoformat()}")
    return Price(*found[0])
