"""Write-once files under `<tenant>/<object>/<name>`: exclusive, durable, complete or absent; sealed where asked."""

import hashlib
import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from ebelge.archive.data_keys import KeyRing
from ebelge.archive.folder import Folder
from ebelge.archive.names import checked
from ebelge.archive.place import ArchiveError, Key, NotArchived, Place
from ebelge.archive.sealing import Sealing
from ebelge.core.config import Settings, settings

__all__ = ["ArchiveError", "ArchiveStore", "Key", "NotArchived", "StoredObject", "open_store"]
_THREADS = 8


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What lies under a key now. `created` False: it lay there before, and may differ from what was offered.

    Hash and size are those of the plain bytes, however they lie there.
    """

    sha256: bytes
    size: int
    created: bool


class ArchiveStore:
    """Write-once files in a folder (a path) or another place. Threads and processes may share it.

    Without `sealing` bytes lie, and are read, as they are: so backups copy sealed files.
    """

    def __init__(self, place: Path | Place, sealing: Sealing | None = None) -> None:
        self.place: Place = Folder(place) if isinstance(place, Path) else place
        self._sealing = sealing
        self._pool: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()

    @property
    def root(self) -> Path:
        """The folder. :raises TypeError: it lies in no folder."""
        if not isinstance(self.place, Folder):
            raise TypeError("this archive lies in no folder")
        return self.place.root

    def put(self, tenant_id: UUID, object_id: UUID, name: str, data: bytes) -> StoredObject:
        """Create a key exclusively and durably; a taken key is left as it is and described (`created` False).

        :raises ArchiveError: nothing was created. :raises ValueError: `name` is not a plain file name.
        """
        key = _key(tenant_id, object_id, name)
        stored = self._create(key, data)
        if stored.created:
            self.place.settle([key])
        return stored

    def put_from(self, tenant_id: UUID, object_id: UUID, name: str, chunks: Iterable[bytes]) -> StoredObject:
        """`put` of what comes some at a time, in bounded memory; what `chunks` raises ends it, nothing is created."""
        key, digest, size = _key(tenant_id, object_id, name), hashlib.sha256(), 0

        def counted() -> Iterator[bytes]:
            nonlocal size
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                yield chunk

        source = self._sealing.closing(key, counted()) if self._sealing else counted()
        if self.place.create_from(key, source):
            self.place.settle([key])
            return StoredObject(digest.digest(), size, True)
        return self._described(key)

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
            self.place.settle(created)
        except ArchiveError as error:
            return [error if isinstance(result, StoredObject) and result.created else result for result in results]
        return results

    def get(self, tenant_id: UUID, object_id: UUID, name: str) -> bytes:
        """The bytes of a key. :raises NotArchived: there is none. :raises ArchiveError: it cannot be read."""
        key = _key(tenant_id, object_id, name)
        data = self.place.read(key)
        return self._sealing.open(key, data) if self._sealing else data

    def read(self, tenant_id: UUID, object_id: UUID, name: str) -> Iterator[bytes]:
        """`get`, some bytes at a time, in bounded memory; its errors come while it is read."""
        key = _key(tenant_id, object_id, name)
        chunks = self.place.chunks(key)
        return self._sealing.opening(key, chunks) if self._sealing else chunks

    def exists(self, tenant_id: UUID, object_id: UUID, name: str) -> bool:
        """True if the key was written (then it is complete)."""
        return self.place.exists(_key(tenant_id, object_id, name))

    def size(self, tenant_id: UUID, object_id: UUID, name: str) -> int:
        """Bytes that lie under a key (a sealed file is a little longer than what is in it), -1 when there is none."""
        return self.place.size(_key(tenant_id, object_id, name))

    def keys(self, tenant_id: UUID) -> Iterator[Key]:
        """Every key of a tenant, in the order of their paths; what crashes left half-written is not among them."""
        return self.place.keys(tenant_id)

    def tenants(self) -> list[UUID]:
        """Tenants that have something here."""
        return self.place.tenants()

    def remove_parts(self, *, before: datetime) -> int:
        """Delete what was left half-written before `before` (its writers are long gone); returns how many."""
        return self.place.remove_parts(before=before)

    def _try_create(self, key: Key, data: bytes) -> StoredObject | ArchiveError:
        try:
            return self._create(key, data)
        except ArchiveError as error:
            return error

    def _create(self, key: Key, data: bytes) -> StoredObject:
        if self.place.create(key, self._sealing.close(key, data) if self._sealing else data):
            return StoredObject(hashlib.sha256(data).digest(), len(data), True)
        return self._described(key)

    def _described(self, key: Key) -> StoredObject:
        digest, size = hashlib.sha256(), 0
        for chunk in self.read(key.tenant_id, key.object_id, key.name):
            digest.update(chunk)
            size += len(chunk)
        return StoredObject(digest.digest(), size, False)

    def _threads(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="archive")
            return self._pool


def _key(tenant_id: UUID, object_id: UUID, name: str) -> Key:
    return Key(tenant_id, object_id, checked(name))


_opened: dict[tuple[object, ...], ArchiveStore] = {}


def open_store(config: Settings | None = None, *, as_it_lies: bool = False) -> ArchiveStore:
    """The archive that the settings name (the process's, unless others are given): the one way to come by it.

    Kept open for the process. `as_it_lies`: sealed files are read and written as they are, for backups.
    """
    chosen = config or settings()
    # Threads and connections do not survive a fork.
    mark = (os.getpid(), chosen.archive_dir, chosen.archive, chosen.database_url, chosen.master_key, as_it_lies)
    store = _opened.get(mark)
    if store is None:
        sealing = None if as_it_lies else Sealing(KeyRing(chosen.master_key), new_files=chosen.archive.encrypted)
        store = _opened[mark] = ArchiveStore(_place(chosen), sealing)
    return store


def _place(chosen: Settings) -> Place:
    if not chosen.archive.bucket:
        return Folder(chosen.archive_dir)
    from ebelge.archive.bucket import Bucket  # half a second that only those pay who keep files in a bucket

    return Bucket(chosen.archive)
