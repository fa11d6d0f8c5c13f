"""An import carried out: account by account and part by part, each part once, then counted again in the database."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ebelge.archive.store import ArchiveStore
from ebelge.core.db import tenant_session
from ebelge.core.errors import Conflict
from ebelge.onboarding.import_models import ImportRun
from ebelge.onboarding.imports.counting import count
from ebelge.onboarding.imports.filing import file_documents
from ebelge.onboarding.imports.plan import Plan
from ebelge.onboarding.imports.records import ContactRecord, LotRecord, PersonRecord
from ebelge.onboarding.imports.totals import Totals, differences
from ebelge.onboarding.imports.writing import (
    Steps,
    open_account,
    write_contact,
    write_lot,
    write_part,
    write_series,
)


class TotalsDiffer(Conflict):
    """What the database holds after an import is not what the files held. Nothing is hidden: a person looks."""

    code = "import_totals_differ"
    title_tr, title_en = "Devir toplamları tutmuyor", "The totals of the import differ"


def carry_out(
    plan: Plan,
    *,
    operator_id: UUID,
    archive: ArchiveStore,
    by: str,
    now: Callable[[], datetime],
    steps: Steps,
    invite: Callable[[Session, UUID, PersonRecord], None],
) -> Totals:
    """Bring everything in; returns what the database holds of it, which agrees with the plan.

    Each part of each account is a transaction with its own mark, so whoever is killed and begins again goes on where
    he was. `invite` asks a person into an account, in the transaction of that part.
    :raises ImportRefused: the plan has findings. :raises TotalsDiffer: the count afterwards differs.
    """
    plan.refuse_if_wrong()
    _begin(plan, operator_id, by, now())
    ids = _accounts(plan, now, steps, invite)
    file_documents(plan, ids, archive, now, steps)
    found = count(plan, ids)
    if wrong := differences(plan.totals().plain(), found):
        raise TotalsDiffer(
            "Kaydedilen toplamlar dosyadakilerle tutmuyor.", "What was stored differs from the file.", findings=wrong
        )
    _end(plan, operator_id, now())
    return found


def _accounts(
    plan: Plan,
    now: Callable[[], datetime],
    steps: Steps,
    invite: Callable[[Session, UUID, PersonRecord], None],
) -> dict[str, UUID]:
    """Open and fill the accounts, in the order of the file; returns the id of each."""

    def lot(session: Session, tenant_id: UUID, one: LotRecord) -> None:
        write_lot(session, tenant_id, one, now())

    def contact(session: Session, tenant_id: UUID, one: ContactRecord) -> None:
        write_contact(session, tenant_id, one, plan.import_id, now())

    book = plan.book
    sheets: tuple[tuple[str, dict[str, list[Any]], Callable[[Session, UUID, Any], None]], ...] = (
        ("series", _by_account(book.series), write_series),
        ("lots", _by_account(book.lots), lot),
        ("people", _by_account(book.people), invite),
        ("contacts", _by_account(book.contacts), contact),
    )
    ids = {number: one.tenant_id for number, one in plan.here.items()}
    opening = {one.vkn_tckn: one for one in book.accounts}
    numbers = book.account_numbers()
    steps.stage("accounts", len(numbers))
    for number in numbers:
        if number not in ids:
            ids[number] = open_account(plan.import_id, opening[number], ids, now())
        for part, records, write in sheets:
            write_part(plan.import_id, ids[number], part, records.get(number, ()), write, now())
        steps.advance(1)
    return ids


def _by_account(records: Iterable[Any]) -> dict[str, list[Any]]:
    grouped: dict[str, list[Any]] = defaultdict(list)
    for record in records:
        grouped[record.account].append(record)
    return grouped


def _begin(plan: Plan, operator_id: UUID, by: str, at: datetime) -> None:
    with tenant_session(operator_id) as session:
        session.execute(
            insert(ImportRun)
            .values(
                tenant_id=operator_id,
                import_id=plan.import_id,
                files_sha256=plan.files_sha256,
                totals=plan.totals().plain(),
                state="running",
                started_by=by,
                started_at=at,
            )
            .on_conflict_do_nothing()
        )


def _end(plan: Plan, operator_id: UUID, at: datetime) -> None:
    with tenant_session(operator_id) as session:
        session.execute(
            update(ImportRun)
            .where(ImportRun.tenant_id == operator_id, ImportRun.import_id == plan.import_id)
            .where(ImportRun.state == "running")
            .values(state="done", ended_at=at)
        )
