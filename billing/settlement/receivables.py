"""What tenants owe us, and how it is settled.

Money (an order on open account) is settled by the payment that names its order. Emergency kontör are owed in kontör:
the next purchase gives as many back, by a charge of kind `kontor.lent` in the usual burn order (ADR 0076), so every
kuruş stays with a lot and is earned when its kontör are.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.breaks import end_break
from billing.catalogue.prices import price_of
from billing.ledger import charges
from billing.ledger.models import Lot
from billing.models.finance import Break
from billing.models.orders import KontorOrder
from billing.models.returns import LotHold, Receivable
from billing.orders import events
from billing.settlement.holds import Cause, act, asked, lock
from ebelge.core.errors import NotFound
from ebelge.core.ids import new_id
from ebelge.core.money import count_text

LENT = "kontor.lent"
OVERDUE_BREAK = "receivable_overdue"
MONEY = ("open_account", "chargeback")
TAKEN_BACK = "payment_taken_back"


def open_for_order(session: Session, *, order: KontorOrder, due_at: datetime, at: datetime) -> Receivable:
    """The debt of an order that was credited on open account: its gross amount, KDV included."""
    row = Receivable(
        tenant_id=order.tenant_id, receivable_id=new_id(), kind="open_account", source_id=order.order_id,
        kontor=order.kontor + order.bonus_kontor, gross_kurus=order.gross_kurus, settled_kurus=0, settled_kontor=0,
        state="open", due_at=due_at, created_at=at, note="",
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def open_for_loan(session: Session, *, tenant_id: UUID, grant_id: UUID, kontor: int, due_at: datetime, at: datetime,
                  ) -> Receivable:  # fmt: skip
    """The kontör that an emergency lot owes."""
    row = Receivable(
        tenant_id=tenant_id, receivable_id=new_id(), kind="emergency", source_id=grant_id, kontor=kontor,
        gross_kurus=0, settled_kurus=0, settled_kontor=0, state="open", due_at=due_at, created_at=at, note="",
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def open_rows(session: Session, *, tenant_id: UUID) -> Sequence[Receivable]:
    """Everything the tenant owes, what falls due first coming first."""
    return session.scalars(
        select(Receivable)
        .where(Receivable.tenant_id == tenant_id, Receivable.state == "open")
        .order_by(Receivable.due_at, Receivable.receivable_id)
    ).all()


def open_kurus(session: Session, *, tenant_id: UUID) -> int:
    """The money the tenant owes, KDV included."""
    owed = func.coalesce(func.sum(Receivable.gross_kurus - Receivable.settled_kurus), 0)
    return int(
        session.execute(
            select(owed).where(
                Receivable.tenant_id == tenant_id, Receivable.state == "open", Receivable.kind.in_(MONEY)
            )
        ).scalar_one()
    )  # fmt: skip


def overdue(session: Session, *, tenant_id: UUID, at: datetime) -> list[Receivable]:
    """Money that is past its due date, oldest first."""
    return [row for row in open_rows(session, tenant_id=tenant_id) if row.kind in MONEY and row.due_at <= at]


def owed_kontor(session: Session, *, tenant_id: UUID) -> int:
    """Emergency kontör that the tenant has yet to give back."""
    rows = [row for row in open_rows(session, tenant_id=tenant_id) if row.kind == "emergency"]
    return sum(_owed(session, row) for row in rows)


def paid(session: Session, *, tenant_id: UUID, order_id: UUID, payment_id: UUID, at: datetime) -> bool:
    """The payment of an order on open account has come in full: its debt is settled, frozen kontör are thawed with the
    frozen time, the overdue break ends. False where the order has no open debt. The order must be locked.
    """
    row = session.scalars(
        select(Receivable)
        .where(
            Receivable.tenant_id == tenant_id, Receivable.kind == "open_account", Receivable.source_id == order_id,
            Receivable.state == "open",
        )
        .with_for_update()
    ).one_or_none()  # fmt: skip
    if row is None:
        return False
    row.settled_kurus, row.state, row.settled_at = row.gross_kurus, "settled", at
    session.flush()
    _thaw(session, row, at)
    _end_break(session, row, f"payment {payment_id}", at)
    return True


def unpaid(session: Session, *, order: KontorOrder, payment_ref: str, at: datetime) -> None:
    """The payment that settled a debt was taken back: it is open again, with its old due date. The order is locked.

    Its line in the timeline says so once: repeating this changes nothing, whatever has been paid meanwhile.
    """
    if events.told(
        session, tenant_id=order.tenant_id, order_id=order.order_id, kind=TAKEN_BACK, key="payment_ref",
        value=payment_ref,
    ):  # fmt: skip
        return
    row = session.scalars(
        select(Receivable)
        .where(
            Receivable.tenant_id == order.tenant_id, Receivable.kind == "open_account",
            Receivable.source_id == order.order_id, Receivable.state == "settled",
        )
        .with_for_update()
    ).one()  # fmt: skip
    row.settled_kurus, row.state, row.settled_at = 0, "open", None
    order.paid_at = None
    events.record(
        session, tenant_id=order.tenant_id, order_id=order.order_id, kind=TAKEN_BACK,
        text_tr="Bu siparişe yanlışlıkla yazılan ödeme geri alındı; borç yeniden açık.",
        text_en="A payment that was put to this order by mistake was taken back; the debt is open again.",
        by="system", at=at, data={"payment_ref": payment_ref},
    )  # fmt: skip
    session.flush()


def settle_debt(
    session: Session, *, tenant_id: UUID, receivable_id: UUID, line_id: UUID, by: str, at: datetime
) -> bool:
    """A transfer has paid what a chargeback left owing (`bank_desk.pays_debt` has checked it); True the first time.

    :raises NotFound: the tenant has no such debt.
    """
    row = session.scalars(
        select(Receivable)
        .where(
            Receivable.tenant_id == tenant_id, Receivable.receivable_id == receivable_id,
            Receivable.kind == "chargeback",
        )
        .with_for_update()
    ).one_or_none()  # fmt: skip
    if row is None:
        raise NotFound("Böyle bir borç yok.", "There is no such debt.")
    if row.state != "open":
        return False
    row.settled_kurus, row.state, row.settled_at = row.gross_kurus, "settled", at
    row.note = f"{row.note}; bank line {line_id}, {by}".removeprefix("; ")
    session.flush()
    _end_break(session, row, f"bank line {line_id}", at)
    return True


def settle_from(session: Session, *, tenant_id: UUID, order_id: UUID, payment_id: UUID | None, at: datetime) -> int:
    """Give emergency kontör back out of a purchase that was just credited; returns how many.

    What of an emergency lot expired or was voided unspent is not owed. At most what the order brought is taken; the
    rest waits for the next purchase. Money debts are never paid this way: the invoice says what was bought.
    """
    rows = session.scalars(
        select(Receivable)
        .where(Receivable.tenant_id == tenant_id, Receivable.kind == "emergency", Receivable.state == "open")
        .order_by(Receivable.created_at, Receivable.receivable_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if not rows:
        return 0
    ids = [row.receivable_id for row in rows]
    lock(session, tenant_id=tenant_id, at=at)  # posts what is past due: it is not owed
    order = session.get_one(KontorOrder, (tenant_id, order_id))
    left, taken = order.kontor, 0
    for receivable_id in ids:
        row = session.get_one(Receivable, (tenant_id, receivable_id))
        owed = _owed(session, row)
        part = min(owed, left - taken)
        if part:
            _take(session, row, order, part, at)
            taken += part
        row = session.get_one(Receivable, (tenant_id, receivable_id))  # the ledger's calls expire what is held
        row.settled_kontor += part
        if part == owed:
            row.state, row.settled_at = "settled", at
        session.flush()
    if taken:
        _say(session, order, taken, payment_id, at)
    return taken


def _take(session: Session, row: Receivable, order: KontorOrder, kontor: int, at: datetime) -> None:
    """Spend kontör for the loan: held and captured at once, keyed by the loan and the order that pays it."""
    charge_id = uuid5(row.receivable_id, str(order.order_id))
    price = price_of(session, kind=LENT, at=at, tenant_id=row.tenant_id)
    charges.reserve(
        session, tenant_id=row.tenant_id, charge_id=charge_id, kind=LENT, kontor=kontor, price_id=price.price_id,
        reference=order.reference, at=at,
    )  # fmt: skip
    charges.capture(session, tenant_id=row.tenant_id, charge_ids=[charge_id], at=at)


def _owed(session: Session, row: Receivable) -> int:
    """What was lent, without what was given back and what lapsed in our hands."""
    lot = session.execute(
        select(Lot.expired, Lot.voided).where(
            Lot.tenant_id == row.tenant_id, Lot.source == "receivable", Lot.source_id == row.source_id
        )
    ).one()
    return max(0, row.kontor - row.settled_kontor - int(lot.expired) - int(lot.voided))


def _thaw(session: Session, row: Receivable, at: datetime) -> None:
    held = session.scalars(
        select(LotHold.lot_id).where(
            LotHold.tenant_id == row.tenant_id, LotHold.cause_id == row.receivable_id, LotHold.state == "frozen"
        )
    ).all()
    if held:
        cause = Cause(row.receivable_id, "overdue", row.tenant_id)
        thaw = asked(session, cause=cause, action="thaw", at=at)
        act(session, tenant_id=row.tenant_id, instruction=thaw, lot_ids=list(held), at=at, reason="paid", further=False)


def _end_break(session: Session, row: Receivable, resolved_by: str, at: datetime) -> None:
    found = session.scalars(
        select(Break.break_id).where(
            Break.tenant_id == row.tenant_id, Break.kind == OVERDUE_BREAK, Break.subject == str(row.receivable_id),
            Break.state == "open",
        )
    ).one_or_none()  # fmt: skip
    if found is not None:
        end_break(
            session, tenant_id=row.tenant_id, break_id=found, state="resolved", note="Ödendi / paid",
            resolved_by=resolved_by, by="system", at=at,
        )  # fmt: skip


def _say(session: Session, order: KontorOrder, kontor: int, payment_id: UUID | None, at: datetime) -> None:
    events.record(
        session,
        tenant_id=order.tenant_id,
        order_id=order.order_id,
        kind="loan_settled",
        text_tr=f"Acil kontör borcu için {count_text(kontor)} kontör geri alındı.",
        text_en=f"{count_text(kontor)} kontör went back for the emergency kontör that were lent.",
        by="system",
        at=at,
        data={"kontor": kontor, "payment_id": str(payment_id) if payment_id else None},
    )
