"""A folder of write-once files `<tenant>/<object>/<name>`. The file system decides who was first."""

import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from ebelge.archive.names import NAME
from ebelge.archive.place import PART, ArchiveError, Key, NotArchived

FREE_BYTES_MIN: Final = 256 * 1024 * 1024
_FILE_MODE, _FOLDER_MODE = 0o440, 0o750
_CHUNK: Final = 1024 * 1024


class Folder:
    """See `Place`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def create(self, key: Key, data: bytes) -> bool:
        """See `Place`."""
        return self._create(key, lambda descriptor: _write(descriptor, data))

    def create_from(self, key: Key, chunks: Iterable[bytes]) -> bool:
        """See `Place`."""

        def fill(descriptor: int) -> None:
            for chunk in chunks:
                _write(descriptor, chunk)

        return self._create(key, fill)

    def _create(self, key: Key, fill: Callable[[int], None]) -> bool:
        path = self._path(key)
        part = path.with_name(f"{PART}{secrets.token_hex(8)}")
        try:
            path.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
            try:
                _write_durably(part, fill)
                # link(), not rename(): it refuses a name that is taken, atomically.
                os.link(part, path)
                created = True
            except FileExistsError:
                created = False
            finally:
                with suppress(FileNotFoundError):
                    os.unlink(part)
            # Also where it was taken: whoever created it may have died before its folder was durable.
            _sync_folder(path.parent)
        except OSError as error:
            raise ArchiveError(f"{key.object_id}/{key.name} cannot be stored: {error.strerror}") from error
        return created

    def settle(self, keys: Sequence[Key]) -> None:
        """Make the new folders themselves durable: once per tenant, however many keys were written."""
        try:
            for tenant_id in {key.tenant_id for key in keys}:
                _sync_folder(self.root / str(tenant_id))
            if keys:
                _sync_folder(self.root)
        except OSError as error:
            raise ArchiveError(f"the archive folder cannot be synced: {error.strerror}") from error

    def read(self, key: Key) -> bytes:
        """See `Place`."""
        with _told(key):
            return self._path(key).read_bytes()

    def chunks(self, key: Key) -> Iterator[bytes]:
        """See `Place`."""
        with _told(key), self._path(key).open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk

    def exists(self, key: Key) -> bool:
        """See `Place`."""
        return self._path(key).is_file()

    def size(self, key: Key) -> int:
        """See `Place`."""
        try:
            return self._path(key).stat().st_size
        except FileNotFoundError:
            return -1

    def keys(self, tenant_id: UUID) -> Iterator[Key]:
        """See `Place`; what crashes left half-written is not among them."""
        for folder in _folders(self.root / str(tenant_id)):
            for name in sorted(os.listdir(folder)):
                if NAME.fullmatch(name):
                    yield Key(tenant_id, UUID(folder.name), name)

    def tenants(self) -> list[UUID]:
        """See `Place`."""
        return [UUID(folder.name) for folder in _folders(self.root)]

    def remove_parts(self, *, before: datetime) -> int:
        """See `Place`: files last touched before `before` (their writers are long gone)."""
        removed = 0
        for tenant in _folders(self.root):
            for folder in _folders(tenant):
                for entry in os.scandir(folder):
                    if entry.name.startswith(PART) and entry.stat().st_mtime < before.timestamp():
                        with suppress(FileNotFoundError):
                            os.unlink(entry.path)
                            removed += 1
        return removed

    def check(self) -> None:
        """See `Place`."""
        if not os.access(self.root, os.W_OK | os.X_OK):
            raise ArchiveError("the archive folder cannot be written")
        if shutil.disk_usage(self.root).free < FREE_BYTES_MIN:
            raise ArchiveError("less than 256 MB are free for the archive")

    def _path(self, key: Key) -> Path:
        # The ids are UUID objects (checked, since a path is built of them), so nothing leads out of the folder.
        return self.root / str(UUID(str(key.tenant_id))) / str(UUID(str(key.object_id))) / key.name


@contextmanager
def _told(key: Key) -> Iterator[None]:
    """What the system says while reading becomes an error of the archive's."""
    try:
        yield
    except FileNotFoundError as error:
        raise NotArchived(f"{key.object_id}/{key.name} is not archived") from error
    except OSError as error:
        raise ArchiveError(f"{key.object_id}/{key.name} cannot be read: {error.strerror}") from error


def _write_durably(path: Path, fill: Callable[[int], None]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _FILE_MODE)
    try:
        fill(descriptor)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


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
