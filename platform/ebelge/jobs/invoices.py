"""The invoice for a sale: every credited order becomes a document of the operator's own, once.

It goes the way of any taxpayer's document (rules, number, seal, delivery), charged at price 0. Its ETTN follows from
the order, so whoever comes second, after a kill or beside another, finds the first one's document and adopts it.
"""

import logging
import os
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing import breaks
from billing.models.orders import KontorOrder, Payment
from billing.orders import events, queries
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.config import settings
from ebelge.core.db import fetch, role_session, tenant_session
from ebelge.core.errors import Conflict, DomainError
from ebelge.core.money import decimal_text
from ebelge.documents.models import Document
from ebelge.documents.submit import DuplicateEttn, Submission, accept, check_all
from ebelge.jobs import bell
from ebelge.outbox import messages
from ebelge.outbox.messages import Claim
from tenants import accounts
from tenants.models import Tenant

log = logging.getLogger(__name__)
CREATED_BY = "sale"
INVOICE_DIFFERS = "invoice_differs_from_order"
# Who takes the money in, as an invoice names it; a payment institution is named with its brand.
_WAYS = {"iyzico": ("ODEMEARACISI", "iyzico"), "stripe": ("ODEMEARACISI", "Stripe"), "bank": ("EFT/HAVALE", "")}
_MEANS = {"iyzico": "48", "stripe": "48", "bank": "42"}


@dataclass(frozen=True, slots=True)
class Sale:
    """What the invoice is made from, read as the buyer."""

    order: KontorOrder
    buyer: Tenant
    gateway: str
    paid_on: date | None


def ettn_of(order_id: UUID) -> UUID:
    """The ETTN of an order's invoice: the same whenever it is asked for."""
    return uuid5(NAMESPACE_OID, f"ebelge sale {order_id}")


def issue(claim: Claim) -> None:
    """Issue the invoice of an order (topic order.invoice, key order_id); repeating it changes nothing.

    :raises DomainError: it cannot be issued now (no operator, no series, a rule broken): tried again, then dead.
    """
    sale = _sale(claim)
    if sale is None:
        return
    operator_id = _operator(sale.buyer.mode)
    ettn, at = ettn_of(sale.order.order_id), utc_now()
    document_id = _issued(operator_id, ettn)
    if document_id is None:
        submission = Submission(draft=_draft(sale, ettn, istanbul_date(at)), buyer_email=sale.buyer.email)
        tenant, (checked,) = check_all([submission], tenant_id=operator_id, at=at)
        if isinstance(checked, DomainError):
            raise checked
        if (checked.payable_kurus, checked.currency) != (sale.order.gross_kurus, sale.order.currency):
            _differs(claim, sale.order, checked.payable_kurus)
            return
        try:
            with tenant_session(operator_id) as session:
                (document,) = accept(session, tenant=tenant, checked=[checked], created_by=CREATED_BY, at=utc_now())
                document_id = document.document_id
            bell.ring()
        except DuplicateEttn:
            document_id = _issued(operator_id, ettn)
            if document_id is None:
                raise
    _enter(claim, document_id)


def _sale(claim: Claim) -> Sale | None:
    """What is to be invoiced; None (and the message ends) where that is done."""
    with tenant_session(claim.tenant_id) as session:
        order = queries.get(session, tenant_id=claim.tenant_id, order_id=claim.key)
        if order.invoice_state != "wanted":
            messages.done(session, [claim], at=utc_now())
            return None
        payment = session.scalars(
            select(Payment).where(Payment.tenant_id == claim.tenant_id, Payment.order_id == claim.key).limit(1)
        ).first()
        buyer = accounts.get(session, tenant_id=claim.tenant_id)
        gateway = payment.gateway if payment is not None else "bank"
        return Sale(order, buyer, gateway, istanbul_date(payment.paid_at) if payment is not None else None)


