"""Changing the master key: everything closed is opened with whichever key it needs and closed with the one in use.

The role `reader` finds what is closed; each value is written by the role that owns it, in a session of its tenant, and
only where it still is what was read: whoever changes it meanwhile wins, and closes with the key in use anyway. Batches
are transactions of their own, so a run that is killed has lost nothing, and the next one goes on.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy.orm import Session

from ebelge.core.db import fetch, role_session, tenant_session
from ebelge.core.vault import Vault, VaultError
from ebelge.jobs.closed_values import CLOSED, ClosedColumn

BATCH = 500
SHOWN_MAX = 20
Tell = Callable[[ClosedColumn, int], None]


class CannotBeOpened(Exception):
    """Closed values that no configured key opens. Names tables and rows, never a value."""

    def __init__(self, places: Sequence[str], count: int) -> None:
        super().__init__(
            f"{count} closed values cannot be opened: {', '.join(places)}{' …' if count > SHOWN_MAX else ''}"
        )
        self.places, self.count = places, count


@dataclass(frozen=True, slots=True)
class Found:
    """A closed value: whose it is, and as it is kept."""

    key: tuple[Any, ...]
    kept: Any
    closed: bytes


def counts() -> dict[ClosedColumn, Counter[str]]:
    """Per column, how many values each key has closed, by the key's name (empty: no closed value at all)."""
    return {column: Counter(Vault.key_of(one.closed) for one in _all(column)) for column in CLOSED}


def check(vault: Vault) -> int:
    """Open every value there is; returns how many. :raises CannotBeOpened: some are not opened by any key."""
    opened, lost = 0, []
    for column in CLOSED:
        for one in _all(column):
            try:
                vault.open(one.closed, context=column.context(*one.key))
                opened += 1
            except VaultError:
                lost.append(f"{column.name} {'/'.join(map(str, one.key))}")
    if lost:
        raise CannotBeOpened(lost[:SHOWN_MAX], len(lost))
    return opened


def close_again(vault: Vault, *, leave_lost: bool = False, tell: Tell = lambda _column, _count: None) -> int:
    """Close everything with the key in use that another one has closed; returns how many values that were.

    Nothing is changed unless all can be opened; with `leave_lost` what no key opens stays as it is.
    :raises CannotBeOpened: see there.
    """
    if not leave_lost:
        check(vault)
    total = 0
    for column in CLOSED:
        for batch in _batches(column, but=vault.mark()):
            done = _close_batch(column, batch, vault)
            total += done
            tell(column, done)
    return total


def _close_batch(column: ClosedColumn, batch: Sequence[Found], vault: Vault) -> int:
    if column.key[0] != "tenant_id":
        with role_session(column.role) as session:
            return sum(_close_one(session, column, one, vault) for one in batch)
    done = 0
    for tenant_id, rows in groupby(batch, key=lambda one: one.key[0]):
        with tenant_session(tenant_id) as session:
            done += sum(_close_one(session, column, one, vault) for one in rows)
    return done


def _close_one(session: Session, column: ClosedColumn, one: Found, vault: Vault) -> int:
    context = column.context(*one.key)
    try:
        closed = vault.close(vault.open(one.closed, context=context), context=context)
    except VaultError:
        return 0  # told by `check`, or left on purpose
    its_row = " AND ".join(f"{name} = %s" for name in column.key)
    changed = fetch(
        session,
        f"UPDATE {column.table} SET {column.assignment} WHERE {its_row} AND {column.kept} = %s RETURNING 1 AS done",
        column.stored(closed),
        *one.key,
        one.kept,
    )
    return len(changed)


def _all(column: ClosedColumn) -> Iterator[Found]:
    for batch in _batches(column, but=b""):
        yield from batch


def _batches(column: ClosedColumn, *, but: bytes) -> Iterator[list[Found]]:
    """The closed values in the order of their keys, a batch at a time, without those that begin with `but`."""
    key = ", ".join(column.key)
    after: tuple[Any, ...] = ()
    while True:
        wanted, values = [f"{column.kept} IS NOT NULL"], list[Any]()
        if but:
            wanted.append(f"substr({column.raw}, 1, {len(but)}) <> %s")
            values.append(but)
        if after:
            wanted.append(f"({key}) > ({', '.join(['%s'] * len(after))})")
            values.extend(after)
        with role_session("reader") as session:
            rows = fetch(
                session,
                f"SELECT {key}, {column.kept} AS kept, {column.raw} AS closed FROM {column.table} "
                f"WHERE {' AND '.join(wanted)} ORDER BY {key} LIMIT {BATCH}",
                *values,
            )
        if not rows:
            return
        batch = [Found(tuple(row[: len(column.key)]), row.kept, bytes(row.closed)) for row in rows]
        yield batch
        after = batch[-1].key
