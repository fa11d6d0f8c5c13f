"""The archive's way into a backup and out of it: each file once, hashed, durable."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from ebelge.archive.sealing import MAGIC, SealBroken
from ebelge.archive.store import ArchiveError, ArchiveStore, Key
from ebelge.backup.errors import BackupError
from ebelge.backup.progress import Progress
from ebelge.backup.streams import PackedFile, lines

_AT_ONCE = 64
Item = TypeVar("Item")


@dataclass
class Copied:
    """What became of the files. `missing`: the database names them, but they are absent or not what it says."""

    files: int = 0
    bytes: int = 0
    fresh: int = 0
    missing: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Hashes:
    """SHA-256 of a file as it lies, sealed perhaps, and of what is in it; in hex."""

    lying: str
    plain: str


class Listing:
    """A listing read along with the archive, both in the order of their paths."""

    def __init__(self, path: Path | None) -> None:
        self._lines = lines(path) if path is not None else iter(())
        self._next = next(self._lines, None)
        self.passed: list[str] = []  # names before the last one asked for that nobody asked for

    def of(self, name: str) -> Hashes | None:
        """Hashes of `name`, None when it is not listed; names are asked for in their order."""
        self.pass_until(name)
        if self._next is None or self._next[1] != name:
            return None
        found = Hashes(self._next[0], self._next[2])
        self._next = next(self._lines, None)
        return found

    def pass_until(self, name: str | None) -> None:
        """Go on to the first entry that is not before `name` (None: to the end)."""
        while self._next is not None and (name is None or self._next[1] < name):
            self.passed.append(self._next[1])
            self._next = next(self._lines, None)


class Copier:
    """Copies the archive into a backup folder and lists it, in the order of the paths."""

    def __init__(
        self, source: ArchiveStore, target: ArchiveStore, *, opened: ArchiveStore, known: Path | None,
        listing: PackedFile,
    ) -> None:  # fmt: skip
        """`opened`: the source, whose files it opens: sealed files are copied as they lie, and compared as they are.

        `known`: the listing of the backup before; what it names is in `target` and is not read again.
        """
        self._source, self._target, self._opened, self._listing = source, target, opened, listing
        self._known = Listing(known)
        self.result = Copied()

    def copy(self, expected: Path, progress: Progress) -> None:
        """Copy every file and compare it with what the database names; progress counts the files it names.

        :raises ArchiveError: a file cannot be read or written.
        """
        wanted = Listing(expected)
        for keys in batched(_keys(self._source), _AT_ONCE):
            for key, hashes in self._copied(keys):
                name = name_of(key)
                sealed = f"\t{hashes.plain}" if hashes.plain != hashes.lying else ""
                self._listing.write(f"{hashes.lying}  {name}{sealed}\n".encode("ascii"))
                self.result.files += 1
                told = wanted.of(name)
                if told is not None and told.plain != hashes.plain:
                    self.result.missing.append(name)
                progress.advance(0 if told is None else 1)
            self._known.passed.clear()
        wanted.pass_until(None)
        self.result.missing = sorted([*self.result.missing, *wanted.passed])

    def _copied(self, keys: list[Key]) -> list[tuple[Key, Hashes]]:
        """The keys with their hashes, all of them durable in the backup."""
        hashes = {key: self._known.of(name_of(key)) for key in keys}
        sizes = {key: self._source.size(*_of(key)) for key in keys}
        fresh = [key for key in keys if hashes[key] is None or self._target.size(*_of(key)) != sizes[key]]
        batch = [(key, self._source.get(*_of(key))) for key in fresh]
        for (key, data), stored in zip(batch, self._target.put_many(batch), strict=True):
            if isinstance(stored, ArchiveError):
                raise stored
            if stored.sha256 != hashlib.sha256(data).digest():
                raise BackupError(
                    f"{name_of(key)} lies in this backup folder with other bytes than in the archive. "
                    "Use a fresh folder, and find out which of the two was changed."
                )
            hashes[key] = Hashes(stored.sha256.hex(), self._plain(key, data, stored.sha256.hex()))
        self.result.fresh += len(fresh)
        self.result.bytes += sum(sizes.values())
        return [(key, found) for key in keys if (found := hashes[key]) is not None]

    def _plain(self, key: Key, data: bytes, lying: str) -> str:
        """Hash of what is in a file; one that does not open has that of its bytes, which no row names."""
        if not data.startswith(MAGIC):
            return lying
        try:
            return hashlib.sha256(self._opened.get(*_of(key))).hexdigest()
        except SealBroken:
            return lying


def _keys(store: ArchiveStore) -> Iterator[Key]:
    for tenant_id in store.tenants():
        yield from store.keys(tenant_id)


def batched(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """The items in lists of `size`, the last one shorter."""
    source = iter(items)
    while part := list(islice(source, size)):
        yield part


def put_back(listing: Path, source: ArchiveStore, target: ArchiveStore, progress: Progress) -> None:
    """Copy the files of a listing into an archive; what lies there already must be the same.

    :raises BackupError: a file is absent or changed. :raises ArchiveError: it cannot be written.
    """
    for part in batched(lines(listing), _AT_ONCE):
        batch: list[tuple[Key, bytes]] = []
        for sha256, name, _ in part:
            key = key_of(name)
            data = source.get(*_of(key)) if source.exists(*_of(key)) else b""
            if hashlib.sha256(data).hexdigest() != sha256:
                raise BackupError(f"{name} is missing from the backup's archive, or was changed there.")
            batch.append((key, data))
        for (key, data), stored in zip(batch, target.put_many(batch), strict=True):
            if isinstance(stored, ArchiveError):
                raise stored
            if stored.sha256 != hashlib.sha256(data).digest():
                raise BackupError(f"{name_of(key)} lies in the archive already, with other bytes.")
        progress.advance(len(batch))


def not_listed(listing: Path, store: ArchiveStore) -> str | None:
    """The first file of an archive that a listing does not name; None if there is none."""
    known = Listing(listing)
    return next((name for key in _keys(store) if known.of(name := name_of(key)) is None), None)


def name_of(key: Key) -> str:
    """The path of a key below the archive's folder."""
    return f"{key.tenant_id}/{key.object_id}/{key.name}"


def key_of(name: str) -> Key:
    """The key of a path. :raises BackupError: it is none."""
    try:
        tenant, object_id, file = name.split("/")
        return Key(UUID(tenant), UUID(object_id), file)
    except ValueError as error:
        raise BackupError(f"The listing names {name!r}, which is no file of an archive.") from error


def _of(key: Key) -> tuple[UUID, UUID, str]:
    return key.tenant_id, key.object_id, key.name
