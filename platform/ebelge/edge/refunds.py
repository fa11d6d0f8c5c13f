"""The refund desk as portal, API and staff use it: what an order is worth, and asking for it.

Who the buyer is for the tax side is looked up on the day of the request; kontör that came home from others are found by
following them from tenant to tenant before the transaction begins.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from billing.models.orders import KontorOrder
from billing.settlement import quote, refunds
from billing.settlement.quote import LotQuote, Quote
from billing.settlement.refunds import BuyerFacts
from ebelge.core.clock import utc_now
from ebelge.core.config import settings
from ebelge.core.db import tenant_session
from ebelge.core.errors import NotFound
from ebelge.documents.registered import taxpayer
from ebelge.documents.registered.taxpayer import MailboxKey
from ebelge.jobs import passed_on
from tenants import accounts

# An e-Arşiv invoice that is not older can still be cancelled; a person confirms each one.
CANCELLABLE_FOR = timedelta(days=7)
TCKN_DIGITS = 11


@dataclass(frozen=True, slots=True)
class Received:
    """A lot that a reseller or a pool gave: worth nothing at our desk; `seller` is who to ask."""

    lot: LotQuote
    seller: str


def quoted(tenant_id: UUID, order_id: UUID, *, at: datetime) -> Quote:
    """What the unused kontör of an order are worth now. :raises NotFound: the tenant has no such order."""
    home = home_lots(tenant_id, order_id)
    with tenant_session(tenant_id) as session:
        return quote.quote(
            session, tenant_id=tenant_id, order_id=order_id, at=at, window_days=settings().refund_window_days,
            home_lots=home,
        )  # fmt: skip


def ask(
    tenant_id: UUID, order_id: UUID, *, reason: str, by: str, to_iban: str = "", shown_gross_kurus: int | None = None
) -> UUID:
    """Ask for the refund of an order's unused kontör; returns the refund's id. Errors: `settlement.refunds.request`."""
    home = home_lots(tenant_id, order_id)
    with tenant_session(tenant_id) as session:
        return ask_in(
            session, tenant_id=tenant_id, order_id=order_id, home=home, reason=reason, by=by, to_iban=to_iban,
            shown_gross_kurus=shown_gross_kurus, at=utc_now(),
        )  # fmt: skip


def ask_in(
    session: Session, *, tenant_id: UUID, order_id: UUID, home: Sequence[UUID], reason: str, by: str, to_iban: str,
    shown_gross_kurus: int | None, at: datetime,
) -> UUID:  # fmt: skip
    """The same in the caller's transaction; `home` is of `home_lots`, asked before it began."""
    return refunds.request(
        session, tenant_id=tenant_id, order_id=order_id, buyer=buyer_facts(session, tenant_id, order_id, at=at),
        reason=reason, by=by, at=at, to_iban=to_iban, shown_gross_kurus=shown_gross_kurus,
        window_days=settings().refund_window_days, home_lots=home,
    )  # fmt: skip


def received(tenant_id: UUID, *, at: datetime) -> list[Received]:
    """The tenant's open lots that others gave it, and who."""
    with tenant_session(tenant_id) as session:
        orders = [
            row.order_id
            for row in session.execute(
                text("SELECT order_id FROM kontor_order WHERE tenant_id = :id AND credited_at IS NOT NULL"),
                {"id": tenant_id},
            )
        ]
    home = [lot_id for order_id in orders for lot_id in home_lots(tenant_id, order_id)]
    with tenant_session(tenant_id) as session:
        found = quote.received(session, tenant_id=tenant_id, at=at, home_lots=home)
    return [Received(lot, _title(lot.sold_by)) for lot in found]


def buyer_facts(session: Session, tenant_id: UUID, order_id: UUID, *, at: datetime) -> BuyerFacts:
    """Who the buyer is for the tax side, as of now; the session is the buyer's."""
    tenant = accounts.get(session, tenant_id=tenant_id)
    order = session.get(KontorOrder, (tenant_id, order_id))
    if order is None:
        raise NotFound()
    key = MailboxKey(tenant.vkn_tckn, "Invoice")
    registered = bool(taxpayer.look_up(session, mode=tenant.mode, keys=[key], at=at).of(*_pair(key)))
    sends = session.execute(
        text("SELECT 1 FROM service WHERE tenant_id = :id AND state = 'active' LIMIT 1"), {"id": tenant_id}
    ).first()
    young = order.invoiced_at is None or at - order.invoiced_at <= CANCELLABLE_FOR
    return BuyerFacts(
        efatura_user=registered,
        consumer=len(tenant.vkn_tckn) == TCKN_DIGITS and sends is None,
        invoice_cancellable=order.invoice_state in ("none", "wanted") or (order.invoice_state == "issued" and young),
    )


def _pair(key: MailboxKey) -> tuple[str, str]:
    return key.vkn_tckn, key.document_type


def home_lots(tenant_id: UUID, order_id: UUID) -> list[UUID]:
    """Lots that came of the order's by way of others and are back: followed through every tenant, outside any
    transaction of ours. :raises NotFound: the tenant has no such order."""
    with tenant_session(tenant_id) as session:
        order = session.get(KontorOrder, (tenant_id, order_id))
        if order is None:
            raise NotFound()
        payment = quote.payment_of(session, order=order)
        own = [lot.lot_id for lot in quote.lots_of(session, order=order, payment=payment)]
    return passed_on.came_home(tenant_id, own) if own else []


def _title(tenant_id: UUID | None) -> str:
    if tenant_id is None:
        return ""
    with tenant_session(tenant_id) as session:
        return accounts.get(session, tenant_id=tenant_id).title
