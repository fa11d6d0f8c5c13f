"""The audit log's canonical text and hash chain in Python: the second reading of what `sql/010_seal.sql` writes."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from ebelge.core.clock import micros

GENESIS = bytes(32)


@dataclass(frozen=True, slots=True)
class SealedFacts:
    """An entry with its place in the chain, in the order of the canonical text."""

    tenant_id: UUID
    version: int
    sealed_at: datetime
    entry_id: UUID
    at: datetime
    action: str
    object_kind: str
    object_id: str
    actor_kind: str
    actor_id: str
    for_whom: str
    request_id: str
    details: str
    change: str


def canonical_text(one: SealedFacts) -> str:
    """The fields in order, joined by `|`, times as integer microseconds since 1970. Only the last may hold a `|`."""
    fields = (
        one.tenant_id,
        one.version,
        micros(one.sealed_at),
        one.entry_id,
        micros(one.at),
        one.action,
        one.object_kind,
        one.object_id,
        one.actor_kind,
        one.actor_id,
        one.for_whom,
        one.request_id,
        one.details,
        one.change,
    )
    return "|".join(map(str, fields))


def seal_hash(previous: bytes, one: SealedFacts) -> bytes:
    """SHA-256 of the previous seal's hash (GENESIS before the first) followed by this entry's canonical text."""
    return sha256(previous + canonical_text(one).encode()).digest()


def new_salt() -> bytes:
    """Keeps a person's details from being guessed out of their hash: 128 random bits, gone when they are erased."""
    return secrets.token_bytes(16)


def detail_hash(salt: bytes, value: str) -> str:
    """What the chain holds of a detail."""
    return sha256(salt + value.encode()).hexdigest()


def details_text(hashes: dict[str, str]) -> str:
    """The field `details`: which parts an entry has, with their hashes."""
    return " ".join(f"{part}={hashes[part]}" for part in sorted(hashes))


def details_of(text: str) -> dict[str, str]:
    """The parts of the field `details`."""
    return dict(pair.split("=", 1) for pair in text.split(" ") if "=" in pair)
