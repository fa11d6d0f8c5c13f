"""Where the archive's bytes lie: a folder or a bucket, behind the few calls that both can keep."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

PART = ".part-"


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


class Place(Protocol):
    """Keeps bytes under keys that are written once. Every call may raise ArchiveError; reading, NotArchived, too."""

    def create(self, key: Key, data: bytes) -> bool:
        """Create a key exclusively, whole and durably; False: it is taken, and durable as it is."""

    def create_from(self, key: Key, chunks: Iterable[bytes]) -> bool:
        """`create` without holding all of it in memory; what `chunks` raises ends it, and nothing was created."""

    def settle(self, keys: Sequence[Key]) -> None:
        """Make durable what leads to keys that were created."""

    def read(self, key: Key) -> bytes:
        """The bytes of a key."""

    def chunks(self, key: Key) -> Iterator[bytes]:
        """The bytes of a key, some at a time."""

    def exists(self, key: Key) -> bool:
        """True if the key was created."""

    def size(self, key: Key) -> int:
        """How many bytes lie there, -1 when there is no such key."""

    def keys(self, tenant_id: UUID) -> Iterator[Key]:
        """Every key of a tenant, in the order of their paths."""

    def tenants(self) -> list[UUID]:
        """Tenants that have keys here, in their order."""

    def remove_parts(self, *, before: datetime) -> int:
        """Delete what crashes left half-written before an instant; how many."""

    def check(self) -> None:
        """See that it can be written to. :raises ArchiveError: why not."""
