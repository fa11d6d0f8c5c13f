"""Releasing a refund: up to the limit whoever confirms its tax document lets the money go, above it a second person.

What the first one entered waits with the refund; the refund stays where it is until the second approves or drops it.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from billing.models.returns import Refund
from billing.settlement import refunds
from billing.settlement.bank_lines import SecondPersonNeeded, person, same_person, words
from billing.settlement.refund_rows import RefundStateConflict, lock_refund, note_decision
from ebelge.core.clock import istanbul_date
from ebelge.core.errors import InvalidRequest


def confirm(
    session: Session, *, tenant_id: UUID, refund_id: UUID, document: str, on: date, to_iban: str, by: str, at: datetime,
    limit_kurus: int,
) -> bool:  # fmt: skip
    """Enter the tax document; True: the money goes its way, False: it waits for a second person.

    Errors: `refunds.confirm_tax_document`. :raises RefundStateConflict: something else waits for approval already.
    """
    refund = lock_refund(session, tenant_id=tenant_id, refund_id=refund_id)
    if refund.gross_kurus <= limit_kurus:
        refunds.confirm_tax_document(
            session, tenant_id=tenant_id, refund_id=refund_id, document=document, on=on, to_iban=to_iban, by=by, at=at
        )
        return True
    if refund.state != "awaiting_return_invoice" or waiting(refund):
        raise RefundStateConflict(state=refund.state)
    if not document.strip() or on > istanbul_date(at):
        raise InvalidRequest(
            "Belge numarası ve bugünden ileri olmayan tarihi gerekli.",
            "The document's number and a day that does not lie ahead are needed.",
        )
    iban = refunds.valid_iban(to_iban) if to_iban else ""
    if refund.gateway == refunds.BANK and not (iban or refund.to_iban):
        raise InvalidRequest("İadenin yapılacağı IBAN'ı yazın.", "Name the IBAN that the money goes to.")
    refund.release = {
        "document": document.strip()[: refunds.TEXT_MAX], "on": on.isoformat(), "iban": iban, "by": person(by),
        "at": at.isoformat(),
    }  # fmt: skip
    session.flush()
    note_decision(session, refund=refund, was=refund.state, why=document.strip(), by=by, at=at)
    return False


def approve(session: Session, *, tenant_id: UUID, refund_id: UUID, by: str, name: str, at: datetime) -> None:
    """Let the money go, as a second person.

    :param name: the person's, as commands know him. :raises SecondPersonNeeded: the same person entered it.
    :raises RefundStateConflict: nothing waits for approval.
    """
    refund = lock_refund(session, tenant_id=tenant_id, refund_id=refund_id)
    asked = waiting(refund)
    if asked is None:
        raise RefundStateConflict(state=refund.state)
    if same_person(asked["by"], by) or same_person(asked["by"], name):
        raise SecondPersonNeeded(
            "Belgeyi siz girdiniz; başka biri onaylamalı.", "You entered it; another must approve."
        )
    refund.release = asked | {"approved_by": person(by)}
    refunds.confirm_tax_document(
        session, tenant_id=tenant_id, refund_id=refund_id, document=asked["document"],
        on=date.fromisoformat(asked["on"]), to_iban=asked["iban"], by=by, at=at,
    )  # fmt: skip


def drop(session: Session, *, tenant_id: UUID, refund_id: UUID, by: str, note: str, at: datetime) -> None:
    """Drop what was entered; the refund waits for its document again. :raises RefundStateConflict: nothing waits."""
    refund = lock_refund(session, tenant_id=tenant_id, refund_id=refund_id)
    if waiting(refund) is None:
        raise RefundStateConflict(state=refund.state)
    reason = words(note, needed=True)
    refund.release = None
    session.flush()
    note_decision(session, refund=refund, was=refund.state, why=reason, by=by, at=at)


def waiting(refund: Refund) -> dict[str, str] | None:
    """What the first person entered and nobody has approved yet."""
    asked = refund.release
    return asked if asked is not None and "approved_by" not in asked else None
