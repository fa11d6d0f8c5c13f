"""Why a balance is what it is: balance, its lots, a lot's entries, and what made them: document, payment, grant.

As of an instant: what came later is left out, so the parts sum to the balance of that instant. Sessions of the role
reader, for the operator's finance staff; every statement names the tenant.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from billing.ledger.balance import SETTLED_AFTER, PastBalance, balance_as_of
from billing.statements.statement import Frame, LotLeft, lots_left
from ebelge.core.errors import NotFound

_IN, _OUT = "('granted', 'received', 'restored')", "('captured', 'expired', 'voided', 'passed')"
_LOT = text(
    """SELECT l.lot_id, l.source, l.source_id, l.part, l.reason, l.granted, l.remaining, l.held, l.consumed, l.expired,
              l.voided, l.frozen, l.passed, l.net_price_kurus, l.net_left_kurus, l.credited_at, l.expires_at,
              l.origin_tenant_id, l.origin_lot_id, g.title AS origin_title, o.order_id, o.reference, o.gross_kurus,
              o.state AS order_state, p.payment_id, p.gateway, p.gateway_payment_id, p.paid_at, p.amount_kurus,
              s.kind AS grant_kind, s.asked_by, s.approved_by, s.reason AS grant_reason
         FROM lot l
         LEFT JOIN payment p ON p.tenant_id = l.tenant_id AND l.source = 'payment' AND p.payment_id = l.source_id
         LEFT JOIN kontor_order o ON o.tenant_id = l.tenant_id
              AND o.order_id = CASE WHEN l.source = 'payment' THEN p.order_id ELSE l.source_id END
         LEFT JOIN staff_grant s ON s.tenant_id = l.tenant_id AND s.grant_id = l.source_id
         LEFT JOIN tenant g ON g.tenant_id = l.origin_tenant_id
        WHERE l.tenant_id = :tenant_id AND l.lot_id = :lot_id"""
)
_ENTRIES = text(
    f"""SELECT j.version, j.at, j.kind, j.kontor, j.net_kurus, j.charge_id, coalesce(c.reference, '') AS reference,
               coalesce(c.kind, '') AS charge_kind, j.detail,
               CASE WHEN j.kind IN {_IN} THEN j.kontor WHEN j.kind IN {_OUT} THEN -j.kontor ELSE 0 END AS change
          FROM journal j
          LEFT JOIN charge c ON c.tenant_id = j.tenant_id AND c.charge_id = j.charge_id
         WHERE j.tenant_id = :tenant_id AND j.lot_id = :lot_id AND j.version > :after AND j.version <= :upto
         ORDER BY j.version LIMIT :limit"""
)
_LOT_LEFT = text(
    f"""SELECT coalesce(sum(CASE WHEN j.kind IN {_IN} THEN j.kontor WHEN j.kind IN {_OUT} THEN -j.kontor ELSE 0 END),
                        0)::bigint
          FROM journal j WHERE j.tenant_id = :tenant_id AND j.lot_id = :lot_id AND j.version <= :upto"""
)
_CHARGE = text(
    """SELECT c.charge_id, c.kind, k.title_tr, k.title_en, c.kontor, c.reference, c.state, c.reserved_at, c.ended_at,
              d.document_id, d.state AS document_state, d.signed, d.charge_due, d.payable_kurus, d.created_at
         FROM charge c
         LEFT JOIN charge_kind k ON k.kind = c.kind
         LEFT JOIN document_outcomes d ON d.tenant_id = c.tenant_id AND d.document_id = c.charge_id
        WHERE c.tenant_id = :tenant_id AND c.charge_id = :charge_id"""
)
_CHARGE_LOTS = text(
    """SELECT s.lot_id, s.kontor, s.net_kurus, l.source, l.reason, l.credited_at, l.expires_at
         FROM charge_lot s JOIN lot l ON l.tenant_id = s.tenant_id AND l.lot_id = s.lot_id
        WHERE s.tenant_id = :tenant_id AND s.charge_id = :charge_id ORDER BY l.expires_at, s.lot_id"""
)
_CHARGE_ENTRIES = text(
    """SELECT version, at, kind, kontor, net_kurus, lot_id FROM journal
        WHERE tenant_id = :tenant_id AND charge_id = :charge_id ORDER BY version LIMIT 200"""
)


@dataclass(frozen=True, slots=True)
class Why:
    """A balance and the lots it lies in. `final`: nothing can be added to it any more."""

    at: datetime
    balance: PastBalance
    lots: Sequence[LotLeft]
    final: bool

    @property
    def whole(self) -> int:
        """Spendable, held and frozen together."""
        return self.balance.available + self.balance.held + self.balance.frozen

    @property
    def agrees(self) -> bool:
        """Whether what the lots hold makes the balance."""
        return sum(lot.left_kontor for lot in self.lots) == self.whole


def why(session: Session, *, tenant_id: UUID, at: datetime, now: datetime) -> Why:
    """The balance at `at` and its lots; an instant that lies ahead is now."""
    at = min(at, now)
    final = at <= now - SETTLED_AFTER
    found = balance_as_of(session, tenant_id=tenant_id, as_of=at, now=now if final else now + SETTLED_AFTER)
    return Why(at, found, lots_left(session, Frame(tenant_id, at, at, found, found)), final)


def lot(session: Session, *, tenant_id: UUID, lot_id: UUID) -> Any:
    """A lot with its source: order and payment, grant, or whose lot it came from. :raises NotFound: there is none."""
    row = session.execute(_LOT, {"tenant_id": tenant_id, "lot_id": lot_id}).first()
    if row is None:
        raise NotFound()
    return row


def entries(
    session: Session, *, tenant_id: UUID, lot_id: UUID, upto: int, after: int = 0, limit: int
) -> tuple[Sequence[Any], int]:
    """A lot's entries of versions in (after, upto], in order; and what of it is left at `upto`."""
    values = {"tenant_id": tenant_id, "lot_id": lot_id, "upto": upto}
    left = int(session.execute(_LOT_LEFT, values).scalar_one())
    return session.execute(_ENTRIES, values | {"after": after, "limit": limit}).all(), left


def charge(session: Session, *, tenant_id: UUID, charge_id: UUID) -> tuple[Any, Sequence[Any], Sequence[Any]]:
    """A charge with its document, its shares in lots, and its entries. :raises NotFound: there is none."""
    values = {"tenant_id": tenant_id, "charge_id": charge_id}
    row = session.execute(_CHARGE, values).first()
    if row is None:
        raise NotFound()
    return row, session.execute(_CHARGE_LOTS, values).all(), session.execute(_CHARGE_ENTRIES, values).all()
