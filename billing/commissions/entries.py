"""Commission of a reseller: accrued, reversed, given back, paid. Every function is called as the reseller.

`commission_entry.kurus` has a sign; the sum of an order's entries is what the reseller has earned by it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.models.resellers import CommissionEntry, ResellerContract
from ebelge.core.clock import istanbul_date, istanbul_midnight
from ebelge.core.errors import Conflict, InvalidRequest
from ebelge.core.ids import new_id
from ebelge.core.money import share_kurus

WHOLE_BP = 10_000


class NothingPayable(Conflict):
    """What the refund window has released is paid, or less than nothing is left of it."""

    code = "nothing_payable"
    title_tr, title_en = "Ödenecek komisyon yok", "No commission is payable"


@dataclass(frozen=True, slots=True)
class Account:
    """Commission of a reseller at an instant. `payable_kurus` is negative where more was reversed than earned since
    the last payout: the next month's commission makes up for it."""

    pending_kurus: int
    payable_kurus: int
    paid_kurus: int


def commission_kurus(net_kurus: int, commission_bp: int) -> int:
    """Commission on a net amount, in kuruş, half up."""
    return share_kurus(net_kurus, units=WHOLE_BP, first=0, last=commission_bp)


def accrue(
    session: Session,
    *,
    tenant_id: UUID,
    customer_id: UUID,
    order_id: UUID,
    net_kurus: int,
    credited_at: datetime,
    at: datetime,
    paid_at: datetime | None = None,
    customer_title: str = "",
    order_reference: str = "",
) -> int:
    """Book the commission on a paid order under the contract of the instant of crediting; returns it in kuruş.

    0 and no entry where the reseller had no contract on commission then. Repeating an order changes nothing.
    Payable when the refund window has ended: from 00:00 Istanbul of the day after its last day.

    :param paid_at: of an order on open account, which is credited before it is paid; else the instant of crediting.
    """
    contract = _lock(session, tenant_id, credited_at)
    accrued = _accrued(session, tenant_id, order_id)
    if accrued is not None:
        return accrued.kurus
    if contract is None or contract.model != "commission":
        return 0
    kurus = commission_kurus(net_kurus, contract.commission_bp)
    earned_at = paid_at or credited_at
    last_day = istanbul_date(credited_at) + timedelta(days=contract.refund_window_days)
    _append(
        session,
        tenant_id=tenant_id,
        kind="accrued",
        cause_id=order_id,
        customer_id=customer_id,
        customer_title=customer_title,
        order_id=order_id,
        order_reference=order_reference,
        contract_id=contract.contract_id,
        commission_bp=contract.commission_bp,
        base_net_kurus=net_kurus,
        kurus=kurus,
        day_of=earned_at,
        payable_from=max(earned_at, istanbul_midnight(last_day + timedelta(days=1))),
        at=at,
    )
    return kurus


def reverse(session: Session, *, tenant_id: UUID, cause_id: UUID, order_id: UUID, net_kurus: int, at: datetime) -> int:
    """Take back the commission on `net_kurus` of an order that was refunded or charged back; returns it in kuruş.

    Pro rata on what was reversed of the order so far, so that any row of refunds sums exactly, a whole refund to the
    whole commission. More than the order's rest counts as its rest. 0 where nothing was accrued (accrue first).
    Repeating a cause changes nothing.
    """
    _lock(session, tenant_id, at)
    accrued = _accrued(session, tenant_id, order_id)
    if accrued is None:
        return 0
    known = _caused(session, tenant_id, "reversed", cause_id)
    if known is not None:
        return -known.kurus
    before = _reversed_net(session, tenant_id, order_id)
    net = min(net_kurus, accrued.base_net_kurus - before)
    if net <= 0:
        return 0
    kurus = share_kurus(accrued.kurus, units=accrued.base_net_kurus, first=before, last=before + net)
    _follow(session, accrued, kind="reversed", cause_id=cause_id, net_kurus=net, kurus=-kurus, at=at)
    return kurus


def reinstate(session: Session, *, tenant_id: UUID, cause_id: UUID, at: datetime) -> int:
    """Undo a reversal whose refund failed or whose dispute was won after all; returns the kuruş given back.

    Repeating it changes nothing; 0 where that cause reversed nothing.
    """
    _lock(session, tenant_id, at)
    taken = _caused(session, tenant_id, "reversed", cause_id)
    if taken is None or taken.order_id is None:
        return 0
    known = _caused(session, tenant_id, "accrued", cause_id)
    if known is not None:
        return known.kurus
    accrued = _accrued(session, tenant_id, taken.order_id)
    assert accrued is not None  # nothing is reversed that was not accrued
    before = _reversed_net(session, tenant_id, taken.order_id)
    left = before - taken.base_net_kurus
    kurus = share_kurus(accrued.kurus, units=accrued.base_net_kurus, first=left, last=before)
    _follow(session, accrued, kind="accrued", cause_id=cause_id, net_kurus=taken.base_net_kurus, kurus=kurus, at=at)
    return kurus