def _draft(sale: Sale, ettn: UUID, today: date) -> dict[str, Any]:
    """The invoice as a draft. One line: what was bought, at its net price, so that one KDV is reckoned, once."""
    order, buyer = sale.order, sale.buyer
    party: dict[str, Any] = {
        "district": buyer.district, "city": buyer.city, "country": buyer.country, "street": buyer.street or "",
        "postal_zone": buyer.postal_zone or "", "tax_office": buyer.tax_office or "", "email": buyer.email or "",
    }  # fmt: skip
    if len(buyer.vkn_tckn) == 10:
        party |= {"vkn": buyer.vkn_tckn, "name": buyer.title}
    else:
        party |= {"tckn": buyer.vkn_tckn, "first_name": buyer.first_name, "family_name": buyer.family_name}
    bonus = f" ({order.bonus_kontor} hediye kontör dahil)" if order.bonus_kontor else ""
    way, agent = _WAYS[sale.gateway]
    draft: dict[str, Any] = {
        "kind": "auto", "profile": "TEMELFATURA", "ettn": str(ettn), "issue_date": today.isoformat(), "buyer": party,
        "lines": [
            {
                "name": f"{order.package_name_tr}{bonus}", "quantity": str(order.quantity), "unit": "adet",
                "unit_price": str(Decimal(decimal_text(order.net_kurus)) / order.quantity),
                "kdv_rate": str(order.kdv_percent), "seller_code": order.package_code,
            }
        ],
        "notes": [f"Sipariş: {order.reference}"],
        "order": {"number": order.reference, "date": istanbul_date(order.created_at).isoformat()},
        "payment": {"means_code": _MEANS[sale.gateway]},
    }  # fmt: skip
    if sale.paid_on is None:
        draft["notes"].append("Açık hesap: ödeme vadesinde yapılacaktır.")
    else:
        draft["internet_sale"] = {
            "web_address": os.environ.get("EBELGE_SALES_WEB_ADDRESS") or settings().public_base_url,
            "payment_way": way, "payment_agent": agent, "payment_date": sale.paid_on.isoformat(),
        }  # fmt: skip
    return draft


def _operator(mode: str) -> UUID:
    with role_session("app") as session:
        found = fetch(session, "SELECT tenant_id FROM operator_of(%s)", mode)
    if not found:
        raise Conflict("İşletmeci kaydı eksik.", "The operator is not entered.")
    return UUID(str(found[0].tenant_id))


def _issued(operator_id: UUID, ettn: UUID) -> UUID | None:
    with tenant_session(operator_id) as session:
        return session.scalars(
            select(Document.document_id).where(Document.tenant_id == operator_id, Document.ettn == ettn)
        ).one_or_none()


def _enter(claim: Claim, document_id: UUID) -> None:
    """Write the invoice into the order, with the message's end: whoever lost the claim changes nothing."""
    at = utc_now()
    with tenant_session(claim.tenant_id) as session:
        order = queries.lock(session, tenant_id=claim.tenant_id, order_id=claim.key)
        if not messages.done(session, [claim], at=at) or order.invoice_state != "wanted":
            return
        order.invoice_state, order.invoice_document_id, order.invoiced_at = "issued", document_id, at
        _say(session, order, document_id)
    log.info("sale invoiced", extra={"order_id": str(claim.key), "document_id": str(document_id)})


def _say(session: Session, order: KontorOrder, document_id: UUID) -> None:
    events.record(
        session, tenant_id=order.tenant_id, order_id=order.order_id, kind="invoiced", by="system", at=utc_now(),
        text_tr="Satış faturası düzenlendi.", text_en="The invoice for the sale was issued.",
        data={"document_id": str(document_id)},
    )  # fmt: skip


def _differs(claim: Claim, order: KontorOrder, payable_kurus: int) -> None:
    at = utc_now()
    with tenant_session(claim.tenant_id) as session:
        breaks.open_break(
            session, tenant_id=claim.tenant_id, kind=INVOICE_DIFFERS, subject=order.reference, at=at,
            amount_kurus=payable_kurus - order.gross_kurus, data={"order_id": str(order.order_id)},
        )  # fmt: skip
        messages.bury(session, claim, at=at, error=f"the invoice would be about {payable_kurus} kuruş")
