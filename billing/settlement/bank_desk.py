"""Decisions about bank lines: what a line pays, by the machine where nothing is in doubt, else by people.

As finance. A decision is a row; crediting follows from it (`bank_credit`). Every decision about a line locks the line
first, so the sum of what is decided never exceeds it; decisions about an order wait for each other, too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.models.bank import BankAllocation, BankLine
from billing.models.returns import Receivable, Refund
from billing.settlement.bank_lines import (
    AUTOMATIC,
    LineDecided,
    SecondPersonNeeded,
    decided,
    lock_decision,
    lock_line,
    lock_order,
    only_proof,
    payment_ref,
    person,
    refresh,
    refresh_lines,
    rest_kurus,
    same_person,
    words,
)
from billing.settlement.bank_notes import note_line, note_rows
from billing.settlement.bank_proposals import Payable, Proposed, payable_by_id
from ebelge.core.errors import Conflict, InvalidRequest, NotFound
from ebelge.core.ids import new_id
from ebelge.core.money import lira_text


class TooMuch(Conflict):
    """More than the line has left, or more than the order needs."""

    code = "more_than_there_is"
    title_tr, title_en = "Tutar fazla", "The amount is too high"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a line for one order; without an amount as much as fits."""

    order: Payable
    amount_kurus: int | None = None


def take_automatic(
    session: Session, proposed: Iterable[Proposed], *, at: datetime, limit_kurus: int
) -> list[BankAllocation]:
    """Decide every proposal in which reference and amount agree. Above the limit it waits for a person's approval."""
    made: list[BankAllocation] = []
    for one in proposed:
        if one.automatic:
            try:
                made += allocate(
                    session, line_id=one.line_id, parts=[Part(one.orders[0])], by=AUTOMATIC, at=at,
                    limit_kurus=limit_kurus,
                )  # fmt: skip
            except (LineDecided, TooMuch):
                continue  # somebody was faster; the next look proposes what is left
    return made


def allocate(
    session: Session,
    *,
    line_id: UUID,
    parts: Sequence[Part],
    by: str,
    at: datetime,
    limit_kurus: int,
    note: str = "",
) -> list[BankAllocation]:
    """Put a line to one order, or its parts to several of any tenants. What is left over stays on the line.

    `limit_kurus`: where the line or the order is above it, the rows wait for a second person. Splitting does not help.

    :raises NotFound: no such line or order. :raises InvalidRequest: no person, no part, money that went out.
    :raises LineDecided: the line was paid back. :raises TooMuch: beyond the line's rest or the order's need.
    """
    line = lock_line(session, line_id)
    name = person(by)
    if line.amount_kurus < 0 or not parts or len({part.order.order_id for part in parts}) != len(parts):
        raise InvalidRequest(
            "Gelen bir satır ve her biri bir kez sayılan siparişler gerekli.",
            "It takes money that came in, and orders, each once.",
        )
    if line.state == "refunded":
        raise LineDecided("Bu para geri gönderildi.", "This money was sent back.")
    made: list[BankAllocation] = []
    for part in sorted(parts, key=lambda part: part.order.order_id):  # locks in a fixed order
        made.append(_put(session, line, part, name, at, limit_kurus, words(note)))
    line.decided_by, line.decided_at = name, at
    refresh(session, line)
    note_rows(session, made, by=name, at=at)
    return sorted(made, key=lambda row: [part.order.order_id for part in parts].index(row.order_id))


