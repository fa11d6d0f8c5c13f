"""What forms about bank lines say: orders with amounts, the account of a file, who may approve."""

from collections.abc import Sequence
from typing import Any, NoReturn

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.models.bank import BankLine
from billing.payments.bank.figures import amount_kurus, decimal_mark
from billing.settlement import bank_import, bank_proposals
from billing.settlement.bank_desk import Part
from billing.settlement.bank_lines import SecondPersonNeeded, same_person
from billing.settlement.bank_lists import ListedLine
from ebelge.core.db import role_session
from ebelge.core.errors import InvalidRequest
from ebelge.web.forms import field

PARTS_MAX = 5
OUTGOING_MAX = 20


def only_account() -> str:
    """The account of a file that names none. :raises InvalidRequest: there is not exactly one."""
    with role_session("finance") as session:
        active = [account.iban for account in bank_import.accounts(session) if account.active]
    if len(active) != 1:
        raise InvalidRequest("Hangi hesabın dökümü olduğunu seçin.", "Choose the account that the file is of.")
    return active[0]


def parts(session: Session) -> list[Part]:
    """The orders that a line pays, each with its amount or as much as fits. :raises InvalidRequest: none."""
    found: list[Part] = []
    for place in range(1, PARTS_MAX + 1):
        reference, amount = field(f"order_{place}", longest=40), field(f"amount_{place}", longest=30)
        if reference:
            order = bank_proposals.payable(session, reference=reference)
            found.append(Part(order, _kurus(amount) if amount else None))
    if not found:
        raise InvalidRequest("En az bir sipariş numarası yazın.", "Write the number of an order at least.")
    return found


def outgoing(session: Session, line: ListedLine) -> Sequence[Any]:
    """Outgoing lines that may show that the rest of this one went back."""
    if line.state != "to_refund":
        return []
    wanted = select(BankLine.line_id, BankLine.booked_on, BankLine.amount_kurus, BankLine.description).where(
        BankLine.amount_kurus == -line.rest_kurus, BankLine.currency == line.currency, BankLine.pays_back_id.is_(None),
        BankLine.booked_on >= line.booked_on,
    )  # fmt: skip
    return session.execute(wanted.order_by(BankLine.booked_on).limit(OUTGOING_MAX)).all()


def another(asked_by: str, name: str) -> None:
    """:raises SecondPersonNeeded: the person asked for it himself, at the commands, by his name."""
    if same_person(asked_by, name):
        raise SecondPersonNeeded(f"{name} istedi; başka biri onaylamalı.", f"{name} asked; somebody else must approve.")


def incomplete() -> NoReturn:
    """:raises InvalidRequest: always."""
    raise InvalidRequest("Form eksik; sayfayı yenileyin.", "The form is incomplete; reload the page.")


def _kurus(typed: str) -> int:
    try:
        found = amount_kurus(typed, mark=decimal_mark(typed) or ",")
    except ValueError as error:
        raise InvalidRequest("Tutarı 1.234,56 gibi yazın.", "Write the amount like 1.234,56.") from error
    if found <= 0:
        raise InvalidRequest("Tutar sıfırdan büyük olmalı.", "The amount is above zero.")
    return found
