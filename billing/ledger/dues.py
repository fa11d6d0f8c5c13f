"""Dues: kontör owed for what is never held back (an incoming document). The next lot pays them before anything else.

A due's id is the id its charge will have, so a due is paid once at most, whatever is repeated.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from billing.ledger import charges
from billing.ledger.charges import ChargeRequest
from billing.models.dues import Due
from ebelge.core.transaction import Call, Prepared

BATCH: Final = 500
_OPEN = Prepared("SELECT due_id FROM due WHERE tenant_id = %s AND state = 'open' LIMIT 1")


def charge_or_owe(session: Session, *, tenant_id: UUID, requests: Sequence[ChargeRequest], at: datetime) -> int:
    """Charge each for good, in order; what the kontör do not suffice for is owed. Returns the kontör owed of these.

    Nobody's lot comes in between: the caller holds the wallet (`lots.hold_wallet`). Repeating changes nothing.
    """
    settle(session, tenant_id=tenant_id, at=at)  # who came first pays first
    wanted = [request for request in requests if request.kontor > 0]
    known = set(
        session.scalars(
            select(Due.due_id).where(Due.tenant_id == tenant_id, Due.due_id.in_([one.charge_id for one in wanted]))
        )
    )
    wanted = [request for request in wanted if request.charge_id not in known]
    count = 0 if known or _is_owing(session, tenant_id) else _charge(session, tenant_id, wanted, at)
    for request in wanted[count:]:
        session.add(
            Due(
                tenant_id=tenant_id, due_id=request.charge_id, kind=request.kind, kontor=request.kontor,
                price_id=request.price_id, reference=request.reference, state="open", created_at=at,
            )
        )  # fmt: skip
    session.flush()
    return sum(request.kontor for request in wanted[count:])


def settle(session: Session, *, tenant_id: UUID, at: datetime) -> int:
    """Pay open dues, oldest first, whole ones only, as far as the kontör reach; returns the kontör paid."""
    paid = 0
    while rows := _oldest(session, tenant_id):
        asked = [
            (row, ChargeRequest(row.due_id, row.kind, row.kontor, row.price_id, row.reference), row.kontor)
            for row in rows
        ]
        ids = [row.due_id for row in rows]
        count = _charge(session, tenant_id, [request for _, request, _ in asked], at)
        for due_id in ids[:count]:
            row = session.get_one(Due, (tenant_id, due_id))  # the ledger's calls expire what is held
            row.state, row.settled_at = "settled", at
        session.flush()
        paid += sum(kontor for _, _, kontor in asked[:count])
        if count < BATCH:
            break
    return paid


def owed_kontor(session: Session, *, tenant_id: UUID) -> int:
    """Kontör that the next lots pay before anything else."""
    owed = select(func.coalesce(func.sum(Due.kontor), 0)).where(Due.tenant_id == tenant_id, Due.state == "open")
    return int(session.execute(owed).scalar_one())


def open_dues(session: Session, *, tenant_id: UUID, limit: int = 200) -> Sequence[Due]:
    """Open dues, oldest first."""
    return session.scalars(_open(tenant_id).limit(limit)).all()


def asking(tenant_id: UUID) -> Call:
    """The statement that tells whether anything is owed, for a round trip together with others."""
    return _OPEN, (tenant_id,)


def _open(tenant_id: UUID) -> Select[Due]:
    return select(Due).where(Due.tenant_id == tenant_id, Due.state == "open").order_by(Due.created_at, Due.due_id)


def _oldest(session: Session, tenant_id: UUID) -> Sequence[Due]:
    statement = _open(tenant_id).limit(BATCH).with_for_update().execution_options(populate_existing=True)
    rows: Sequence[Due] = session.scalars(statement).all()
    return rows


def _is_owing(session: Session, tenant_id: UUID) -> bool:
    return session.scalars(_open(tenant_id).limit(1)).first() is not None


def _charge(session: Session, tenant_id: UUID, requests: Sequence[ChargeRequest], at: datetime) -> int:
    """Hold and capture the longest run of charges that the kontör suffice for; returns how many."""
    if not requests:
        return 0
    count = charges.reserve_many(session, tenant_id=tenant_id, charges=requests, at=at, partial=True).count
    if count:
        ids = [request.charge_id for request in requests[:count]]
        charges.capture(session, tenant_id=tenant_id, charge_ids=ids, at=at)
    return count
