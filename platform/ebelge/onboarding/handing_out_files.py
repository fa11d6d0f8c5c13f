"""Everything else that an account's archive holds, handed out beside its documents: files, reports, answers."""

import hashlib
import re
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from ebelge.archive.store import ArchiveError, ArchiveStore
from ebelge.core.clock import ISTANBUL
from ebelge.core.db import tenant_session
from ebelge.documents.keeping.kept_files import KEPT, KeptFile

# What stands in the list of documents has been written already; envelopes hold nothing but those.
_ELSEWHERE: Final = frozenset({"document", "old_document", "incoming_document", "zarf"})
_PLAIN: Final = re.compile(r"[^\w.-]+")
_BATCH: Final = 200
Told = tuple[int, str, dict[str, str]]


def put(
    target: zipfile.ZipFile, archive: ArchiveStore, *, tenant_id: UUID, at: datetime
) -> Iterator[tuple[str, str, Told | None]]:
    """Write every other file that rows name, a piece at a time: its path in the ZIP, what is missing or has changed,
    and (unless there is no such file) bytes, SHA-256 and what it is."""
    for kept in KEPT:
        if kept.table in _ELSEWHERE or kept.table.startswith("("):
            continue
        for row in _rows(tenant_id, kept):
            path = _path(kept, row)
            told = _write(target, archive, tenant_id, row, path, at)
            whole = told is not None and told[1] == bytes(row.sha256).hex()
            yield path, "" if whole else f"{row.label} {row.object_id}/{row.name}", told


def _path(kept: KeptFile, row: Any) -> str:
    """Where it lies in the ZIP: the label is people's, so nothing of it is more than a name."""
    label = _PLAIN.sub("_", str(row.label)).strip("._")[:80]
    if kept.table == "archive_file":
        return f"dosyalar/{row.row_id}_{label}"
    return f"diger/{kept.table}/{row.row_id}_{label}_{row.name}"


def _rows(tenant_id: UUID, kept: KeptFile) -> Iterator[Any]:
    after, name = UUID(int=0), ""
    statement = text(
        kept.select(f"tenant_id = :tenant_id AND ({kept.key}, {kept.file}::text) > (:after, :name)")
        + f" ORDER BY {kept.key}, {kept.file}::text LIMIT {_BATCH}"
    )
    while True:
        with tenant_session(tenant_id) as session:
            rows = session.execute(statement, {"tenant_id": tenant_id, "after": after, "name": name}).all()
        yield from rows
        if len(rows) < _BATCH:
            return
        after, name = rows[-1].row_id, rows[-1].name


def _write(
    target: zipfile.ZipFile, archive: ArchiveStore, tenant_id: UUID, row: Any, path: str, at: datetime
) -> Told | None:
    pieces = archive.read(tenant_id, row.object_id, row.name)
    try:
        first = next(pieces, b"")
    except ArchiveError:
        return None
    info = zipfile.ZipInfo(path, at.astimezone(ISTANBUL).timetuple()[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    digest, size = hashlib.sha256(), 0
    try:
        with target.open(info, "w", force_zip64=True) as out:
            for piece in _chained(first, pieces):
                digest.update(piece)
                size += len(piece)
                out.write(piece)
    except ArchiveError:
        pass  # what came is there, and its hash is not that of the row: it is told as changed
    return size, digest.hexdigest(), {"label": str(row.label)}


def _chained(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
