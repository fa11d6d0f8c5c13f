"""Statement files of the operator's bank accounts: read whole or refused whole, each movement kept once.

Reading needs no database and takes its time, so it comes first (`read`); `keep` is one short transaction as finance.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from billing.models.bank import BankAccount, BankLine, BankStatement
from billing.payments.bank.files import read_statement
from billing.payments.bank.identity import bank_code, tr_iban
from billing.payments.bank.statement import Statement, StatementLine
from ebelge.core.errors import Conflict, InvalidRequest, NotFound
from ebelge.core.ids import new_id

BATCH = 1000
FILE_NAME_MAX = 200


class UnknownAccount(NotFound):
    """The operator has no active account of that IBAN."""

    code = "unknown_bank_account"
    title_tr, title_en = "Böyle bir banka hesabımız yok", "We have no such bank account"


class AccountExists(Conflict):
    """The account is known already."""

    code = "bank_account_exists"
    title_tr, title_en = "Bu hesap kayıtlı", "The account is known already"


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file brought. `already`: the same bytes were imported before, and nothing was changed."""

    statement_id: UUID
    form: str
    lines: int
    new_lines: int
    already: bool
    imported_by: str
    imported_at: datetime


def open_account(session: Session, *, iban: str, bank_name: str, holder: str, at: datetime) -> BankAccount:
    """Enter an account of the seller's that transfers go to (role finance).

    :raises InvalidRequest: no Turkish IBAN, or a name is missing. :raises AccountExists: it was entered before.
    """
    plain = tr_iban(iban)
    if plain is None or not bank_name.strip() or not holder.strip():
        raise InvalidRequest(
            "Geçerli bir TR IBAN, banka adı ve hesap sahibi gerekli.",
            "A valid Turkish IBAN, the bank's name and the holder are needed.",
        )
    account = BankAccount(
        account_id=new_id(), iban=plain, bank_name=bank_name.strip(), holder=holder.strip(), currency="TRY",
        active=True, created_at=at,
    )  # fmt: skip
    row = {column.key: getattr(account, column.key) for column in BankAccount.__mapper__.columns}
    kept = session.execute(
        insert(BankAccount).values(row).on_conflict_do_nothing().returning(BankAccount.account_id)
    ).first()
    if kept is None:
        raise AccountExists(f"{plain} (banka kodu {bank_code(plain)})", f"{plain} (bank code {bank_code(plain)})")
    return account


def accounts(session: Session) -> Sequence[BankAccount]:
    """The operator's accounts, oldest first."""
    return session.scalars(select(BankAccount).order_by(BankAccount.created_at, BankAccount.iban)).all()


def read(data: bytes, *, iban: str) -> Statement:
    """A statement file of any form, for the account of that IBAN; no database is touched.

    :raises StatementUnreadable: it cannot be read, or a row makes no sense: nothing of it counts.
    :raises StatementOfAnotherAccount: the file names another account.
    """
    return read_statement(data, account=tr_iban(iban) or iban)


def keep(
    session: Session,
    *,
    iban: str,
    statement: Statement,
    file_name: str,
    by: str,
    at: datetime,
    progress: Callable[[int], None] = lambda lines: None,
) -> Imported:
    """Keep a file that was read, in the caller's one transaction (role finance).

    A movement that an earlier file brought (account, bank reference, day, amount) is left as it is; so is everything
    where the same bytes came before. Money that went out, or moved in another currency, is kept and proposed for
    nothing. `progress` is told of every so many lines.

    :raises UnknownAccount: we have no such account, or it is closed.
    """
    account = session.scalars(
        select(BankAccount).where(BankAccount.iban == (tr_iban(iban) or iban), BankAccount.active).with_for_update()
    ).one_or_none()
    if account is None:
        raise UnknownAccount(f"IBAN: {iban[:40]}", f"IBAN: {iban[:40]}")
    known = session.scalars(
        select(BankStatement).where(
            BankStatement.account_id == account.account_id, BankStatement.sha256 == statement.sha256
        )
    ).one_or_none()
    if known is not None:
        return _imported(known, already=True)
    kept = BankStatement(
        statement_id=new_id(), account_id=account.account_id, sha256=statement.sha256, form=statement.form,
        file_name=file_name[:FILE_NAME_MAX], lines=len(statement.lines), new_lines=0, imported_by=by, imported_at=at,
    )  # fmt: skip
    session.add(kept)
    session.flush()
    moving = [line for line in statement.lines if line.amount_kurus]  # banks also print notes with an amount of 0
    for start in range(0, len(moving), BATCH):
        lines = moving[start : start + BATCH]
        rows = [_row(line, account.account_id, kept.statement_id) for line in lines]
        new = session.execute(insert(BankLine).on_conflict_do_nothing().returning(BankLine.line_id), rows).all()
        kept.new_lines += len(new)
        progress(len(lines))
    session.flush()
    return _imported(kept, already=False)


def _row(line: StatementLine, account_id: UUID, statement_id: UUID) -> dict[str, Any]:
    return {
        "line_id": new_id(),
        "account_id": account_id,
        "statement_id": statement_id,
        "bank_ref": line.bank_ref,
        "booked_on": line.booked_on,
        "value_on": line.value_on,
        "amount_kurus": line.amount_kurus,
        "currency": line.currency,
        "description": line.description,
        "sender_name": line.sender_name,
        "sender_vkn": line.sender_vkn,
        "sender_iban": line.sender_iban,
        "balance_kurus": line.balance_kurus,
        "state": "new" if line.amount_kurus > 0 else "ignored",
    }


def _imported(row: BankStatement, *, already: bool) -> Imported:
    return Imported(
        row.statement_id, row.form, row.lines, 0 if already else row.new_lines, already, row.imported_by,
        row.imported_at,
    )  # fmt: skip
