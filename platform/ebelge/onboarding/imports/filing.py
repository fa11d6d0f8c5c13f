"""Old documents filed: into the archive first, outside any transaction, then their rows; a row proves its file."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ebelge.archive.store import ArchiveError, ArchiveStore, Key
from ebelge.core.db import tenant_session
from ebelge.core.errors import Conflict
from ebelge.documents.keeping import sources as archive_sources
from ebelge.documents.keeping.old_models import OLD_NAME, OldDocument
from ebelge.documents.submit import ettn_kind
from ebelge.onboarding.imports.old_documents import OldRecord, read_files
from ebelge.onboarding.imports.plan import Plan
from ebelge.onboarding.imports.writing import Steps, mark
from tenants import locator

BATCH = 100


class ArchiveBroken(Conflict):
    """An old document could not be stored, or another file lies in its place."""

    code = "archive_conflict"
    title_tr, title_en = "Eski belge arşive konamadı", "An old document could not be archived"


def old_id(tenant_id: UUID, one: OldRecord) -> UUID:
    """The document's id here: it follows from account, direction and ETTN."""
    return uuid5(tenant_id, f"{one.direction}:{one.ettn}")


def file_documents(
    plan: Plan, ids: dict[str, UUID], archive: ArchiveStore, now: Callable[[], datetime], steps: Steps
) -> None:
    """File every old document; one that is filed already stays as it is.

    :raises ArchiveBroken: a file could not be stored, or another one lies in its place.
    """
    records = plan.documents.records
    steps.stage("documents", len(records))
    if not records or plan.documents_path is None:
        return
    for batch in batches(records, BATCH):
        files = dict(read_files(plan.documents_path, list(dict.fromkeys(one.name for one in batch))))
        for one in batch:
            _archive_file(archive, ids[one.account], one, files[one.name])
        for number in dict.fromkeys(one.account for one in batch):
            mine = [one for one in batch if one.account == number]
            with tenant_session(ids[number]) as session:
                _old_rows(session, ids[number], mine, plan.import_id, now())
            entered = [old_id(ids[number], one) for one in mine]
            archive_sources.enter(archive, tenant_id=ids[number], source="old", ids=entered, at=now())
        steps.advance(len(batch))
    for number in dict.fromkeys(one.account for one in records):
        with tenant_session(ids[number]) as session:
            many = sum(1 for one in records if one.account == number)
            mark(session, ids[number], plan.import_id, "documents", many, now())


def _archive_file(archive: ArchiveStore, tenant_id: UUID, one: OldRecord, data: bytes) -> None:
    key = Key(tenant_id, old_id(tenant_id, one), OLD_NAME)
    try:
        stored = archive.put(key.tenant_id, key.object_id, key.name, data)
    except ArchiveError as error:
        raise ArchiveBroken(f"{one.name} arşive yazılamadı.", f"{one.name} was not archived: {error}.") from error
    if stored.sha256 != one.sha256:
        raise ArchiveBroken(
            f"{one.name} yerinde başka bir dosya duruyor.", f"Another file lies in the place of {one.name}."
        )


def _old_rows(session: Session, tenant_id: UUID, mine: Sequence[OldRecord], import_id: UUID, at: datetime) -> None:
    session.execute(
        insert(OldDocument)
        .values(
            [
                {
                    "tenant_id": tenant_id, "document_id": old_id(tenant_id, one), "direction": one.direction,
                    "ettn": one.ettn, "kind": one.kind, "profile": one.profile, "type_code": one.type_code,
                    "number": one.number, "issue_date": one.issue_date, "other_vkn_tckn": one.other_vkn_tckn,
                    "other_title": one.other_title, "currency": one.currency, "payable_kurus": one.payable_kurus,
                    "file_sha256": one.sha256, "file_bytes": one.size, "import_id": import_id, "created_at": at,
                }
                for one in mine
            ]
        )
        .on_conflict_do_nothing()
    )  # fmt: skip
    outgoing = [(str(one.ettn), old_id(tenant_id, one)) for one in mine if one.direction == "out"]
    locator.put_many(session, tenant_id=tenant_id, kind=ettn_kind("live"), pairs=outgoing)


def batches(records: Sequence[OldRecord], size: int) -> Iterator[Sequence[OldRecord]]:
    """The records, so many at a time."""
    for start in range(0, len(records), size):
        yield records[start : start + size]
