"""Documents for the archive's index: outgoing ones, incoming ones, those from elsewhere; read from rows and XML.

They are entered by the clock right after they are committed (`jobs.archive_keeping`): accepting a document does nothing
for it, and an index that is lost is made anew from what is kept (ADR 0130).
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from ebelge.archive import files, index
from ebelge.archive.index import Entry
from ebelge.archive.models import ArchiveFile
from ebelge.archive.store import ArchiveError, ArchiveStore
from ebelge.core.db import each, next_tenant, role_session, tenant_session, tenants_trip
from ebelge.core.transaction import Prepared
from ebelge.documents.incoming.models import INCOMING_NAME
from ebelge.documents.keeping.old_models import OLD_NAME
from ebelge.documents.keeping.within import MAILBOX_SQL
from ebelge.ubl.errors import UnreadableDocument
from ebelge.ubl.reading import read_tree

BATCH: Final = 200
# Tenants with few fresh documents that are read, and entered, in one round trip; how many documents are few.
TOGETHER, FEW = 16, 4
# What people remember of a document: its notes, its items, whom and what it names.
_REMEMBERED: Final = tuple(
    f"{{*}}{name}"
    for name in (
        *("Note", "Name", "Description", "Brand", "ModelName", "FirstName", "FamilyName", "BuildingName"),
        *("StreetName", "CitySubdivisionName", "CityName", "RegistrationName", "Keyword"),
    )
)
_OWN_PARTY: Final = {"out": ("AccountingSupplierParty", "DespatchSupplierParty"),
                     "in": ("AccountingCustomerParty", "DeliveryCustomerParty")}  # fmt: skip
_TEXTS_MAX: Final = 600


@dataclass(frozen=True, slots=True)
class Source:
    """Rows that are to be indexed: how they are selected, found when fresh, and read."""

    name: str
    rows: str
    key: str
    arrived: str
    table: str


# Words are looked for in the XML as it lies, without our stylesheet: nobody searches for that.
SOURCES: Final[tuple[Source, ...]] = (
    Source(
        "outgoing",
        "SELECT d.document_id AS entry_id, 'out' AS direction, d.kind, d.number, d.buyer_title AS title, "
        "d.buyer_vkn_tckn AS vkn_tckn, d.issue_date AS day, d.payable_kurus AS amount_kurus, d.currency, d.series_id, "
        "d.ettn, x.source AS xml FROM document d LEFT JOIN document_xml x "
        "ON x.tenant_id = d.tenant_id AND x.document_id = d.document_id WHERE d.tenant_id = :tenant_id",
        "d.document_id", "created_at", "document",
    ),
    Source(
        "incoming",
        "SELECT d.document_id AS entry_id, 'in' AS direction, d.kind, d.number, d.sender_title AS title, "
        "d.sender_vkn_tckn AS vkn_tckn, d.issue_date AS day, d.payable_kurus AS amount_kurus, d.currency, "
        f"{MAILBOX_SQL} AS series_id, d.ettn, CAST(NULL AS bytea) AS xml FROM incoming_document d "
        "WHERE d.tenant_id = :tenant_id",
        "d.document_id", "received_at", "incoming_document",
    ),
    Source(
        "old",
        "SELECT d.document_id AS entry_id, d.direction, d.kind, d.number, d.other_title AS title, "
        "d.other_vkn_tckn AS vkn_tckn, d.issue_date AS day, d.payable_kurus AS amount_kurus, d.currency, "
        "CAST(NULL AS uuid) AS series_id, d.ettn, CAST(NULL AS bytea) AS xml FROM old_document d "
        "WHERE d.tenant_id = :tenant_id",
        "d.document_id", "", "old_document",
    ),
)  # fmt: skip
_FILES: Final = {"incoming": INCOMING_NAME, "old": OLD_NAME}
BY_NAME: Final = {one.name: one for one in SOURCES}


def fresh(*, since: datetime, limit: int) -> list[tuple[UUID, str, UUID]]:
    """Tenant, source and id of documents that came after `since` and are not entered; as the role reader."""
    found: list[tuple[UUID, str, UUID]] = []
    with role_session("reader") as session:
        for source in SOURCES:
            if not source.arrived:
                continue
            rows = session.execute(
                text(
                    f"SELECT d.tenant_id, d.document_id FROM {source.table} d WHERE d.{source.arrived} >= :since "
                    "AND NOT EXISTS (SELECT 1 FROM archive_entry e WHERE e.tenant_id = d.tenant_id "
                    "AND e.entry_id = d.document_id) LIMIT :limit"
                ),
                {"since": since, "limit": limit},
            )
            found += [(row.tenant_id, source.name, row.document_id) for row in rows]
    return found


def enter_found(archive: ArchiveStore, *, found: Sequence[tuple[UUID, str, UUID]], at: datetime) -> int:
    """Enter what `fresh` has found; returns how many. Tenants with few documents share round trips: each is read and
    written in transactions of its own (ADR 0098)."""
    groups: dict[tuple[UUID, str], list[UUID]] = defaultdict(list)
    for tenant_id, source, entry_id in found:
        groups[tenant_id, source].append(entry_id)
    few = [(key, ids) for key, ids in groups.items() if len(ids) <= FEW]
    count = sum(_enter_few(archive, few[start : start + TOGETHER], at) for start in range(0, len(few), TOGETHER))
    for (tenant_id, source), ids in groups.items():
        if len(ids) > FEW:
            count += enter(archive, tenant_id=tenant_id, source=source, ids=ids, at=at)
    return count


def _enter_few(archive: ArchiveStore, few: Sequence[tuple[tuple[UUID, str], list[UUID]]], at: datetime) -> int:
    with tenants_trip() as session:
        answers = each(session, [(tenant_id, (_chosen(name), (tenant_id, ids))) for (tenant_id, name), ids in few])
    entries = [
        (tenant_id, _entries(archive, tenant_id, BY_NAME[name], rows))
        for ((tenant_id, name), _), rows in zip(few, answers, strict=True)
    ]
    with tenants_trip() as session:
        for place, (tenant_id, theirs) in enumerate(entries, 1):
            next_tenant(session, tenant_id, last=place == len(entries))
            index.write(session, tenant_id=tenant_id, entries=theirs, at=at)
    return sum(len(theirs) for _, theirs in entries)


@cache
def _chosen(name: str) -> Prepared:
    """The rows of some documents of a tenant, by their ids."""
    chosen = BY_NAME[name]
    return Prepared(f"{chosen.rows.replace(':tenant_id', '%s')} AND {chosen.key} = ANY (%s::uuid[])")


def enter(archive: ArchiveStore, *, tenant_id: UUID, source: str, ids: Sequence[UUID], at: datetime) -> int:
    """Enter documents of one tenant and source; files are read outside the transaction. Returns how many."""
    chosen = BY_NAME[source]
    count = 0
    for start in range(0, len(ids), BATCH):
        with tenant_session(tenant_id) as session:
            rows = session.execute(
                text(f"{chosen.rows} AND {chosen.key} = ANY(:ids)"),
                {"tenant_id": tenant_id, "ids": list(ids[start : start + BATCH])},
            ).all()
        _write(archive, tenant_id, chosen, rows, at, renew=False)
        count += len(rows)
    return count


def reindex(
    archive: ArchiveStore, *, tenant_id: UUID, at: datetime, only_missing: bool = False,
    progress: Callable[[int], None] = lambda _count: None,
) -> int:  # fmt: skip
    """Write the index of a tenant anew from its documents and files; returns how many entries were written."""
    count = 0
    for source in SOURCES:
        for rows in _batches(tenant_id, source, only_missing=only_missing):
            _write(archive, tenant_id, source, rows, at, renew=not only_missing)
            count += len(rows)
            progress(len(rows))
    return count + _reindex_files(tenant_id, at, only_missing=only_missing, progress=progress)


def how_many(session: Session, *, tenant_id: UUID) -> int:
    """How many entries `reindex` will write."""
    counted = " + ".join(
        f"(SELECT count(*) FROM {table} WHERE tenant_id = :tenant_id)"
        for table in (*(one.table for one in SOURCES), "archive_file")
    )
    return int(session.execute(text(f"SELECT {counted}"), {"tenant_id": tenant_id}).scalar_one())


def _batches(tenant_id: UUID, source: Source, *, only_missing: bool) -> Iterator[Sequence[Any]]:
    after = UUID(int=0)
    missing = (
        f" AND NOT EXISTS (SELECT 1 FROM archive_entry e WHERE e.tenant_id = :tenant_id AND e.entry_id = {source.key})"
        if only_missing
        else ""
    )
    while True:
        with tenant_session(tenant_id) as session:
            rows = session.execute(
                text(f"{source.rows} AND {source.key} > :after{missing} ORDER BY {source.key} LIMIT {BATCH}"),
                {"tenant_id": tenant_id, "after": after},
            ).all()
        if rows:
            yield rows
        if len(rows) < BATCH:
            return
        after = rows[-1].entry_id


def _reindex_files(
    tenant_id: UUID, at: datetime, *, only_missing: bool, progress: Callable[[int], None]
) -> int:  # fmt: skip
    after, count = UUID(int=0), 0
    while True:
        with tenant_session(tenant_id) as session:
            rows = (
                session.query(ArchiveFile)
                .filter(ArchiveFile.tenant_id == tenant_id, ArchiveFile.file_id > after)
                .order_by(ArchiveFile.file_id)
                .limit(BATCH)
                .all()
            )
            index.write(
                session, tenant_id=tenant_id, entries=[files.entry_of(row) for row in rows], at=at,
                renew=not only_missing,
            )  # fmt: skip
            count += len(rows)
            progress(len(rows))
            if len(rows) < BATCH:
                return count
            after = rows[-1].file_id


def _write(
    archive: ArchiveStore, tenant_id: UUID, source: Source, rows: Sequence[Any], at: datetime, *, renew: bool
) -> None:
    entries = _entries(archive, tenant_id, source, rows)
    with tenant_session(tenant_id) as session:
        index.write(session, tenant_id=tenant_id, entries=entries, at=at, renew=renew)


def _entries(archive: ArchiveStore, tenant_id: UUID, source: Source, rows: Sequence[Any]) -> list[Entry]:
    return [
        Entry(
            entry_id=row.entry_id, source=source.name, direction=row.direction, kind=row.kind, day=row.day,
            title=row.title, number=row.number, vkn_tckn=row.vkn_tckn, amount_kurus=row.amount_kurus,
            currency=row.currency, series_id=row.series_id,
            texts=(str(row.ettn), *remembered(_xml(archive, tenant_id, source, row), direction=row.direction)),
        )
        for row in rows
    ]  # fmt: skip


def _xml(archive: ArchiveStore, tenant_id: UUID, source: Source, row: Any) -> bytes:
    """The document, or nothing: what cannot be read is found by its row all the same, and told by the checks."""
    if source.name not in _FILES:
        return bytes(row.xml or b"")
    try:
        return archive.get(tenant_id, row.entry_id, _FILES[source.name])
    except ArchiveError:
        return b""


def remembered(xml: bytes, *, direction: str) -> tuple[str, ...]:
    """The texts of a document that people look for, without those of the tenant's own party; bounded."""
    try:
        root = read_tree(xml)
    except UnreadableDocument:
        return ()
    left_out = {*_OWN_PARTY.get(direction, ()), "UBLExtensions", "Signature", "AdditionalDocumentReference"}
    texts: list[str] = []
    for part in root:
        if str(part.tag).rpartition("}")[2] not in left_out:
            texts += [node.text for node in part.iter(*_REMEMBERED) if node.text]
        if len(texts) >= _TEXTS_MAX:
            break
    return tuple(texts[:_TEXTS_MAX])
