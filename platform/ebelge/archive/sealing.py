"""Files sealed at rest: AES-256-GCM, a key of each file's own, derived from a key of the tenant.

A sealed file: `EBA1`, 16 bytes id of the tenant's key, 16 bytes salt; then segments of 1 MiB, each with its 16 bytes
tag. HKDF-SHA256 of the tenant's key and the salt is the file's key, so a segment's number can be its nonce, and the
last one says so: segments cannot be exchanged, left out or cut off. What a segment is bound to besides: the head and
the file's own place (tenant, object, name). Files that do not begin so were stored before, and are read as they are.
"""

import os
from collections.abc import Iterable, Iterator
from typing import Final, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ebelge.archive.place import ArchiveError, Key

MAGIC: Final = b"EBA1"
SEGMENT: Final = 1024 * 1024
_ID, _SALT, _TAG = 16, 16, 16
_HEAD: Final = len(MAGIC) + _ID + _SALT
_SEALED: Final = SEGMENT + _TAG


class SealBroken(ArchiveError):
    """A sealed file does not open: it was changed, lies in another's place, or its key is not there."""


class Keys(Protocol):
    """The keys of tenants."""

    def current(self, tenant_id: UUID) -> tuple[UUID, bytes]:
        """Id and key that seal new files."""

    def get(self, tenant_id: UUID, key_id: UUID) -> bytes:
        """The key with that id. :raises SealBroken: there is none, or it does not open."""


class Sealing:
    """Seals what is written (`new_files` False: only what would be taken for sealed) and opens what is read."""

    def __init__(self, keys: Keys, *, new_files: bool = True) -> None:
        self._keys, self._new_files = keys, new_files

    def close(self, key: Key, data: bytes) -> bytes:
        """`data` as it is to lie under `key`."""
        return b"".join(self.closing(key, [data]))

    def closing(self, key: Key, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """`close`, some bytes at a time."""
        pieces = _segments(chunks, SEGMENT)
        piece = next(pieces, b"")
        if not self._new_files and not piece.startswith(MAGIC):
            yield piece
            yield from pieces
            return
        key_id, tenant_key = self._keys.current(key.tenant_id)
        salt = os.urandom(_SALT)
        head = MAGIC + key_id.bytes + salt
        cipher, bound = _cipher(tenant_key, salt), _bound(head, key)
        yield head
        for number, (one, last) in enumerate(_with_last(piece, pieces)):
            yield cipher.encrypt(_nonce(number, last=last), one, bound)

    def open(self, key: Key, stored: bytes) -> bytes:
        """What was closed for `key`, or `stored` itself if it is not sealed. :raises SealBroken: see there."""
        return b"".join(self.opening(key, [stored])) if stored.startswith(MAGIC) else stored

    def opening(self, key: Key, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """`open`, some bytes at a time; nothing comes out that was not proved."""
        source = iter(chunks)
        first = b""
        while len(first) < _HEAD and (more := next(source, b"")):
            first += more
        if not first.startswith(MAGIC):
            yield from _chained(first, source)
            return
        head, rest = first[:_HEAD], first[_HEAD:]
        if len(head) < _HEAD:
            raise SealBroken(f"{key.object_id}/{key.name} is cut off")
        tenant_key = self._keys.get(key.tenant_id, UUID(bytes=head[len(MAGIC) : len(MAGIC) + _ID]))
        cipher, bound = _cipher(tenant_key, head[-_SALT:]), _bound(head, key)
        pieces = _segments(_chained(rest, source), _SEALED)
        piece = next(pieces, b"")
        for number, (one, last) in enumerate(_with_last(piece, pieces)):
            try:
                yield cipher.decrypt(_nonce(number, last=last), one, bound)
            except (InvalidTag, ValueError) as error:
                raise SealBroken(f"{key.object_id}/{key.name} was changed, or belongs elsewhere") from error


def _cipher(tenant_key: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), length=32, salt=salt, info=b"ebelge archive file").derive(tenant_key))


def _bound(head: bytes, key: Key) -> bytes:
    return head + f"{key.tenant_id}/{key.object_id}/{key.name}".encode("ascii")


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


def _chained(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _segments(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The same bytes in pieces of `size`, the last one shorter; none at all of nothing."""
    waiting = bytearray()
    for chunk in chunks:
        if not waiting and len(chunk) == size:
            yield bytes(chunk)
            continue
        waiting += chunk
        while len(waiting) > size:
            yield bytes(waiting[:size])
            del waiting[:size]
    if waiting:
        yield bytes(waiting)


def _with_last(first: bytes, rest: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each piece, and whether it is the last one."""
    piece = first
    for following in rest:
        yield piece, False
        piece = following
    yield piece, True
