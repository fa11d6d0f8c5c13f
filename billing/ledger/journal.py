"""The journal's canonical text and hash chain in Python: the second reading of what `sql/020_journal.sql` writes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from ebelge.core.clock import micros

GENESIS = bytes(32)

# What a kind does to (available, held, frozen) of the wallet, per kontör.
EFFECTS: dict[str, tuple[int, int, int]] = {
    "granted": (1, 0, 0),
    "received": (1, 0, 0),
    "reserved": (-1, 1, 0),
    "captured": (0, -1, 0),
    "released": (1, -1, 0),
    "restored": (1, 0, 0),
    "expired": (-1, 0, 0),
    "passed": (-1, 0, 0),
    "frozen": (-1, 0, 1),
    "thawed": (1, 0, -1),
    "voided": (0, 0, -1),
}


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """A journal entry without its hash, in the order of the canonical text. Balances are those after it."""

    tenant_id: UUID
    version: int
    kind: str
    charge_id: UUID | None
    lot_id: UUID
    kontor: int
    net_kurus: int
    available: int
    held: int
    frozen: int
    at: datetime
    correlation_id: UUID
    detail: str


def canonical_text(entry: EntryFacts) -> str:
    """The fields in order, joined by `|`; the time as integer microseconds since 1970, a missing charge as nothing.

    Only the last field is free text, so no two entries have the same text.
    """
    fields = (
        entry.tenant_id,
        entry.version,
        entry.kind,
        "" if entry.charge_id is None else entry.charge_id,
        entry.lot_id,
        entry.kontor,
        entry.net_kurus,
        entry.available,
        entry.held,
        entry.frozen,
        micros(entry.at),
        entry.correlation_id,
        entry.detail,
    )
    return "|".join(map(str, fields))


def entry_hash(previous: bytes, entry: EntryFacts) -> bytes:
    """SHA-256 of the previous entry's hash (GENESIS before the first) followed by this entry's canonical text."""
    return sha256(previous + canonical_text(entry).encode()).digest()


class Chain:
    """One wallet's chain, walked entry by entry in version order.

    After a break the walk goes on from what is stored, so one altered entry is named once.
    """

    def __init__(self) -> None:
        self._version = 0
        self._balances = (0, 0, 0)
        self._previous = GENESIS
        self._last_at: datetime | None = None

    def breaks(self, entry: EntryFacts, stored_hash: bytes) -> Iterator[str]:
        """What is wrong with the next entry: gaps, balances that do not follow, a time that goes back, its hash."""
        if entry.version != self._version + 1:
            yield f"entry {entry.version} follows entry {self._version}"
        expected = tuple(
            balance + effect * entry.kontor for balance, effect in zip(self._balances, EFFECTS[entry.kind], strict=True)
        )
        stored = (entry.available, entry.held, entry.frozen)
        if stored != expected:
            yield f"{entry.kind} {entry.kontor} after {self._balances} gives {expected}, stored is {stored}"
        if self._last_at is not None and entry.at < self._last_at:
            yield f"its time {entry.at.isoformat()} lies before the entry before it"
        if entry_hash(self._previous, entry) != stored_hash:
            yield "its hash does not follow from its content and the hash before it"
        self._version, self._balances = entry.version, stored
        self._previous, self._last_at = stored_hash, entry.at
