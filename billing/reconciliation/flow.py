"""(C) The roll-forward of wallets: opening and every term make the closing, and the closing is what the lots hold.

The journal tells each term; the balance that each entry wrote down is the second witness, the lots are the third.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from billing.reconciliation.checks import Check

# How an entry moves what the tenant has in all (available + held + frozen); the rest moves within it.
TERMS: dict[str, tuple[str, int]] = {
    "bought": ("granted", 1),
    "given": ("granted", 1),
    "received": ("received", 1),
    "restored": ("restored", 1),
    "consumed": ("captured", -1),
    "expired": ("expired", -1),
    "voided": ("voided", -1),
    "passed": ("passed", -1),
}
_BOUGHT = "l.source IN ('payment', 'receivable')"
TERM_OF = f"""
    CASE j.kind WHEN 'granted' THEN CASE WHEN {_BOUGHT} THEN 'bought' ELSE 'given' END
                WHEN 'captured' THEN 'consumed' ELSE j.kind END
"""
_SIGNED = "CASE WHEN j.kind IN ('granted', 'received', 'restored') THEN 1 ELSE -1 END"
MOVING = "('granted', 'received', 'restored', 'captured', 'expired', 'voided', 'passed')"

_FLOW = f"""
    SELECT {TERM_OF} AS term, sum(j.kontor)::bigint AS kontor, sum(j.net_kurus)::bigint AS net_kurus
      FROM journal j JOIN lot l ON l.tenant_id = j.tenant_id AND l.lot_id = j.lot_id
     WHERE j.tenant_id = :tenant_id AND j.at >= :start AND j.at < :end AND j.kind IN {MOVING}
     GROUP BY 1
"""
_STANDING = """
    SELECT available + held + frozen FROM journal
     WHERE tenant_id = :tenant_id AND at < :at ORDER BY version DESC LIMIT 1
"""
# All wallets at once: the sum of the terms, the last entry's balance, the wallet and the lots.
_DIFFERS = f"""
    SELECT w.tenant_id, 'wallet', NULL::bigint, coalesce(j.kontor, 0) - (w.available + w.held + w.frozen),
           jsonb_build_object('terms', coalesce(j.kontor, 0), 'wallet', w.available + w.held + w.frozen,
                              'lots', coalesce(l.kontor, 0))
      FROM wallet w
      JOIN tenant t ON t.tenant_id = w.tenant_id AND t.mode = 'live'
      LEFT JOIN (SELECT j.tenant_id, sum({_SIGNED} * j.kontor)::bigint AS kontor FROM journal j
                  WHERE j.kind IN {MOVING} GROUP BY 1) j ON j.tenant_id = w.tenant_id
      LEFT JOIN (SELECT tenant_id, sum(remaining + held + frozen)::bigint AS kontor FROM lot GROUP BY 1) l
        ON l.tenant_id = w.tenant_id
     WHERE coalesce(j.kontor, 0) <> w.available + w.held + w.frozen
        OR coalesce(l.kontor, 0) <> w.available + w.held + w.frozen
"""
# In transit is told by the ledger's own verification; here each wallet's terms must make its closing.
CHECKS: tuple[Check, ...] = (Check("roll_forward_differs", _DIFFERS),)


@dataclass(frozen=True, slots=True)
class Flow:
    """One tenant's kontör over a period; `terms` are without sign, `TERMS` says which way they go."""

    tenant_id: UUID
    start: datetime
    end: datetime
    opening: int
    terms: dict[str, int]
    closing: int

    @property
    def agrees(self) -> bool:
        """Whether opening and terms make the closing."""
        return self.opening + sum(TERMS[term][1] * kontor for term, kontor in self.terms.items()) == self.closing


def flow(connection: Connection, *, tenant_id: UUID, start: datetime, end: datetime) -> Flow:
    """The roll-forward of a tenant over [start, end), every term named."""
    rows = connection.execute(text(_FLOW), {"tenant_id": tenant_id, "start": start, "end": end})
    terms = dict.fromkeys(TERMS, 0) | {row.term: row.kontor for row in rows}
    return Flow(
        tenant_id, start, end, _standing(connection, tenant_id, start), terms, _standing(connection, tenant_id, end)
    )


def _standing(connection: Connection, tenant_id: UUID, at: datetime) -> int:
    found: Any = connection.execute(text(_STANDING), {"tenant_id": tenant_id, "at": at}).scalar_one_or_none()
    return int(found or 0)
