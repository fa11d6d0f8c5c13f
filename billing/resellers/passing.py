"""Passing kontör on from the reseller's stock to a customer; the screen shows the customer's expiry first.

First half only: the receiver's half is the ledger's message `kontor.arrive`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.ledger import transfers
from billing.ledger.charges import insufficient
from billing.ledger.models import Lot, Transfer
from billing.ledger.transfers import ChildLot
from billing.models.resellers import ResellerContract
from billing.resellers import contracts
from billing.resellers.customers import has, own_customer
from ebelge.core.clock import kontor_expiry
from ebelge.core.errors import Conflict, NotFound
from tenants.audit.deeds import deed


class StockHasChanged(Conflict):
    """The customer's kontör would not last as long as was shown; nothing was passed on."""

    code = "stock_has_changed"
    title_tr, title_en = "Stok bu arada değişti", "The stock has changed meanwhile"


@dataclass(frozen=True, slots=True)
class Part:
    """Kontör of one expiry, as the customer will have it."""

    kontor: int
    expires_at: datetime


def preview(session: Session, *, tenant_id: UUID, kontor: int, at: datetime) -> list[Part]:
    """What a customer would receive now, the first to expire first (as the reseller). Changes nothing.

    :raises InsufficientKontor: the stock is short. :raises NoContract: none is in force.
    """
    contract = contracts.in_force(session, tenant_id=tenant_id, at=at)
    fresh = _fresh_until(contract, at)
    stock = session.execute(
        select(Lot.remaining, Lot.expires_at)
        .where(Lot.tenant_id == tenant_id, Lot.open, Lot.expires_at > at)
        .order_by(Lot.priority, Lot.expires_at, Lot.lot_id)
    )
    taken: dict[datetime, int] = {}
    need = kontor
    for remaining, expires_at in stock:
        if need == 0:
            break
        take = min(need, remaining)
        until = fresh or expires_at
        taken[until] = taken.get(until, 0) + take
        need -= take
    if need:
        raise insufficient(needed_kontor=kontor, short_kontor=need)
    return [Part(count, until) for until, count in sorted(taken.items())]


def pass_on(
    session: Session,
    *,
    tenant_id: UUID,
    customer_id: UUID,
    kontor: int,
    draw_id: UUID,
    at: datetime,
    shown: Sequence[Part] | None = None,
) -> list[Part]:
    """Take kontör from the reseller's stock for an own customer; returns what the customer will have.

    Children keep price and (contract `inherit`) expiry; `fresh` gives six months from now, which only stock that
    has not expired can get. Repeating a draw changes nothing. :param shown: what the screen had shown.

    :raises NotFound: not this reseller's customer. :raises AccountClosed: it may not receive.
    :raises InsufficientKontor: the stock is short. :raises StockHasChanged: it would not be what was shown.
    """
    own_customer(session, tenant_id=tenant_id, customer_id=customer_id)
    contract = contracts.in_force(session, tenant_id=tenant_id, at=at)
    transfers.pass_on(
        session,
        tenant_id=tenant_id,
        draw_id=draw_id,
        to_tenant_id=customer_id,
        kontor=kontor,
        at=at,
        fresh_until=_fresh_until(contract, at),
    )
    parts = by_expiry(transfers.passage(session, tenant_id=tenant_id, draw_id=draw_id).lots)
    if shown is not None and list(shown) != parts:
        raise StockHasChanged(
            "Müşterinin kontörü gösterilenden başka bir günde bitecekti; yeniden bakıp onaylayın.",
            "The customer's kontör would expire on another day than was shown; look again and confirm.",
        )
    deed(
        session, tenant_id=tenant_id, action="kontor.passed", object_kind="transfer", object_id=draw_id,
        after={"kontor": kontor, "to_tenant": customer_id}, at=at,
    )  # fmt: skip
    return parts


def transfer(session: Session, *, tenant_id: UUID, draw_id: UUID) -> Transfer:
    """A transfer out of this wallet. :raises NotFound: there is none."""
    found = session.get(Transfer, (tenant_id, draw_id))
    if found is None:
        raise NotFound("Böyle bir aktarımınız yok.", "You have made no such transfer.")
    return found


def receiver_of(session: Session, *, tenant_id: UUID, draw_id: UUID) -> UUID:
    """Which customer of this reseller a transfer went to. What a customer or a member gave back went to its reseller or
    pool, who is nobody's customer. :raises NotFound: the reseller passed nothing on to an own customer by it."""
    receiver_id = transfer(session, tenant_id=tenant_id, draw_id=draw_id).to_tenant_id
    if not has(session, tenant_id=tenant_id, customer_id=receiver_id):
        raise NotFound("Böyle bir aktarımınız yok.", "You have made no such transfer.")
    return receiver_id


def by_expiry(lots: Iterable[ChildLot]) -> list[Part]:
    """Children summed up by their expiry, the first to expire first."""
    taken: dict[datetime, int] = {}
    for lot in lots:
        taken[lot.expires_at] = taken.get(lot.expires_at, 0) + lot.kontor
    return [Part(count, until) for until, count in sorted(taken.items())]


def passed_on(
    session: Session, *, tenant_id: UUID, limit: int, before: UUID | None = None, customer_id: UUID | None = None
) -> Sequence[Transfer]:
    """Transfers out of this wallet, newest first; those older than `before`, those to one customer."""
    query = select(Transfer).where(Transfer.tenant_id == tenant_id).order_by(Transfer.draw_id.desc()).limit(limit)
    if customer_id is not None:
        query = query.where(Transfer.to_tenant_id == customer_id)
    return session.scalars(query if before is None else query.where(Transfer.draw_id < before)).all()


def _fresh_until(contract: ResellerContract, at: datetime) -> datetime | None:
    return kontor_expiry(at) if contract.passing == "fresh" else None
