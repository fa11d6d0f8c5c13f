"""Both sides of a break, opened: the orders, payments, lots, charges and documents, refunds and bank lines it names.

What a break names stands in its subject and data: ids, order references, `gateway:payment`. Each is looked up in every
table that could hold it, in the books of the break's own tenant. Sessions of the role reader.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from billing.reconciliation.queue import BreakRow

_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_REFERENCE = re.compile(r"KNT-[0-9A-Z]+-[0-9A-Z]+")
_LIMIT = 50
_REFUNDS = text(
    """SELECT refund_id, order_id, payment_id, state, kontor, gross_kurus, currency, requested_at, ended_at
         FROM refund WHERE tenant_id = :tenant_id AND refund_id = ANY(:ids) ORDER BY requested_at LIMIT :limit"""
)
_LOTS = """SELECT lot_id, source, source_id, reason, granted, remaining, held, consumed, expired, voided, frozen,
                  passed, net_price_kurus, net_left_kurus, credited_at, expires_at
             FROM lot WHERE tenant_id = :tenant_id AND {which} ORDER BY credited_at, lot_id LIMIT :limit"""
_LOTS_BY_ID = text(_LOTS.format(which="lot_id = ANY(:ids)"))
_LOTS_BY_SOURCE = text(
    _LOTS.format(which="source IN ('payment', 'receivable', 'bonus', 'goodwill') AND source_id = ANY(:ids)")
)
_PAYMENTS = text(
    """SELECT payment_id, order_id, gateway, gateway_payment_id, amount_kurus, paid_kurus, refunded_kurus, currency,
              paid_at
         FROM payment
        WHERE tenant_id = :tenant_id
          AND (payment_id = ANY(:ids) OR order_id = ANY(:ids) OR gateway || ':' || gateway_payment_id = ANY(:keys))
        ORDER BY paid_at, payment_id LIMIT :limit"""
)
_ORDERS = text(
    """SELECT o.order_id, o.tenant_id, o.reference, o.state, o.method, o.kontor, o.bonus_kontor, o.net_kurus,
              o.gross_kurus, o.currency, o.created_at, o.paid_at, o.credited_at, o.invoice_state
         FROM kontor_order o
        WHERE o.tenant_id = :tenant_id AND (o.order_id = ANY(:ids) OR o.reference = ANY(:references))
        ORDER BY o.created_at, o.order_id LIMIT :limit"""
)
_CHARGES = text(
    """SELECT coalesce(c.charge_id, d.document_id) AS charge_id, c.kind, c.kontor, c.state, c.reserved_at, c.ended_at,
              coalesce(c.reference, d.reference) AS reference, d.document_id, d.state AS document_state,
              d.kontor AS document_kontor, d.signed, d.charge_due, d.created_at
         FROM unnest(CAST(:ids AS uuid[])) AS i(id)
         LEFT JOIN charge c ON c.tenant_id = :tenant_id AND c.charge_id = i.id
         LEFT JOIN document_outcomes d ON d.tenant_id = :tenant_id AND d.document_id = i.id
        WHERE c.charge_id IS NOT NULL OR d.document_id IS NOT NULL
        LIMIT :limit"""
)
_BANK_LINES = text(
    """SELECT line_id, booked_on, amount_kurus, currency, sender_name, description, state, bank_ref FROM bank_line
        WHERE line_id = ANY(:ids) OR line_id IN (SELECT line_id FROM bank_allocation
                WHERE allocation_id = ANY(:ids) OR (to_tenant_id = :tenant_id AND order_id = ANY(:ids)))
        ORDER BY booked_on, line_id LIMIT :limit"""
)
_GATEWAY_LINES = text(
    """SELECT gateway, transaction_id, day, gateway_payment_id, kind, amount_kurus, currency, fee_kurus
         FROM gateway_line
        WHERE gateway_payment_id = ANY(:numbers) AND gateway = ANY(:gateways)
          AND gateway || ':' || gateway_payment_id = ANY(:keys)
        ORDER BY day, transaction_id LIMIT :limit"""
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What lies on both sides; empty where nothing was found, which may be the very reason of the break."""

    orders: Sequence[Any]
    payments: Sequence[Any]
    refunds: Sequence[Any]
    bank_lines: Sequence[Any]
    gateway_lines: Sequence[Any]
    charges: Sequence[Any]
    lots: Sequence[Any]


def evidence(session: Session, found: BreakRow) -> Evidence:
    """Everything that the break names, and what belongs to it."""
    words = [found.subject, *_texts(found.data)]
    ids = {UUID(one) for word in words for one in _UUID.findall(word)}
    references = sorted({one for word in words for one in _REFERENCE.findall(word)})
    keys = _keys(found)
    gateways, numbers = [key.partition(":")[0] for key in keys], [key.partition(":")[2] for key in keys]

    def rows(statement: Any) -> Sequence[Any]:
        given = {"tenant_id": found.tenant_id, "ids": sorted(ids), "keys": keys, "references": references,
                 "gateways": gateways, "numbers": numbers, "limit": _LIMIT}  # fmt: skip
        return session.execute(statement, given).all()

    charges, refunds, named_lots = rows(_CHARGES), rows(_REFUNDS), rows(_LOTS_BY_ID)
    ids |= {one.source_id for one in named_lots}
    ids |= {one for refund in refunds for one in (refund.order_id, refund.payment_id)}
    ids |= {one.order_id for one in rows(_PAYMENTS)}
    orders = rows(_ORDERS)
    ids |= {one.order_id for one in orders}
    payments = rows(_PAYMENTS)
    ids |= {one.payment_id for one in payments}
    of_source = rows(_LOTS_BY_SOURCE)
    known = {lot.lot_id for lot in named_lots}
    return Evidence(
        orders, payments, refunds, rows(_BANK_LINES), rows(_GATEWAY_LINES), charges,
        [*named_lots, *(lot for lot in of_source if lot.lot_id not in known)],
    )  # fmt: skip


def _keys(found: BreakRow) -> list[str]:
    """Payments as gateways name them: `gateway:payment`."""
    named = {f"{found.data.get('gateway', '')}:{found.data.get('payment_id', '')}"}
    return sorted({found.subject, *named})


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _each(value.values())
    elif isinstance(value, list):
        yield from _each(value)


def _each(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        yield from _texts(value)
