"""Commission follows the money: the order is read as the customer, the entry is written as the reseller."""

import logging
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from billing.commissions import entries
from billing.orders import queries
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.outbox.messages import Claim
from tenants import accounts

log = logging.getLogger(__name__)


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
    with tenant_session(earned.reseller_id) as session:
        if claim.payload.get("undone"):
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
