"""Crediting an order: its lots, its payment, its new state, and the messages that follow from it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from billing.ledger import lots
from billing.models.orders import KontorOrder, Payment, PaymentAttempt
from billing.orders import events
from billing.orders.states import OrderState, move
from billing.payments.gateway import PaymentEvidence
from billing.payments.redaction import redact
from billing.settlement import receivables
from ebelge.core.clock import kontor_expiry
from ebelge.core.money import count_text, lira_text
from ebelge.outbox import messages

FOLLOWING = ("order.credited", "order.invoice")


def credit(session: Session, order: KontorOrder, *, source: lots.GrantSource, source_id: UUID, at: datetime) -> None:
    """The lots, the order's new state, and what follows from it elsewhere."""
    expires_at = kontor_expiry(at, months=order.validity_months)
    move(order, OrderState.CREDITED, at=at)
    order.credited_at, order.invoice_state = at, "wanted"
    session.flush()  # the ledger's functions let the session forget what it holds
    lots.grant(
        session,
        tenant_id=order.tenant_id,
        source=source,
        source_id=source_id,
        kontor=order.kontor,
        net_price_kurus=order.net_kurus,
        expires_at=expires_at,
        reason=order.reference,
        at=at,
    )
    if order.bonus_kontor:
        lots.grant(
            session,
            tenant_id=order.tenant_id,
            source="bonus",
            source_id=order.order_id,
            kontor=order.bonus_kontor,
            net_price_kurus=0,
            expires_at=expires_at,
            reason=order.reference,
            at=at,
        )
    for topic in FOLLOWING:
        messages.put(session, tenant_id=order.tenant_id, topic=topic, key=order.order_id, at=at)
    bonus_tr = f" ve {count_text(order.bonus_kontor)} hediye kontör" if order.bonus_kontor else ""
    bonus_en = f" and {count_text(order.bonus_kontor)} bonus kontör" if order.bonus_kontor else ""
    say(
        session,
        order,
        "credited",
        f"{count_text(order.kontor)} kontör{bonus_tr} yüklendi.",
        f"{count_text(order.kontor)} kontör{bonus_en} were credited.",
        at,
        {"expires_at": expires_at.isoformat(), "kontor": order.kontor, "bonus_kontor": order.bonus_kontor},
    )
    session.flush()  # the ledger's calls expire what the session holds
    payment_id = source_id if source == "payment" else None
    receivables.settle_from(session, tenant_id=order.tenant_id, order_id=order.order_id, payment_id=payment_id, at=at)


def payment_row(
    payment_id: UUID, order: KontorOrder, attempt: PaymentAttempt | None, evidence: PaymentEvidence, at: datetime
) -> Payment:
    """The payment as its evidence proves it, for ever."""
    return Payment(
        tenant_id=order.tenant_id,
        payment_id=payment_id,
        order_id=order.order_id,
        attempt_id=None if attempt is None else attempt.attempt_id,
        gateway=evidence.gateway,
        gateway_payment_id=evidence.payment_id,
        item_ref=evidence.item_ref,
        amount_kurus=evidence.amount_kurus,
        paid_kurus=evidence.paid_kurus,
        fee_kurus=evidence.fee_kurus,
        refunded_kurus=0,
        currency=evidence.currency,
        installments=evidence.installments,
        evidence=redact(evidence.raw),
        paid_at=at,
    )


def say_paid(session: Session, order: KontorOrder, evidence: PaymentEvidence, at: datetime) -> None:
    """Write into the timeline that money came, and what an instalment surcharge came to."""
    over = evidence.paid_kurus - evidence.amount_kurus
    more_tr = f" Taksit farkı {lira_text(over)} TL." if over else ""
    more_en = f" Instalment surcharge {lira_text(over)} TRY." if over else ""
    say(
        session,
        order,
        "paid",
        f"Ödeme alındı: {lira_text(order.gross_kurus)} TL.{more_tr}",
        f"Payment received: {lira_text(order.gross_kurus)} TRY.{more_en}",
        at,
        {"gateway": evidence.gateway, "payment": evidence.payment_id, "installments": evidence.installments},
    )


def say(
    session: Session, order: KontorOrder, kind: str, text_tr: str, text_en: str, at: datetime, data: dict[str, Any]
) -> None:
    """Write a line of an order's timeline."""
    events.record(
        session,
        tenant_id=order.tenant_id,
        order_id=order.order_id,
        kind=kind,
        text_tr=text_tr,
        text_en=text_en,
        by="system",
        at=at,
        data=data,
    )
