"""Wallets, lots and charges as the journal alone tells them; `verify` holds the stored rows against these."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from billing.ledger.journal import EFFECTS, GENESIS, EntryFacts

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class RebuiltWallet:
    """The wallet after the last entry."""

    available: int = 0
    held: int = 0
    frozen: int = 0
    version: int = 0
    head_hash: bytes = GENESIS
    last_entry_at: datetime | None = None


@dataclass(slots=True)
class RebuiltLot:
    """A lot as its entries tell it; the attributes are named like the table's columns."""

    source: str
    source_id: UUID
    part: int
    priority: int
    origin_tenant_id: UUID | None
    origin_lot_id: UUID | None
    reason: str
    granted: int
    net_price_kurus: int
    credited_at: datetime
    expires_at: datetime
    remaining: int = 0
    held: int = 0
    consumed: int = 0
    expired: int = 0
    voided: int = 0
    frozen: int = 0
    passed: int = 0
    net_left_kurus: int = 0
    frozen_at: datetime | None = None
    voided_at: datetime | None = None
    passed_net_kurus: int = 0

    @property
    def open(self) -> bool:
        """Whether a charge may still take from it."""
        return self.remaining > 0


@dataclass(slots=True)
class RebuiltCharge:
    """A charge and its shares: kontör and net price per lot."""

    kind: str
    kontor: int
    price_id: UUID
    reference: str
    state: str
    reserved_at: datetime
    ended_at: datetime | None = None
    shares: dict[UUID, tuple[int, int]] = field(default_factory=dict)


class Rebuilt:
    """One tenant's ledger, built by feeding it the journal's entries in version order.

    Without `charges`, memory grows with the lots only, not with what was ever charged.
    """

    def __init__(self, *, charges: bool = True) -> None:
        self.wallet = RebuiltWallet()
        self.lots: dict[UUID, RebuiltLot] = {}
        self.open_lots: set[UUID] = set()
        self.charges: dict[UUID, RebuiltCharge] = {}
        self._keep_charges = charges

    def first_to_burn(self, at: datetime) -> UUID | None:
        """The lot that a charge at `at` has to take from: (priority, expires_at, lot id), none past due."""
        keys = [
            (lot.priority, lot.expires_at, lot_id)
            for lot_id in self.open_lots
            if (lot := self.lots[lot_id]).expires_at > at
        ]
        return min(keys)[2] if keys else None

    def feed(self, entry: EntryFacts, entry_hash: bytes) -> None:
        """Apply one entry. :raises KeyError: it moves kontör of a lot or charge that no entry before has made."""
        effect = EFFECTS[entry.kind]
        wallet = self.wallet
        wallet.available += effect[0] * entry.kontor
        wallet.held += effect[1] * entry.kontor
        wallet.frozen += effect[2] * entry.kontor
        wallet.version, wallet.head_hash, wallet.last_entry_at = entry.version, entry_hash, entry.at
        if entry.kind in ("granted", "received"):
            lot = self.lots[entry.lot_id] = _new_lot(entry)
        else:
            lot = self.lots[entry.lot_id]
            _move(lot, entry)
        if lot.open:
            self.open_lots.add(entry.lot_id)
        else:
            self.open_lots.discard(entry.lot_id)
        if entry.charge_id is not None and self._keep_charges:
            self._charge(entry.charge_id, entry)

    def _charge(self, charge_id: UUID, entry: EntryFacts) -> None:
        if entry.kind == "reserved":
            kind, price_id, reference = entry.detail.split(";", 2)
            charge = self.charges.setdefault(
                charge_id, RebuiltCharge(kind, 0, UUID(price_id), reference, "held", entry.at)
            )
            charge.kontor += entry.kontor
            charge.shares[entry.lot_id] = (entry.kontor, entry.net_kurus)
        elif entry.kind in ("captured", "released", "restored"):
            charge = self.charges[charge_id]
            charge.state, charge.ended_at = entry.kind, entry.at


def rebuild(entries: Iterable[tuple[EntryFacts, bytes]]) -> Rebuilt:
    """One tenant's wallet, lots and charges from its journal, entries in version order."""
    rebuilt = Rebuilt()
    for entry, entry_hash in entries:
        rebuilt.feed(entry, entry_hash)
    return rebuilt


def _instant(microseconds: str) -> datetime:
    return EPOCH + timedelta(microseconds=int(microseconds))


def _new_lot(entry: EntryFacts) -> RebuiltLot:
    source, source_id, part, priority, expires, origin_tenant, origin_lot, reason = entry.detail.split(";", 7)
    return RebuiltLot(
        source=source,
        source_id=UUID(source_id),
        part=int(part),
        priority=int(priority),
        origin_tenant_id=None if origin_tenant == "-" else UUID(origin_tenant),
        origin_lot_id=None if origin_lot == "-" else UUID(origin_lot),
        reason=reason,
        granted=entry.kontor,
        net_price_kurus=entry.net_kurus,
        credited_at=entry.at,
        expires_at=_instant(expires),
        remaining=entry.kontor,
        net_left_kurus=entry.net_kurus,
    )


def _move(lot: RebuiltLot, entry: EntryFacts) -> None:
    kontor, net = entry.kontor, entry.net_kurus
    match entry.kind:
        case "reserved":
            lot.remaining -= kontor
            lot.held += kontor
            lot.net_left_kurus -= net
        case "captured":
            lot.held -= kontor
            lot.consumed += kontor
        case "released":
            lot.held -= kontor
            lot.remaining += kontor
            lot.net_left_kurus += net
        case "restored":
            lot.consumed -= kontor
            lot.remaining += kontor
            lot.net_left_kurus += net
        case "expired":
            lot.remaining -= kontor
            lot.expired += kontor
            lot.net_left_kurus -= net
        case "passed":
            lot.remaining -= kontor
            lot.passed += kontor
            lot.net_left_kurus -= net
            lot.passed_net_kurus += net
        case "frozen":
            lot.remaining -= kontor
            lot.frozen += kontor
            if lot.voided_at is None and lot.frozen_at is None:
                lot.frozen_at = entry.at
        case "thawed":
            lot.frozen -= kontor
            lot.remaining += kontor
            lot.frozen_at = None
            lot.expires_at = _instant(entry.detail)
        case "voided":
            lot.frozen -= kontor
            lot.voided += kontor
            lot.net_left_kurus -= net
            lot.frozen_at = None
            lot.voided_at = lot.voided_at or entry.at
