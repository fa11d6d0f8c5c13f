"""e-Defter storage: ledger files taken in, bound to their berats, and what each month lacks."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from ebelge.archive import files
from ebelge.archive.models import ArchiveFile, LedgerFile
from ebelge.archive.store import ArchiveStore
from ebelge.core.clock import add_months, istanbul_date
from ebelge.core.db import tenant_session
from ebelge.core.errors import Conflict, DomainError
from ebelge.gib import edefter
from ebelge.gib.edefter import EdefterRefused, LedgerName, MonthState
from tenants import accounts, services
from tenants.audit.entries import Actor

# As it is sent: an XML of 200 MB and what a request needs besides.
BYTES_MAX: Final = 210 * 1024 * 1024
MONTHS_SHOWN: Final = 60
SERVICE: Final = "edefter"


class LedgerRefused(DomainError):
    """The file breaks a rule of e-Defter."""

    code, http_status = "ledger_refused", 422
    title_tr, title_en = "e-Defter dosyası kabul edilmedi", "The e-Defter file was refused"


class LedgerTaken(Conflict):
    """A file of that name is there already, with other content, or in the other way of dividing."""

    code = "ledger_taken"
    title_tr, title_en = "Bu e-Defter dosyası zaten var", "There is such an e-Defter file already"


class StorageNotActive(Conflict):
    """The account does not have e-Defter storage."""

    code = "service_not_active"
    title_tr, title_en = "e-Defter saklama hizmeti aktif değil", "e-Defter storage is not active"


def take_in(
    archive: ArchiveStore, *, tenant_id: UUID, name: str, chunks: Iterable[bytes], note: str, actor: Actor,
    at: datetime,
) -> ArchiveFile:  # fmt: skip
    """Check, store and enter a ledger file, in bounded memory. Repeating it with the same file changes nothing.

    :raises StorageNotActive, LedgerRefused, LedgerTaken: see there; nothing is entered. :raises FileTooLarge,
    FileKindRefused, InvalidRequest: see `archive.files`.
    """
    with tenant_session(tenant_id) as session:
        _must_be_active(session, tenant_id, at)
        vkn_tckn = accounts.get(session, tenant_id=tenant_id).vkn_tckn
    shown = files.shown_name(name)
    try:
        ledger = edefter.read_name(shown, vkn_tckn=vkn_tckn, today=istanbul_date(at))
        with files.received(chunks, bytes_max=BYTES_MAX) as given:
            signatures = edefter.check(given.file, ledger)
            file_id = files.file_id_of(tenant_id, shown, given.sha256)
            with tenant_session(tenant_id) as session:
                _must_be_free(session, tenant_id, ledger, file_id)
            files.store(archive, tenant_id=tenant_id, file_id=file_id, given=given)
            with tenant_session(tenant_id) as session:
                row = files.enter(
                    session, tenant_id=tenant_id, file_id=file_id, name=shown, given=given, kind="edefter", note=note,
                    actor=actor, at=at, day=ledger.month, texts=(ledger.base, ledger.type), number=ledger.base,
                )  # fmt: skip
                session.execute(
                    insert(LedgerFile)
                    .values(
                        tenant_id=tenant_id, file_id=file_id, base_name=ledger.base, month=ledger.month,
                        type=ledger.type, part=ledger.part, branch=ledger.branch, by_gib=ledger.by_gib,
                        signature_sha256=signatures.own, bound_sha256=signatures.bound,
                    )
                    .on_conflict_do_nothing()
                )  # fmt: skip
                # of two that came at once under one name, one is entered
                _must_be_free(session, tenant_id, ledger, file_id)
                session.expunge(row)
    except EdefterRefused as error:
        raise LedgerRefused(error.text_tr, error.text_en, rule=error.code) from error
    return row


def months(session: Session, *, tenant_id: UUID, at: datetime) -> list[MonthState]:
    """What the months lack, newest first, from the first one that has anything to the last whole one."""
    rows = session.scalars(
        select(LedgerFile).where(LedgerFile.tenant_id == tenant_id).order_by(LedgerFile.month.desc()).limit(5000)
    ).all()
    if not rows:
        return []
    vkn_tckn = accounts.get(session, tenant_id=tenant_id).vkn_tckn
    unbound = _unbound(session, tenant_id)
    branches = sorted({row.branch for row in rows})
    this_month, month = istanbul_date(at).replace(day=1), min(row.month for row in rows)
    found = []
    while month < this_month or any(row.month == month for row in rows):
        for branch in branches:
            mine = [row for row in rows if (row.month, row.branch) == (month, branch)]
            names = [LedgerName(month, branch, row.type, row.part, vkn_tckn, row.by_gib) for row in mine]
            bases = {row.base_name for row in mine}
            found.append(edefter.month_state(month, branch, vkn_tckn=vkn_tckn, names=names, unbound=unbound & bases))
        month = add_months(month, 1)
    return found[::-1][:MONTHS_SHOWN]


def _unbound(session: Session, tenant_id: UUID) -> set[str]:
    """Berats that repeat another signature value than that of the ledger which is here."""
    ledger = aliased(LedgerFile)
    rows = session.execute(
        select(LedgerFile.base_name).join(
            ledger,
            (ledger.tenant_id == LedgerFile.tenant_id)
            & (ledger.month == LedgerFile.month)
            & (ledger.branch == LedgerFile.branch)
            & (ledger.part == LedgerFile.part)
            & (LedgerFile.type == ledger.type + "B"),
        )
        .where(
            LedgerFile.tenant_id == tenant_id,
            ledger.tenant_id == tenant_id,
            ledger.type.in_(("Y", "K")),
            LedgerFile.bound_sha256.is_distinct_from(ledger.signature_sha256),
        )
    ).scalars()  # fmt: skip
    return set(rows)


def _must_be_active(session: Session, tenant_id: UUID, at: datetime) -> None:
    rows = services.services_of(session, tenant_id=tenant_id)
    today = istanbul_date(at)
    if not any(row.service == SERVICE and services.is_active(row, on=today) for row in rows):
        raise StorageNotActive(
            "Ayarlar, Hizmetler sayfasından başlatın; mali mühür gerekmez.",
            "Start it under Settings, Services; it needs no seal.",
        )


def _must_be_free(session: Session, tenant_id: UUID, name: LedgerName, file_id: UUID) -> None:
    rows = session.scalars(
        select(LedgerFile).where(
            LedgerFile.tenant_id == tenant_id, LedgerFile.month == name.month, LedgerFile.branch == name.branch,
            LedgerFile.type == name.type, LedgerFile.by_gib == name.by_gib,
        )
    ).all()  # fmt: skip
    for row in rows:
        if row.base_name == name.base and row.file_id != file_id:
            raise LedgerTaken(
                f"{name.base} arşivde, başka içerikle. Saklanan dosya değiştirilmez.",
                f"{name.base} is in the archive with other content. What is stored is never changed.",
            )
        if (row.part == 0) != (name.part == 0):
            raise LedgerTaken(
                f"{row.base_name} var: 000000 ile 000001 ve sonrası birlikte olamaz.",
                f"{row.base_name} is there: 000000 and 000001 onwards are never together.",
            )
