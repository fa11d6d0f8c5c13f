"""Passing kontör on: two single-tenant halves joined by the outbox, never holding two wallets."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy.orm import Session

from billing.ledger import dues
from billing.ledger.charges import insufficient
from billing.ledger.errors import SHORT, refusals
from ebelge.core.db import later, later_rows, together
from ebelge.core.errors import NotFound
from ebelge.core.ids import new_id
from ebelge.core.transaction import Call, Prepared
from ebelge.outbox import messages

ARRIVE = "kontor.arrive"
_PASS = Prepared("SELECT ledger_pass(%s, %s, %s, %s, %s::uuid[], %s::timestamptz, %s)")
_PASS_OR_REFUSE = Prepared(
    f"SELECT must_be(ledger_pass(%s, %s, %s, %s, %s::uuid[], %s::timestamptz, %s), 0, '{SHORT}')"
)
_TRANSFER = Prepared("SELECT to_tenant_id FROM transfer WHERE tenant_id = %s AND draw_id = %s")
_PARTS = Prepared(
    "SELECT lot_id, kontor, net_kurus, expires_at FROM transfer_lot WHERE tenant_id = %s AND draw_id = %s ORDER BY part"
)
_RECEIVE = Prepared(
    "SELECT ledger_receive(%s, %s, %s, %s::uuid[], %s::uuid[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s)"
)


@dataclass(frozen=True, slots=True)
class ChildLot:
    """A lot on its way: it keeps its origin, its share of the price and its expiry."""

    origin_lot_id: UUID
    kontor: int
    net_price_kurus: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Passage:
    """A transfer as the giver wrote it down: what the other side is to receive."""

    draw_id: UUID
    from_tenant_id: UUID
    to_tenant_id: UUID
    lots: tuple[ChildLot, ...]

    @property
    def kontor(self) -> int:
        """How much is on its way."""
        return sum(lot.kontor for lot in self.lots)


def pass_on(
    session: Session,
    *,
    tenant_id: UUID,
    draw_id: UUID,
    to_tenant_id: UUID,
    kontor: int,
    at: datetime,
    only_lots: Sequence[UUID] | None = None,
    fresh_until: datetime | None = None,
) -> Passage:
    """First half, as the giver: take kontör from the lots in burn order and put outbox `kontor.arrive`, key draw_id.

    Returns what the receiver is to `receive`; whoever works on the message reads the same by `passage`. Repeating a
    draw changes nothing. The caller makes sure that the receiver exists and may receive from this tenant.

    :param only_lots: take from these lots only. :param fresh_until: the children get this expiry, not their lot's.
    :raises InsufficientKontor: fewer than `kontor` can be passed on.
    :raises SameKeyOtherContent: the draw exists for another receiver or amount.
    :raises LotHasExpired: `fresh_until` is not after `at`.
    """
    only = None if only_lots is None else list(only_lots)
    with refusals():
        # In one round trip: from here until the commit others wait for this wallet.
        ((row,), parts) = together(
            session,
            (_PASS, (tenant_id, draw_id, to_tenant_id, kontor, only, fresh_until, at)),
            (_PARTS, (tenant_id, draw_id)),
        )
    short = row[0]
    session.expire_all()
    if short == 0:
        messages.put(session, tenant_id=tenant_id, topic=ARRIVE, key=draw_id, at=at)
    elif short is not None:
        raise insufficient(needed_kontor=kontor, short_kontor=int(short))
    return Passage(draw_id, tenant_id, to_tenant_id, _children(parts))


class NotPassed(Exception):
    """The kontör asked for are not there in full, or were passed before: `pass_on` says which, and what to do."""


@dataclass(frozen=True, slots=True)
class Passing:
    """A transfer that travels with the commit; what was passed is known after it."""

    draw_id: UUID
    from_tenant_id: UUID
    to_tenant_id: UUID
    parts: list[Any]

    def passage(self) -> Passage:
        """What the giver wrote down. Only after the commit."""
        return Passage(self.draw_id, self.from_tenant_id, self.to_tenant_id, _children(self.parts))


def pass_on_later(
    session: Session, *, tenant_id: UUID, draw_id: UUID, to_tenant_id: UUID, kontor: int, at: datetime
) -> Passing:
    """`pass_on` that travels with the commit: others wait for this wallet no longer than the server needs.

    :raises NotPassed: at the commit; nothing was changed.
    """
    values = (tenant_id, draw_id, to_tenant_id, kontor, None, None, at)
    messages.put(session, tenant_id=tenant_id, topic=ARRIVE, key=draw_id, at=at)
    later(session, _PASS_OR_REFUSE, *values, refusing=_not_passed)
    return Passing(draw_id, tenant_id, to_tenant_id, later_rows(session, _PARTS, tenant_id, draw_id))


@contextmanager
def _not_passed() -> Iterator[None]:
    try:
        with refusals():
            yield
    except psycopg.Error as error:
        if error.sqlstate != SHORT:
            raise
        raise NotPassed() from error


def passage(session: Session, *, tenant_id: UUID, draw_id: UUID) -> Passage:
    """What the giver wrote down for a draw. :raises NotFound: no such draw."""
    found, parts = together(session, (_TRANSFER, (tenant_id, draw_id)), (_PARTS, (tenant_id, draw_id)))
    if not found:
        raise NotFound()
    return Passage(draw_id, tenant_id, found[0].to_tenant_id, _children(parts))


def _children(parts: Iterable[Any]) -> tuple[ChildLot, ...]:
    return tuple(ChildLot(part.lot_id, part.kontor, part.net_kurus, part.expires_at) for part in parts)


def receive(session: Session, *, tenant_id: UUID, passage: Passage, at: datetime) -> int:
    """Second half, as the receiver: credit the children, keyed by draw and part. Returns the kontör credited now."""
    return receive_and_ask(session, tenant_id=tenant_id, passage=passage, at=at)[0]


def receive_and_ask(
    session: Session, *, tenant_id: UUID, passage: Passage, at: datetime, asked: Sequence[Call] = ()
) -> tuple[int, list[list[Any]]]:
    """`receive`, and in the same round trip, once the wallet is locked, what else is asked: the rows of each."""
    if passage.to_tenant_id != tenant_id:
        raise NotFound()
    values = (
        tenant_id,
        passage.draw_id,
        passage.from_tenant_id,
        [new_id() for _ in passage.lots],
        [lot.origin_lot_id for lot in passage.lots],
        [lot.kontor for lot in passage.lots],
        [lot.net_price_kurus for lot in passage.lots],
        [lot.expires_at for lot in passage.lots],
        at,
    )
    with refusals():
        (row,), owed, *answers = together(session, (_RECEIVE, values), dues.asking(tenant_id), *asked)
    session.expire_all()
    if owed:
        dues.settle(session, tenant_id=tenant_id, at=at)
    return int(row[0]), answers
