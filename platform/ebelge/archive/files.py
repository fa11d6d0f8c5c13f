"""Files of any kind put into the archive: sniffed, bounded, hashed, stored, and only then entered.

The id follows from name and content, so whoever repeats an upload, or dies between file and row, meets the same key
again and adopts what lies there.
"""

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import BinaryIO, Final
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ebelge.archive import index
from ebelge.archive.index import Entry
from ebelge.archive.models import FILE_KINDS, ArchiveFile
from ebelge.archive.sniffing import media_type
from ebelge.archive.store import ArchiveError, ArchiveStore
from ebelge.core.clock import istanbul_date
from ebelge.core.errors import Conflict, DomainError, InvalidRequest, NotFound
from tenants.audit import entries
from tenants.audit.entries import Actor

FILE_NAME: Final = "file"
BYTES_MAX: Final = 50 * 1024 * 1024
NAME_MAX, NOTE_MAX = 200, 1000
KEPT_YEARS: Final = 10
_CHUNK: Final = 256 * 1024
_MEMORY: Final = 1024 * 1024


class FileTooLarge(DomainError):
    """The file is larger than the archive takes."""

    code, http_status = "file_too_large", 413
    title_tr, title_en = "Dosya çok büyük", "The file is too large"


class NotStored(Conflict):
    """The archive could not store the file, or another one lies in its place."""

    code = "archive_conflict"
    title_tr, title_en = "Dosya arşive konamadı", "The file was not archived"


@dataclass(frozen=True, slots=True)
class Received:
    """A file that came whole: where it waits (unnamed, on disk if it is large), and what it is."""

    file: BinaryIO
    size: int
    sha256: bytes
    media_type: str


@contextmanager
def received(chunks: Iterable[bytes], *, bytes_max: int = BYTES_MAX) -> Iterator[Received]:
    """What comes some at a time, whole, in bounded memory. :raises FileTooLarge, FileKindRefused, InvalidRequest."""
    digest, size = hashlib.sha256(), 0
    with tempfile.SpooledTemporaryFile(_MEMORY) as file:
        for chunk in chunks:
            size += len(chunk)
            if size > bytes_max:
                limit = bytes_max // 1024 // 1024
                raise FileTooLarge(f"En çok {limit} MB alınır.", f"At most {limit} MB are taken.", bytes_max=bytes_max)
            digest.update(chunk)
            file.write(chunk)
        if not size:
            raise InvalidRequest("Dosya boş.", "The file is empty.")
        binary: BinaryIO = file  # type: ignore[assignment]  # typeshed: a spooled file is no BinaryIO by its type
        yield Received(binary, size, digest.digest(), media_type(binary))


def pieces(file: BinaryIO) -> Iterator[bytes]:
    """A file from its beginning, some at a time."""
    file.seek(0)
    while chunk := file.read(_CHUNK):
        yield chunk


def shown_name(name: str) -> str:
    """A client's file name as it is kept: for people to read, never a path.

    :raises InvalidRequest: empty, too long, or with characters that cannot be shown.
    """
    plain = name.replace("\\", "/").rpartition("/")[2].strip()
    if not plain.strip(".") or len(plain) > NAME_MAX or not plain.isprintable():
        raise InvalidRequest(
            f"Dosya adı 1-{NAME_MAX} okunur karakter olmalı.", f"A file's name has 1 to {NAME_MAX} readable characters."
        )
    return plain


def file_id_of(tenant_id: UUID, name: str, sha256: bytes) -> UUID:
    """The id of a file with that name and content."""
    return uuid5(tenant_id, f"file:{sha256.hex()}:{name}")


def store(archive: ArchiveStore, *, tenant_id: UUID, file_id: UUID, given: Received) -> None:
    """Put the bytes into the archive, outside any transaction. :raises NotStored: they are not there."""
    try:
        stored = archive.put_from(tenant_id, file_id, FILE_NAME, pieces(given.file))
    except ArchiveError as error:
        raise NotStored("Biraz sonra yeniden deneyin.", "Try again in a while.") from error
    if stored.sha256 != given.sha256:
        raise NotStored("Yerinde başka bir dosya duruyor.", "Another file lies in its place.")


def enter(
    session: Session, *, tenant_id: UUID, file_id: UUID, name: str, given: Received, kind: str, note: str,
    actor: Actor, at: datetime, day: date | None = None, texts: tuple[str, ...] = (), number: str = "",
) -> ArchiveFile:  # fmt: skip
    """The rows of a file that is stored; one that is entered already stays as it is.

    :raises InvalidRequest: a kind that is none, a note that is too long.
    """
    note = note.strip()
    if kind not in FILE_KINDS or len(note) > NOTE_MAX or "\x00" in note:
        raise InvalidRequest(
            f"Tür geçersiz ya da açıklama {NOTE_MAX} karakterden uzun.",
            f"The kind is none, or the note has more than {NOTE_MAX} characters.",
        )
    today = istanbul_date(at)
    added = session.execute(
        insert(ArchiveFile)
        .values(
            tenant_id=tenant_id, file_id=file_id, name=name, media_type=given.media_type, size_bytes=given.size,
            sha256=given.sha256, kind=kind, note=note, day=day or today,
            # ten whole years after the end of its year
            kept_until=date((day or today).year + KEPT_YEARS, 12, 31),
            added_by=actor.name or f"{actor.kind}:{actor.id}", added_at=at,
        )
        .on_conflict_do_nothing()
        .returning(ArchiveFile.file_id)
    ).first()  # fmt: skip
    if added is not None:
        told = {"name": name, "kind": kind, "bytes": given.size, "sha256": given.sha256.hex()}
        entries.note(
            session, tenant_id=tenant_id, actor=actor, action="archive.file_added", object_kind="archive_file",
            object_id=file_id, after=told, at=at,
        )  # fmt: skip
    row = get(session, tenant_id=tenant_id, file_id=file_id)
    index.write(session, tenant_id=tenant_id, entries=[entry_of(row, texts=texts, number=number)], at=at)
    return row


def get(session: Session, *, tenant_id: UUID, file_id: UUID) -> ArchiveFile:
    """A file's row. :raises NotFound: this tenant has none with that id."""
    row = session.scalars(
        select(ArchiveFile).where(ArchiveFile.tenant_id == tenant_id, ArchiveFile.file_id == file_id)
    ).one_or_none()
    if row is None:
        raise NotFound("Arşivde böyle bir dosya yok.", "There is no such file in the archive.")
    return row


def entry_of(row: ArchiveFile, *, texts: tuple[str, ...] = (), number: str = "") -> Entry:
    """What the index keeps of a file."""
    return Entry(
        entry_id=row.file_id, source="file", direction="none", kind=row.kind, day=row.day, title=row.name,
        number=number, texts=(row.note, *texts),
    )  # fmt: skip
