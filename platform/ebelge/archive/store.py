"""Write-once files under `<tenant>/<object>/<name>`: exclusive, durable, complete or absent."""

import hashlib
import os
import re
import secrets
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from ebelge.core.config import Settings, settings

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)
_PART = ".part-"
_FILE_MODE, _FOLDER_MODE = 0o440, 0o750
_THREADS = 8


class ArchiveError(Exception):
    """The bytes could not be stored or read (disk full, no right, I/O error); the key was not created."""


class NotArchived(ArchiveError):
    """There is no such key."""


@dataclass(frozen=True, slots=True)
class Key:
    """Whose, of what (ETTN of a document, id of an envelope), and which of its files."""

    tenant_id: UUID
    object_id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What lies under a key now. `created` False: it lay there before, and may differ from what was offered."""

    sha256: bytes
    size: int
    created: bool


class ArchiveStore:
    """A folder of write-once files. Threads and processes may share it: the file system decides who was first."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._pool: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()

    def put(self, tenant_id: UUID, object_id: UUID, name: str, data: bytes) -> StoredObject:
        """Create a key exclusively and durably; a taken key is left as it is and described (`created` False).

        :raises ArchiveError: nothing was created. :raises ValueError: `name` is not a plain file name.
        """
        key = Key(tenant_id, object_id, name)
        stored = self._create(key, data)
        if stored.created:
            self._settle([key])
        return stored

    def put_soon(self, tenant_id: UUID, object_id: UUID, name: str, data: bytes) -> "Future[StoredObject]":
        """`put` beside what the caller does meanwhile; the result, or what `put` raises, is the future's."""
        return self._threads().submit(self.put, tenant_id, object_id, name, data)

    def put_many(self, items: Iterable[tuple[Key, bytes]]) -> list[StoredObject | ArchiveError]:
        """`put` for each item, in parallel (fsync lets other threads run); an item's failure is its own.

        A generator is worked off while earlier items are being written: what makes the bytes and what stores them
        overlap.
        """
        if isinstance(items, Sequence) and len(items) == 1:
            key, data = items[0]
            try:
                return [self.put(key.tenant_id, key.object_id, key.name, data)]
            except ArchiveError as error:
                return [error]
        pool = self._threads()
        writing = [(key, pool.submit(self._try_create, key, data)) for key, data in items]
        results = [future.result() for _, future in writing]
        created = [
            key
            for (key, _), result in zip(writing, results, strict=True)
            if isinstance(result, StoredObject) and result.created
        ]
        try:
            self._settle(created)
        except ArchiveError as error:
            return [error if isinstance(result, StoredObject) and result.created else result for result in results]
        return results

    def get(self, tenant_id: UUID, object_id: UUID, name: str) -> bytes:
        """The bytes of a key. :raises NotArchived: there is none. :raises ArchiveError: it cannot be read."""
        path = self._path(Key(tenant_id, object_id, name))
        try:
            return path.read_bytes()
        except FileNotFoundError as error:
            raise NotArchived(f"{object_id}/{name} is not archived") from error
        except OSError as error:
            raise ArchiveError(f"{object_id}/{name} cannot be read: {error.strerror}") from error

    def exists(self, tenant_id: UUID, object_id: UUID, name: str) -> bool:
        """True if the key was written (then it is complete)."""
        return self._path(Key(tenant_id, object_id, name)).is_file()

    def size(self, tenant_id: UUID, object_id: UUID, name: str) -> int:
        """Bytes of a key, -1 when there is none."""
        try:
            return self._path(Key(tenant_id, object_id, name)).stat().st_size
        except FileNotFoundError:
            return -1

    def keys(self, tenant_id: UUID) -> Iterator[Key]:
        """Every key of a tenant, in no order; what crashes left half-written is not among them."""
        for folder in _folders(self.root / str(tenant_id)):
            for name in sorted(os.listdir(folder)):
                if _NAME.fullmatch(name):
                    yield Key(tenant_id, UUID(folder.name), name)

    def tenants(self) -> list[UUID]:
        """Tenants that have a folder here."""
        return [UUID(folder.name) for folder in _folders(self.root)]

    def remove_parts(self, *, before: datetime) -> int:
        """Delete half-written files last touched before `before` (their writers are long gone); returns how many."""
        removed = 0
        for tenant in _folders(self.root):
            for folder in _folders(tenant):
                for entry in os.scandir(folder):
                    if entry.name.startswith(_PART) and entry.stat().st_mtime < before.timestamp():
                        with suppress(FileNotFoundError):
                            os.unlink(entry.path)
                            removed += 1
        return removed

    def _try_create(self, key: Key, data: bytes) -> StoredObject | ArchiveError:
        try:
            return self._create(key, data)
        except ArchiveError as error:
            return error

    def _create(self, key: Key, data: bytes) -> StoredObject:
        path = self._path(key)
        part = path.with_name(f"{_PART}{secrets.token_hex(8)}")
        try:
            path.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
            try:
                _write_durably(part, data)
                # link(), not rename(): it refuses a name that is taken, atomically.
                os.link(part, path)
                created = True
            except FileExistsError:
                created = False
            finally:
                with suppress(FileNotFoundError):
                    os.unlink(part)
            if created:
                _sync_folder(path.parent)
                return StoredObject(hashlib.sha256(data).digest(), len(data), True)
            existing = path.read_bytes()
            # Whoever created it may have died before its folder was durable.
            _sync_folder(path.parent)
            return StoredObject(hashlib.sha256(existing).digest(), len(existing), False)
        except OSError as error:
            raise ArchiveError(f"{key.object_id}/{key.name} cannot be stored: {error.strerror}") from error

    def _settle(self, keys: Sequence[Key]) -> None:
        """Make the new folders themselves durable: once per tenant, however many keys were written."""
        try:
            for tenant_id in {key.tenant_id for key in keys}:
                _sync_folder(self.root / str(tenant_id))
            if keys:
                _sync_folder(self.root)
        except OSError as error:
            raise ArchiveError(f"the archive folder cannot be synced: {error.strerror}") from error

    def _path(self, key: Key) -> Path:
        if not _NAME.fullmatch(key.name):
            raise ValueError(f"not a name in the archive: {key.name!r}")
        # The ids are UUID objects (checked, since a path is built of them), so nothing leads out of the folder.
        return self.root / str(UUID(str(key.tenant_id))) / str(UUID(str(key.object_id))) / key.name

    def _threads(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="archive")
            return self._pool


def open_store(config: Settings | None = None) -> ArchiveStore:
    """The archive that the settings name (the process's, unless others are given): the one way to come by it."""
    return ArchiveStore((config or settings()).archive_dir)


def _write_durably(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _FILE_MODE)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _folders(parent: Path) -> Iterator[Path]:
    """Folders named by a UUID below `parent`."""
    try:
        entries = sorted(os.scandir(parent), key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    for entry in entries:
        try:
            UUID(entry.name)
        except ValueError:
            continue
        if entry.is_dir(follow_symlinks=False):
            yield Path(entry.path)
