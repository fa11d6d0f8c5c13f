"""Statement files handed in on a page: kept until a worker has taken them in, with how far he is and what came of it.

The bytes go when the file is taken in or refused; what they said stands in lines by then. All in sessions of finance.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from billing.models.bank import BankAccount, BankFile, BankStatement
from billing.payments.bank.identity import tr_iban
from billing.payments.bank.statement import FILE_BYTES_MAX
from billing.payments.errors import StatementUnreadable
from billing.settlement.bank_import import FILE_NAME_MAX, Imported, UnknownAccount
from ebelge.core.errors import DomainError, NotFound
from ebelge.core.ids import new_id

# Shown of a refused file.
FINDINGS_MAX: Final = 20
_LISTED = text(
    """SELECT f.file_id, f.file_name, f.state, f.asked_by, f.asked_at, f.ended_at, f.lines, f.lines_done, f.new_lines,
              f.matched, f.already, f.refusal, f.statement_id, a.iban, a.bank_name
         FROM bank_file f JOIN bank_account a ON a.account_id = f.account_id
        WHERE CAST(:file_id AS uuid) IS NULL OR f.file_id = :file_id
        ORDER BY f.asked_at DESC, f.file_id DESC LIMIT :limit"""
)
_BECAME = text("SELECT state, count(*) FROM bank_line WHERE statement_id = :statement_id GROUP BY state")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that a worker is to take in. `statement_id`: its lines are kept already, they only have to be matched."""

    iban: str
    file_name: str
    data: bytes
    asked_by: str
    statement_id: UUID | None


def hand_in(session: Session, *, iban: str, file_name: str, data: bytes, by: str, at: datetime) -> tuple[UUID, bool]:
    """Keep a file of an account's; False where the same bytes were handed in or imported before: nothing is changed.

    :raises StatementUnreadable: it is empty or too large. :raises UnknownAccount: we have no such active account.
    """
    if not data.strip() or len(data) > FILE_BYTES_MAX:
        raise StatementUnreadable("Dosya boş ya da 10 MB'tan büyük", "the file is empty or larger than 10 MB")
    account_id = session.scalar(
        select(BankAccount.account_id).where(BankAccount.iban == (tr_iban(iban) or iban), BankAccount.active)
    )
    if account_id is None:
        raise UnknownAccount(f"IBAN: {iban[:40]}", f"IBAN: {iban[:40]}")
    sha256, file_id = hashlib.sha256(data).hexdigest(), new_id()
    before = session.scalars(
        select(BankStatement).where(BankStatement.account_id == account_id, BankStatement.sha256 == sha256)
    ).one_or_none()
    row: dict[str, Any] = {
        "file_id": file_id, "account_id": account_id, "sha256": sha256, "file_name": file_name[:FILE_NAME_MAX],
        "data": data, "state": "waiting", "asked_by": by, "asked_at": at,
    }  # fmt: skip
    if before is not None:
        # imported by command, or before files were kept here
        row |= {
            "data": None, "state": "done", "ended_at": at, "already": True, "statement_id": before.statement_id,
            "lines": before.lines, "lines_done": before.lines,
        }  # fmt: skip
    kept = session.execute(insert(BankFile).values(row).on_conflict_do_nothing().returning(BankFile.file_id)).first()
    if kept is not None:
        return file_id, before is None
    known = session.scalars(
        select(BankFile.file_id).where(
            BankFile.account_id == account_id, BankFile.sha256 == sha256, BankFile.state != "refused"
        )
    ).one()
    return known, False


def waiting(session: Session, *, file_id: UUID) -> Waiting | None:
    """What is to be taken in; None: nothing, or it has ended."""
    file = session.get(BankFile, file_id, populate_existing=True)
    if file is None or file.data is None:
        return None
    account = session.get_one(BankAccount, file.account_id)
    return Waiting(account.iban, file.file_name, file.data, file.asked_by, file.statement_id)


def progressed(session: Session, *, file_id: UUID, state: str, lines: int, done: int) -> None:
    """Write down how far it is, for whoever watches."""
    _open(session, file_id, state=state, lines=lines, lines_done=done)


def kept(session: Session, *, file_id: UUID, imported: Imported) -> None:
    """Its lines are in the books, in the caller's transaction; they are yet to be matched."""
    _open(
        session, file_id, state="matching", statement_id=imported.statement_id, lines=imported.lines,
        lines_done=imported.lines, new_lines=imported.new_lines, already=imported.already,
    )  # fmt: skip


def finish(session: Session, *, file_id: UUID, matched: int, at: datetime) -> None:
    """It is taken in and matched; the bytes go."""
    _open(session, file_id, state="done", matched=matched, data=None, ended_at=at)


def refuse(session: Session, *, file_id: UUID, error: DomainError, at: datetime) -> None:
    """It cannot be read, and nothing of it counts; why stays, the bytes go. The same file may be handed in again."""
    said = {
        language: error.problem(language) | {
            "findings": [[one.line, one.answer(language)["message"]] for one in error.findings[:FINDINGS_MAX]]
        }
        for language in ("tr", "en")
    }  # fmt: skip
    _open(session, file_id, state="refused", refusal=said, data=None, ended_at=at)


def listed(session: Session, *, limit: int) -> Sequence[Any]:
    """Files, the newest first."""
    return session.execute(_LISTED, {"file_id": None, "limit": limit}).all()


def one(session: Session, *, file_id: UUID) -> Any:
    """A file as the list has it. :raises NotFound: there is none."""
    found = session.execute(_LISTED, {"file_id": file_id, "limit": 1}).first()
    if found is None:
        raise NotFound()
    return found


def became(session: Session, *, statement_id: UUID | None) -> dict[str, int]:
    """How many lines that came first with this statement are in which state now."""
    if statement_id is None:
        return {}
    return {state: int(count) for state, count in session.execute(_BECAME, {"statement_id": statement_id})}


def _open(session: Session, file_id: UUID, **values: Any) -> None:
    """Change a file that has not ended."""
    session.execute(update(BankFile).where(BankFile.file_id == file_id, BankFile.ended_at.is_(None)).values(values))
