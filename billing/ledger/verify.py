"""Every invariant of the ledger that the database can show, checked as the role `reader`, tenant by tenant.

Memory stays flat: the journal is streamed through a server-side cursor and rebuilt as it passes; what grows with the
number of charges is compared inside the database (`cross_checks`). Each tenant is read in one snapshot.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select, text

from billing.ledger.cross_checks import CHECKS
from billing.ledger.journal import Chain, EntryFacts
from billing.ledger.models import Entry, Lot, Wallet
from billing.ledger.rebuild import Rebuilt, RebuiltLot

BATCH = 5000
_ENTRY_COLUMNS = [getattr(Entry, field.name) for field in fields(EntryFacts)]
_NOT_STORED = {"passed_net_kurus"}
_LOT_FIELDS = tuple(field.name for field in fields(RebuiltLot) if field.name not in _NOT_STORED)
_WALLET_FIELDS = ("available", "held", "frozen", "version", "head_hash")


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not as it must be: which rule (I1-I16), whose, which row, and a sentence for a person."""

    invariant: str
    tenant_id: UUID
    object: str
    text: str


def tenants_to_verify(connection: Connection) -> list[tuple[UUID, int]]:
    """Every tenant with its number of journal entries, including tenants without a wallet (0)."""
    rows = connection.execute(
        text(
            "SELECT coalesce(t.tenant_id, w.tenant_id), coalesce(w.version, 0) FROM tenant t "
            "FULL JOIN wallet w ON w.tenant_id = t.tenant_id ORDER BY 1"
        )
    )
    return [(row[0], row[1]) for row in rows]


def verify_tenant(
    connection: Connection, tenant_id: UUID, *, progress: Callable[[int], None] | None = None
) -> Iterator[Difference]:
    """Check one tenant's ledger; yields what is wrong, as it is found.

    :param connection: of the role `reader`, in a transaction with isolation level REPEATABLE READ.
    :param progress: called with the number of journal entries done since the last call.
    """
    rebuilt = Rebuilt(charges=False)
    yield from _journal(connection, tenant_id, rebuilt, progress or (lambda done: None))
    yield from _wallet(connection, tenant_id, rebuilt)
    yield from _lots(connection, tenant_id, rebuilt)
    for check in CHECKS:
        for row in _stream(connection, text(check.sql), {"tenant_id": tenant_id}):
            yield Difference(check.invariant, tenant_id, f"{check.of} {row[0]}", check.sentence.format(*row[1:]))


def _stream(connection: Connection, statement: Any, values: dict[str, Any]) -> Iterator[Any]:
    options = {"stream_results": True, "max_row_buffer": BATCH}
    with connection.execute(statement, values, execution_options=options) as rows:
        for batch in rows.partitions(BATCH):
            yield from batch


def _journal(
    connection: Connection, tenant_id: UUID, rebuilt: Rebuilt, progress: Callable[[int], None]
) -> Iterator[Difference]:
    chain = Chain()
    statement = select(*_ENTRY_COLUMNS, Entry.hash).where(Entry.tenant_id == tenant_id).order_by(Entry.version)
    done = 0
    for row in _stream(connection, statement, {}):
        entry = EntryFacts(*row[:-1])
        name = f"entry {entry.version}"
        for sentence in chain.breaks(entry, row[-1]):
            yield Difference("I4", tenant_id, name, sentence)
        for invariant, sentence in _unlawful(entry, rebuilt):
            yield Difference(invariant, tenant_id, name, sentence)
        try:
            rebuilt.feed(entry, row[-1])
        except (KeyError, ValueError) as error:
            yield Difference("I14", tenant_id, name, f"the ledger cannot be rebuilt across it: {error!r}")
        done += 1
        if done % BATCH == 0:
            progress(BATCH)
    progress(done % BATCH)


def _unlawful(entry: EntryFacts, rebuilt: Rebuilt) -> Iterator[tuple[str, str]]:
    """What an entry did that its kind may not do, given the ledger just before it."""
    lot = rebuilt.lots.get(entry.lot_id)
    if lot is None:
        return
    if entry.kind in ("granted", "received"):
        yield "I10", f"lot {entry.lot_id} is credited a second time"
    elif entry.kind == "reserved":
        first = rebuilt.first_to_burn(entry.at)
        if lot.expires_at <= entry.at:
            yield "I7", f"takes from lot {entry.lot_id}, which ended at {lot.expires_at.isoformat()}"
        elif first != entry.lot_id:
            yield "I6", f"takes from lot {entry.lot_id}, though lot {first} ends first"
    elif entry.kind == "expired" and (lot.expires_at > entry.at or entry.kontor != lot.remaining):
        yield "I7", f"expires {entry.kontor} of {lot.remaining} kontör; the lot ends at {lot.expires_at.isoformat()}"


def _wallet(connection: Connection, tenant_id: UUID, rebuilt: Rebuilt) -> Iterator[Difference]:
    wallet = connection.execute(select(Wallet.__table__).where(Wallet.tenant_id == tenant_id)).first()
    if wallet is None:
        yield Difference("I2", tenant_id, "wallet", "the tenant has no wallet")
        return
    for name in _WALLET_FIELDS:
        stored, told = getattr(wallet, name), getattr(rebuilt.wallet, name)
        if stored != told:
            yield Difference("I14", tenant_id, "wallet", f"{name} is {_shown(stored)}, its journal says {_shown(told)}")
    if rebuilt.wallet.last_entry_at not in (None, wallet.last_entry_at):
        yield Difference("I14", tenant_id, "wallet", "last_entry_at is not the time of the last entry")


def _lots(connection: Connection, tenant_id: UUID, rebuilt: Rebuilt) -> Iterator[Difference]:
    sums = dict.fromkeys(("remaining", "held", "frozen"), 0)
    seen = 0
    for row in _stream(connection, select(Lot.__table__).where(Lot.tenant_id == tenant_id), {}):
        name = f"lot {row.lot_id}"
        for part in sums:
            sums[part] += getattr(row, part)
        counted = row.remaining + row.held + row.consumed + row.expired + row.voided + row.frozen + row.passed
        if counted != row.granted:
            yield Difference("I3", tenant_id, name, f"{row.granted} were granted, its parts sum to {counted}")
        told = rebuilt.lots.get(row.lot_id)
        if told is None:
            yield Difference("I14", tenant_id, name, "the journal does not know it")
            continue
        seen += 1
        for column in (*_LOT_FIELDS, "open"):
            stored, expected = getattr(row, column), getattr(told, column)
            if stored != expected:
                yield Difference("I14", tenant_id, name, f"{column} is {stored}, its journal says {expected}")
    if seen != len(rebuilt.lots):
        yield Difference("I14", tenant_id, "lots", f"the journal knows {len(rebuilt.lots)}, stored are {seen} of them")
    wallet = rebuilt.wallet
    told_sums = {"remaining": wallet.available, "held": wallet.held, "frozen": wallet.frozen}
    if sums != told_sums:
        yield Difference("I2", tenant_id, "wallet", f"its lots sum to {sums}, its journal says {told_sums}")


def _shown(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
