"""What must be unique across tenants, or is found before a tenant is known: put once, found by exact key only."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from ebelge.core.db import together
from ebelge.core.errors import Conflict
from ebelge.core.transaction import Call, Prepared


class AlreadyTaken(Conflict):
    """The key stands for another object already, of this tenant or of another."""

    code = "already_taken"
    title_tr, title_en = "Bu anahtar kullanımda", "The key is taken"


@dataclass(frozen=True, slots=True)
class Located:
    """Whose object a key stands for."""

    tenant_id: UUID
    object_id: UUID


_PUT = Prepared(
    "INSERT INTO locator (kind, tenant_id, key_sha256, object_id) "
    "SELECT %s, %s::uuid, k, o FROM unnest(%s::bytea[], %s::uuid[]) AS x(k, o) "
    "ON CONFLICT DO NOTHING RETURNING object_id"
)
_PUT_ONE = Prepared(
    "INSERT INTO locator (kind, tenant_id, key_sha256, object_id) VALUES (%s, %s, %s, %s) "
    "ON CONFLICT DO NOTHING RETURNING object_id"
)


def key_sha256(key: str) -> bytes:
    """How a key is kept: its SHA-256, so that the table tells nothing about what it finds."""
    return hashlib.sha256(key.encode()).digest()


def put(session: Session, *, tenant_id: UUID, kind: str, key: str, object_id: UUID) -> None:
    """Let `key` stand for an object from this transaction's commit on.

    :raises AlreadyTaken: the key stands for another object; nothing was changed.
    """
    if put_many(session, tenant_id=tenant_id, kind=kind, pairs=[(key, object_id)]):
        raise AlreadyTaken()


def put_many(session: Session, *, tenant_id: UUID, kind: str, pairs: Sequence[tuple[str, UUID]]) -> list[UUID]:
    """Put many keys in one statement; returns the objects whose key was taken (none of theirs was changed).

    A second transaction with the same key waits until the first one ends. Keys are put in sorted order, so two
    calls that share keys cannot lock each other out.
    """
    if not pairs:
        return []
    (rows,) = together(session, putting(tenant_id=tenant_id, kind=kind, pairs=pairs))
    return refused(rows, pairs)


def putting(*, tenant_id: UUID, kind: str, pairs: Sequence[tuple[str, UUID]]) -> Call:
    """The statement of `put_many`, for a round trip together with others; `refused` reads its rows."""
    ordered = sorted((key_sha256(key), object_id) for key, object_id in pairs)
    if len(ordered) == 1:
        return _PUT_ONE, (kind, tenant_id, *ordered[0])
    return _PUT, (kind, tenant_id, [key for key, _ in ordered], [one for _, one in ordered])


def refused(rows: Sequence[Any], pairs: Sequence[tuple[str, UUID]]) -> list[UUID]:
    """The objects whose key was taken."""
    kept = {row.object_id for row in rows}
    return [object_id for _, object_id in pairs if object_id not in kept]


def locate(session: Session, *, kind: str, key: str) -> Located | None:
    """Whose object `key` stands for; None if nobody's. Works in any session of the role app, also without a tenant."""
    row = session.execute(
        text("SELECT tenant_id, object_id FROM locate(:kind, :key)"), {"kind": kind, "key": key_sha256(key)}
    ).first()
    return None if row is None else Located(row.tenant_id, row.object_id)


def taken(session: Session, *, kind: str, keys: Iterable[str]) -> list[str]:
    """Those of `keys` that stand for something already (a look ahead; `put` decides)."""
    return [key for key in keys if locate(session, kind=kind, key=key) is not None]
