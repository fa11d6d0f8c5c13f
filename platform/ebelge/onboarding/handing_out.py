"""A whole archive handed out: one ZIP with every document, the kontör journal and a manifest of hashes."""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from ebelge.archive.store import ArchiveStore, NotArchived
from ebelge.core.clock import ISTANBUL
from ebelge.core.db import tenant_session
from ebelge.core.errors import NotFound
from ebelge.core.ids import new_id
from ebelge.core.sheets import Cell, Lira, csv_bytes
from ebelge.documents.incoming.models import INCOMING_NAME
from ebelge.documents.keeping.old_models import OLD_NAME
from ebelge.documents.sign import SIGNED_NAME
from ebelge.onboarding import handing_out_files
from ebelge.onboarding.closing_models import ArchiveExport
from ebelge.onboarding.imports.writing import Steps
from tenants.audit import entries
from tenants.audit.entries import Actor

FORM: Final = "ebelge-archive-1"
MANIFEST: Final = "manifest.json"
README: Final = "OKUYUN.txt"
BATCH = 200


@dataclass(slots=True)
class Entry:
    """A file of the ZIP as the manifest names it."""

    path: str
    bytes: int
    sha256: str
    about: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HandedOut:
    """What was written. `missing` names files that the books know and the archive has not, or has changed."""

    export_id: UUID
    files: int
    size_bytes: int
    missing: tuple[str, ...]
    manifest_sha256: bytes


def hand_out(
    path: Path, *, tenant_id: UUID, archive: ArchiveStore, actor: Actor, at: datetime, steps: Steps
) -> HandedOut:
    """Write everything of an account into a new file at `path`; the export is entered when the file is whole.

    :raises NotFound: no such account. :raises FileExistsError: there is a file already.
    """
    with tenant_session(tenant_id) as session:
        owner = session.execute(_OWNER, {"tenant_id": tenant_id}).first()
        if owner is None:
            raise NotFound()
        total = int(session.execute(_HOW_MANY, {"tenant_id": tenant_id}).scalar_one())
    steps.stage("documents", total)
    writer = _Writer(at)
    with path.open("xb") as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        index: list[list[Cell]] = [list(_INDEX)]
        for row in _rows(tenant_id, _SENT):
            _document(writer, target, archive, row, index)
            steps.advance(1)
        for row in _rows(tenant_id, _OLD):
            _old(writer, target, archive, row, index, folder="devralinan", name=OLD_NAME, state="devralındı")
            steps.advance(1)
        for row in _rows(tenant_id, _INCOMING):
            _old(writer, target, archive, row, index, folder="", name=INCOMING_NAME, state="geldi")
            steps.advance(1)
        for place, missing, entry in handing_out_files.put(target, archive, tenant_id=tenant_id, at=at):
            writer.missing += [missing] if missing else []
            writer.entries += [Entry(place, *entry)] if entry else []
        writer.add(target, "belgeler.csv", csv_bytes(index))
        writer.add(target, "kontor.csv", csv_bytes([list(_JOURNAL_HEAD), *_journal(tenant_id)]))
        writer.add(target, README, _readme(owner.title, owner.vkn_tckn, at).encode())
        manifest = _manifest(writer, tenant_id, owner, at)
        target.writestr(_info(MANIFEST, at), manifest)
    digest = hashlib.sha256(manifest).digest()
    export = ArchiveExport(
        tenant_id=tenant_id, export_id=new_id(), by=actor.name or f"{actor.kind}:{actor.id}", at=at,
        files=len(writer.entries),
        size_bytes=sum(one.bytes for one in writer.entries), missing=len(writer.missing), manifest_sha256=digest,
    )  # fmt: skip
    with tenant_session(tenant_id) as session:
        session.add(export)
        session.flush()
        told = {"documents": export.files, "bytes": export.size_bytes, "manifest_sha256": digest.hex()}
        entries.note(
            session,
            tenant_id=tenant_id,
            actor=actor,
            action="archive.exported",
            object_kind="archive_export",
            object_id=export.export_id,
            after=told,
            at=at,
        )
        return HandedOut(export.export_id, export.files, export.size_bytes, tuple(writer.missing), digest)


