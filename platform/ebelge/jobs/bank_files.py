"""Statement files that somebody handed in: read, kept, matched and credited by a worker, who writes down how far he is.

Whoever dies on the way left the file there: lines are kept in one transaction, and the next worker goes on behind it.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from billing.settlement import bank_files, bank_import
from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import DomainError
from ebelge.jobs import banking, bell
from ebelge.jobs.asking import ask
from ebelge.outbox import messages
from ebelge.outbox.messages import Claim
from tenants.audit.deeds import house

TOPIC: Final = "bank.file"


def hand_in(*, iban: str, file_name: str, data: bytes, by: str, at: datetime) -> tuple[UUID, bool]:
    """Keep a file and let a worker take it in; False where its bytes came before. Errors: `bank_files.hand_in`.

    A file that waits is asked for again: nothing is lost between the two transactions.
    """
    with role_session("finance") as session:
        operator_id = house(session)
        file_id, new = bank_files.hand_in(session, iban=iban, file_name=file_name, data=data, by=by, at=at)
        open_ = bank_files.waiting(session, file_id=file_id) is not None
    if open_:
        with tenant_session(operator_id) as session:
            ask(session, tenant_id=operator_id, topic=TOPIC, key=file_id, at=at)
        bell.ring()
    return file_id, new


def take_in(claim: Claim) -> None:
    """Take a file in (topic bank.file); a repetition goes on where the one before stopped."""
    work_on(claim.key)
    with tenant_session(claim.tenant_id) as session:
        messages.done(session, [claim], at=utc_now())


def work_on(file_id: UUID) -> None:
    """Read, keep and match a file that waits; what has ended, or never was, is left alone."""
    with role_session("finance") as session:
        file = bank_files.waiting(session, file_id=file_id)
    if file is None:
        return
    if file.statement_id is None:
        try:
            _keep(file_id, file)
        except DomainError as error:
            with role_session("finance") as session:
                bank_files.refuse(session, file_id=file_id, error=error, at=utc_now())
            return
    matched = banking.match(utc_now())
    banking.credit(utc_now())
    with role_session("finance") as session:
        bank_files.finish(session, file_id=file_id, matched=matched, at=utc_now())


def _keep(file_id: UUID, file: bank_files.Waiting) -> None:
    statement = bank_import.read(file.data, iban=file.iban)
    lines, done = len(statement.lines), 0

    def step(count: int) -> None:
        nonlocal done
        done += count
        with role_session("finance") as session:
            bank_files.progressed(session, file_id=file_id, state="keeping", lines=lines, done=done)

    step(0)
    with role_session("finance") as session:
        imported = bank_import.keep(
            session, iban=file.iban, statement=statement, file_name=file.file_name, by=file.asked_by, at=utc_now(),
            progress=step,
        )  # fmt: skip
        bank_files.kept(session, file_id=file_id, imported=imported)
