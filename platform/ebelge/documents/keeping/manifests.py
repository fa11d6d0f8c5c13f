"""The manifest of a day of an archive: every file that came, with its hash, as `sha256sum -c` reads it.

Pure text: what goes in comes from `stamped_days`. Lines are sorted; lines that begin with # say whose, of which day,
what stands before it and where the audit log stood, so that no day can be taken out unseen.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid5

MANIFEST_NAME = "manifest.sha256"


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """A file of the archive: under whose id it lies, its name, the SHA-256 of its content."""

    object_id: UUID
    name: str
    sha256: bytes


def object_of(tenant_id: UUID, day: date) -> UUID:
    """Under which id a day's manifest and stamps lie: always the same, so that a repetition finds them."""
    return uuid5(tenant_id, f"stamps of {day.isoformat()}")


def stamp_name(number: int) -> str:
    """The file of a day's n-th stamp."""
    return f"stamp-{number:04d}.tsr"


def written(
    lines: Iterable[Line], *, tenant_id: UUID, day: date, previous: tuple[date, bytes] | None, audit: tuple[int, bytes]
) -> bytes:
    """The manifest, UTF-8. `previous`: the day before and the SHA-256 of its manifest; `audit`: the log's last seal."""
    head = [f"# archive {tenant_id}", f"# day {day.isoformat()}"]
    if previous is not None:
        head.append(f"# previous {previous[0].isoformat()} {previous[1].hex()}")
    head.append(f"# audit-log {audit[0]} {audit[1].hex()}")
    body = [f"{line.sha256.hex()}  {line.object_id}/{line.name}" for line in sorted(lines)]
    return "\n".join([*head, *body, ""]).encode()


def lines_of(manifest: bytes) -> Iterator[Line]:
    """The files that a manifest lists. :raises ValueError: it is none of ours."""
    for text in manifest.decode().splitlines():
        if text and not text.startswith("#"):
            digest, _, path = text.partition("  ")
            object_id, _, name = path.partition("/")
            yield Line(UUID(object_id), name, bytes.fromhex(digest))


def stamped_octets(manifest: bytes, tokens: Iterable[bytes]) -> bytes:
    """What the next stamp covers: the manifest, and every stamp before it (as RFC 4998, 5.2 renews)."""
    return b"".join([manifest, *tokens])


def sha256(data: bytes) -> bytes:
    """SHA-256 of octets."""
    return hashlib.sha256(data).digest()
