"""Wallets and lots: opened, credited, expired, frozen, thawed, voided."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from billing.ledger import dues
from billing.ledger.errors import refusals
from ebelge.core.ids import new_id

GrantSource = Literal["payment", "receivable", "bonus", "goodwill", "opening"]
DEFAULT_PRIORITY = 100


@dataclass(frozen=True, slots=True)
class ExpiredLot:
    """A lot whose unspent rest was posted as expired (breakage)."""

    lot_id: UUID
    kontor: int


def open_wallet(session: Session, *, tenant_id: UUID) -> None:
    """Open the tenant's wallet, empty. Belongs into the transaction that creates the tenant."""
    session.execute(text("SELECT ledger_open_wallet(:tenant_id)"), {"tenant_id": tenant_id})


def grant(
    session: Session,
    *,
    tenant_id: UUID,
    source: GrantSource,
    source_id: UUID,
    kontor: int,
    net_price_kurus: int,
    expires_at: datetime,
    at: datetime,
    part: int = 1,
    priority: int = DEFAULT_PRIORITY,
    reason: str = "",
    lot_id: UUID | None = None,
) -> bool:
    """Credit kontör as one lot for one source document; True when credited, False when it was credited before.

    What is owed (`dues`) is paid out of it at once.
    :param net_price_kurus: net price paid for the whole lot, in kuruş (0 for bonus and goodwill).
    :raises SameKeyOtherContent: the source document was credited with another amount or price.
    :raises LotHasExpired: `expires_at` is not after `at`.
    """
    granted = bool(
        _call(
            session,
            "ledger_grant(:tenant_id, :lot_id, :source, :source_id, :part, :kontor, :net, :expires_at, "
            ":priority, :reason, :at)",
            tenant_id=tenant_id,
            lot_id=lot_id or new_id(),
            source=source,
            source_id=source_id,
            part=part,
            kontor=kontor,
            net=net_price_kurus,
            expires_at=expires_at,
            priority=priority,
            reason=reason,
            at=at,
        )
    )
    if granted:
        dues.settle(session, tenant_id=tenant_id, at=at)
    return granted


def expire_lots(session: Session, *, tenant_id: UUID, at: datetime, limit: int = 1000) -> list[ExpiredLot]:
    """Post the expiry of every lot whose expires_at <= at; return them, oldest first."""
    with refusals():
        rows = session.execute(
            text("SELECT lot_id, kontor FROM ledger_expire(:tenant_id, :limit, :at)"),
            {"tenant_id": tenant_id, "limit": limit, "at": at},
        ).all()
    session.expire_all()
    return [ExpiredLot(row.lot_id, row.kontor) for row in rows]


def hold_wallet(session: Session, *, tenant_id: UUID, at: datetime) -> None:
    """Lock the wallet until the transaction ends and change nothing: what is read of it afterwards stays so."""
    with refusals():
        session.execute(text("SELECT count(*) FROM ledger_expire(:t, 0, :at)"), {"t": tenant_id, "at": at})
    session.expire_all()


def freeze(session: Session, *, tenant_id: UUID, lot_id: UUID, reason: str, at: datetime) -> int:
    """Freeze what remains of a lot; returns the kontör frozen (0 when it was frozen or voided before)."""
    sql = "ledger_freeze(:tenant_id, :lot_id, :reason, :at)"
    return int(_call(session, sql, tenant_id=tenant_id, lot_id=lot_id, reason=reason, at=at))


def thaw(session: Session, *, tenant_id: UUID, lot_id: UUID, at: datetime) -> int:
    """Thaw a frozen lot and add the frozen time to its expiry; returns the kontör thawed."""
    return int(_call(session, "ledger_thaw(:tenant_id, :lot_id, :at)", tenant_id=tenant_id, lot_id=lot_id, at=at))


def void(session: Session, *, tenant_id: UUID, lot_id: UUID, reason: str, at: datetime) -> int:
    """Void what is frozen of a lot for good; returns the kontör voided.

    :raises LotNotFrozen: freeze it first, so that a failed refund can be undone.
    """
    sql = "ledger_void(:tenant_id, :lot_id, :reason, :at)"
    return int(_call(session, sql, tenant_id=tenant_id, lot_id=lot_id, reason=reason, at=at))


def _call(session: Session, function: str, **values: Any) -> Any:
    with refusals():
        result = session.execute(text(f"SELECT {function}"), values).scalar_one()
    session.expire_all()
    return result
