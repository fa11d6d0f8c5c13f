"""Commission follows the money: the order is read as the customer, the entry is written as the reseller."""

import logging
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from billing.commissions import entries
from billing.orders import queries
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.outbox.messages import Claim
from tenants import accounts

log = logging.getLogger(__name__)


_EARLIER = text(
    "SELECT EXISTS (SELECT 1 FROM outbox_message WHERE tenant_id = :tenant_id AND key = :key "
    "AND topic = 'order.reversed' AND message_id < :me AND state IN ('scheduled', 'waiting', 'claimed'))"
)


class TooEarly(Exception):
    """A message came before the one it builds on."""


@dataclass(frozen=True, slots=True)
class Earned:
    """An order that a reseller brought, paid and credited."""

    reseller_id: UUID
    customer_title: str
    reference: str
    net_kurus: int
    credited_at: datetime
    paid_at: datetime


def credited(claim: Claim) -> None:
    """Topics order.credited, order.paid: accrue once; nothing while an order on open account is not paid."""
    earned = _earned(claim.tenant_id, claim.key)
    if earned is not None:
        _accrue(claim.tenant_id, claim.key, earned)


def reversed_(claim: Claim) -> None:
    """Topic order.reversed: take the commission back pro rata, or (`undone`) give it back again.

    The accrual comes first, whichever message came first.
    """
    order_id = UUID(str(claim.payload["order_id"]))
    earned = _earned(claim.tenant_id, order_id)
    if earned is None:
        return
    _accrue(claim.tenant_id, order_id, earned)
    undone = bool(claim.payload.get("undone"))
    if undone:
        _after_what_it_undoes(claim)
    with tenant_session(earned.reseller_id) as session:
        if undone:
            kurus = entries.reinstate(session, tenant_id=earned.reseller_id, cause_id=claim.key, at=utc_now())
        else:
            kurus = -entries.reverse(
                session,
                tenant_id=earned.reseller_id,
                cause_id=claim.key,
                order_id=order_id,
                net_kurus=int(claim.payload["net_kurus"]),
                at=utc_now(),
            )
    log.info("commission follows a return", extra={"reseller_id": str(earned.reseller_id), "kurus": kurus})


def _after_what_it_undoes(claim: Claim) -> None:
    """:raises TooEarly: the reversal that this message undoes is still under way; it is tried again."""
    with tenant_session(claim.tenant_id) as session:
        earlier = session.execute(_EARLIER, {"tenant_id": claim.tenant_id, "key": claim.key, "me": claim.message_id})
        if earlier.scalar_one():
            raise TooEarly(f"the reversal by {claim.key} has not been worked on")


def _earned(customer_id: UUID, order_id: UUID) -> Earned | None:
    with tenant_session(customer_id) as session:
        order = queries.get(session, tenant_id=customer_id, order_id=order_id)
        if order.reseller_id is None or order.credited_at is None or order.paid_at is None:
            return None
        return Earned(
            reseller_id=order.reseller_id,
            customer_title=accounts.get(session, tenant_id=customer_id).title,
            reference=order.reference,
            net_kurus=order.net_kurus,
            credited_at=order.credited_at,
            paid_at=order.paid_at,
        )


def _accrue(customer_id: UUID, order_id: UUID, earned: Earned) -> None:
    with tenant_session(earned.reseller_id) as session:
        kurus = entries.accrue(
            session,
            tenant_id=earned.reseller_id,
            customer_id=customer_id,
            customer_title=earned.customer_title,
            order_id=order_id,
            order_reference=earned.reference,
            net_kurus=earned.net_kurus,
            credited_at=earned.credited_at,
            paid_at=max(earned.paid_at, earned.credited_at),
            at=utc_now(),
        )
    log.info("commission accrued", extra={"reseller_id": str(earned.reseller_id), "kurus": kurus})
