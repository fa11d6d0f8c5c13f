"""Whether an account's log is what was written: its chain derived anew, its details compared, nothing left out.

Reads as the role `reader`, streams, and keeps nothing but the entry in hand. What a chain alone cannot show is that
its end was cut off: for that, heads that were written down elsewhere (`head`) are compared.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from tenants.audit.chain import GENESIS, SealedFacts, detail_hash, details_of, seal_hash

BATCH = 5000
# The clock seals every few seconds; an entry that waits longer than this says that no clock runs, or worse.
SEALED_WITHIN = timedelta(minutes=10)
_FACTS = tuple(field.name for field in fields(SealedFacts))
_OF_ENTRY = ", ".join(f"n.{name}" for name in _FACTS if name not in ("tenant_id", "version", "sealed_at", "entry_id"))
_CHAIN = text(
    f"SELECT s.tenant_id, s.version, s.sealed_at, s.entry_id, {_OF_ENTRY}, s.hash "  # names of our own
    "FROM audit_seal s LEFT JOIN audit_entry n ON n.tenant_id = s.tenant_id AND n.entry_id = s.entry_id "
    "WHERE s.tenant_id = :tenant_id ORDER BY s.version"
)
_UNSEALED = text(
    "SELECT n.entry_id, n.at, u.entry_id IS NOT NULL AS waits FROM audit_entry n "
    "LEFT JOIN audit_unsealed u ON u.tenant_id = n.tenant_id AND u.entry_id = n.entry_id "
    "WHERE n.tenant_id = :tenant_id AND NOT EXISTS "
    "(SELECT 1 FROM audit_seal s WHERE s.tenant_id = n.tenant_id AND s.entry_id = n.entry_id) ORDER BY n.entry_id"
)
_WAITING_FOR_NOTHING = text(
    "SELECT u.entry_id FROM audit_unsealed u WHERE u.tenant_id = :tenant_id AND NOT EXISTS "
    "(SELECT 1 FROM audit_entry n WHERE n.tenant_id = u.tenant_id AND n.entry_id = u.entry_id)"
)
_DETAILS = text(
    "SELECT coalesce(n.entry_id, d.entry_id) AS entry_id, n.details, d.parts, d.salts, d.texts FROM "
    "(SELECT entry_id, details FROM audit_entry WHERE tenant_id = :tenant_id) n FULL JOIN "
    "(SELECT entry_id, array_agg(part) AS parts, array_agg(salt) AS salts, array_agg(value) AS texts "
    "FROM audit_detail WHERE tenant_id = :tenant_id GROUP BY entry_id) d ON d.entry_id = n.entry_id"
)


@dataclass(frozen=True, slots=True)
class Break:
    """Something in an account's log that is not as it was written: which row, and a sentence for a person."""

    tenant_id: UUID
    object: str
    text: str


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain at some time; kept elsewhere, it shows that nothing before it was taken away."""

    version: int
    hash: bytes


def tenants_to_verify(connection: Connection) -> list[tuple[UUID, int]]:
    """Every account that has a log, with the number of its seals."""
    rows = connection.execute(
        text(
            "SELECT tenant_id, coalesce(max(version), 0) FROM (SELECT tenant_id, version FROM audit_seal "
            "UNION ALL SELECT DISTINCT tenant_id, 0 FROM audit_entry "
            "UNION ALL SELECT DISTINCT tenant_id, 0 FROM audit_unsealed) AS logs GROUP BY tenant_id ORDER BY tenant_id"
        )
    )
    return [(row[0], row[1]) for row in rows]


def head(connection: Connection, tenant_id: UUID) -> Head | None:
    """Where an account's chain ends now; None: nothing is sealed yet."""
    row = connection.execute(
        text("SELECT version, hash FROM audit_seal WHERE tenant_id = :tenant_id ORDER BY version DESC LIMIT 1"),
        {"tenant_id": tenant_id},
    ).first()
    return None if row is None else Head(row.version, row.hash)


def verify_tenant(
    connection: Connection, tenant_id: UUID, *, at: datetime, heads: Mapping[UUID, Head] | None = None
) -> Iterator[Break]:
    """Check one account's log; yields what is wrong, as it is found.

    :param connection: of the role `reader`, in a transaction with isolation level REPEATABLE READ.
    :param heads: ends of chains written down earlier.
    """
    for name, sentence in (
        *_chain(connection, tenant_id, (heads or {}).get(tenant_id)),
        *_unsealed(connection, tenant_id, at),
        *_details(connection, tenant_id),
    ):
        yield Break(tenant_id, name, sentence)


def _stream(connection: Connection, statement: Any, tenant_id: UUID) -> Iterator[Any]:
    options = {"stream_results": True, "max_row_buffer": BATCH}
    with connection.execute(statement, {"tenant_id": tenant_id}, execution_options=options) as rows:
        for batch in rows.partitions(BATCH):
            yield from batch


def _chain(connection: Connection, tenant_id: UUID, kept: Head | None) -> Iterator[tuple[str, str]]:
    version, previous, last = 0, GENESIS, None
    seen = kept is None
    for row in _stream(connection, _CHAIN, tenant_id):
        name = f"seal {row.version}"
        if row.version != version + 1:
            yield name, f"follows seal {version}: what stood between them was removed"
        if last is not None and row.sealed_at < last:
            yield name, "its time lies before the seal before it"
        if row.action is None:
            yield name, f"its entry {row.entry_id} was removed"
        elif seal_hash(previous, SealedFacts(*(getattr(row, field) for field in _FACTS))) != row.hash:
            yield name, f"entry {row.entry_id} was changed or moved: its hash does not follow from content and place"
        if kept is not None and row.version == kept.version:
            seen = True
            if row.hash != kept.hash:
                yield name, "its hash is not the one that was written down"
        # The walk goes on from what is stored, so one change is named once.
        version, previous, last = row.version, row.hash, row.sealed_at
    if kept is not None and not seen:
        yield f"seal {kept.version}", f"was written down once, and is gone: the chain ends at {version}"


def _unsealed(connection: Connection, tenant_id: UUID, at: datetime) -> Iterator[tuple[str, str]]:
    for row in _stream(connection, _UNSEALED, tenant_id):
        name = f"entry {row.entry_id}"
        if not row.waits:
            yield name, "is neither sealed nor waiting for its seal: it was put in past the log"
        elif at - row.at > SEALED_WITHIN:
            yield name, f"waits for its seal since {row.at.isoformat()}: does the clock run?"
    for row in _stream(connection, _WAITING_FOR_NOTHING, tenant_id):
        yield f"entry {row.entry_id}", "was removed before it was sealed"


def _details(connection: Connection, tenant_id: UUID) -> Iterator[tuple[str, str]]:
    for row in _stream(connection, _DETAILS, tenant_id):
        name = f"entry {row.entry_id}"
        if row.details is None:
            yield name, "has details, and no entry"
            continue
        expected = details_of(row.details)
        stored = {part: (salt, value) for part, salt, value in zip(row.parts or (), row.salts or (), row.texts or ())}  # noqa: B905  # three aggregates of one group
        for part in sorted(expected.keys() | stored.keys()):
            if part not in stored:
                yield name, f"its detail {part!r} was removed without being erased"
            elif part not in expected:
                yield name, f"its detail {part!r} was put in"
            else:
                salt, value = stored[part]
                if value is not None and detail_hash(salt, value) != expected[part]:
                    yield name, f"its detail {part!r} was changed"