def _put(
    session: Session, line: BankLine, part: Part, by: str, at: datetime, limit_kurus: int, note: str
) -> BankAllocation:
    lock_order(session, part.order.order_id)
    order = payable_by_id(session, tenant_id=part.order.tenant_id, order_id=part.order.order_id)
    rest = rest_kurus(session, line)
    amount = min(rest, order.due_kurus) if part.amount_kurus is None else part.amount_kurus
    if line.currency != order.currency:
        raise InvalidRequest(
            f"Satır {line.currency}, sipariş {order.currency}.", f"The line is in {line.currency}, the order is not."
        )
    if not order.takes_money:
        raise TooMuch(
            f"{order.reference} ödeme beklemiyor; fazlayı iadeye ayırın.",
            f"{order.reference} waits for no money; mark what is too much for refund.",
        )
    if not 0 < amount <= min(rest, order.due_kurus):
        raise TooMuch(
            f"Satırda {lira_text(rest)} TL var, {order.reference} için {lira_text(order.due_kurus)} TL gerekiyor.",
            f"{lira_text(rest)} TL are left on the line, {order.reference} needs {lira_text(order.due_kurus)} TL.",
        )
    second = max(line.amount_kurus, order.gross_kurus) > limit_kurus
    row = BankAllocation(
        allocation_id=new_id(),
        line_id=line.line_id,
        to_tenant_id=order.tenant_id,
        order_id=order.order_id,
        amount_kurus=amount,
        state="asked" if second else "approved",
        second_person=second,
        payment_ref=payment_ref(session, line.line_id),
        asked_by=by,
        asked_at=at,
        approved_at=None if second else at,
        note=note,
    )
    session.add(row)
    session.flush()
    return row


def approve(session: Session, *, allocation_id: UUID, by: str, at: datetime) -> list[BankAllocation]:
    """Approve what another person asked for; a reversal with all its parts.

    :raises SecondPersonNeeded: it is the same person. :raises LineDecided: it does not wait for approval.
    """
    rows = lock_decision(session, allocation_id)
    name = person(by)
    for row in rows:
        if row.state != "asked":
            decided()
        if same_person(row.asked_by, name) or same_person(name, AUTOMATIC):
            raise SecondPersonNeeded(
                "Bunu siz istediniz; başka biri onaylamalı.", "You asked for it; somebody else must approve."
            )
        row.state, row.approved_by, row.approved_at = "approved", name, at
    session.flush()
    note_rows(session, rows, by=name, at=at)
    return rows


def refuse(session: Session, *, allocation_id: UUID, by: str, note: str, at: datetime) -> list[BankAllocation]:
    """Do not credit what was asked, or withdraw part of an order that is not paid in full yet; the line is free again.

    :raises LineDecided: it is credited, or about to be: reverse it.
    """
    rows = lock_decision(session, allocation_id)
    reason = words(note, needed=True)
    for row in rows:
        waits = row.state == "asked" or (row.state == "approved" and row.reverses_id is None)
        if not waits or (row.state == "approved" and _is_complete(session, row)):
            decided()
        row.state, row.ended_at = "refused", at
        row.note = f"{row.note} {person(by)}: {reason}".strip()
    session.flush()
    refresh_lines(session, rows)
    note_rows(session, rows, by=person(by), at=at)
    return rows


def ignore(session: Session, *, line_id: UUID, by: str, note: str, at: datetime) -> None:
    """Set a line aside that is no payment of ours. :raises LineDecided: something of it is decided or paid back."""
    line = lock_line(session, line_id)
    if line.state not in ("new", "proposed", "ignored"):
        decided()
    line.state, line.note = "ignored", words(note, needed=True)
    line.decided_by, line.decided_at = person(by), at
    session.flush()
    note_line(session, line, by=by, at=at)


def to_refund(session: Session, *, line_id: UUID, by: str, note: str, at: datetime) -> int:
    """Mark what is left of a line to be sent back; returns how much, in kuruş.

    :raises LineDecided: nothing is left, or a decision still waits.
    """
    line = lock_line(session, line_id)
    rest = rest_kurus(session, line)
    if line.amount_kurus < 0 or rest <= 0 or line.state == "decided":
        decided()
    line.state, line.note = "to_refund", words(note, needed=True)
    line.decided_by, line.decided_at = person(by), at
    session.flush()
    note_line(session, line, by=by, at=at)
    return rest