def account(session: Session, *, tenant_id: UUID, at: datetime) -> Account:
    """What is pending, payable and paid at an instant; entries written after it do not count."""
    entry = CommissionEntry
    pending = func.coalesce(func.sum(entry.kurus).filter(entry.payable_from > at), 0)
    paid = func.coalesce(func.sum(entry.kurus).filter(entry.kind == "paid"), 0)
    row = session.execute(
        select(func.coalesce(func.sum(entry.kurus), 0), pending, paid).where(
            entry.tenant_id == tenant_id, entry.at <= at
        )
    ).one()
    total, waiting, gone = (int(value) for value in row)
    return Account(pending_kurus=waiting, payable_kurus=total - waiting, paid_kurus=-gone)


def pay(session: Session, *, tenant_id: UUID, payout_id: UUID, note: str, at: datetime) -> int:
    """Book the payment of everything payable at `at`; returns it in kuruş. Repeating a payout changes nothing.

    The entry only says that it was paid: the transfer is made by staff, against the reseller's invoice.

    :param note: the reseller's invoice and who paid. :raises NothingPayable: the sum is not positive.
    """
    if not note.strip():
        raise InvalidRequest("Bayinin faturası ve ödeyen yazılmalı.", "Name the reseller's invoice and who pays.")
    _lock(session, tenant_id, at)
    known = _caused(session, tenant_id, "paid", payout_id)
    if known is not None:
        return -known.kurus
    payable = account(session, tenant_id=tenant_id, at=at).payable_kurus
    if payable <= 0:
        raise NothingPayable(
            "İade süresi dolmuş ve ödenmemiş komisyon yok.", "No commission is past its refund window and unpaid."
        )
    _append(
        session,
        tenant_id=tenant_id,
        kind="paid",
        cause_id=payout_id,
        commission_bp=0,
        base_net_kurus=0,
        kurus=-payable,
        day_of=at,
        at=at,
        note=note,
    )
    return payable


def _lock(session: Session, tenant_id: UUID, at: datetime) -> ResellerContract | None:
    """One writer of a reseller's entries at a time: its contracts are locked. Returns the one at `at`."""
    found = session.scalars(
        select(ResellerContract)
        .where(ResellerContract.tenant_id == tenant_id)
        .order_by(ResellerContract.contract_id)
        .with_for_update()
    ).all()
    return next((contract for contract in found if at in contract.valid), None)


def _accrued(session: Session, tenant_id: UUID, order_id: UUID) -> CommissionEntry | None:
    return _caused(session, tenant_id, "accrued", order_id)


def _caused(session: Session, tenant_id: UUID, kind: str, cause_id: UUID) -> CommissionEntry | None:
    entry = CommissionEntry
    return session.scalars(
        select(entry).where(entry.tenant_id == tenant_id, entry.kind == kind, entry.cause_id == cause_id)
    ).one_or_none()


def _reversed_net(session: Session, tenant_id: UUID, order_id: UUID) -> int:
    """Net amount of the order that stands reversed: reversals less what was given back of them."""
    entry = CommissionEntry
    back = func.coalesce(func.sum(entry.base_net_kurus).filter(entry.kind == "reversed"), 0)
    again = func.coalesce(func.sum(entry.base_net_kurus).filter(entry.kind == "accrued", entry.cause_id != order_id), 0)
    return int(
        session.execute(
            select(back - again).where(entry.tenant_id == tenant_id, entry.order_id == order_id)
        ).scalar_one()
    )


def _follow(
    session: Session, accrued: CommissionEntry, *, kind: str, cause_id: UUID, net_kurus: int, kurus: int, at: datetime
) -> None:
    """An entry about the same order, payable with it."""
    _append(
        session,
        tenant_id=accrued.tenant_id,
        kind=kind,
        cause_id=cause_id,
        customer_id=accrued.customer_id,
        customer_title=accrued.customer_title,
        order_id=accrued.order_id,
        order_reference=accrued.order_reference,
        contract_id=accrued.contract_id,
        commission_bp=accrued.commission_bp,
        base_net_kurus=net_kurus,
        kurus=kurus,
        day_of=at,
        payable_from=accrued.payable_from,
        at=at,
    )


def _append(session: Session, *, day_of: datetime, **values: Any) -> None:
    """`day_of` decides the month of the statement: when the order was paid, reversed, or the payout made."""
    month = istanbul_date(day_of).replace(day=1)
    session.add(CommissionEntry(entry_id=new_id(), month=month, **values))
    session.flush()