class _Writer:
    def __init__(self, at: datetime) -> None:
        self.at = at
        self.entries: list[Entry] = []
        self.missing: list[str] = []

    def add(self, target: zipfile.ZipFile, path: str, data: bytes, **about: str) -> None:
        target.writestr(_info(path, self.at), data)
        self.entries.append(Entry(path, len(data), hashlib.sha256(data).hexdigest(), about))


def _info(path: str, at: datetime) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(path, at.astimezone(ISTANBUL).timetuple()[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _document(
    writer: _Writer, target: zipfile.ZipFile, archive: ArchiveStore, row: Any, index: list[list[Cell]]
) -> None:
    folder = f"giden/{row.issue_date:%Y-%m}/{row.number}_{row.ettn}"
    about = {"ettn": str(row.ettn), "number": row.number, "kind": row.kind, "state": row.state}
    file = ""
    if row.signed_sha256 is None:
        file = f"{folder}_imzasiz.xml"
        writer.add(target, file, bytes(row.source), **about)
    else:
        try:
            data = archive.get(row.tenant_id, row.ettn, SIGNED_NAME)
        except NotArchived:
            data = b""
        if hashlib.sha256(data).digest() != bytes(row.signed_sha256):
            writer.missing.append(f"{row.number} {row.ettn}")
        if data:
            file = f"{folder}.xml"
            writer.add(target, file, data, **about)
    index.append(
        [
            "giden", row.kind, row.number, str(row.ettn), row.issue_date, row.buyer_vkn_tckn, row.buyer_title,
            row.currency, Lira(row.payable_kurus), row.state, row.kontor, file,
        ]
    )  # fmt: skip


def _old(
    writer: _Writer, target: zipfile.ZipFile, archive: ArchiveStore, row: Any, index: list[list[Cell]], *, folder: str,
    name: str, state: str,
) -> None:  # fmt: skip
    side = "giden" if row.direction == "out" else "gelen"
    file = f"{folder}/{side}/{row.issue_date:%Y-%m}/{row.ettn}.xml".lstrip("/")
    try:
        data = archive.get(row.tenant_id, row.document_id, name)
    except NotArchived:
        data = b""
    if hashlib.sha256(data).digest() != bytes(row.file_sha256):
        writer.missing.append(f"{row.number} {row.ettn}")
    if data:
        told = "imported" if folder else "received"
        writer.add(target, file, data, ettn=str(row.ettn), number=row.number, kind=row.kind, state=told)
    index.append(
        [
            side, row.kind, row.number, str(row.ettn), row.issue_date, row.other_vkn_tckn, row.other_title,
            row.currency, Lira(row.payable_kurus), state, 0, file if data else "",
        ]
    )  # fmt: skip


def _rows(tenant_id: UUID, statement: str) -> Iterator[Any]:
    """Rows by their ids, a short transaction for each batch: an export may take hours."""
    after = UUID(int=0)
    while True:
        with tenant_session(tenant_id) as session:
            rows = session.execute(text(statement), {"tenant_id": tenant_id, "after": after, "limit": BATCH}).all()
        yield from rows
        if len(rows) < BATCH:
            return
        after = rows[-1].document_id


def _journal(tenant_id: UUID) -> Iterator[list[Cell]]:
    after = 0
    while True:
        with tenant_session(tenant_id) as session:
            rows = session.execute(_JOURNAL, {"tenant_id": tenant_id, "after": after, "limit": 5000}).all()
        for row in rows:
            yield [
                row.version, row.at, row.kind, row.kontor, Lira(row.net_kurus), row.available, str(row.lot_id),
                str(row.charge_id or ""), row.detail, bytes(row.hash).hex(),
            ]  # fmt: skip
        if len(rows) < 5000:
            return
        after = rows[-1].version


def _manifest(writer: _Writer, tenant_id: UUID, owner: Any, at: datetime) -> bytes:
    content = {
        "form": FORM,
        "account": {"tenant_id": str(tenant_id), "vkn_tckn": owner.vkn_tckn, "title": owner.title},
        "made_at": at.isoformat(),
        "missing": writer.missing,
        "files": [asdict(one) for one in writer.entries],
    }
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _readme(title: str, vkn_tckn: str, at: datetime) -> str:
    return f"""{title} ({vkn_tckn}) e-belge arşivi, {at.astimezone(ISTANBUL):%d.%m.%Y %H:%M}

giden/        bizden gönderilen belgeler, imzalı XML (imzasız kalanların adında bu yazar)
gelen/        bize gelen belgeler, geldiği gibi
devralinan/   önceki entegratörden devralınan belgeler, geldiği gibi
dosyalar/     arşive konan dosyalar ve e-Defter dosyaları
diger/        e-Arşiv raporları, yanıtlar ve başka kayıtların dosyaları
belgeler.csv  belgelerin listesi
kontor.csv    kontör hareketleri, karma zinciriyle
{MANIFEST}  her dosyanın boyu ve SHA-256 özeti

Bir dosyanın değişmediğini görmek için SHA-256 özetini {MANIFEST} içindekiyle karşılaştırın.
Bu arşivi 10 yıl saklama yükümlülüğü sizindir; biz de aynı süre saklarız.

In English: every document as it was signed or received, their list, the kontör journal, and a manifest with the
SHA-256 of every file.
"""


_INDEX = (
    "Yön", "Tür", "Numara", "ETTN", "Tarih", "Karşı VKN/TCKN", "Karşı unvan", "Para birimi", "Tutar", "Durum", "Kontör",
    "Dosya",
)  # fmt: skip
_JOURNAL_HEAD = (
    "Sıra", "Zaman", "Hareket", "Kontör", "Net bedel", "Kalan", "Paket", "Harcama", "Açıklama", "Karma",
)  # fmt: skip
_OWNER = text("SELECT title, vkn_tckn FROM tenant WHERE tenant_id = :tenant_id")
_HOW_MANY = text(
    "SELECT (SELECT count(*) FROM document WHERE tenant_id = :tenant_id) + "
    "(SELECT count(*) FROM old_document WHERE tenant_id = :tenant_id) + "
    "(SELECT count(*) FROM incoming_document WHERE tenant_id = :tenant_id)"
)
_SENT = (
    "SELECT d.tenant_id, d.document_id, d.ettn, d.number, d.kind, d.state, d.issue_date, d.buyer_vkn_tckn, "
    "d.buyer_title, d.currency, d.payable_kurus, d.kontor, d.signed_sha256, "
    "CASE WHEN d.signed_sha256 IS NULL THEN x.source END AS source "
    "FROM document d JOIN document_source x ON x.tenant_id = d.tenant_id AND x.document_id = d.document_id "
    "WHERE d.tenant_id = :tenant_id AND d.document_id > :after ORDER BY d.document_id LIMIT :limit"
)
_OLD = (
    "SELECT tenant_id, document_id, direction, ettn, number, kind, issue_date, other_vkn_tckn, other_title, currency, "
    "payable_kurus, file_sha256 FROM old_document "
    "WHERE tenant_id = :tenant_id AND document_id > :after ORDER BY document_id LIMIT :limit"
)
_INCOMING = (
    "SELECT tenant_id, document_id, 'in' AS direction, ettn, number, kind, issue_date, "
    "sender_vkn_tckn AS other_vkn_tckn, sender_title AS other_title, currency, payable_kurus, "
    "signed_sha256 AS file_sha256 FROM incoming_document "
    "WHERE tenant_id = :tenant_id AND document_id > :after ORDER BY document_id LIMIT :limit"
)
_JOURNAL = text(
    "SELECT version, at, kind, kontor, net_kurus, available, lot_id, charge_id, detail, hash FROM journal "
    "WHERE tenant_id = :tenant_id AND version > :after ORDER BY version LIMIT :limit"
)
