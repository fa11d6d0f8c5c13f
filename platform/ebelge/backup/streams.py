"""Compressed files that are hashed while they are written, and checked before they are believed."""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from ebelge.backup.errors import BackupError

_LEVEL = 3  # bytea is written in hex: the first levels win nearly all there is to win
_PORTION = 1 << 20


class PackedFile:
    """`with PackedFile(path) as file: file.write(…)`; durable on leaving, `sha256` is of the bytes on disk."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("xb")
        self._packer = zlib.compressobj(_LEVEL, wbits=31)
        self._hash = hashlib.sha256()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Add bytes."""
        self._put(self._packer.compress(data))

    @property
    def sha256(self) -> str:
        """Hash of the file, in hex, once it is closed."""
        return self._hash.hexdigest()

    def _put(self, packed: bytes) -> None:
        self._hash.update(packed)
        self._file.write(packed)

    def __enter__(self) -> PackedFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._file:
            if kind is None:
                self._put(self._packer.flush())
                self._file.flush()
                os.fsync(self._file.fileno())


def check(path: Path, sha256: str) -> None:
    """:raises BackupError: the file is absent or is not what was written."""
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise BackupError(f"{path} is missing: this backup was damaged. Take an older one.") from error
    if found != sha256:
        raise BackupError(f"{path} was changed since the backup was made (its SHA-256 differs). Take an older one.")


def portions(path: Path) -> Iterator[bytes]:
    """The unpacked bytes of a file, a portion at a time."""
    with gzip.open(path, "rb") as file:
        while portion := file.read(_PORTION):
            yield portion


def lines(path: Path) -> Iterator[tuple[str, str, str]]:
    """(SHA-256 as it lies, path, SHA-256 of what is in it) of each file in a listing, in its order.

    The two differ where a file is sealed. Nothing when there is no such listing.
    """
    if path.is_file():
        with gzip.open(path, "rt", encoding="ascii") as file:
            for line in file:
                sha256, _, rest = line.rstrip("\n").partition("  ")
                name, _, plain = rest.partition("\t")
                yield sha256, name, plain or sha256
