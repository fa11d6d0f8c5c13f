"""The gateways' own lists of a day, kept line by line for the comparison with our payments. As the role finance."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from billing.payments.gateway import ListedTransaction

_KEEP = text(
    "INSERT INTO gateway_line (gateway, transaction_id, day, gateway_payment_id, attempt_ref, kind, amount_kurus, "
    "currency, fee_kurus, fee_currency, fetched_at) VALUES (:gateway, :transaction_id, :day, :payment_id, "
    ":attempt_ref, :kind, :amount_kurus, :currency, :fee_kurus, :fee_currency, :at) "
    "ON CONFLICT (gateway, transaction_id) DO NOTHING RETURNING 1"
)


def keep(session: Session, *, day: date, lines: Sequence[ListedTransaction], at: datetime) -> int:
    """Write a list down; returns how many of its lines are new. The same list again changes nothing.

    :raises ValueError: a line has no id, so the list cannot be trusted to be kept once.
    """
    nameless = [line for line in lines if not line.transaction_id]
    if nameless:
        raise ValueError(f"{nameless[0].gateway}: {len(nameless)} lines of {day} have no id")
    new = 0
    for line in lines:
        row = session.execute(
            _KEEP,
            {
                "gateway": line.gateway,
                "transaction_id": line.transaction_id,
                "day": day,
                "payment_id": line.payment_id,
                "attempt_ref": line.attempt_ref,
                "kind": line.kind,
                "amount_kurus": line.amount_kurus,
                "currency": line.currency,
                "fee_kurus": line.fee_kurus,
                "fee_currency": line.fee_currency,
                "at": at,
            },
        ).first()
        new += row is not None
    return new
