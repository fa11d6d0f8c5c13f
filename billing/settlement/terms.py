"""The contract for buying on open account: limit, days, what happens when it is overdue, emergency kontör. Versions."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.models.returns import CreditTerms
from billing.payments.gateway import AMOUNT_KURUS_MAX
from ebelge.core.errors import InvalidRequest, NotFound
from ebelge.core.ids import new_id
from tenants.audit.deeds import deed
from tenants.models import Tenant

DUE_DAYS_MAX = 365
EMERGENCY_MAX = 1_000_000
# Typing takes its time; further back would change what was agreed when orders were placed.
TYPING = timedelta(minutes=5)


def set_terms(
    session: Session,
    *,
    tenant_id: UUID,
    limit_kurus: int,
    due_days: int,
    block_when_overdue: bool,
    freeze_when_overdue: bool,
    emergency_kontor: int,
    by: str,
    at: datetime,
    valid_from: datetime | None = None,
) -> CreditTerms:
    """Agree on terms from `valid_from` (default: now) on; the newest that is valid counts, older ones stay to be read.

    A limit of 0 ends buying on account, `emergency_kontor` 0 ends lending.
    :raises InvalidRequest: out of bounds, nobody's name, or in the past.
    """
    whole = all(isinstance(n, int) and not isinstance(n, bool) for n in (limit_kurus, due_days, emergency_kontor))
    bounds = whole and 0 <= limit_kurus <= AMOUNT_KURUS_MAX and 0 <= due_days <= DUE_DAYS_MAX
    if not bounds or not 0 <= emergency_kontor <= EMERGENCY_MAX or not by.strip():
        raise InvalidRequest(
            f"Limit 0 veya üstü, vade 0-{DUE_DAYS_MAX} gün, acil kontör 0-{EMERGENCY_MAX} olmalı.",
            f"The limit is 0 or more, due in 0-{DUE_DAYS_MAX} days, emergency kontör 0-{EMERGENCY_MAX}.",
        )
    if valid_from is not None and valid_from < at - TYPING:
        raise InvalidRequest("Koşullar geçmişe dönük değişmez.", "Terms do not change in the past.")
    row = CreditTerms(
        tenant_id=tenant_id,
        terms_id=new_id(),
        limit_kurus=limit_kurus,
        due_days=due_days,
        block_when_overdue=block_when_overdue,
        freeze_when_overdue=freeze_when_overdue,
        emergency_kontor=emergency_kontor,
        valid_from=valid_from or at,
        created_by=by.strip(),
        created_at=at,
    )
    before = terms_at(session, tenant_id=tenant_id, at=at)
    session.add(row)
    session.flush()
    deed(
        session, tenant_id=tenant_id, action="terms.set", object_kind="terms", object_id=row.terms_id,
        before=None if before is None else _facts(before), after=_facts(row), by=by, at=at,
    )  # fmt: skip
    return row


def _facts(row: CreditTerms) -> dict[str, object]:
    return {
        "limit_kurus": row.limit_kurus, "due_days": row.due_days, "block_when_overdue": row.block_when_overdue,
        "freeze_when_overdue": row.freeze_when_overdue, "emergency_kontor": row.emergency_kontor,
        "valid_from": row.valid_from,
    }  # fmt: skip


def terms_at(session: Session, *, tenant_id: UUID, at: datetime) -> CreditTerms | None:
    """The terms in force at an instant; None: the tenant buys nothing on account."""
    return session.scalars(
        select(CreditTerms)
        .where(CreditTerms.tenant_id == tenant_id, CreditTerms.valid_from <= at)
        .order_by(CreditTerms.valid_from.desc(), CreditTerms.terms_id.desc())
        .limit(1)
    ).one_or_none()


def coming(session: Session, *, tenant_id: UUID, at: datetime) -> list[CreditTerms]:
    """Terms that are agreed for later, soonest first."""
    later = select(CreditTerms).where(CreditTerms.tenant_id == tenant_id, CreditTerms.valid_from > at)
    return list(session.scalars(later.order_by(CreditTerms.valid_from, CreditTerms.terms_id)))


def lock_tenant(session: Session, *, tenant_id: UUID) -> None:
    """Let everything that goes on credit in this tenant wait for each other, so that no two fit one limit.

    Comes before every other lock. :raises NotFound: no such tenant.
    """
    found = session.execute(
        select(Tenant.tenant_id).where(Tenant.tenant_id == tenant_id).with_for_update(key_share=True)
    ).first()
    if found is None:
        raise NotFound()