def refunded(session: Session, *, line_id: UUID, out_line_id: UUID, by: str, at: datetime) -> None:
    """The money went back: the outgoing line is the proof, its amount exactly what was left of the incoming one.

    :raises LineDecided: not marked for refund, or the outgoing line proves something else already.
    :raises TooMuch: another amount or currency.
    """
    first, second = sorted((line_id, out_line_id))
    locked = {one: lock_line(session, one) for one in (first, second)}
    line, out = locked[line_id], locked[out_line_id]
    if line.state != "to_refund" or out.pays_back_id not in (None, line_id) or out.amount_kurus > 0:
        decided()
    if rest_kurus(session, line) != -out.amount_kurus or line.currency != out.currency:
        raise TooMuch(
            f"Geri gidecek {lira_text(rest_kurus(session, line))} TL, giden {lira_text(-out.amount_kurus)}.",
            f"{lira_text(rest_kurus(session, line))} TL were to go back, {lira_text(-out.amount_kurus)} went.",
        )
    out.pays_back_id, out.decided_by, out.decided_at, out.state = line_id, person(by), at, "refunded"
    session.flush()
    refresh(session, line)
    note_line(session, out, by=by, at=at)


def pays_refund(session: Session, *, out_line_id: UUID, refund_id: UUID, by: str, at: datetime) -> UUID:
    """This outgoing line is the transfer of that refund; returns whose refund it is. `refund_sending.transferred`
    follows, as the tenant: said again, both change nothing.

    :raises NotFound: no such line or refund. :raises LineDecided: the line proves something else, or the refund waits
    for no transfer. :raises TooMuch: another amount or currency.
    """
    out = lock_line(session, out_line_id)
    refund = session.scalars(select(Refund).where(Refund.refund_id == refund_id)).one_or_none()
    if refund is None:
        raise NotFound("Böyle bir iade yok.", "There is no such refund.")
    if out.pays_back_id not in (None, refund_id) or refund.state not in ("to_transfer", "done"):
        decided()
    only_proof(session, out, refund_id)
    if (out.amount_kurus, out.currency) != (-refund.gross_kurus, refund.currency):
        raise TooMuch(
            f"İade {lira_text(refund.gross_kurus)}, giden {lira_text(-out.amount_kurus)} {out.currency}.",
            f"The refund is {lira_text(refund.gross_kurus)}, {lira_text(-out.amount_kurus)} {out.currency} went.",
        )
    out.pays_back_id, out.decided_by, out.decided_at, out.state = refund_id, person(by), at, "refunded"
    session.flush()
    note_line(session, out, to_tenant_id=refund.tenant_id, by=by, at=at)
    return refund.tenant_id


def pays_debt(session: Session, *, line_id: UUID, receivable_id: UUID, by: str, at: datetime) -> UUID:
    """This incoming line pays what a chargeback left owing; returns whose debt it is. `receivables.settle_debt`
    follows, as the tenant: said again, both change nothing. (An order on open account is allocated like any other.)

    :raises NotFound: no such line or debt. :raises LineDecided: something else is decided about the line, or the debt
    is settled. :raises TooMuch: not the same amount.
    """
    line = lock_line(session, line_id)
    debt = session.scalars(
        select(Receivable).where(Receivable.receivable_id == receivable_id, Receivable.kind == "chargeback")
    ).one_or_none()
    if debt is None:
        raise NotFound("Böyle bir borç yok.", "There is no such debt.")
    only_proof(session, line, receivable_id)
    again = line.pays_back_id == receivable_id
    if not again and (debt.state != "open" or line.pays_back_id is not None or line.state in ("decided", "refunded")):
        decided()
    if not again and (rest_kurus(session, line), line.currency) != (debt.gross_kurus, "TRY"):
        raise TooMuch(
            f"Borç {lira_text(debt.gross_kurus)} TL, satırda {lira_text(rest_kurus(session, line))} {line.currency}.",
            f"{lira_text(debt.gross_kurus)} TRY are owed, the line has {lira_text(rest_kurus(session, line))}.",
        )
    line.pays_back_id, line.decided_by, line.decided_at, line.state = receivable_id, person(by), at, "credited"
    session.flush()
    note_line(session, line, to_tenant_id=debt.tenant_id, by=by, at=at)
    return debt.tenant_id


def _is_complete(session: Session, row: BankAllocation) -> bool:
    """Whether all of the order is decided, so that it may be credited at this very moment."""
    order = payable_by_id(session, tenant_id=row.to_tenant_id, order_id=row.order_id)
    return order.decided_kurus >= order.gross_kurus
