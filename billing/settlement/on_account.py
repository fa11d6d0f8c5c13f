"""Buying on open account and borrowing in an emergency, by contract: within the limit, never below zero.

Every check and what follows from it stand under one lock per tenant, so that orders placed at once never fit one limit
together. What is owed and how it is settled: `receivables`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.breaks import open_break
from billing.ledger import lots
from billing.ledger.models import Lot
from billing.models.orders import KontorOrder
from billing.models.returns import CreditTerms, Receivable, StaffGrant
from billing.orders import events, place
from billing.settlement import receivables
from billing.settlement.holds import Cause, Instruction, act, held
from billing.settlement.settle import credit_on_account
from billing.settlement.terms import lock_tenant, terms_at
from ebelge.core.clock import istanbul_date, istanbul_midnight, kontor_expiry
from ebelge.core.errors import Conflict, InvalidRequest
from ebelge.core.ids import new_id
from ebelge.core.money import count_text, lira_text
from tenants import accounts
from tenants.audit.deeds import deed

EMERGENCY_MONTHS = 6


class NoCreditTerms(Conflict):
    """The tenant has no contract for this."""

    code = "no_credit_terms"
    title_tr, title_en = "Bu hesapla açık hesap anlaşması yok", "There is no agreement on credit"


class CreditLimitExceeded(Conflict):
    """What is owed and this together are above the agreed limit; nothing was ordered."""

    code = "credit_limit_exceeded"
    title_tr, title_en = "Açık hesap limiti yetmiyor", "The credit limit is not enough"


class OverdueAccount(Conflict):
    """Something is overdue, and by the contract nothing goes on account before it is paid."""

    code = "overdue_account"
    title_tr, title_en = "Vadesi geçmiş borç var", "A debt is overdue"


class EmergencyLimit(Conflict):
    """More emergency kontör than the contract lends."""

    code = "emergency_limit_exceeded"
    title_tr, title_en = "Acil kontör sınırı aşılıyor", "The limit of emergency kontör is exceeded"


def buy(
    session: Session, *, tenant_id: UUID, package_code: str, quantity: int = 1, placed_by: str, at: datetime
) -> KontorOrder:
    """Place an order on open account and credit it at once; what it costs is owed until its due date.

    :raises NoCreditTerms, OverdueAccount, CreditLimitExceeded: by the contract. Also what `orders.place` refuses.
    """
    lock_tenant(session, tenant_id=tenant_id)
    terms = _terms(session, tenant_id, at)
    if not terms.limit_kurus:
        raise NoCreditTerms()
    _check_not_overdue(session, terms, at)
    order = place.place(
        session, tenant_id=tenant_id, package_code=package_code, quantity=quantity, method="open_account",
        placed_by=placed_by, at=at,
    )  # fmt: skip
    owed = receivables.open_kurus(session, tenant_id=tenant_id)
    if owed + order.gross_kurus > terms.limit_kurus:
        left = max(0, terms.limit_kurus - owed)
        raise CreditLimitExceeded(
            f"Limit {lira_text(terms.limit_kurus)} TL, açık borç {lira_text(owed)} TL; "
            f"sipariş {lira_text(order.gross_kurus)} TL. Sipariş verilmedi.",
            f"The limit is {lira_text(terms.limit_kurus)} TRY, {lira_text(owed)} TRY are owed; the order costs "
            f"{lira_text(order.gross_kurus)} TRY. Nothing was ordered.",
            limit_kurus=terms.limit_kurus, owed_kurus=owed, left_kurus=left,
        )  # fmt: skip
    order.due_at = due_at(at, terms.due_days)
    order_id = order.order_id
    receivables.open_for_order(session, order=order, due_at=order.due_at, at=at)
    credit_on_account(session, tenant_id=tenant_id, order_id=order_id, at=at)
    return session.get_one(KontorOrder, (tenant_id, order_id))


def lend(session: Session, *, tenant_id: UUID, kontor: int, by: str, at: datetime, reason: str = "") -> StaffGrant:
    """Lend emergency kontör up to the contract's number; the next purchase gives them back (ADR 0076).

    The lot has no price: what its kontör are worth is known when they come back. It expires like any other.
    :raises NoCreditTerms, OverdueAccount, EmergencyLimit: by the contract.
    """
    if isinstance(kontor, bool) or not isinstance(kontor, int) or kontor <= 0:
        raise InvalidRequest("Kontör pozitif tam sayı olmalı.", "Kontör are a whole number above 0.")
    lock_tenant(session, tenant_id=tenant_id)
    tenant = accounts.get(session, tenant_id=tenant_id)
    terms = _terms(session, tenant_id, at)
    if not terms.emergency_kontor or tenant.mode != "live" or tenant.state != "active":
        raise NoCreditTerms()
    _check_not_overdue(session, terms, at)
    owed = receivables.owed_kontor(session, tenant_id=tenant_id)
    if owed + kontor > terms.emergency_kontor:
        raise EmergencyLimit(
            f"En çok {terms.emergency_kontor} acil kontör verilir, {owed} kontör borç var.",
            f"At most {terms.emergency_kontor} emergency kontör are lent, {owed} are owed.",
            limit_kontor=terms.emergency_kontor, owed_kontor=owed,
        )  # fmt: skip
    grant = StaffGrant(
        tenant_id=tenant_id, grant_id=new_id(), kind="emergency", kontor=kontor, validity_months=EMERGENCY_MONTHS,
        reason=reason.strip(), state="granted", second_person=False, asked_by=by, asked_at=at, ended_at=at, data={},
    )  # fmt: skip
    session.add(grant)
    receivables.open_for_loan(
        session, tenant_id=tenant_id, grant_id=grant.grant_id, kontor=kontor, due_at=due_at(at, terms.due_days), at=at
    )
    grant_id = grant.grant_id
    lots.grant(
        session, tenant_id=tenant_id, source="receivable", source_id=grant_id, kontor=kontor, net_price_kurus=0,
        expires_at=kontor_expiry(at, months=EMERGENCY_MONTHS), reason="emergency", at=at,
    )  # fmt: skip
    deed(
        session, tenant_id=tenant_id, action="emergency.lent", object_kind="grant", object_id=grant_id,
        after={"kontor": kontor, "reason": reason.strip()}, by=by, at=at,
    )  # fmt: skip
    return session.get_one(StaffGrant, (tenant_id, grant_id))


def note_overdue(session: Session, *, tenant_id: UUID, at: datetime) -> int:
    """Tell of every debt past its due date by a break, and freeze what is left of its kontör where the contract says
    so, with a word in the order's timeline. Returns how many debts were frozen now; repeating it changes nothing.

    Only the buyer's own lots are frozen: kontör that were passed on are their new owner's.
    """
    lock_tenant(session, tenant_id=tenant_id)
    terms = terms_at(session, tenant_id=tenant_id, at=at)
    frozen = 0
    for row in receivables.overdue(session, tenant_id=tenant_id, at=at):
        open_break(
            session, tenant_id=tenant_id, kind=receivables.OVERDUE_BREAK, subject=str(row.receivable_id), at=at,
            amount_kurus=row.gross_kurus - row.settled_kurus,
            data={"kind": row.kind, "source_id": str(row.source_id), "due_at": row.due_at.isoformat()}, again=False,
        )  # fmt: skip
        if terms is not None and terms.freeze_when_overdue and row.kind == "open_account":
            frozen += _freeze(session, row, at)
    return frozen


def due_at(at: datetime, days: int) -> datetime:
    """The last second of the Turkish day that is `days` days after `at`."""
    return istanbul_midnight(istanbul_date(at) + timedelta(days=days + 1)) - timedelta(seconds=1)


def _freeze(session: Session, row: Receivable, at: datetime) -> bool:
    tenant_id, receivable_id, order_id = row.tenant_id, row.receivable_id, row.source_id
    found = session.scalars(
        select(Lot.lot_id)
        .where(Lot.tenant_id == tenant_id, Lot.source.in_(("receivable", "bonus")), Lot.source_id == order_id)
        .order_by(Lot.lot_id)
    ).all()
    before = held(session, tenant_id=tenant_id, cause_id=receivable_id, lot_ids=list(found))
    if any(hold.state == "frozen" for hold in before.values()):
        return False
    cause = Cause(receivable_id, "overdue", tenant_id)
    moved = act(
        session, tenant_id=tenant_id, instruction=Instruction(cause, "freeze", at), lot_ids=list(found), at=at,
        reason="overdue", further=False,
    )  # fmt: skip
    if before and not moved.kontor:
        return False  # told before, and nothing has come since
    events.record(
        session, tenant_id=tenant_id, order_id=order_id, kind="overdue_frozen",
        text_tr=f"Vadesi geçtiği için sözleşme gereği kalan {count_text(moved.kontor)} kontör donduruldu; "
        "ödenince açılır.",
        text_en=f"Overdue: by the contract the remaining {count_text(moved.kontor)} kontör are frozen "
        "until it is paid.",
        by="system", at=at, data={"kontor": moved.kontor},
    )  # fmt: skip
    session.flush()
    return True


def _terms(session: Session, tenant_id: UUID, at: datetime) -> CreditTerms:
    terms = terms_at(session, tenant_id=tenant_id, at=at)
    if terms is None:
        raise NoCreditTerms()
    return terms


def _check_not_overdue(session: Session, terms: CreditTerms, at: datetime) -> None:
    late: Sequence[Receivable] = receivables.overdue(session, tenant_id=terms.tenant_id, at=at)
    if late and terms.block_when_overdue:
        owed = sum(row.gross_kurus - row.settled_kurus for row in late)
        raise OverdueAccount(
            f"Vadesi geçmiş {lira_text(owed)} TL borç var; ödenince yeniden alabilirsiniz.",
            f"{lira_text(owed)} TRY are overdue; pay them first.",
            overdue_kurus=owed, since=min(row.due_at for row in late).isoformat(),
        )  # fmt: skip
